"""The pixels of a stroke while it is being made."""

from collections.abc import Callable, Collection
from typing import Final

from engine.masks import reduce
from engine.masks.box import NOTHING, Box, contains, intersect, union
from engine.masks.class_map import FORETOLD
from engine.masks.mask import Mask
from engine.masks.packed import Packed
from engine.masks.tiles import (
    FULL,
    MANY,
    PIXELS,
    SIDE,
    Bits,
    KeptTiles,
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

LOOSE: Final = 64
"""Finished tiles of very many that are not packed yet, because painting may come back to them."""

PACKED_AT_ONCE: Final = 2
"""Tiles packed for each that is finished, until those of before are packed too."""


class Bitmap:
    """A set of pixels of one image that can be added to and taken from.

    Time and memory follow what is painted: tiles are made when first touched, a full tile costs
    nothing, and ``to_mask`` hands its tiles over instead of copying them (they are copied when
    painting goes on). What lies outside the image is cut off.

    A tile that one ``add`` leaves alone after the one before touched it is finished on the spot:
    counted, made read-only, reduced to the level that is drawn and put into its block there. The
    end of a stroke then costs the few tiles under its tip, however many it has passed.
    """

    def __init__(
        self,
        size: tuple[int, int],
        step: int = 1,
        foretell: Callable[[Key, Bits], object] | None = None,
    ) -> None:
        """Begin with nothing set.

        Args:
            size: (height, width) of the image in pixels.
            step: image pixels along the side of a pixel of the level that is drawn; see
                ``engine.masks.reduce``.
            foretell: works out what a tile that is finished will change; the masks remember it
                under ``FORETOLD``. See ``ClassMap.foretelling``.

        Raises:
            ValueError: ``step`` is none.
        """
        reduce.check(step)
        self.size = size
        self._image: Box = (0, 0, size[1], size[0])
        self._tiles: KeptTiles = {}
        self._loose: dict[Key, None] = {}  # finished tiles that are not packed, oldest first
        self._step = step
        self._foretell = foretell
        self._foretold: dict[Key, object] = {}
        self._open: set[Key] = set()  # tiles that may not be in their one form
        self._counts: dict[Key, int] = {}  # pixels of the others
        self._blocks: Tiles = {}  # of the level that is drawn, with the tiles that are finished
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
        left, self._open = self._open - touched, touched
        self._finish(left)

    def _pack(self) -> None:
        """Of very many tiles, pack those that were left long ago, a few at a time."""
        for _ in range(PACKED_AT_ONCE if len(self._tiles) > MANY else 0):
            if len(self._loose) < LOOSE:
                return
            key = next(iter(self._loose))
            del self._loose[key]
            tile = self._tiles.get(key)
            if tile is None or tile is FULL or isinstance(tile, Packed) or key in self._open:
                continue
            if not tile.flags.writeable:  # else it was touched since, and will be finished again
                self._tiles[key] = Packed.of(tile, self._counts.get(key))

    def _finish(self, keys: Collection[Key]) -> None:
        for key in keys:
            tile = self._tiles.get(key)
            if tile is None or isinstance(tile, Packed):
                continue
            pixels = count(tile)
            if pixels == 0:
                self._drop(key)
                continue
            kept = FULL if pixels == PIXELS else freeze(tile)
            self._tiles[key], self._counts[key] = kept, pixels
            if self._step > 1:
                self._reduce(key, kept)
            if self._foretell is not None:
                self._foretold[key] = self._foretell(key, kept)
            elif kept is not FULL:
                self._loose.pop(key, None)
                self._loose[key] = None
                self._pack()

    def _drop(self, key: Key) -> None:
        del self._tiles[key]
        self._foretold.pop(key, None)
        if self._counts.pop(key, None) is not None and self._step > 1:
            self._reduce(key, None)

    def _reduce(self, key: Key, tile: Bits | None) -> None:
        block = owned(self._blocks, (key[0] // self._step, key[1] // self._step))
        reduce.put(block, key, tile, self._step)

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
        return tight_box({key: tile for key, tile in self._tiles.items() if count(tile)})

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
        return any(map(count, self._tiles.values()))

    def to_mask(self) -> Mask:
        """What is set now. Cost: one look at each tile that is not finished."""
        self._finish(self._open)
        self._open = set()
        box = self._box if self._tiles else None
        mask = Mask.from_canonical(dict(self._tiles), sum(self._counts.values()), box)
        if mask.is_tiled and self._step > 1:
            reduce.remember(mask, self._step, self._blocks)
        if mask.is_tiled and self._foretell is not None:
            mask.memo[FORETOLD] = dict(self._foretold)
        return mask
