"""The pixels of a stroke while it is being made."""

from engine.masks.box import Box, intersect
from engine.masks.mask import Mask
from engine.masks.tiles import (
    FULL,
    SIDE,
    Bits,
    Key,
    Piece,
    Tiles,
    add,
    box_of,
    keys_of,
    owned,
    read,
    settled,
    tight_box,
)


class Bitmap:
    """A set of pixels of one image that can be added to and taken from.

    Time and memory follow what is painted: tiles are made when first touched, a full tile costs
    nothing, and ``to_mask`` hands its tiles over instead of copying them (they are copied when
    painting goes on). What lies outside the image is cut off.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        """Begin with nothing set.

        Args:
            size: (height, width) of the image in pixels.
        """
        self.size = size
        self._image: Box = (0, 0, size[1], size[0])
        self._tiles: Tiles = {}

    def add(self, mask: Mask) -> None:
        """Set the pixels of ``mask``."""
        for piece in mask.pieces:
            self.add_piece(*piece)

    def add_piece(self, left: int, top: int, bits: Bits) -> None:
        """Set the pixels of ``bits``, bool (h, w), whose corner lies at (left, top).

        The array is read now and kept only if it is a read-only tile.
        """
        piece = self._cut_off(Piece(left, top, bits))
        if piece is not None:
            add(self._tiles, piece)

    def remove(self, mask: Mask) -> None:
        """Clear the pixels of ``mask``."""
        for piece in mask.pieces:
            inside = self._cut_off(piece)
            if inside is not None:
                self._clear(inside)

    def _clear(self, piece: Piece) -> None:
        for key in keys_of(piece.box):
            if key not in self._tiles:
                continue
            shared = intersect(piece.box, box_of(key))
            if piece.bits is FULL or shared is None:
                del self._tiles[key]
                continue
            a, b, c, d = shared
            y, x = key[0] * SIDE, key[1] * SIDE
            part = piece.bits[b - piece.top : d - piece.top, a - piece.left : c - piece.left]
            view = owned(self._tiles, key)[b - y : d - y, a - x : c - x]
            view &= ~part

    def _cut_off(self, piece: Piece) -> Piece | None:
        """The part of ``piece`` inside the image."""
        box = piece.box
        shared = intersect(box, self._image)
        if shared is None or shared == box:
            return None if shared is None else piece
        a, b, c, d = shared
        left, top, bits = piece
        return Piece(a, b, bits[b - top : d - top, a - left : c - left])

    def read(self, box: Box) -> Bits:
        """Copy ``box``: bool, (bottom - top, right - left), the caller's own."""
        return read(self._tiles, box)

    @property
    def box(self) -> Box:
        """The tight box of what is set; (0, 0, 0, 0) when nothing is."""
        return tight_box({key: t for key, t in self._tiles.items() if t is FULL or t.any()})

    @property
    def touched(self) -> frozenset[Key]:
        """The (row, column) of every tile that may hold a pixel."""
        return frozenset(self._tiles)

    def __bool__(self) -> bool:
        """Whether any pixel is set."""
        return any(tile is FULL or tile.any() for tile in self._tiles.values())

    def to_mask(self) -> Mask:
        """What is set now. Cost: one look at each tile, whatever the box around them."""
        self._tiles = settled(self._tiles)
        return Mask.from_canonical(dict(self._tiles))
