"""What an edit changes in a map of classes: old XOR new, where they differ."""

from typing import NamedTuple

import numpy as np

from engine.masks.box import NOTHING, Box, union
from engine.masks.values import Values


class IndexPiece(NamedTuple):
    """The changed part of one tile.

    Attributes:
        left: image column of ``xor[:, 0]``.
        top: image row of ``xor[0]``.
        xor: uint8 or uint16, (height, width), read-only; 0 where nothing changes. A piece never
            crosses the border of a tile. One value throughout takes no memory (strides are 0).
    """

    left: int
    top: int
    xor: Values

    @property
    def box(self) -> Box:
        """Where it lies."""
        height, width = self.xor.shape
        return self.left, self.top, self.left + width, self.top + height

    @property
    def uniform(self) -> int | None:
        """The one value it has throughout, if it is kept that way."""
        return int(self.xor[0, 0]) if self.xor.strides == (0, 0) else None


class IndexPatch:
    """An immutable change to a ``ClassMap`` and, applied again, its own inverse.

    Attributes:
        pieces: the changed parts, one for each tile at most, each with a change in it.
    """

    __slots__ = ("_area", "_box", "pieces")

    def __init__(self, pieces: tuple[IndexPiece, ...] = ()) -> None:
        self.pieces = pieces
        self._area: int | None = None
        self._box: Box | None = None

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
            self._area = sum(
                int(np.count_nonzero(piece.xor)) if piece.uniform is None else piece.xor.size
                for piece in self.pieces
            )
        return self._area

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays; pieces of one value are free."""
        return sum(piece.xor.nbytes for piece in self.pieces if piece.uniform is None)

    def __repr__(self) -> str:
        return f"<IndexPatch {self.area} px in {self.box}>"
