"""Tiles at rest: eight pixels to a byte, opened again for a moment when somebody looks at them.

A thin stroke over a very large image passes thousands of tiles and fills little of each. As bools
they would take 64 KiB each; packed they take 8.
"""

import threading
from collections import OrderedDict
from typing import Final

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]

OPEN: Final = 256
"""Packed tiles that stay open, those looked at last: 16 MiB."""


class Packed:
    """A tile that is neither empty nor full.

    Attributes:
        rows: uint8, (height, width / 8), the leftmost pixel in the highest bit; read-only.
        count: pixels set.
    """

    __slots__ = ("__weakref__", "count", "rows")

    def __init__(self, rows: NDArray[np.uint8], count: int) -> None:
        """Take packed rows over, and the number of their pixels."""
        rows.flags.writeable = False
        self.rows, self.count = rows, count

    @property
    def nbytes(self) -> int:
        """Bytes it takes."""
        return self.rows.nbytes

    @classmethod
    def of(cls, bits: Bits, count: int | None = None) -> "Packed":
        """The pixels of ``bits``, bool (height, width), the width a multiple of eight."""
        pixels = int(np.count_nonzero(bits)) if count is None else count
        return cls(np.packbits(bits, axis=1), pixels)


Kept = Bits | Packed
"""A tile as a mask keeps it."""


class _Opened:
    """The packed tiles that were looked at last, as bools; asked on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[int, tuple[Packed, Bits]] = OrderedDict()

    def get(self, tile: Packed) -> Bits:
        with self._lock:
            found = self._found.get(id(tile))
            if found is not None:
                self._found.move_to_end(id(tile))
                return found[1]
        bits = np.unpackbits(tile.rows, axis=1).view(np.bool_)
        bits.flags.writeable = False
        with self._lock:
            bits = self._found.setdefault(id(tile), (tile, bits))[1]
            while len(self._found) > OPEN:
                self._found.popitem(last=False)
        return bits


_opened = _Opened()


def opened(tile: Kept) -> Bits:
    """The pixels of a tile as bools, read-only where it is packed."""
    return _opened.get(tile) if isinstance(tile, Packed) else tile
