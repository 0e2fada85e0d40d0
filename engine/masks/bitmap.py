"""The pixels of a stroke while it is being made."""

from collections.abc import Collection

from engine.masks import reduce
from engine.masks.box import NOTHING, Box, contains, intersect, union
from engine.masks.mask import Mask
from engine.masks.tiles import (
    FULL,
    PIXELS,
    SIDE,
    Bits,
    Key,
    Piece,
    Tiles,
    add,
    box_of,
    count,
    freeze,
    keys_of,
    owned,
    read,
    tight_box,
)


class Bitmap:
    """A set of pixels of one image that can be added to and taken from.

    Time and memory follow what is painted: tiles are made when first touched, a full tile costs
    nothing, and ``to_mask`` hands its tiles over instead of copying them (they are copied when
    painting goes on). What lies outside the image is cut off.

    A tile that one ``add`` leaves alone after the one before touched it is finished on the spot:
    counted, made read-only, and reduced to the level that is drawn. The end of a stroke then
    costs the few tiles under its tip, however many it has passed.
    """

    def __init__(self, size: tuple[int, int], step: int = 1) -> None:
        """Begin with nothing set.

        Args:
            size: (height, width) of the image in pixels.
            step: image pixels along the side of a pixel of the level that is drawn; see
                ``engine.masks.reduce``.

        Raises:
            ValueError: ``step`` is none.
        """
        reduce.check(step)
        self.size = size
        self._image: Box = (0, 0, size[1], size[0])
        self._tiles: Tiles = {}
        self._step = step
        self._open: set[Key] = set()  # tiles that may not be in their one form
        self._counts: dict[Key, int] = {}  # pixels of the others
        self._box: Box | None = NOTHING  # tight; None where it is not known any more

    def add(self, mask: Mask) -> None:
        """Set the pixels of ``mask``."""
        touched: set[Key] = set()
        for piece in mask.pieces:
            self._add(piece, touched)
        self._go_on(touched)
        if self._box is not None:
            whole = contains(self._image, mask.box)
            self._box = union(self._box, mask.box) if whole else None

    def add_piece(self, left: int, top: int, bits: Bits) -> None:
        """Set the pixels of ``bits``, bool (h, w), whose corner lies at (left, top).

        The array is read now and kept only if it is a read-only tile.
        """
        touched: set[Key] = set()
        self._add(Piece(left, top, bits), touched)
        self._go_on(touched)
        self._box = None

    def _add(self, piece: Piece, touched: set[Key]) -> None:
        inside = self._cut_off(piece)
        if inside is not None:
            add(self._tiles, inside)
            touched.update(keys_of(inside.box))

    def remove(self, mask: Mask) -> None:
        """Clear the pixels of ``mask``."""
        self._box = None
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
                self._drop(key)
                continue
            a, b, c, d = shared
            y, x = key[0] * SIDE, key[1] * SIDE
            part = piece.bits[b - piece.top : d - piece.top, a - piece.left : c - piece.left]
            view = owned(self._tiles, key)[b - y : d - y, a - x : c - x]
            view &= ~part
            self._open.add(key)

    def _go_on(self, touched: set[Key]) -> None:
        """Finish what was left; what was touched now may be touched again."""
        self._finish(self._open - touched)
        self._open = touched

    def _finish(self, keys: Collection[Key]) -> None:
        for key in keys:
            tile = self._tiles.get(key)
            if tile is None:
                continue
            pixels = count(tile)
            if pixels == 0:
                self._drop(key)
                continue
            kept = FULL if pixels == PIXELS else freeze(tile)
            self._tiles[key], self._counts[key] = kept, pixels
            if self._step > 1:
                reduce.tile(kept, self._step)

    def _drop(self, key: Key) -> None:
        del self._tiles[key]
        self._counts.pop(key, None)

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
        if self._box is not None:
            return self._box
        return tight_box({key: t for key, t in self._tiles.items() if t is FULL or t.any()})

    @property
    def touched(self) -> frozenset[Key]:
        """The (row, column) of every tile that may hold a pixel."""
        return frozenset(self._tiles)

    @property
    def unfinished(self) -> frozenset[Key]:
        """The tiles that ``to_mask`` still has to look at."""
        return frozenset(self._open)

    def __bool__(self) -> bool:
        """Whether any pixel is set."""
        return any(tile is FULL or tile.any() for tile in self._tiles.values())

    def to_mask(self) -> Mask:
        """What is set now. Cost: one look at each tile that is not finished."""
        self._finish(self._open)
        self._open = set()
        box = self._box if self._tiles else None
        return Mask.from_canonical(dict(self._tiles), sum(self._counts.values()), box)
