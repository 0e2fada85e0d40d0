"""A clock for how long somebody worked: it stands while nothing is done."""

import time
from collections.abc import Callable
from typing import Final

IDLE: Final = 10.0
"""Seconds between two events that still are work: looking, and thinking where to go on."""


class WorkingTime:
    """Tells seconds, which never go back.

    A polygon that was begun before lunch and closed after it has not taken an hour.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._read = clock()
        self._worked = 0.0

    def now(self) -> float:
        """An event has come: the time of it."""
        read = self._clock()
        self._worked += min(max(0.0, read - self._read), IDLE)
        self._read = read
        return self._worked
