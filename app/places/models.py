"""The Models place: what is in use, what is learning, and whether the new one is better."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.jobs import JobView
from app.places import round_view
from app.places.comparison import Comparison, Verdict, load_comparison, verdict
from app.places.learning_view import LearningView
from app.places.machine_load import MachineLoad
from app.places.models_list import ModelsList
from app.places.rounds import Row, miou_of, model_of, sections
from app.places.worse_masks import Side, WorseMasks
from app.services import Services
from app.session import Banner
from app.theme.theme import theme
from app.theme.widgets import Button, EmptyState, PrimaryButton, Surface
from engine.errors import EngineError
from engine.models.catalog import Entry

LIST, RIGHT, RIGHT_NARROW = 280, 380, 300
WIDE, NARROW = 1400, 1200  # window widths below which the right column shrinks, and goes
_REFRESH_MS = 120


class ModelsPlace(QWidget):
    """Three columns; the list decides what the other two show."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._entries: dict[str, Entry] = {}
        self._comparisons: dict[str, Comparison | None] = {}  # by job id, of ended jobs
        self._shown: tuple[str, str] = ("", "")  # the worse masks on screen: job, model in use
        self._seen: set[str] = set()  # rounds that have been in the list
        self._list = ModelsList()
        self.setFocusProxy(self._list)
        self._view = LearningView(services)
        self._worse = WorseMasks(services)
        self._load = MachineLoad()
        self._learn = Button("Learn from corrections", "graduation-cap")
        self._add = Button("Add model", "plus")
        self._empty_button = PrimaryButton("Add model", "plus")
        self._pages = QStackedWidget()
        self._build()
        self._connect()
        # Progress arrives several times a second; one repaint for all of it is enough.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self.refresh()

    def _build(self) -> None:
        left = Surface("surface.base", "r")
        left.setFixedWidth(theme().px(LIST))
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 4, 1, 12)
        column.setSpacing(8)
        column.addWidget(self._list, 1)
        for button in (self._learn, self._add):
            row = QHBoxLayout()
            row.setContentsMargins(12, 0, 12, 0)
            row.addWidget(button, 1)
            column.addLayout(row)
        empty = EmptyState(
            "cube",
            "No model yet.",
            "You can draw without one; add one to get proposals.",
            self._empty_button,
        )
        self._pages.addWidget(self._view)
        self._pages.addWidget(empty)
        self._right = Surface("surface.base", "l")
        self._right.setFixedWidth(theme().px(RIGHT))
        column = QVBoxLayout(self._right)
        column.setContentsMargins(1, 4, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._worse, 1)
        column.addWidget(self._load)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addWidget(self._pages, 1)
        row.addWidget(self._right)

    def _connect(self) -> None:
        services, actions = self._services, self._services.actions
        self._learn.clicked.connect(lambda: actions.trigger("learn.start"))
        self._add.clicked.connect(lambda: actions.trigger("model.add"))
        self._empty_button.clicked.connect(lambda: actions.trigger("model.add"))
        self._list.chosen.connect(self._show)
        self._list.use_asked.connect(self._use)
        self._view.use_asked.connect(self._use)
        self._view.stop_asked.connect(services.jobs.cancel)
        self._view.resume_asked.connect(self._resume)
        self._view.acted.connect(self._act)
        self._view.image_asked.connect(self._open_image)
        self._worse.open_asked.connect(self._inspect)
        services.jobs.changed.connect(self._soon)
        services.jobs.list_changed.connect(self._soon)
        services.inference.swapped.connect(self._soon)
        services.session.model_changed.connect(self._soon)
        services.session.project_changed.connect(self._forget)
        services.session.taxonomy_changed.connect(self._soon)
        theme().changed.connect(self._soon)
        actions.keys_changed.connect(self._show_keys)
        self._show_keys()

    def _show_keys(self) -> None:
        self._add.set_key(self._services.actions.key_text("model.add"))

    # -- contents ----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read models and jobs again and show them."""
        self._timer.stop()
        entries = self._services.catalog.entries()
        self._entries = {entry.id: entry for entry in entries}
        current = self._services.session.model.id
        found = sections(entries, self._services.jobs.jobs(), current)
        self._list.show_sections(found, self._came_of(self._list.key()))
        rounds = {job.id: job for job in self._services.jobs.jobs() if job.kind == "train"}
        begun = [each for each in rounds if each not in self._seen and rounds[each].live]
        self._seen = set(rounds)
        if begun:
            self._list.choose(f"job:{begun[0]}")
        self._pages.setCurrentIndex(0 if found else 1)
        row = self._list.row()
        if row is not None:
            self._show(row)

    def _came_of(self, key: str) -> str:
        """The row of the model that a round brought, whose own row is gone now that it ended."""
        job = self._services.jobs.get(key.removeprefix("job:")) if key.startswith("job:") else None
        return f"model:{model_of(job)}" if job is not None and model_of(job) else ""

    def choose(self, key: str) -> None:
        """Show a row of the list by its key, "job:<id>" or "model:<id>"."""
        self._list.choose(key)

    def showEvent(self, event: QShowEvent) -> None:
        """The place opens at the round that runs."""
        super().showEvent(event)
        self.refresh()
        running = self._services.jobs.running("train")
        if running:
            self._list.choose(f"job:{running[0].id}")

    def _soon(self, _what: object = None) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _forget(self) -> None:
        self._comparisons.clear()
        self._seen.clear()
        self._shown = ("", "")
        self.refresh()

    def _show(self, row: Row | None) -> None:
        if row is None:
            return
        job = self._services.jobs.get(row.job_id) if row.job_id else None
        entry = self._entries.get(row.model_id)
        in_use = row.kind == "in_use"
        if job is None:
            if entry is not None:
                self._view.show_model(entry, in_use=in_use)
            self._worse.show_nothing("Nothing to compare", "No round of this project made it.")
            self._shown = ("", "")
            self._load.watch(None)
            return
        self._load.watch(job.folder if job.live else None)
        self._show_round(job, row, in_use)

    def _show_round(self, job: JobView, row: Row, in_use: bool) -> None:
        comparison, old = self._comparison(job), self._old(job)
        before = comparison.before if comparison else round_view.before_of(job)
        if before is None and old is not None:
            before = miou_of(old)
        old_name, new_name = old.card.name if old else "", round_view.name_of(job)
        self._view.show_round(job, before, old_name)
        if row.model_id:
            self._view.offer_use(row.model_id, in_use=in_use)
        said = self._verdict(job, comparison, new_name, old_name, in_use)
        self._view.show_comparison(comparison, said, (old_name, new_name), self._services)
        self._show_worse(job, comparison, old, old_name, new_name)

    def _show_worse(
        self,
        job: JobView,
        comparison: Comparison | None,
        old: Entry | None,
        old_name: str,
        new_name: str,
    ) -> None:
        if comparison is None or comparison.before is None:
            live = "It is compared with the model in use when it has learned."
            ended = "This round was not compared with another model."
            self._worse.show_nothing("Nothing to compare yet", live if job.live else ended)
            self._shown = ("", "")
            return
        key = (job.id, old.id if old else "")
        if key == self._shown:
            return  # the pictures are there or on their way
        self._shown = key
        new = self._entries.get(model_of(job))
        self._worse.show_comparison(comparison, Side(old_name, old), Side(new_name, new))

    def _comparison(self, job: JobView) -> Comparison | None:
        if job.live:
            return load_comparison(job.folder)
        if job.id not in self._comparisons:
            self._comparisons[job.id] = load_comparison(job.folder)
        return self._comparisons[job.id]

    def _old(self, job: JobView) -> Entry | None:
        """The model that the round was measured against."""
        return self._entries.get(str(getattr(job.spec, "model", "") or ""))

    def _verdict(
        self, job: JobView, comparison: Comparison | None, new: str, old: str, in_use: bool
    ) -> Verdict | None:
        if job.state in ("failed", "died"):
            kept = f"{old} stays in use." if old else "Nothing was changed."
            return Verdict("error", job.error or "The round ended without a word.", kept)
        if job.state != "done" or comparison is None:
            return None
        if model_of(job) not in self._entries:
            return None  # its model was removed; there is nothing to switch to
        said = verdict(comparison, new, old, in_use=in_use)
        rule = round_view.rule_words(round_view.recipe_of(job))
        if said.action in ("switch", "switch_anyway"):
            said = Verdict(
                said.level,
                said.title,
                f"{said.detail} {rule}".strip(),
                said.action,
                said.action_text,
                said.keep,
            )
        return said

    # -- asking ------------------------------------------------------------------------------

    def _use(self, model_id: str) -> None:
        self._services.use_model(model_id)

    def _act(self, action: str) -> None:
        row = self._list.row()
        job = self._services.jobs.get(row.job_id) if row and row.job_id else None
        if job is None:
            return
        if action in ("switch", "switch_anyway"):
            self._use(model_of(job))
        elif action == "back":
            old = self._old(job)
            if old is not None:
                self._use(old.id)
        elif action == "keep":
            self._services.session.drop_banner("learned")
            self._services.session.say("The model in use stays. The new one is kept in the list.")

    def _resume(self, job_id: str) -> None:
        try:
            self._services.jobs.resume(job_id)
        except EngineError as problem:
            self._services.session.raise_banner(Banner("learn", str(problem), "error"))

    def _open_image(self, image_id: int) -> None:
        self._go(image_id, "correct")

    def _inspect(self, image_id: int) -> None:
        self._go(image_id, "inspect")

    def _go(self, image_id: int, place: str) -> None:
        session = self._services.session
        try:
            session.open_image(image_id)
        except EngineError as problem:
            session.say(str(problem), "error")
            return
        session.set_place("inspect" if place == "inspect" else "correct")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The right column shrinks, and goes where there is no room for three."""
        width, px = event.size().width(), theme().px
        self._right.setFixedWidth(px(RIGHT if width >= px(WIDE) else RIGHT_NARROW))
        self._right.setVisible(width >= px(NARROW))
        super().resizeEvent(event)
