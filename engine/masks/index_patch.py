"""What an edit changes in a map of classes: old XOR new, where they differ."""

import numpy as np

from engine.masks.box import NOTHING, Box, union
from engine.masks.tiles import Bits
from engine.masks.values import Values, even, uniform


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

    __slots__ = ("_area", "_box", "_nbytes", "pieces")

    def __init__(self, pieces: tuple[IndexPiece, ...] = ()) -> None:
        self.pieces = pieces
        self._area: int | None = None
        self._box: Box | None = None
        self._nbytes: int | None = None

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.pieces)

    @property
    def box(self) -> Box:
        """The tight box of what changes; (0, 0, 0, 0) when nothing does."""
        if self._box is None:
            self._box = NOTHING
            for piece in self.pieces:
                self._box = union(self._box, piece.box)
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
