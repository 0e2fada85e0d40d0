"""Work on documents that would take too long in one piece, done a few milliseconds at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal

from engine.errors import EngineError

if TYPE_CHECKING:
    from app.session import Session

FIRST, SLICE = 0.05, 0.02
"""Seconds of the GUI thread's own time for the first slice, and for each after it."""

_TELL_EVERY = 0.3  # seconds between two words on how far it is

T = TypeVar("T")

Work = Generator[float | None, None, Any]
"""Yields the part that is done, 0..1, or None to let the window go on; returns a result."""

_LOOK_AGAIN = 0.004  # seconds in which work on another thread is waited for at once


def elsewhere(work: Callable[[], T]) -> Generator[None, None, T]:
    """A piece of ``Work`` that is done on another thread while the window goes on.

    Args:
        work: what to do with values; what it raises is raised here.
    """
    answer: list[T | BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            answer.append(work())
        except BaseException as problem:
            answer.append(problem)
        done.set()

    QThreadPool.globalInstance().start(run)
    while not done.wait(_LOOK_AGAIN):
        yield None
    found = answer[0]
    if isinstance(found, BaseException):
        raise found
    return found


class Slices(QObject):
    """Runs one generator at a time on the GUI thread, between events.

    What is over within the first slice is over when ``run`` returns, as if there were no slices.

    Signals:
        told: a sentence on how far it is, a few times a second.
        refused: why it could not go through, where that was found only after the first slice.
        changed: ``words`` or ``stoppable`` is another: something began or is over.
    """

    told = Signal(str)
    refused = Signal(str)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: Work | None = None
        self._then: Callable[[Any], None] = lambda _result: None
        self._stop: Callable[[], object] | None = None
        self._words = ""
        self._part = self._told = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(lambda: self._later(SLICE))

    @property
    def words(self) -> str:
        """What is going on, as a sentence; empty where nothing is."""
        return f"{self._words}: {self._part * 100:.0f} % done." if self._work is not None else ""

    @property
    def stoppable(self) -> bool:
        """Whether something goes on that can be stopped."""
        return self._work is not None and self._stop is not None

    def stop(self) -> None:
        """Ask what goes on to end soon, where it can; what it has done stays."""
        if self._stop is not None:
            self._stop()

    def run(
        self,
        work: Work,
        words: str,
        then: Callable[[Any], None],
        stop: Callable[[], object] | None = None,
    ) -> None:
        """Begin; ``then`` gets the result when it is over, which may be before this returns.

        Args:
            work: what to do.
            words: what it is ("Merging cell into nucleus").
            then: called with what ``work`` returned.
            stop: tells the work to end after the piece it is at; None where it must go through.

        Raises:
            EngineError: raised by the work in its first slice; nothing goes on.
        """
        self.finish()
        self._work, self._then, self._words, self._part = work, then, words, 0.0
        self._stop, self._told = stop, time.monotonic()
        self._go_on(FIRST)
        if self._work is not None:
            self._timer.start()
            self.changed.emit()

    def change(
        self, session: Session, work: Work, words: str, then: Callable[[Any], None] | None = None
    ) -> bool:
        """Run a change of the session's class list; False where it was refused, which is said.

        ``then`` is called with its result when it is over, after the class list was read again.
        """

        def over(result: Any) -> None:
            session.touch_taxonomy()
            if then is not None:
                then(result)

        problem = self.words
        if not problem:
            try:
                self.run(work, words, over)
            except EngineError as refusal:
                problem = str(refusal)
        if problem:
            session.say(problem, "warning")
        return not problem

    def finish(self) -> None:
        """Do at once what is left, or what cannot be stopped; for when the project is closed."""
        self.stop()
        while self._work is not None:
            self._later(float("inf"))

    def _later(self, seconds: float) -> None:
        """A slice that nobody waits for: what it refuses is said."""
        try:
            self._go_on(seconds)
        except EngineError as problem:
            self.changed.emit()
            self.refused.emit(str(problem))

    def _go_on(self, seconds: float) -> None:
        work, end = self._work, time.thread_time() + seconds
        if work is None:
            return
        try:
            part = next(work)
            while part is not None and time.thread_time() < end:
                self._part = part
                part = next(work)
            self._part = self._part if part is None else part
        except StopIteration as done:
            self._over()
            self._then(done.value)
            self.changed.emit()
        except BaseException:
            self._over()
            raise
        else:
            self._tell()

    def _over(self) -> None:
        self._timer.stop()
        self._work = self._stop = None

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told >= _TELL_EVERY:
            self._told = now
            self.told.emit(self.words)
