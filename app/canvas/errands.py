"""Work for a gesture or a sheet on another thread; only who still waits hears of it."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, QThreadPool

from app.bridge import Relay
from app.tools.base import Watch

T = TypeVar("T")


class _Dropped(Exception):  # no error: it is how work ends that nobody waits for
    """Raised inside the work by ``Watch.check``."""


class Errand(Generic[T]):
    """See ``app.tools.base.Later``; lives on the GUI thread.

    Attributes:
        share: how much is done, 0..1.
        dropped: nobody waits for it.
    """

    def __init__(self) -> None:
        self.share, self.dropped, self.done = 0.0, False, False
        self._answer: T | None = None
        self._problem: BaseException | None = None

    def answer(self) -> T:
        """See Later. A bug in the work is raised here, so that it reaches the crash dialog."""
        if self._problem is not None:
            raise self._problem
        return self._answer  # type: ignore[return-value]

    def drop(self) -> None:
        """See Later."""
        self.dropped = True

    def finish(self, answer: T | None, problem: BaseException | None) -> None:
        """It has come."""
        self._answer, self._problem, self.done, self.share = answer, problem, True, 1.0


class _Looking:
    """See ``app.tools.base.Watch``; used on the thread that works."""

    def __init__(self, errand: "Errand[Any]", relay: Relay) -> None:
        self._errand, self._relay = errand, relay

    def check(self) -> None:
        """See Watch."""
        if self._errand.dropped:
            raise _Dropped

    def report(self, share: float) -> None:
        """See Watch."""
        self._relay.send((self._errand, "share", share))


class Errands(QObject):
    """One thread that does one errand after the other; those that were dropped are passed over."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._relay = Relay()  # without a parent: the thread that sends keeps it alive
        self._relay.arrived.connect(self._on_news)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._waiting: dict[Errand[Any], tuple[Callable[[], None], Callable[[], None]]] = {}

    def run(
        self,
        work: Callable[[Watch], T],
        done: Callable[[], None],
        shared: Callable[[], None] = lambda: None,
    ) -> Errand[T]:
        """Do ``work`` on the thread.

        Args:
            work: handed a ``Watch``.
            done: called on the GUI thread when the answer is there and the errand not dropped.
            shared: likewise when more of it is done.
        """
        errand: Errand[T] = Errand()
        self._waiting[errand] = done, shared
        relay = self._relay
        self._pool.start(lambda: _do(errand, work, relay))
        return errand

    @property
    def calm(self) -> bool:
        """Whether nothing is under way that somebody waits for."""
        return all(errand.dropped for errand in self._waiting)

    def close(self) -> None:
        """Drop everything; waits for the piece of work being done."""
        for errand in self._waiting:
            errand.drop()
        self._waiting.clear()
        self._pool.clear()
        self._pool.waitForDone()

    def _on_news(self, news: tuple[Errand[Any], str, Any]) -> None:
        errand, kind, value = news
        if errand not in self._waiting:
            return
        done, shared = self._waiting[errand]
        if kind == "share":
            errand.share = value
            if not errand.dropped:
                shared()
            return
        del self._waiting[errand]
        errand.finish(*value)
        if not errand.dropped:
            done()


def _do(errand: "Errand[T]", work: Callable[[Watch], T], relay: Relay) -> None:
    watch = _Looking(errand, relay)
    answer: T | None = None
    problem: BaseException | None = None
    try:
        watch.check()
        answer = work(watch)
    except _Dropped:
        pass
    except Exception as raised:
        problem = raised
    relay.send((errand, "done", (answer, problem)))
