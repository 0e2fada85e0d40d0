"""A question about the open image, asked again after each change, answered on another thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.dialogs.background import Background

if TYPE_CHECKING:
    from app.session import Session
    from engine.document.document import Document

WAIT_MS: Final = 30
"""Between a change and the next look, so that a burst of them is looked at once."""

Ask = Callable[["Document"], Callable[[], Any]]
"""Takes what it needs of the open image, and gives the work that answers with values alone."""


class OpenLook(QObject):
    """Holds no answer itself; one look goes on at a time, and only the newest answer is told.

    Signals:
        answered: what the work gave.
        left: another image is open, or none; what was answered holds no more.
    """

    answered = Signal(object)
    left = Signal()

    def __init__(self, session: Session, ask: Ask, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._ask = session, ask
        self._background = Background(self)
        self._number = 0  # counts changes, so that a late answer is known as one
        self._answered = 0
        self._busy = False
        self._timer = QTimer(self, interval=WAIT_MS, singleShot=True)
        self._timer.timeout.connect(self._begin)
        session.document_changed.connect(self._on_document)  # bound: it ends with this object
        session.image_changed.connect(self._on_image)
        session.taxonomy_changed.connect(self.again)

    @property
    def fresh(self) -> bool:
        """Whether what was answered last is about the image as it is now."""
        return self._answered == self._number

    def again(self) -> None:
        """What was answered is old: look again soon."""
        self._number += 1
        self._timer.start()

    def now(self) -> None:
        """Look at once."""
        self._number += 1
        self._begin()

    def _on_document(self, _change: object) -> None:
        self.again()

    def _on_image(self) -> None:
        self.left.emit()
        self.now()

    def _begin(self) -> None:
        self._timer.stop()
        document = self._session.document
        if self._busy or document is None:
            return  # the look under way is followed by another
        number, work = self._number, self._ask(document)
        self._busy = True

        def run() -> tuple[int, Any]:
            try:
                return number, work()
            except Exception as bug:  # raised where the crash dialog hears of it
                return number, bug

        self._background.run(run, self._on_answer)

    def _on_answer(self, news: tuple[int, Any]) -> None:
        number, answer = news
        self._busy = False
        if isinstance(answer, Exception):
            raise answer
        if number == self._number:
            self._answered = number
            self.answered.emit(answer)
        elif not self._timer.isActive():
            self._begin()
