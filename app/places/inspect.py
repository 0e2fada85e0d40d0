"""The Inspect place: where the model is wrong, the worst first."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.places import evaluation
from app.places.error_legend import ErrorLegend
from app.places.error_map import ErrorMap
from app.places.image_errors import ImageErrors
from app.places.inspect_analysis import InspectAnalysis
from app.places.inspect_queue import InspectQueue
from app.places.inspect_view import InspectView
from app.services import Services
from app.theme.theme import theme
from app.theme.widgets import (
    ElidedLabel,
    EmptyState,
    PrimaryButton,
    SegmentedControl,
    Surface,
    TextBlock,
    ThinProgress,
)
from engine.document.taxonomy import BACKGROUND, UNLABELLED
from engine.errors import EngineError
from engine.models.catalog import Entry

NARROW = 1100


class InspectPlace(QWidget):
    """Queue, picture, analysis; follows the open image, so it survives a change of place."""

    said = Signal(str)  # what is under the pointer: "you: person · model: helmet"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._evaluation: evaluation.Evaluation | None = None
        self._errors = ImageErrors(services, self)
        self.queue = InspectQueue(services)
        self.setFocusProxy(self.queue.list)
        self.view = InspectView()
        self.analysis = InspectAnalysis(services)
        self.legend = ErrorLegend()
        self._mode = SegmentedControl(
            "What is drawn",
            [("errors", "Errors"), ("prediction", "Prediction"), ("yours", "Your mask")],
        )
        self._model = ElidedLabel("", "body", "medium")
        self._under = ElidedLabel("", "small", role="text.secondary")
        self._measure = PrimaryButton("Measure the model", "chart-bar")
        self._progress = ThinProgress("Measuring")
        self._progress_words = TextBlock("")
        self._pages = QStackedWidget()
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        strip = Surface("surface.base", "b")
        strip.setFixedHeight(theme().size("optionStrip"))
        row = QHBoxLayout(strip)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(12)
        row.addWidget(self._mode)
        row.addWidget(ElidedLabel("Model", "small", role="text.secondary"))
        row.addWidget(self._model, 1)
        row.addWidget(self._under)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(strip)
        column.addWidget(self.view, 1)
        column.addWidget(self.legend)
        self.analysis.setMinimumWidth(theme().px(380))
        self.analysis.setMaximumWidth(theme().size("analysisPanel"))
        full = QWidget()
        row = QHBoxLayout(full)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.queue)
        row.addWidget(centre, 3)
        row.addWidget(self.analysis, 2)
        self._pages.addWidget(full)
        self._pages.addWidget(self._empty_page())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

    def _empty_page(self) -> QWidget:
        self._empty = EmptyState("chart-bar", "", "", self._measure)
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(2)
        column.addWidget(self._empty)
        middle = QHBoxLayout()
        middle.addStretch(1)
        inner = QVBoxLayout()
        inner.addWidget(self._progress)
        inner.addWidget(self._progress_words)
        middle.addLayout(inner, 1)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addStretch(3)
        return page

    def _show_keys(self) -> None:
        self._measure.set_key(self._services.actions.key_text("model.evaluate"))

    def _connect(self) -> None:
        services, session = self._services, self._services.session
        services.actions.keys_changed.connect(self._show_keys)
        self._show_keys()
        self._mode.chosen.connect(self.view.show_as)
        self._measure.clicked.connect(self.evaluate)
        self.analysis.measure_asked.connect(self.evaluate)
        self.analysis.pair_asked.connect(
            lambda yours, theirs: self.queue.show_only((yours, theirs))
        )
        self.queue.chosen.connect(self._open)
        self.queue.fix_asked.connect(lambda: services.actions.trigger("inspect.fix"))
        self.view.pointed.connect(self._on_pointed)
        self._errors.ready.connect(self._on_errors)
        self._errors.failed.connect(self._on_failed)
        services.jobs.changed.connect(self._on_job)
        services.jobs.list_changed.connect(self.refresh)
        session.image_changed.connect(self._show_image)
        session.toning.changed.connect(lambda: self.view.photo.set_tone(session.toning.tone))
        session.document_changed.connect(self._on_document)
        session.taxonomy_changed.connect(self._show_errors)
        session.project_changed.connect(self._on_project)
        session.model_changed.connect(self._refresh_soon)
        session.view_changed.connect(self._on_view)

    # -- asked from outside ------------------------------------------------------------------

    def evaluate(self) -> None:
        """Measure the model in use on the held-back images."""
        self._services.actions.trigger("model.evaluate")
        self.refresh()

    def step(self, by: int) -> bool:
        """The next or previous image of the queue; False at its end."""
        return self.queue.step(by)

    # -- contents ----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the newest evaluation of the model in use, else of any model."""
        jobs = self._services.jobs.jobs()
        model = self._services.session.model.id
        found = evaluation.newest(jobs, model) or evaluation.newest(jobs)
        self._evaluation = found
        self._pages.setCurrentIndex(0 if found else 1)
        self._show_empty()
        if found is None:
            return
        older = evaluation.before(jobs, found)
        self._model.set_text(self._words_of_model(found))
        name, before = self._name(found.model), self._name(older.model) if older else ""
        self.analysis.show_evaluation(found, name, older, before)
        self.queue.show_evaluation(found)
        self._show_running()
        self._show_image()

    def _refresh_soon(self) -> None:
        shown = self._evaluation.model if self._evaluation else ""
        if self._services.session.model.id != shown:
            self.refresh()

    def _words_of_model(self, found: evaluation.Evaluation) -> str:
        used = found.model == self._services.session.model.id
        return self._name(found.model) + (" (in use)" if used else "")

    def _name(self, model: str) -> str:
        entry = self._entry(model)
        return entry.card.name if entry else model

    def _entry(self, model: str) -> Entry | None:
        try:
            return self._services.catalog.get(model) if model else None
        except EngineError:
            return None

    def _show_empty(self) -> None:
        session = self._services.session
        running = self._services.jobs.running("evaluate")
        failed = next((j for j in self._services.jobs.jobs() if j.kind == "evaluate"), None)
        missing = self._services.actions.missing("model.evaluate")
        counts = session.status_counts()
        finished = sum(number for status, number in counts.items() if status in _LABELLED)
        title, text = "Nothing to compare yet.", "Finish one image to see numbers."
        if running:
            title, text = "Measuring the model", "You can go on drawing."
        elif finished and failed is not None and failed.error:
            title, text = "The model could not be measured.", failed.error
        elif finished:
            title = "Nothing measured yet."
            text = missing or "See where the model is wrong, the worst image first."
        self._empty.set_words(title, text)
        self._measure.setVisible(bool(finished) and not running)
        self._measure.setEnabled(not missing)
        self._measure.setToolTip(missing)
        self._show_running()

    def _show_running(self) -> None:
        running = self._services.jobs.running("evaluate")
        self._progress.setVisible(bool(running))
        self._progress_words.setVisible(bool(running))
        button = self.analysis.measure
        if not running:
            button.set_busy()
            button.setEnabled(not self._services.actions.missing("model.evaluate"))
            return
        job = running[0]
        fraction = job.done / job.total if job.total else 0.0
        self._progress.set_fraction(fraction)
        self._progress_words.set_text(job.text)
        button.set_busy(f"Measuring {fraction * 100:.0f} %", fraction)

    def _on_job(self, job_id: str) -> None:
        job = self._services.jobs.get(job_id)
        if job is None or job.kind != "evaluate":
            return
        if job.live:
            self._show_running()
        else:
            self.refresh()

    def _on_view(self) -> None:
        self.view.set_photo_alone(self._services.session.view.photo_alone)

    def _on_project(self) -> None:
        self._errors.forget()
        self.view.show_photo(None, None)
        self.refresh()

    # -- the image ---------------------------------------------------------------------------

    def _open(self, image_id: int) -> None:
        session = self._services.session
        try:
            session.open_image(image_id)
        except EngineError as problem:
            session.say(str(problem), "error")

    def _show_image(self) -> None:
        session = self._services.session
        image, document = session.image, session.document
        if image is None or document is None:
            self.view.show_photo(None, None)
            self.legend.show_errors(None, "")
            return
        tone = session.toning.tone
        if self.view.photo.image != (image.path, image.page):
            self.view.show_photo(image.path, document.size, image.page, tone)
        self.queue.show_image(image.id)
        self._show_errors()

    def _on_document(self, change: object) -> None:
        image = self._services.session.image
        if image is not None:
            self._errors.forget(image.id)
        if self.isVisible():
            self._show_errors()

    def showEvent(self, event: object) -> None:
        """The image may have changed while another place was shown."""
        self._show_image()

    def _show_errors(self) -> None:
        found = self._evaluation
        if self._services.session.image is None or found is None or not self.isVisible():
            return
        entry = self._entry(found.model)
        if entry is None:
            self._draw(None)
            self.view.set_message("The model that was measured is no longer here.")
            return
        errors = self._errors.get(entry)
        if errors is None:
            self.view.set_message("Asking the model")
        self._draw(errors)

    def _on_failed(self, image_id: int, why: str) -> None:
        image = self._services.session.image
        if image is not None and image.id == image_id:
            self.view.set_message(why)

    def _on_errors(self, image_id: int) -> None:
        image = self._services.session.image
        if image is not None and image.id == image_id:
            self._show_errors()

    def _draw(self, found: ErrorMap | None) -> None:
        if found is not None:
            self.view.set_message("")
        taxonomy = self._services.session.taxonomy
        colors = {each.id: QColor(each.color) for each in taxonomy.classes}
        self.view.show_errors(found, colors)
        pair = found.main_confusion if found else None
        self.legend.show_errors(found, taxonomy.name(pair[1]) if pair else "")

    def _on_pointed(self, point: tuple[int, int] | None) -> None:
        found, words = self.view.errors, ""
        if point is not None and found is not None:
            yours, theirs = found.at(*point)
            words = f"you: {self._class_name(yours)} · model: {self._class_name(theirs)}"
        self._under.set_text(words)
        self.said.emit(words)

    def _class_name(self, class_id: int) -> str:
        if class_id in (UNLABELLED, BACKGROUND):
            return "none"
        return self._services.session.taxonomy.name(class_id)

    def close_place(self) -> None:
        """Stop the threads; call once, before the program ends."""
        self._errors.close()
        self.view.close_photo()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The analysis folds where the picture would get too narrow."""
        self.analysis.setVisible(event.size().width() >= theme().px(NARROW))
        super().resizeEvent(event)


_LABELLED = ("corrected", "done")
