"""The halves of a picture that comes row by row, in memory for a few rows of each level."""

from collections.abc import Callable

import numpy as np

from engine.images.convert import Raw
from engine.images.pyramid import halve, level_size

Put = Callable[[int, Raw], None]
"""Takes the next rows of a level, counted from the one that is fed."""


class Stack:
    """Hands on the rows of each level as soon as they are known, from the top."""

    def __init__(
        self,
        size: tuple[int, int],
        levels: int,
        put: Put,
        first: tuple[bool, bool] = (False, False),
    ) -> None:
        """Begin.

        Args:
            size: (height, width) of the picture that is fed.
            levels: to make, the picture itself included.
            put: called with each level's rows in order.
            first: where an odd row or column stands; see ``halve``.
        """
        self._sizes = [level_size(size, level) for level in range(levels)]
        self._put, self._first = put, first
        self._seen = [0] * levels
        self._waiting: list[Raw | None] = [None] * levels

    def add(self, rows: Raw) -> None:
        """Take the next rows."""
        self._add(0, rows)

    @property
    def whole(self) -> bool:
        """Whether every row was given."""
        return self._seen[0] == self._sizes[0][0]

    def _add(self, level: int, rows: Raw) -> None:
        self._put(level, rows)
        height = self._sizes[level][0]
        alone = self._first[0] and height % 2 == 1 and self._seen[level] == 0
        self._seen[level] += len(rows)
        if level + 1 == len(self._sizes):
            return
        if alone:
            self._pass_on(level, rows[:1])
            rows = rows[1:]
        waiting = self._waiting[level]
        if waiting is not None:
            rows = np.concatenate((waiting, rows))
        ended = self._seen[level] == height
        even = len(rows) if ended else len(rows) // 2 * 2
        self._waiting[level] = rows[even:].copy() if even < len(rows) else None
        if even:
            self._pass_on(level, rows[:even])

    def _pass_on(self, level: int, rows: Raw) -> None:
        self._add(level + 1, halve(rows, (False, self._first[1])))
