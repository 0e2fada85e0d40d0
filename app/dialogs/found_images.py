"""The images of a project in which a sheet found something, and what is done to all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.dialogs.line_list import Line
from app.dialogs.sheet import EDGE
from app.dialogs.short_list import ShortList
from app.places.figures import counted
from app.theme.widgets import Button, TextBlock
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.project_look import ProjectLook
    from app.session import Session

LISTED = 5_000
"""Images in the list; what is done to all is done to the others too."""

STOP = "Stop"


class FoundImages(QWidget):
    """A note, the list, and buttons; subclasses say what was found and what is done.

    Signals:
        told: how far looking is, or what was found, for the heading.
    """

    told = Signal(str)

    def __init__(
        self, look: ProjectLook, session: Session, *, title: str, note: str, act: str, queue: str
    ) -> None:
        """Show nothing yet.

        Args:
            look: what looks through the project.
            session: whose images they are.
            title: of the list, for screen readers ("Images with faults").
            note: what stands above it.
            act: what is done to all, as a verb ("Mend").
            queue: what the images are called in the queue ("images with faults").
        """
        super().__init__()
        self._look, self._session, self._verb, self._queue = look, session, act, queue
        self.list = ShortList(title, 5)
        self.look = Button("Look through all images", "magnifying-glass")
        self.next = Button("Next image")
        self.all = Button(f"{act} all of them")
        self.queue = Button("List them in the queue")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        above = QHBoxLayout()
        above.setContentsMargins(EDGE, 0, EDGE, 0)
        above.addWidget(TextBlock(note))
        column.addLayout(above)
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
        look.scanned.connect(self.show_found)
        session.slices.changed.connect(self.show_found)
        self.look.clicked.connect(self._look_through)
        self.next.clicked.connect(self._go_on)
        self.all.clicked.connect(self._act_on_all)
        self.queue.clicked.connect(self._list_in_queue)
        self.list.chosen.connect(self._open)

    # -- what subclasses answer --------------------------------------------------------------

    def line(self, found: Any) -> Line:
        """A row of the list."""
        raise NotImplementedError

    def waits(self, found: Any) -> bool:
        """Whether something is left there for a person."""
        raise NotImplementedError

    def concerned(self) -> Callable[[Any], bool]:
        """Says of an image that was found whether what is done to all would change it."""
        raise NotImplementedError

    def words(self, waiting: int) -> str:
        """What was found, for the heading."""
        raise NotImplementedError

    def scan(self) -> None:
        """Look through the project."""
        raise NotImplementedError

    def act(self) -> None:
        """Do it to all."""
        raise NotImplementedError

    # -- showing -----------------------------------------------------------------------------

    def show_found(self) -> None:
        """Show the images that were found, and what can be done now."""
        look, session = self._look, self._session
        rows, busy = look.found, look.progress is not None
        self.list.show_rows([self.line(each) for each in rows[:LISTED]])
        waiting = sum(map(self.waits, rows))
        words = self.words(waiting)
        if len(rows) > LISTED:
            words += f", {LISTED:,} of them listed"
        if look.progress is not None:
            words = f"{look.progress[0]:,} of {look.progress[1]:,} looked at · {words}"
        elif not look.looked and not rows:
            words = ""
        self.look.set_text("Stop looking" if busy else "Look through all images")
        self.show_act()
        self.next.setEnabled(self.following() is not None)
        self.queue.setEnabled(bool(waiting) and not busy)
        self.mark()
        self.told.emit(words if session.project is not None else "")

    def show_act(self) -> None:
        """Show what can be done to all, which while it goes on can be stopped."""
        session, busy = self._session, self._look.progress is not None
        count = sum(map(self.concerned(), self._look.found))
        going = session.slices.stoppable
        each = f"{self._verb} all {counted(count, 'image')}"
        self.all.set_text(STOP if going else each if count > 1 else f"{self._verb} all of them")
        self.all.setEnabled(going or (bool(count) and not busy and not session.read_only))

    def mark(self) -> None:
        """Mark the row of the open image."""
        image = self._session.image
        self.list.mark(image.id if image else None)

    # -- doing -------------------------------------------------------------------------------

    def following(self) -> int | None:
        """The next image in which something waits."""
        image = self._session.image
        return self._look.after(image.id if image else None, self.waits)

    def _look_through(self) -> None:
        if self._look.progress is None:
            self.scan()
        else:
            self._look.stop()

    def _act_on_all(self) -> None:
        if self._session.slices.stoppable:
            self._session.slices.stop()
        else:
            self.act()

    def _go_on(self) -> None:
        following = self.following()
        if following is not None:
            self._open(following)

    def _list_in_queue(self) -> None:
        ids = [each.image for each in self._look.found if self.waits(each)]
        self._session.show_among(ids, self._queue)

    def _open(self, number: int) -> None:
        try:
            self._session.open_image(number)
        except EngineError as problem:
            self._session.say(str(problem), "error")
