"""The images of a project in which the linter found something, and what is done to all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.dialogs.line_list import Line
from app.dialogs.lint_list import ShortList
from app.dialogs.sheet import EDGE
from app.lint_words import by_rule
from app.places.figures import counted
from app.theme.widgets import Button, TextBlock
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.linting import Faults, Linting
    from app.session import Session

LISTED = 5_000
"""Images in the list; what is done to all is done to the others too."""

NOTE = (
    "Mending all changes the project itself; each image keeps its own undo, and a done image "
    "stays done."
)


class LintImages(QWidget):
    """See the module.

    Signals:
        told: how far looking is, or what was found, for the heading.
    """

    told = Signal(str)

    def __init__(self, linting: Linting, session: Session) -> None:
        super().__init__()
        self._linting, self._session = linting, session
        self.list = ShortList("Images with faults", 5)
        self.look = Button("Look through all images", "magnifying-glass")
        self.next = Button("Next image")
        self.all = Button("Mend all of them")
        self.queue = Button("List them in the queue")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        note = QHBoxLayout()
        note.setContentsMargins(EDGE, 0, EDGE, 0)
        note.addWidget(TextBlock(NOTE))
        column.addLayout(note)
        rows = QHBoxLayout()
        rows.setContentsMargins(5, 0, 5, 0)  # their words stand below the heading
        rows.addWidget(self.list)
        column.addLayout(rows)
        for buttons in ((self.look, self.next), (self.all, self.queue)):
            row = QHBoxLayout()
            row.setContentsMargins(EDGE, 0, EDGE, 0)
            row.setSpacing(8)
            for button in buttons:
                row.addWidget(button)
            row.addStretch(1)
            column.addLayout(row)
        linting.look.scanned.connect(self.show_found)
        self.look.clicked.connect(self._look_through)
        self.next.clicked.connect(self._go_on)
        self.all.clicked.connect(linting.mend_all)
        self.queue.clicked.connect(self._list_in_queue)
        self.list.chosen.connect(self._open)

    def show_found(self) -> None:
        """Show the images that were found, and what can be done now."""
        scan, writes = self._linting.look, not self._session.read_only
        rows: list[Faults] = scan.found
        self.list.show_rows(
            [
                Line(
                    each.image,
                    each.name,
                    by_rule(each.counts) or "nothing left to mend",
                    f"{each.counts.total():,}",
                )
                for each in rows[:LISTED]
            ]
        )
        faulty = sum(bool(each.counts) for each in rows)
        words = f"{counted(faulty, 'image')} with faults"
        if len(rows) > LISTED:
            words += f", {LISTED:,} of them listed"
        busy = scan.progress is not None
        if scan.progress is not None:
            words = f"{scan.progress[0]:,} of {scan.progress[1]:,} looked at · {words}"
        elif not scan.looked and not rows:
            words = ""
        self.look.set_text("Stop looking" if busy else "Look through all images")
        count = sum(bool(each.mendable) for each in rows)
        self.all.set_text(f"Mend all {count:,} images" if count > 1 else "Mend all of them")
        self.all.setEnabled(bool(count) and not busy and writes)
        self.next.setEnabled(self._linting.following() is not None)
        self.queue.setEnabled(bool(faulty) and not busy)
        self.mark()
        self.told.emit(words)

    def mark(self) -> None:
        """Mark the row of the open image."""
        image = self._session.image
        self.list.mark(image.id if image else None)

    def _look_through(self) -> None:
        if self._linting.look.progress is None:
            self._linting.scan()
        else:
            self._linting.look.stop()

    def _go_on(self) -> None:
        following = self._linting.following()
        if following is not None:
            self._open(following)

    def _list_in_queue(self) -> None:
        ids = [each.image for each in self._linting.look.found if each.counts]
        self._session.show_among(ids, "images with faults")

    def _open(self, number: int) -> None:
        try:
            self._session.open_image(number)
        except EngineError as problem:
            self._session.say(str(problem), "error")
