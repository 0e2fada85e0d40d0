"""How a command is ended from outside: by Ctrl-C, `kill`, or a terminal that is closed."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

ENDINGS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

_inside: list[Interrupt] = []
"""Those that are asked now; the innermost is the last."""


class Interrupt:
    """The end as a question that can be asked, not as an exception; a second one ends at once.

    Within another one, what that was asked for holds here too.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}
        self._act: Callable[[], None] = lambda: None

    def __enter__(self) -> Interrupt:
        self.asked = bool(_inside) and _inside[-1].asked
        _inside.append(self)
        self._before = _handled(self._on)
        return self

    def __exit__(self, *exc: object) -> None:
        _inside.remove(self)
        _give_back(self._before)

    def then(self, act: Callable[[], None]) -> None:
        """What to do when it comes; at once if it has come."""
        self._act = act
        if self.asked:
            act()

    def obey(self) -> None:
        """End the command here if that was asked for: where nothing is half done.

        Raises:
            KeyboardInterrupt: It was.
        """
        if self.asked:
            raise KeyboardInterrupt

    def _on(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._act()


def obey() -> None:
    """As `Interrupt.obey` of the innermost; nothing where there is none.

    Raises:
        KeyboardInterrupt: The command is to end.
    """
    if _inside:
        _inside[-1].obey()


@contextlib.contextmanager
def as_exceptions() -> Iterator[None]:
    """Every end from outside is Ctrl-C's exception, so that what was begun is cleared away."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = _handled(end)
    try:
        yield
    finally:
        _give_back(before)


def _handled(handler: Callable[[int, FrameType | None], None]) -> dict[int, Any]:
    """Take the signals that nobody ignores (as `nohup` does); what they did before."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    before = {number: signal.getsignal(number) for number in ENDINGS}
    heard = {number: old for number, old in before.items() if old is not signal.SIG_IGN}
    for number in heard:
        signal.signal(number, handler)
    return heard


def _give_back(before: dict[int, Any]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)
