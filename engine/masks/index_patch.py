"""What an edit changes in a map of classes: old XOR new, where they differ."""

import numpy as np

from engine.masks.box import NOTHING, Box, union
from engine.masks.tiles import SIDE, Bits, Key
from engine.masks.values import Tile, Values, even, uniform


class IndexPiece:
    """The changed part of one tile; it never crosses the border of a tile.

    Most edits change one class to another, so most pieces are one value at some pixels, and share
    those with the mask that was painted.

    Attributes:
        left: image column of the first pixel.
        top: image row of the first pixel.
        shape: (height, width).
        value: old XOR new, where that is the same for all pixels that change; else 0.
        bits: bool of ``shape``, which pixels change by ``value``; None for all of them.
    """

    __slots__ = ("_xor", "bits", "left", "shape", "top", "value")

    def __init__(
        self,
        left: int,
        top: int,
        shape: tuple[int, int],
        *,
        value: int = 0,
        bits: Bits | None = None,
        xor: Values | None = None,
    ) -> None:
        """Either ``value``, with or without ``bits``, or ``xor``; arrays are taken over."""
        self.left, self.top, self.shape = left, top, shape
        self.value = value
        self.bits = bits
        self._xor = xor

    @property
    def xor(self) -> Values:
        """Old XOR new: uint8 or uint16, ``shape``, read-only, 0 where nothing changes."""
        if self._xor is not None:
            return self._xor
        if self.bits is None:
            return uniform(self.value, *self.shape)
        return even(self.bits, self.value)

    @property
    def uniform(self) -> int | None:
        """The XOR of every pixel of the box, if that is one value; else None."""
        return self.value if self._xor is None and self.bits is None else None

    @property
    def box(self) -> Box:
        """Where it lies."""
        return self.left, self.top, self.left + self.shape[1], self.top + self.shape[0]

    @property
    def tight_box(self) -> Box:
        """Where its first and last rows and columns with a change lie."""
        if self._xor is None and self.bits is None:
            return self.box
        changed = self.bits if self.bits is not None else self.xor != 0
        rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
        if rows.size == 0:
            return self.box
        left, top = self.left + int(columns[0]), self.top + int(rows[0])
        return left, top, self.left + int(columns[-1]) + 1, self.top + int(rows[-1]) + 1

    @property
    def area(self) -> int:
        """Pixels that change."""
        if self._xor is not None:
            return int(np.count_nonzero(self._xor))
        if self.bits is not None:
            return int(np.count_nonzero(self.bits))
        return self.shape[0] * self.shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return sum(array.nbytes for array in (self._xor, self.bits) if array is not None)


class IndexPatch:
    """An immutable change to a ``ClassMap`` and, applied again, its own inverse.

    Attributes:
        pieces: the changed parts, one for each tile at most, each with a change in it.
    """

    __slots__ = ("_area", "_box", "_made", "_nbytes", "pieces")

    def __init__(
        self,
        pieces: tuple[IndexPiece, ...] = (),
        made: dict[Key, tuple[Tile, Tile]] | None = None,
    ) -> None:
        """Take the pieces, and tiles before and after the change as far as they are known."""
        self.pieces = pieces
        self._made = made or {}
        self._area: int | None = None
        self._box: Box | None = None
        self._nbytes: int | None = None

    def take_made(self) -> dict[Key, tuple[Tile, Tile]]:
        """Tiles before and after the change, by (row, column); given away, not to be kept twice."""
        made, self._made = self._made, {}
        return made

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.pieces)

    @property
    def box(self) -> Box:
        """The tight box of what changes; (0, 0, 0, 0) when nothing does."""
        if self._box is None:
            self._box = NOTHING
            rows = [piece.top // SIDE for piece in self.pieces]
            columns = [piece.left // SIDE for piece in self.pieces]
            ends = {min(rows, default=0), max(rows, default=0)}
            sides = {min(columns, default=0), max(columns, default=0)}
            for piece, row, column in zip(self.pieces, rows, columns, strict=True):
                if row in ends or column in sides:  # the others cannot reach as far
                    self._box = union(self._box, piece.tight_box)
        return self._box

    @property
    def area(self) -> int:
        """Pixels that change."""
        if self._area is None:
            self._area = sum(piece.area for piece in self.pieces)
        return self._area

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays; pieces of one value throughout are free."""
        if self._nbytes is None:
            self._nbytes = sum(piece.nbytes for piece in self.pieces)
        return self._nbytes

    def __repr__(self) -> str:
        return f"<IndexPatch {self.area} px in {self.box}>"
