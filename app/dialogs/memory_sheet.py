"""Who holds how much memory, now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from app import memory
from app.dialogs.sheet import Sheet
from app.panels.common import plural
from app.places.figures import file_size
from app.theme import paint
from app.theme.theme import theme
from app.theme.widgets import ElidedLabel, TextBlock, ThinProgress

if TYPE_CHECKING:
    from app.memory import Entry
    from app.services import Services

REFRESH_MS = 1_000
_NAME, _BAR, _SIZE = 156, 112, 72  # widths of the columns, logical pixels


class _Line:
    """One line: a name, a bar (for what has a limit), figures and more figures."""

    def __init__(self, grid: QGridLayout, row: int, name: str, *, bar: bool) -> None:
        self.name = ElidedLabel(name, role="text.secondary")
        self.name.setFixedWidth(theme().px(_NAME))
        self.bar = ThinProgress(name)
        self.bar.setFixedWidth(theme().px(_BAR))
        self.size = ElidedLabel("", align=paint.RIGHT)
        self.size.setFixedWidth(theme().px(_SIZE))
        self.more = ElidedLabel("", role="text.secondary")
        self.more.set_least(32)
        grid.addWidget(self.name, row, 0)
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the figures of all sections stand in one column
        self.bar.setSizePolicy(policy)
        if not bar:
            self.bar.hide()  # and never shown here: without a parent it would be a window
        grid.addWidget(self.bar, row, 1)
        grid.addWidget(self.size, row, 2)
        grid.addWidget(self.more, row, 3)

    def show(self, size: str, more: str, part: float = 0.0) -> None:
        """Other figures."""
        self.size.set_text(size)
        self.more.set_text(more)
        self.bar.set_fraction(part)


class MemorySheet(Sheet):
    """The caches and their limits, what of the project is in memory, and the whole program.

    The figures are made anew each second while the sheet is shown.
    """

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(
            "Memory", services.actions.key_text("app.memory"), "Empty the caches", parent
        )
        self._services, self._session = services, services.session
        self._caches: dict[str, _Line] = {}
        self._head = self.add_section("Caches")
        self.add(
            TextBlock(
                "What can be made again. The least recently used goes when a limit is reached."
            )
        )
        self.body.addSpacing(6)
        self._grid = _grid()
        self.add(self._grid)
        self.add_section("This project")
        grid = _grid()
        self.add(grid)
        self.masks = _Line(grid, 0, "Masks", bar=False)
        self.layers = _Line(grid, 1, "Class maps", bar=False)
        self.undo = _Line(grid, 2, "Undo", bar=False)
        self.images = _Line(grid, 3, "Image list", bar=False)
        self._program = self.add_section("This program")
        grid = _grid()
        self.add(grid)
        self.whole = _Line(grid, 0, "In memory", bar=False)
        self.add(TextBlock("The model in use and jobs are programs of their own and not in here."))
        self.body.addStretch(1)
        self.main.clicked.connect(self.empty)
        self._clock = QTimer(self)
        self._clock.setInterval(REFRESH_MS)
        self._clock.timeout.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Make the figures anew."""
        ledger = memory.LEDGER
        for entry in ledger.entries():
            self._line(entry).show(*_words(entry))
        self._head.set_count(f"{file_size(ledger.bytes)} of {file_size(memory.memory_budget())}")
        self._show_project()
        self.whole.show(file_size(memory.resident()), "")

    def empty(self) -> None:
        """Let go of everything that can be made again."""
        freed = memory.LEDGER.clear()
        self.refresh()
        self.foot_words.set_text(f"{file_size(freed)} let go of. They fill again as you work.")

    def _line(self, entry: Entry) -> _Line:
        line = self._caches.get(entry.name)
        if line is None:
            line = _Line(self._grid, len(self._caches), entry.name, bar=True)
            self._caches[entry.name] = line
        return line

    def _show_project(self) -> None:
        project = self._session.project
        if project is None:
            for line in (self.masks, self.layers, self.undo, self.images):
                line.show("–", "")
            return
        held = project.held()
        where = f"{plural(held.objects, 'object')} in {plural(held.documents, 'image')}"
        self.masks.show(file_size(held.masks), where)
        self.layers.show(file_size(held.layers), "")
        history = self._session.history
        steps = history.reach if history is not None else 0  # undone ones are held too
        self.undo.show(file_size(held.undo), f"{held.steps:,} of {plural(steps, 'step')}")
        self.images.show(
            file_size(self._session.images.nbytes), plural(len(self._session.images), "image")
        )

    def showEvent(self, event: QShowEvent) -> None:
        """See QWidget."""
        super().showEvent(event)
        self.refresh()
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """See QWidget; nobody looks, so nothing is counted."""
        self._clock.stop()
        super().hideEvent(event)


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 4)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(8)
    grid.setColumnStretch(3, 1)
    return grid


def _words(entry: Entry) -> tuple[str, str, float]:
    """Bytes, limit and hits, and how full it is."""
    part = entry.bytes / entry.budget if entry.budget else 0.0
    more = f"of {file_size(entry.budget)}, {entry.count:,} kept"
    if entry.rate is not None:
        more += f", {entry.rate * 100:.0f} % found"
    return file_size(entry.bytes), more, part
