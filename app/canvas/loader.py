"""Work in the background for the picture: newest first, what nobody wants any more is dropped."""

import logging
import threading
import weakref
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.bridge import Relay
from engine.errors import EngineError

log = logging.getLogger(__name__)

Work = Callable[[], Any]


@dataclass
class _Shared:
    """What the threads see; they hold no reference to the loader itself."""

    ready: threading.Condition = field(default_factory=threading.Condition)
    waiting: dict[Hashable, Work] = field(default_factory=dict)  # last in is taken first
    later: dict[Hashable, Work] = field(default_factory=dict)  # when nothing else waits
    running: set[Hashable] = field(default_factory=set)
    stopped: bool = False
    send: Callable[[Any], None] | None = None


class Loader(QObject):
    """Runs pieces of work that let the interpreter go: decoding, numpy on large arrays.

    Signals:
        arrived: (key, answer); the answer is an ``EngineError`` where the work raised one.
    """

    arrived = Signal(object, object)

    def __init__(self, parent: QObject | None = None, threads: int = 2) -> None:
        super().__init__(parent)
        self._shared = _Shared()
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_answer)
        self._asked: set[Hashable] = set()
        self._shared.send = self._relay.send
        self._threads = [
            threading.Thread(target=_run, args=(self._shared,), daemon=True, name="canvas-loader")
            for _ in range(threads)
        ]
        for thread in self._threads:
            thread.start()
        weakref.finalize(self, _stop, self._shared)

    def _on_answer(self, pair: tuple[Hashable, Any]) -> None:
        self._asked.discard(pair[0])
        self.arrived.emit(*pair)

    def ask(self, key: Hashable, work: Work) -> None:
        """Do this next, unless it is being done or waiting already (then it moves to the front)."""
        self._asked.add(key)
        with self._shared.ready:
            if key in self._shared.running:
                return
            self._shared.waiting.pop(key, None)
            self._shared.waiting[key] = work
            self._shared.ready.notify()

    def ask_later(self, key: Hashable, work: Work) -> None:
        """Do this when nothing else waits."""
        with self._shared.ready:
            if key not in self._shared.running and key not in self._shared.waiting:
                self._shared.later[key] = work
                self._shared.ready.notify()

    def keep(self, keys: Collection[Hashable]) -> None:
        """Drop all that waits and is not among ``keys``."""
        with self._shared.ready:
            for stale in [key for key in self._shared.waiting if key not in keys]:
                del self._shared.waiting[stale]
                self._asked.discard(stale)

    def clear(self) -> None:
        """Drop all that waits."""
        with self._shared.ready:
            self._asked -= self._shared.waiting.keys()
            self._shared.waiting.clear()
            self._shared.later.clear()

    def owes(self, key: Hashable) -> bool:
        """Whether an answer to this was asked for and has not arrived."""
        return key in self._asked

    @property
    def calm(self) -> bool:
        """Whether every answer that was asked for (``ask_later`` aside) has arrived."""
        return not self._asked

    @property
    def idle(self) -> bool:
        """Whether nothing waits or runs."""
        shared = self._shared
        with shared.ready:
            return not (shared.waiting or shared.later or shared.running)

    def close(self) -> None:
        """Stop; waits for the piece being done."""
        _stop(self._shared)
        for thread in self._threads:
            thread.join()


def _stop(shared: _Shared) -> None:
    with shared.ready:
        shared.stopped = True
        shared.send = None
        shared.waiting.clear()
        shared.later.clear()
        shared.ready.notify_all()


def _run(shared: _Shared) -> None:
    while True:
        with shared.ready:
            while not (shared.waiting or shared.later or shared.stopped):
                shared.ready.wait()
            if shared.stopped:
                return
            pile = shared.waiting or shared.later
            key, work = pile.popitem()
            shared.running.add(key)
        answer = _answer(key, work)
        with shared.ready:
            shared.running.discard(key)
            send = shared.send
            if send is not None:
                send((key, answer))
        del work, answer, send


def _answer(key: Hashable, work: Work) -> Any:
    try:
        return work()
    except EngineError as problem:
        return problem
    except Exception:
        # A thread has no crash dialog; the traceback goes to the log, the place stays coarse.
        log.exception("background work for the picture failed: %r", key)
        return EngineError("A part of this image could not be shown. The log has the details.")
