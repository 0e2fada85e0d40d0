"""Start a round of learning: from which images, for how long, and when it takes over."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLineEdit, QSpinBox, QWidget

from app.dialogs.class_choice import ClassChoice
from app.dialogs.devices import for_learning
from app.dialogs.fields import Choice, StateLine
from app.dialogs.learn_options import DEFAULTS, STARTS, labelled, next_name, options_of, outlook
from app.dialogs.sheet import Sheet
from app.intents.recipes import start_learning
from app.services import Services
from app.theme.theme import theme
from app.theme.widgets import SegmentedControl, TextBlock
from engine.errors import EngineError
from engine.runtimes.packages import require_learning

ACCEPT = (
    ("never", "Ask me in any case"),
    ("better", "Switch by itself when it is better"),
    ("always", "Switch by itself in any case"),
)


class LearnSheet(Sheet):
    """The sheet; the round itself is a job that the Models place shows."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        key = services.actions.key_text("learn.start")
        super().__init__("Learn from corrections", key, "Start learning", parent)
        self._services = services
        self.main.set_icon("graduation-cap")
        self.name = QLineEdit()
        self.images = SegmentedControl("Images to learn from")
        self.classes = ClassChoice()
        self.start = Choice()
        self.limit = SegmentedControl(
            "How long", [("epochs", "Times through the images"), ("minutes", "Minutes")]
        )
        self.epochs, self.minutes = QSpinBox(), QDoubleSpinBox()
        self.device = Choice(for_learning())
        self.after = Choice(((True, "Goes on"), (False, "Ends; it can go on later")))
        self.accept = Choice(ACCEPT)
        self.fall = QDoubleSpinBox()
        self.problem = StateLine("warning", "state.warning")
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(300)
        self._later.timeout.connect(self._refresh)
        self._build()
        self._connect()
        self._fill()

    def _build(self) -> None:
        self.add(
            TextBlock(
                "A copy of the model learns from your masks in the background. Keep painting; the "
                "model in use stays until you switch."
            )
        )
        self.body.addSpacing(6)
        self.add_row("Name", self.name)
        row = QHBoxLayout()
        row.addWidget(self.images)
        row.addStretch(1)
        self.add_row("Images", row)
        self._classes_header = self.add_section("Classes")
        self.add(self.classes)
        self.add_section("How")
        self.add_row("Start from", self.start)
        row = QHBoxLayout()
        row.addWidget(self.limit)
        row.addStretch(1)
        self.add_row("How long", row)
        self._epochs_row = self.add_row("Times", self.epochs)
        self._minutes_row = self.add_row("Minutes", self.minutes)
        self.add_row("Device", self.device)
        self.add_row("Window closed", self.after)
        self.add_section("When it is ready")
        self.add_row("Then", self.accept)
        self._fall_row = self.add_row("Largest fall", self.fall)
        self.add(TextBlock("It counts as better when mean IoU rises and no class falls further."))
        self.add(self.problem)
        self.body.addStretch(1)
        self.epochs.setRange(1, 1000)
        self.minutes.setRange(0.5, 1000)
        self.minutes.setDecimals(1)
        self.fall.setRange(0.0, 1.0)
        self.fall.setSingleStep(0.01)
        for field in (self.epochs, self.minutes, self.fall):
            field.setMinimumWidth(theme().px(110))
            field.lineEdit().setTextMargins(8, 0, 0, 0)

    def _connect(self) -> None:
        session = self._services.session
        self.images.chosen.connect(lambda _key: self._refresh())
        self.limit.chosen.connect(lambda _key: self._refresh())
        self.classes.classes.changed.connect(self._refresh)
        self.start.picked.connect(lambda _value: self._refresh())
        self.accept.picked.connect(lambda _value: self._refresh())
        self.epochs.valueChanged.connect(lambda _value: self._refresh())
        self.minutes.valueChanged.connect(lambda _value: self._refresh())
        self.main.clicked.connect(self.begin)
        session.images_changed.connect(self._on_images)
        session.taxonomy_changed.connect(self._fill_classes)
        session.project_changed.connect(self.leave)
        self._services.jobs.list_changed.connect(self._refresh)

    def _fill(self) -> None:
        session, settings = self._services.session, self._services.settings
        self.name.setText(next_name(self._services.catalog))
        starts: list[tuple[Any, str]] = []
        if session.model.id:
            starts.append((session.model.id, f"{session.model.name}, in use"))
        for entry in self._services.catalog.entries():
            if entry.id != session.model.id:
                starts.append((entry.id, entry.card.name))
        self.start.set_options([*starts, *STARTS])
        self.epochs.setValue(DEFAULTS["epochs"])
        self.minutes.setValue(5.0)
        self.fall.setValue(DEFAULTS["max_fall"])
        self.device.set_value(settings.value("device", "auto"))
        self.after.set_value(settings.value("jobs_outlive", True))
        swap = settings.value("swap_when_better", False)
        self.accept.set_value("better" if swap else "never")
        self._fill_classes()

    def _fill_classes(self) -> None:
        self.classes.classes.show(self._services.session.taxonomy.classes)
        self._refresh()

    def _on_images(self, _ids: object) -> None:
        self._later.start()  # a job that proposes changes rows ten times a second

    # -- what would be done ------------------------------------------------------------------

    def options(self) -> dict[str, Any]:
        """The choices as ``make_recipe`` takes them."""
        chosen = self.classes.classes.chosen
        timed = self.limit.current() == "minutes"
        return options_of(
            self._services.session.images,
            name=self.name.text().strip(),
            done_only=self.images.current() == "done",
            classes=[each.id for each in self.classes.classes.classes if each.id in chosen],
            all_classes=len(chosen) == len(self.classes.classes.classes),
            start=str(self.start.value() or ""),
            epochs=0 if timed else self.epochs.value(),
            minutes=self.minutes.value() if timed else 0.0,
            device=str(self.device.value()),
            accept=str(self.accept.value()),
            max_fall=round(self.fall.value(), 4),
            keep_running=bool(self.after.value()),
        )

    def _refresh(self) -> None:
        session = self._services.session
        done, both = labelled(session.images)
        self.images.set_options(
            [("both", f"Corrected and done · {both:,}"), ("done", f"Done · {done:,}")]
        )
        timed = self.limit.current() == "minutes"
        self._epochs_row.setVisible(not timed)
        self._minutes_row.setVisible(timed)
        self._fall_row.setVisible(self.accept.value() != "always")
        chosen, every = len(self.classes.classes.chosen), len(self.classes.classes.classes)
        self._classes_header.set_count(f"{chosen} of {every}")
        words, reason = self._outlook()
        self.foot_words.set_text(reason or words, "state.warning" if reason else "text.secondary")
        self.main.setEnabled(not reason)
        self.main.setToolTip(reason)
        self.problem.show_state("info", "text.secondary", "")

    def _outlook(self) -> tuple[str, str]:
        """What the round would do, and why it cannot be started; the foot says either."""
        project = self._services.session.project
        if project is None:
            return "", "Open a folder or a project first."
        try:
            require_learning()
        except EngineError as problem:
            return "", str(problem)
        if self._services.jobs.running("train"):
            return "", "A round is learning already. Stop it, or wait until it is done."
        if not self.classes.classes.chosen:
            return "", "Choose at least one class to learn."
        found = outlook(project, self._services.catalog, self.options())
        return found.words(), found.problem

    # -- doing -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start the round and show it in Models."""
        settings = self._services.settings
        settings.set("jobs_outlive", bool(self.after.value()))
        settings.set("swap_when_better", self.accept.value() != "never")
        try:
            start_learning(self._services, self.options())
        except EngineError as problem:
            self.problem.show_state("x-circle", "state.error", str(problem))
            return
        self.leave()
        self._services.session.set_place("models")
