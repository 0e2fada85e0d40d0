"""Taking parts back: merge them, and decide what two people did differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.dialogs.copies_dialog import choose_copies
from app.dialogs.fields import StateLine
from app.dialogs.line_list import Line, LineList, Lines
from app.dialogs.sheet import EDGE
from app.theme.widgets import Button, ElidedLabel, SectionHeader, SegmentedControl, TextBlock
from engine.document.conflict import Side
from engine.hands.words import by_words, conflict_words, short_words

if TYPE_CHECKING:
    from app.conflict_queue import ConflictQueue
    from app.services import Services
    from engine.store.kin import ConflictRow

KEYS: dict[tuple[int, bool], Side] = {
    (Qt.Key.Key_Left, False): "mine",
    (Qt.Key.Key_Right, False): "theirs",
    (Qt.Key.Key_Right, True): "both",
}
"""Arrow, and whether Shift is down: the side it picks."""


class _Conflicts(LineList):
    """The list; arrows to the sides pick a side."""

    picked = Signal(str)

    def event(self, event: QEvent) -> bool:
        """Keep the arrows from what they do on the canvas."""
        asks = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asks and _side(event):  # type: ignore[arg-type]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See the class."""
        side = _side(event)
        if side:
            self.picked.emit(side)
            return
        super().keyPressEvent(event)


class TakeBackPage(QWidget):
    """See the module.

    Signals:
        asked: files that were chosen to be merged.
    """

    asked = Signal(list)

    def __init__(self, services: Services, queue: ConflictQueue) -> None:
        super().__init__()
        self._services, self._session, self.queue = services, services.session, queue
        self.results = TextBlock("", "body", "regular", "text.primary")
        self.notes = StateLine("warning", "state.warning")
        self.list = _Conflicts("Conflicts")
        self.words = TextBlock("", "body", "regular", "text.primary")
        self.shown = SegmentedControl(
            "Show", [("difference", "Difference"), ("mine", "Mine"), ("theirs", "Theirs")]
        )
        self.legend = ElidedLabel(
            "Lines: only theirs. Dots: only mine.", "small", role="text.secondary"
        )
        self.mine = Button("Keep mine", key="Left")
        self.theirs = Button("Take theirs", key="Right")
        self.both = Button("Keep both", key="Shift+Right")
        self.all_mine, self.all_theirs = Button("Keep mine in all"), Button("Take theirs in all")
        self._build()
        self._connect()
        self.notes.show_state("warning", "state.warning", "")
        self.results.hide()
        self._show_rows()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        inside = QVBoxLayout()
        inside.setContentsMargins(EDGE, 0, EDGE, 0)
        inside.addWidget(
            TextBlock(
                "Choose parts that come back, or copies of this project. What only one side did "
                "is taken, one undo step for each image; what both did differently waits here."
            )
        )
        inside.addWidget(self.results)
        inside.addWidget(self.notes)
        column.addLayout(inside)
        self._heading = SectionHeader("To decide")
        self._heading.setContentsMargins(EDGE - 14, 6, EDGE - 12, 0)
        column.addWidget(self._heading)
        detail = QVBoxLayout()
        detail.setContentsMargins(EDGE, 4, EDGE, 0)
        detail.setSpacing(8)
        detail.addWidget(self.words)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.shown)
        row.addWidget(self.legend, 1)
        detail.addLayout(row)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.mine, self.theirs, self.both):
            row.addWidget(button)
        row.addStretch(1)
        detail.addLayout(row)
        column.addLayout(detail)
        every = QHBoxLayout()
        every.setContentsMargins(EDGE, 4, EDGE, 4)
        every.setSpacing(8)
        for button in (self.all_mine, self.all_theirs):
            every.addWidget(button)
        every.addStretch(1)
        rows = QHBoxLayout()
        rows.setContentsMargins(EDGE - 15, 0, EDGE - 15, 0)  # their words stand below the heading
        rows.addWidget(self.list)
        column.addLayout(rows, 1)
        column.addLayout(every)

    def _connect(self) -> None:
        self.queue.changed.connect(self._show_rows)
        self.queue.opened.connect(self._show_current)
        self.list.chosen.connect(self._open)
        self.list.picked.connect(self._pick)
        self.shown.chosen.connect(self._on_shown)
        self.mine.clicked.connect(lambda: self._pick("mine"))
        self.theirs.clicked.connect(lambda: self._pick("theirs"))
        self.both.clicked.connect(lambda: self._pick("both"))
        self.all_mine.clicked.connect(lambda: self.queue.pick_all("mine"))
        self.all_theirs.clicked.connect(lambda: self.queue.pick_all("theirs"))

    # -- merging -----------------------------------------------------------------------------

    def choose(self) -> None:
        """Let files be chosen beside the window."""
        choose_copies(self, self._session, "Parts or copies to take back", self.asked.emit)

    def show_results(self, sentences: Sequence[str], notes: Sequence[str]) -> None:
        """Say what merging did, and what it left out."""
        self.results.set_text("\n".join(sentences))
        self.results.setVisible(bool(sentences))
        self.notes.show_state("warning", "state.warning", "\n".join(notes[:8]))

    # -- deciding ----------------------------------------------------------------------------

    def _show_rows(self) -> None:
        rows = self.queue.rows
        by_number = {row.id: row for row in rows}
        self.list.show_lines(Lines(list(by_number), lambda number: self._line(by_number[number])))
        self._heading.set_count(f"{len(rows):,}" if rows else "nothing")
        for button, words in ((self.all_mine, "Keep mine"), (self.all_theirs, "Take theirs")):
            button.set_text(f"{words} in all {len(rows):,}")
            button.setVisible(len(rows) > 1)
        self._show_current()

    def _line(self, row: ConflictRow) -> Line:
        """A row of the list; made when it is looked at, for there may be thousands."""
        image, found = self._session.row(row.image), self.queue.conflict(row)
        taxonomy = self._session.taxonomy
        words = "cannot be read" if found is None else short_words(found, taxonomy)
        figure = f"{found.patch.area:,} px" if found is not None and found.patch else ""
        name = f"image {row.image}" if image is None else image.file_name
        return Line(row.id, name, f"{words} · {row.origin}", figure)

    def _open(self, number: int) -> None:
        row = next((each for each in self.queue.rows if each.id == number), None)
        if row is not None and row != self.queue.current:
            self.queue.open(row)

    def _show_current(self) -> None:
        row, found = self.queue.current, self.queue.found
        shown = row is not None and found is not None
        for part in (self.shown, self.legend, self.mine, self.theirs):
            part.setVisible(shown)
        self.both.setVisible(found is not None and "both" in found.sides)
        if row is None:
            waits = bool(self.queue.rows)
            self.words.set_text("Choose a conflict to see it on the picture." if waits else "")
            return
        if row.id != self.list.key():
            self.list.choose(row.id)
        words = self.queue.problem
        if found is not None:
            words = conflict_words(found, self._session.taxonomy, row.origin)
            document = self._session.document
            here = None if document is None else document.find(found.annotation)
            words = f"{words} {by_words(here, found.theirs)}".strip()
        self.words.set_text(words)

    def _on_shown(self, which: str) -> None:
        self.queue.show_side(which)  # type: ignore[arg-type]

    def _pick(self, side: str) -> None:
        found = self.queue.found
        if found is not None and side in found.sides:
            self.queue.pick(side)

    def setFocus(self, *reason: object) -> None:
        """The list first: arrows walk and pick."""
        self.list.setFocus(*reason)


def _side(event: QKeyEvent) -> Side | None:
    shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    return KEYS.get((event.key(), shift))
