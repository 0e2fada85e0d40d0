"""The top bar: where you are, the three places, what runs, search and export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from app.panels.common import bind
from app.panels.job_words import job_fraction, job_words
from app.theme.paint import menu_text
from app.theme.theme import theme
from app.theme.widgets import Button, Chip, ElidedLabel, IconButton, SegmentedControl, Surface

if TYPE_CHECKING:
    from app.jobs import JobView
    from app.services import Services

PLACES = (
    ("correct", "Correct", "paint-brush"),
    ("inspect", "Inspect", "chart-bar"),
    ("models", "Models", "cube"),
)
_GAP = 8


class TopBar(Surface):
    """See the module. What does not fit folds: project name, chip words, button words, places."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "b", parent)
        self._services, self._session = services, services.session
        self.setAccessibleName("Top bar")
        self._build()
        session = self._session
        for signal in (session.project_changed, session.image_changed, session.place_changed):
            signal.connect(self._on_where)
        session.model_changed.connect(self._on_model)
        services.jobs.changed.connect(lambda _job: self._on_jobs())
        session.project_changed.connect(self._on_jobs)
        theme().changed.connect(self._on_look)
        self._on_look()
        self._on_where()
        self._on_model()
        self._on_jobs()

    def _build(self) -> None:
        services = self._services
        self.menu_button = IconButton("list", "Menu", side=32)
        self.menu_button.set_icon_side(18)
        bind(self.menu_button, services, "app.menu")
        self.project_label = ElidedLabel("", role="text.secondary")
        self.mark = ElidedLabel("›", role="text.disabled")
        self.image_label = ElidedLabel("", weight="semibold", cut="middle")
        self.note_label = ElidedLabel("", "small", role="state.warning")
        self.left = QWidget(self)
        row = QHBoxLayout(self.left)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(_GAP)
        for part in (self.menu_button, self.project_label, self.mark, self.image_label):
            row.addWidget(part)
        row.addWidget(self.note_label)
        row.addStretch(1)
        self.places = SegmentedControl("Place", PLACES, theme().tokens.sizes["control"], self)
        self.places.chosen.connect(lambda key: services.actions.trigger(f"place.{key}"))
        self.job_chip = Chip()
        self.job_chip.clicked.connect(self._show_jobs)
        self.model_chip = Chip("", "cube")
        self.model_chip.clicked.connect(self._show_model)
        self.search = Button("Search", "magnifying-glass")
        bind(self.search, services, "app.palette", cap=True)
        self.export = Button("Export", "export")
        bind(self.export, services, "file.export")
        self.right = QWidget(self)
        row = QHBoxLayout(self.right)
        row.setContentsMargins(0, 0, 10, 0)
        row.setSpacing(_GAP)
        for button in (self.job_chip, self.model_chip, self.search, self.export):
            row.addWidget(button)
        # Tab goes as the eye does.
        order = [self.menu_button, self.places, self.job_chip, self.model_chip, self.search]
        for before, after in zip(order, [*order[1:], self.export], strict=True):
            QWidget.setTabOrder(before, after)

    # -- contents ----------------------------------------------------------------------------

    def _on_look(self) -> None:
        self.setFixedHeight(theme().size("topBar"))
        self._lay()

    def _on_where(self) -> None:
        session = self._session
        project, started = session.project, session.place != "start"
        self.project_label.set_text(project.name if project else "No project open")
        self.project_label.setToolTip(str(project.path) if project else "")
        image = session.image
        self.image_label.set_text(image.file_name if image else "")
        self.image_label.setToolTip(str(image.path) if image else "")
        self.note_label.set_text("read-only" if project and project.read_only else "")
        self.places.set_current(session.place)
        self.places.setVisible(started)
        self.model_chip.setVisible(started)
        self.export.setVisible(started)
        self._lay()

    def _on_model(self) -> None:
        model = self._session.model
        name = model.name or model.id
        words = {
            "none": "No model",
            "starting": f"{name}, starting",
            "failed": f"{name}, stopped",
        }.get(model.state, name)
        self.model_chip.set_words(words, _short(name) if model.state != "none" else "–")
        self.model_chip.set_icon("warning" if model.state == "failed" else "cube")
        self.model_chip.set_ring(model.state == "starting", None)
        lines = [
            f"Model in use: {name}" if name else "No model is in use. Add one to get proposals."
        ]
        lines += [line for line in (model.provider, model.reason) if line]
        self.model_chip.setToolTip("\n".join(lines))
        self.model_chip.setAccessibleName(words)
        self._lay()

    def _shown_job(self) -> JobView | None:
        running = self._services.jobs.running()
        return next(
            (job for job in running if job.kind == "train"), running[0] if running else None
        )

    def _on_jobs(self) -> None:
        job = self._shown_job()
        changed = self.job_chip.isHidden() == (job is not None)
        self.job_chip.setVisible(job is not None)
        if job is not None:
            fraction = job_fraction(job)
            words = job_words(job)
            more = len(self._services.jobs.running()) - 1
            figure = "…" if fraction is None else f"{round(fraction * 100)} %"
            before = len(self.job_chip.text())
            self.job_chip.set_words(words + (f" +{more}" if more else ""), figure)
            self.job_chip.set_ring(True, fraction)
            self.job_chip.setToolTip(f"{words}\n{job.text}" if job.text else words)
            self.job_chip.setAccessibleName(words)
            changed = changed or len(self.job_chip.text()) != before
        if changed:
            self._lay()

    def _show_jobs(self) -> None:
        job = self._shown_job()
        if job is None:
            return
        if job.kind == "train":
            self._services.actions.trigger("place.models")
            return
        menu = QMenu(self)
        for each in self._services.jobs.running():
            entry = menu.addAction(menu_text(f"Stop {each.title.lower()}"))
            entry.triggered.connect(
                lambda _on=False, name=each.id: self._services.jobs.cancel(name)
            )
        menu.popup(self.job_chip.mapToGlobal(QPoint(0, self.job_chip.height() + 4)))

    def _show_model(self) -> None:
        none = self._session.model.state == "none"
        self._services.actions.trigger("model.add" if none else "place.models")

    # -- laying out --------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        self._lay()

    def _lay(self) -> None:
        """Place the three groups, the middle one on the window's centre, folding what must."""
        for level in range(self._least_level(), 5):
            self._fold(level)
            if self._fits() or level == 4:
                break
        middle, right = self._places_size(), self.right.sizeHint()
        height = self.height() - 1
        right_edge = self.width() - right.width()
        self.right.setGeometry(right_edge, 0, right.width(), height)
        place_left = (self.width() - middle.width()) // 2
        if not self.places.isHidden():
            place_left = min(place_left, right_edge - middle.width() - 2 * _GAP)
            top = (height - middle.height()) // 2
            self.places.setGeometry(place_left, top, middle.width(), middle.height())
        room = place_left if not self.places.isHidden() else right_edge
        self.left.setGeometry(0, 0, max(0, room - 2 * _GAP), height)

    def _places_size(self) -> QSize:
        hint = self.places.sizeHint()
        if self.places.icons_only():
            return hint
        return QSize(max(hint.width(), theme().px(330)), hint.height())

    def _least_level(self) -> int:
        width = self.width() / theme().scale
        return 0 if width >= 1400 else 1 if width >= 1100 else 3

    def _fold(self, level: int) -> None:
        """0 all; 1 project name gone and chips as figures; 2 buttons as icons; 3 places too."""
        image = bool(self._session.image)
        self.project_label.setVisible(level < 1 or not image)
        self.mark.setVisible(level < 1 and image)
        self.job_chip.set_compact(level >= 1)
        self.model_chip.set_compact(level >= 1)
        self.search.set_compact((level >= 1 and self._session.place != "start") or level >= 2)
        self.export.set_compact(level >= 1)
        self.places.set_icons_only(level >= 3)
        self.places.set_stretched(level < 3)
        self.image_label.setVisible(level < 4 and image)

    def _fits(self) -> bool:
        need_right = self.right.sizeHint().width()
        if self.places.isHidden():
            return need_right + theme().px(200) <= self.width()
        middle = self._places_size().width()
        name = min(self.left.sizeHint().width(), theme().px(260))
        centred = (self.width() - middle) / 2 - 2 * _GAP
        return need_right <= centred and name <= centred

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(800), theme().size("topBar"))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(0, theme().size("topBar"))

    def setFocus(self, *reason: object) -> None:
        """Give the focus to the place switch, or to search where there is none."""
        target = self.search if self.places.isHidden() else self.places
        target.setFocus(*reason)


def _short(name: str) -> str:
    """The part of a model's name that tells rounds apart: "DeepLab VOC · v7" → "v7"."""
    last = name.rsplit("·", 1)[-1].strip()
    return last if len(last) <= 10 else last[:9] + "…"
