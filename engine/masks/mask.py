"""A set of pixels, stored only where it is."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.masks import algebra
from engine.masks.box import NOTHING, Box, area, contains, intersect, union
from engine.masks.packed import Kept, opened
from engine.masks.pieces import opening, pieces_of
from engine.masks.tiles import (
    FULL,
    MANY,
    SIDE,
    Bits,
    Key,
    Piece,
    Tiles,
    add,
    compact,
    count,
    cut,
    freeze,
    nbytes,
    read,
    rectangle,
    settled,
    tight_box,
)

SMALL: Final = 512
"""A mask whose box is at most this wide and high is kept as one tight crop."""

__all__ = ["FULL", "SIDE", "SMALL", "Mask", "Piece"]


class Mask:
    """An immutable set of pixels of the plane.

    It is kept as one tight crop when its box is at most ``SMALL`` × ``SMALL``, and else as tiles
    of ``SIDE`` × ``SIDE`` aligned to the image's corner: absent where empty, the shared ``FULL``
    where set throughout. Masks of very many tiles keep most of them packed, which shows in ``kept``
    and ``nbytes`` alone. The form is canonical but for that (the same pixels always have the same
    form), every operation costs what it touches, and what it does not touch stays the same object
    in the result, so a mask is its own snapshot for other threads and a difference of two masks
    can be found by comparing what they have ``kept`` with ``is``. Masks compare by identity;
    ``same`` compares pixels.

    Attributes:
        crop: the one tight piece of a mask kept that way, None for tiles and the empty mask.
        memo: room for forms derived from the mask (reductions, outlines), by any key; never a
            part of its value.
    """

    __slots__ = (
        "__weakref__", "_area", "_box", "_nbytes", "_open", "_pieces", "_tiles", "crop", "memo",
    )  # fmt: skip

    EMPTY: ClassVar["Mask"]

    def __init__(
        self,
        *,
        crop: Piece | None = None,
        tiles: Mapping[Key, Kept] | None = None,
        area: int | None = None,
        box: Box | None = None,
    ) -> None:
        """Take a form that is canonical already; callers outside use ``from_bits`` and the like.

        Args:
            crop: a tight crop with a box of at most ``SMALL`` × ``SMALL``, read-only; or
            tiles: canonical tiles whose tight box is larger; neither for the empty mask.
            area: pixels set, where known.
            box: the tight box, where known.
        """
        self.crop = crop
        self._tiles = tiles
        self._area = area
        self._nbytes: int | None = None
        self._box = crop.box if crop is not None else box
        self._pieces: Sequence[Piece] | None = None if tiles else (crop,) if crop else ()
        self._open: Mapping[Key, Bits] | None = None
        self.memo: dict[Any, Any] = {}

    @classmethod
    def from_bits(cls, bits: NDArray[np.bool_], left: int = 0, top: int = 0) -> Self:
        """The pixels set in ``bits``.

        Args:
            bits: bool, (height, width); copied.
            left: image column of ``bits[:, 0]``.
            top: image row of ``bits[0]``.

        Raises:
            TypeError: ``bits`` is not a two-dimensional array of bool.
        """
        if bits.dtype != np.bool_ or bits.ndim != 2:
            raise TypeError(f"want a (h, w) array of bool, got {bits.dtype} {bits.shape}")
        rows = np.flatnonzero(bits.any(1))
        if rows.size == 0:
            return cls.empty()
        bits = bits[rows[0] : rows[-1] + 1]
        columns = np.flatnonzero(bits.any(0))
        bits = bits[:, columns[0] : columns[-1] + 1]
        piece = Piece(left + int(columns[0]), top + int(rows[0]), bits)
        if bits.shape[0] <= SMALL and bits.shape[1] <= SMALL:
            own = freeze(np.array(bits, order="C"))
            return cls(crop=Piece(piece.left, piece.top, own))
        return cls(tiles=cut(piece), box=piece.box)

    @classmethod
    def from_tiles(cls, tiles: Mapping[Key, NDArray[np.bool_]]) -> Self:
        """The pixels set in ``tiles``, by (row, column) in tiles.

        Each is a bool array of (SIDE, SIDE). It is taken over, not copied: it becomes read-only.
        """
        found = settled(dict(tiles))
        return cls.from_canonical(compact(found) if len(found) > MANY else found)

    @classmethod
    def rectangle(cls, box: Box) -> Self:
        """Every pixel of ``box``; its inside costs no memory."""
        if area(box) == 0:
            return cls.empty()
        left, top, right, bottom = box
        if right - left <= SMALL and bottom - top <= SMALL:
            bits = freeze(np.ones((bottom - top, right - left), np.bool_))
            return cls(crop=Piece(left, top, bits), area=area(box))
        return cls(tiles=rectangle(box), area=area(box), box=box)

    @classmethod
    def empty(cls) -> Self:
        """The mask without a pixel; there is one."""
        return cls.EMPTY  # type: ignore[return-value]

    @classmethod
    def from_canonical(
        cls, tiles: Mapping[Key, Kept], area: int | None = None, box: Box | None = None
    ) -> Self:
        """Like ``from_tiles`` for tiles that are canonical already (``tiles.settled``).

        Args:
            tiles: taken over; the caller may go on reading it but not writing to it.
            area: pixels set, where known.
            box: the tight box, where known.
        """
        if not tiles:
            return cls.empty()
        if len(tiles) > 9:  # a box of 512 touches three tiles at most, each way
            return cls(tiles=tiles, area=area, box=box)
        box = box or tight_box(tiles)
        if box[2] - box[0] > SMALL or box[3] - box[1] > SMALL:
            return cls(tiles=tiles, area=area, box=box)
        return cls(crop=Piece(box[0], box[1], freeze(read(tiles, box))), area=area)

    @property
    def is_tiled(self) -> bool:
        """Whether it is kept as tiles; false for the empty mask."""
        return self._tiles is not None

    @property
    def pieces(self) -> Sequence[Piece]:
        """Its pixels as disjoint pieces: none, one tight crop, or its tiles."""
        if self._pieces is None:
            self._pieces = pieces_of(self.tiles())
        return self._pieces

    @property
    def box(self) -> Box:
        """The tight (left, top, right, bottom); (0, 0, 0, 0) when empty."""
        if self._box is None:
            self._box = tight_box(self._tiles or {})
        return self._box

    @property
    def area(self) -> int:
        """Number of pixels set."""
        if self._area is None:
            if self.crop is not None:
                self._area = int(np.count_nonzero(self.crop.bits))
            else:
                self._area = sum(map(count, (self._tiles or {}).values()))
        return self._area

    @property
    def nbytes(self) -> int:
        """Bytes of its pixels; shared full tiles are free, other sharing is not looked at."""
        if self._nbytes is None:
            if self.crop is not None:
                self._nbytes = self.crop.bits.nbytes
            else:
                self._nbytes = nbytes((self._tiles or {}).values())
        return self._nbytes

    def tiles(self) -> Mapping[Key, Bits]:
        """Its canonical tiles by (row, column); a crop is cut up, other tiles are its own.

        One that is kept packed is opened when it is looked at, another array each time.
        """
        if self._tiles is None:
            return cut(self.crop) if self.crop is not None else {}
        if self._open is None:
            self._open = opening(self._tiles)
        return self._open

    def kept(self) -> Mapping[Key, Kept]:
        """Its tiles as they are kept, to be told apart by ``is``; a crop is cut up."""
        return self._cut()

    def compact(self) -> "Mask":
        """The same pixels, with all tiles packed that can be."""
        return (
            self
            if self._tiles is None
            else Mask(tiles=compact(self._tiles), area=self._area, box=self._box)
        )

    def _cut(self) -> Mapping[Key, Kept]:
        if self._tiles is not None:
            return self._tiles
        return cut(self.crop) if self.crop is not None else {}

    def read(self, box: Box) -> Bits:
        """Copy ``box``: bool, (bottom - top, right - left), the caller's own."""
        if self._tiles is not None:
            return read(self._tiles, box)
        left, top, right, bottom = box
        out = np.zeros((max(0, bottom - top), max(0, right - left)), np.bool_)
        shared = None if self.crop is None else intersect(self.crop.box, box)
        if self.crop is not None and shared is not None:
            a, b, c, d = shared
            x, y, bits = self.crop
            out[b - top : d - top, a - left : c - left] = bits[b - y : d - y, a - x : c - x]
        return out

    def at(self, x: int, y: int) -> bool:
        """Whether the pixel in column ``x`` and row ``y`` is set."""
        if self._tiles is not None:
            tile = self._tiles.get((y // SIDE, x // SIDE))
            return tile is not None and bool(opened(tile)[y % SIDE, x % SIDE])
        if self.crop is None:
            return False
        left, top, right, bottom = self.crop.box
        inside = left <= x < right and top <= y < bottom
        return inside and bool(self.crop.bits[y - top, x - left])

    def clip(self, box: Box) -> "Mask":
        """The part inside ``box``."""
        if area(box) == 0:
            return Mask.EMPTY
        if contains(box, self.box):
            return self
        if self.crop is None:
            return self & Mask.rectangle(box)
        shared = intersect(self.crop.box, box)
        return Mask.from_bits(self.read(shared), *shared[:2]) if shared else Mask.EMPTY

    def moved(self, dx: int, dy: int) -> "Mask":
        """Itself, ``dx`` pixels to the right and ``dy`` down."""
        if self.crop is not None:
            left, top, bits = self.crop
            return Mask(crop=Piece(left + dx, top + dy, bits), area=self._area)
        if self._tiles is None:
            return self
        if dx % SIDE == 0 and dy % SIDE == 0:
            rows, columns = dy // SIDE, dx // SIDE
            moved = {(r + rows, c + columns): tile for (r, c), tile in self._tiles.items()}
            return Mask(tiles=moved, area=self._area)
        tiles: Tiles = {}
        for left, top, bits in self.pieces:
            add(tiles, Piece(left + dx, top + dy, bits))
        return Mask(tiles=settled(tiles), area=self._area)

    def __bool__(self) -> bool:
        """Whether any pixel is set."""
        return self.crop is not None or self._tiles is not None

    def __or__(self, other: "Mask") -> "Mask":
        return self._join(other, algebra.union, np.logical_or)

    def __xor__(self, other: "Mask") -> "Mask":
        return self._join(other, algebra.toggle, np.logical_xor)

    def _join(self, other: "Mask", by_tile: algebra.Join, ufunc: np.ufunc) -> "Mask":
        """A commutative operation under which a mask is unchanged by the empty one."""
        if not self or not other:
            return self or other
        around = union(self.crop.box, other.crop.box) if self.crop and other.crop else None
        if around and around[2] - around[0] <= SMALL and around[3] - around[1] <= SMALL:
            bits = ufunc(self.read(around), other.read(around))
            return Mask.from_bits(bits, around[0], around[1])
        big, small = self, other
        if big._tiles is None or (small._tiles and len(small._tiles) > len(big._tiles)):
            big, small = small, big
        tiles, change = by_tile(big._cut(), small._cut(), big._area is not None)
        area = None if big._area is None else big._area + change
        # Where nothing is lost, as nothing is shared, the box is that of both.
        whole = ufunc is np.logical_or or (area is not None and change == small._area)
        box = union(self._box, other._box) if whole and self._box and other._box else None
        return Mask.from_canonical(tiles, area, box)

    def __and__(self, other: "Mask") -> "Mask":
        small, big = (other, self) if self._tiles is not None else (self, other)
        if small._tiles is None:
            crop = small.crop
            if crop is None:
                return Mask.EMPTY
            return small._keep(crop, np.logical_and(crop.bits, big.read(crop.box)))
        return Mask.from_canonical(algebra.intersection(small._tiles, big._cut()))

    def __sub__(self, other: "Mask") -> "Mask":
        if not other:
            return self
        if self.crop is not None:
            return self._keep(self.crop, np.greater(self.crop.bits, other.read(self.crop.box)))
        tiles, change = algebra.difference(self._cut(), other._cut(), self._area is not None)
        return Mask.from_canonical(tiles, None if self._area is None else self._area + change)

    def _keep(self, crop: Piece, bits: Bits) -> "Mask":
        """The subset ``bits`` of its crop; itself when that is all of it."""
        if np.count_nonzero(bits) == self.area:
            return self
        return Mask.from_bits(bits, crop.left, crop.top)

    def same(self, other: "Mask") -> bool:
        """Whether both have the same pixels."""
        if self is other:
            return True
        if self._tiles is not None and other._tiles is not None:
            return algebra.equal(self._tiles, other._tiles)
        a, b = self.crop, other.crop
        if a is None or b is None:
            return not self and not other
        return a.box == b.box and bool(np.array_equal(a.bits, b.bits))

    def iou(self, other: "Mask") -> float:
        """Pixels in both over pixels in either, 0–1; 0 when neither has any."""
        if not self or not other or intersect(self.box, other.box) is None:
            return 0.0
        shared = (self & other).area
        return shared / (self.area + other.area - shared)

    def __repr__(self) -> str:
        return f"<Mask {self.area} px in {self.box}>"


Mask.EMPTY = Mask(area=0, box=NOTHING)
