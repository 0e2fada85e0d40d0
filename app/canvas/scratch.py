"""Room for what is only made to be drawn at once, used again and again.

Fresh arrays of the screen's size are handed out by the system page by page, and that costs more
than filling them.
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_AT_ONCE = 1 << 15
"""Cells looked up at a time: their indices, 8 bytes each, then stay near the processor."""


class Scratch:
    """Named arrays of any size; each is overwritten by the next of its name."""

    def __init__(self) -> None:
        self._rooms: dict[str, NDArray[np.uint8]] = {}

    def room(self, name: str, height: int, width: int, kind: DTypeLike) -> NDArray[Any]:
        """An array (height, width) of a type, with anything in it."""
        size = np.dtype(kind).itemsize * height * width
        room = self._rooms.get(name)
        if room is None or room.nbytes < size:
            room = self._rooms[name] = np.empty(size, np.uint8)
        return room[:size].view(kind).reshape(height, width)

    def prepare(self, name: str, height: int, width: int, kind: DTypeLike) -> None:
        """Have the pages of an array that will be asked for."""
        known = self._rooms.get(name)
        if known is None or known.nbytes < np.dtype(kind).itemsize * height * width:
            self.room(name, height, width, kind).fill(0)


SCREEN = Scratch()
"""Room that one after the other takes, for what is put on the screen before the next begins."""


def look_up(table: NDArray[Any], index: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
    """``table[index]`` into ``out``, of the shape of ``index``; every index is one of the table."""
    rows = max(1, _AT_ONCE // max(1, index.shape[1]))
    for top in range(0, index.shape[0], rows):
        part = slice(top, top + rows)
        np.take(table, index[part], out=out[part], mode="wrap")  # "raise" would copy it once more
    return out
