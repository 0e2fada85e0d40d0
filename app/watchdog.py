"""Notes when the window stands still: work on the GUI thread that lasts too long in one piece.

A piece is what runs between two turns of the event loop. It is measured by the processor time of
the GUI thread, which a busy machine does not change, so that a stall here is a fault of the
program and not of its neighbours; waiting for a disk is none. While a piece lasts, a second thread
looks at where the GUI thread is, so that the log can say what took so long.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QAbstractEventDispatcher, QObject, Signal

log = logging.getLogger(__name__)

LIMIT = 0.1
"""Seconds of processor time in one piece above which it is a stall."""

_LOOK_FROM = 0.02  # seconds in one piece from which the watching thread notes the stack
_EVERY = (
    0.08  # seconds between two looks: one falls into any stall, 12 a second cost 0.1 % of a core
)
_TIRED = 8  # looks without a turn of the event loop after which the watching thread sleeps
_STACKS = 8  # looks kept of one piece, the latest
_KEPT = 100  # stalls kept

Place = tuple[str, int, str]
"""File, line, function."""


@dataclass(frozen=True, slots=True)
class Stall:
    """One piece of work that took too long.

    Attributes:
        seconds: processor time of the GUI thread.
        stacks: where it was at each look, outermost call first; empty where no look fell into it.
    """

    seconds: float
    stacks: tuple[tuple[Place, ...], ...]

    def touches(self, folder: Path) -> bool:
        """Whether code below a folder was running; True where that is not known."""
        inside = str(folder)
        return not self.stacks or any(
            place[0].startswith(inside) for stack in self.stacks for place in stack
        )

    def __str__(self) -> str:
        text = f"The window stood still for {self.seconds * 1000:.0f} ms."
        if not self.stacks:
            return f"{text} Nobody saw where."
        last = self.stacks[-1]
        frames = [traceback.FrameSummary(file, line, name) for file, line, name in last]
        seen = {stack[-1] for stack in self.stacks[:-1]} - {last[-1]}
        also = "".join(f"\n  also at {file}:{line} in {name}" for file, line, name in sorted(seen))
        return f"{text}\n{''.join(traceback.format_list(frames))}{also}".rstrip()


@dataclass
class _Shared:
    """What both threads see; the watching thread holds no reference to the watchdog itself."""

    thread: int
    clock: Callable[[], float] | None
    turn: int = 0
    began: float = 0.0  # the piece, on ``time.thread_time`` of the GUI thread
    may_sleep: bool = True
    stopped: bool = False
    asleep: bool = False  # the watching thread waits for ``woken``
    woken: threading.Event = field(default_factory=threading.Event)
    stacks: deque[tuple[int, tuple[Place, ...]]] = field(
        default_factory=lambda: deque(maxlen=_STACKS)
    )


class Watchdog(QObject):
    """See the module. Started on the GUI thread, once there is an application.

    Signals:
        stalled: a ``Stall``, at the end of the piece.

    Attributes:
        stalls: the latest ones.
    """

    stalled = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stalls: deque[Stall] = deque(maxlen=_KEPT)
        self._shared: _Shared | None = None
        self._loop: QAbstractEventDispatcher | None = None

    @property
    def running(self) -> bool:
        """Whether it watches."""
        return self._shared is not None

    def start(self) -> None:
        """Watch this thread from now on."""
        loop = QAbstractEventDispatcher.instance()
        if self._shared is not None or loop is None:
            return
        ident = threading.get_ident()
        shared = self._shared = _Shared(ident, _clock_of(ident), began=time.thread_time())
        # GLib's loop says nothing between waiting and working, so nobody could wake the watcher.
        shared.may_sleep = "Glib" not in loop.metaObject().className()
        self._loop = loop
        # Which of the two comes before the work depends on the system's event loop; the piece
        # that holds only the wait between them costs no processor time.
        loop.awake.connect(self._on_turn)
        loop.aboutToBlock.connect(self._on_turn)
        threading.Thread(target=_watch, args=(shared,), name="watchdog", daemon=True).start()

    def begin(self) -> None:
        """Count from here: what this thread did outside of the event loop is nobody's stall."""
        self._on_turn(tell=False)

    def stop(self) -> None:
        """Watch no longer."""
        shared, self._shared = self._shared, None
        if shared is not None:
            shared.stopped = True
            shared.woken.set()
        if self._loop is not None:
            self._loop.awake.disconnect(self._on_turn)
            self._loop.aboutToBlock.disconnect(self._on_turn)
            self._loop = None

    def _on_turn(self, tell: bool = True) -> None:
        shared = self._shared
        if shared is None:
            return
        now = time.thread_time()
        used, turn = now - shared.began, shared.turn
        shared.began, shared.turn = now, turn + 1
        if shared.asleep:
            shared.woken.set()
        if used > LIMIT and tell:
            self._found(used, [stack for at, stack in list(shared.stacks) if at == turn])
            shared.began = time.thread_time()  # what telling costs is no stall

    def _found(self, seconds: float, stacks: list[tuple[Place, ...]]) -> None:
        stall = Stall(seconds, tuple(stacks))
        self.stalls.append(stall)
        log.warning("%s", stall)
        self.stalled.emit(stall)


def in_development() -> bool:
    """Whether this runs from a checkout, where the watchdog is always on."""
    return (Path(__file__).parents[1] / "pyproject.toml").exists()


def _clock_of(thread: int) -> Callable[[], float] | None:
    """A clock that says, to another thread, how much processor time a thread has used.

    Only POSIX systems other than macOS let one thread read another's clock. Elsewhere (None) the
    watching thread goes by the time on the wall for when to look at the stack; whether that was a
    stall is still decided by the GUI thread on its own clock, which all systems have.
    """
    get_clock = getattr(time, "pthread_getcpuclockid", None)
    if get_clock is None or sys.platform == "darwin":
        return None
    clock = get_clock(thread)
    return lambda: time.clock_gettime(clock)


def _watch(shared: _Shared) -> None:
    turn, seen, still = -1, 0.0, 0
    while not shared.stopped:
        time.sleep(_EVERY)  # cheaper than waiting for an event with a limit
        still = still + 1 if shared.turn == turn else 0
        if shared.turn != turn:
            turn, seen = shared.turn, time.monotonic()
        try:
            used = shared.clock() - shared.began if shared.clock else time.monotonic() - seen
        except OSError:  # that thread has ended
            return
        if used >= _LOOK_FROM and turn == shared.turn:
            shared.stacks.append((turn, _places(sys._current_frames().get(shared.thread))))
            still = 0
        if still > _TIRED and shared.may_sleep:  # nothing happens: sleep until the next turn
            _sleep(shared, turn)


def _sleep(shared: _Shared, turn: int) -> None:
    shared.woken.clear()
    shared.asleep = True
    if shared.turn == turn and not shared.stopped:
        shared.woken.wait()
    shared.asleep = False


def _places(frame: FrameType | None) -> tuple[Place, ...]:
    """The calls that led to a frame, outermost first; nothing is read from disk."""
    found: list[Place] = []
    while frame is not None:
        found.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return tuple(reversed(found))
