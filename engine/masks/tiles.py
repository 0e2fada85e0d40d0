"""The tiles masks are made of: 256 × 256 blocks of bits in a dictionary by (row, column).

Tile (row, column) holds the pixels from ``(column * SIDE, row * SIDE)`` on. A tile that is absent
is empty; one that is ``FULL`` is set throughout. Tiles are read-only as soon as anyone else may
hold them, so a dictionary can be copied and its tiles shared; writers replace what is read-only.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.masks.box import NOTHING, Box, intersect
from engine.masks.packed import Kept, Packed, opened

SIDE = 256
"""Pixels along the side of a tile; a tile is 64 KiB."""

PIXELS = SIDE * SIDE

Bits = NDArray[np.bool_]
Key = tuple[int, int]
Tiles = dict[Key, Bits]
KeptTiles = dict[Key, Kept]

MANY = 512
"""Tiles of a mask from which on those that are neither empty nor full are kept packed."""


def freeze(bits: Bits) -> Bits:
    """Make ``bits`` read-only and return it."""
    bits.flags.writeable = False
    return bits


FULL = freeze(np.ones((SIDE, SIDE), np.bool_))
"""The one tile that is set throughout; compare with ``is``."""


class Piece(NamedTuple):
    """Some pixels of a mask.

    Attributes:
        left: image column of ``bits[:, 0]``.
        top: image row of ``bits[0]``.
        bits: bool, (height, width), read-only.
    """

    left: int
    top: int
    bits: Bits

    @property
    def box(self) -> Box:
        """Where the bits lie, tight or not."""
        height, width = self.bits.shape
        return self.left, self.top, self.left + width, self.top + height


def count(tile: Kept) -> int:
    """Pixels set in ``tile``."""
    if isinstance(tile, Packed):
        return tile.count
    return PIXELS if tile is FULL else int(np.count_nonzero(tile))


def nbytes(tiles: Collection[Kept]) -> int:
    """Bytes that tiles of a mask take; ``FULL`` takes none."""
    full = sum(tile is FULL for tile in tiles)
    packed = sum(isinstance(tile, Packed) for tile in tiles)
    return PIXELS * (len(tiles) - full - packed) + PIXELS // 8 * packed


def canonical(tile: Bits) -> Bits | None:
    """The one form of a tile: None when empty, ``FULL`` when full, else itself, read-only."""
    if tile is FULL:
        return FULL
    pixels = int(np.count_nonzero(tile))
    if pixels == 0:
        return None
    return FULL if pixels == PIXELS else freeze(tile)


def keys_of(box: Box) -> Iterator[Key]:
    """The tiles that ``box`` touches, row by row."""
    left, top, right, bottom = box
    columns = range(left // SIDE, -(-right // SIDE))
    return ((row, column) for row in range(top // SIDE, -(-bottom // SIDE)) for column in columns)


def box_of(key: Key) -> Box:
    """The pixels of the tile ``key``."""
    top, left = key[0] * SIDE, key[1] * SIDE
    return left, top, left + SIDE, top + SIDE


def owned(tiles: KeptTiles | Tiles, key: Key) -> Bits:
    """The tile ``key`` ready for writing: made when absent, copied when others may hold it."""
    tile = tiles.get(key)
    if tile is None:
        made = np.zeros((SIDE, SIDE), np.bool_)
    elif isinstance(tile, Packed) or not tile.flags.writeable:
        made = opened(tile).copy()
    else:
        return tile
    tiles[key] = made
    return made


def add(tiles: KeptTiles | Tiles, piece: Piece) -> None:
    """Set the pixels of ``piece`` in ``tiles``; an aligned tile is shared where none was."""
    left, top, bits = piece
    for key in keys_of(piece.box):
        old = tiles.get(key)
        if old is FULL or old is bits:
            continue
        y, x = key[0] * SIDE, key[1] * SIDE
        if (y, x) == (top, left) and _shareable(bits) and (old is None or bits is FULL):
            tiles[key] = bits
            continue
        rows, columns = _inside(top, y, bits.shape[0]), _inside(left, x, bits.shape[1])
        part = bits[rows.start + y - top : rows.stop + y - top]
        part = part[:, columns.start + x - left : columns.stop + x - left]
        view = owned(tiles, key)[rows, columns]
        np.logical_or(view, part, out=view)


def _shareable(bits: Bits) -> bool:
    """Whether ``bits`` may stand as a tile without being copied."""
    return bits.shape == (SIDE, SIDE) and not bits.flags.writeable


def _inside(start: int, tile: int, length: int) -> slice:
    """Rows or columns of the tile that begins at ``tile`` covered by ``length`` from ``start``."""
    return slice(max(start - tile, 0), min(start + length - tile, SIDE))


def cut(piece: Piece) -> Tiles:
    """``piece`` as canonical tiles. Cost: the tiles its box touches."""
    out: Tiles = {}
    add(out, piece)
    return settled(out)


def compact(tiles: Mapping[Key, Kept]) -> KeptTiles:
    """Canonical tiles, those that are neither empty nor full packed."""
    return {
        key: tile if tile is FULL or isinstance(tile, Packed) else Packed.of(opened(tile))
        for key, tile in tiles.items()
    }


def rectangle(box: Box) -> Tiles:
    """Canonical tiles of every pixel of ``box``."""
    tiles: Tiles = {}
    for key in keys_of(box):
        a, b, c, d = intersect(box, box_of(key)) or NOTHING
        if (c - a, d - b) == (SIDE, SIDE):
            tiles[key] = FULL
            continue
        y, x = key[0] * SIDE, key[1] * SIDE
        tile = np.zeros((SIDE, SIDE), np.bool_)
        tile[b - y : d - y, a - x : c - x] = True
        tiles[key] = freeze(tile)
    return tiles


def settled(tiles: Tiles) -> Tiles:
    """``tiles`` without empty ones, all of them canonical; the arrays become read-only."""
    out = {}
    for key, tile in tiles.items():
        kept = canonical(tile)
        if kept is not None:
            out[key] = kept
    return out


def read(tiles: Mapping[Key, Kept], box: Box) -> Bits:
    """Copy the pixels of ``box``: bool, (bottom - top, right - left), the caller's own."""
    left, top, right, bottom = box
    out = np.zeros((bottom - top, right - left), np.bool_)
    rows = -(-bottom // SIDE) - top // SIDE
    columns = -(-right // SIDE) - left // SIDE
    for key in keys_of(box) if rows * columns <= len(tiles) else tuple(tiles):
        tile = tiles.get(key)
        shared = None if tile is None else intersect(box_of(key), box)
        if tile is None or shared is None:
            continue
        a, b, c, d = shared
        y, x = key[0] * SIDE, key[1] * SIDE
        out[b - top : d - top, a - left : c - left] = opened(tile)[b - y : d - y, a - x : c - x]
    return out


def tight_box(tiles: Mapping[Key, Kept]) -> Box:
    """The smallest box around the pixels of canonical ``tiles``; only the outermost are read."""
    if not tiles:
        return NOTHING
    rows, columns = zip(*tiles, strict=True)
    first, last, west, east = min(rows), max(rows), min(columns), max(columns)
    top, bottom, left, right = SIDE, 0, SIDE, 0
    for (row, column), tile in tiles.items():
        if first < row < last and west < column < east:
            continue
        if row in {first, last}:
            start, stop = _extent(opened(tile), 1)
            top = min(top, start) if row == first else top
            bottom = max(bottom, stop) if row == last else bottom
        if column in {west, east}:
            start, stop = _extent(opened(tile), 0)
            left = min(left, start) if column == west else left
            right = max(right, stop) if column == east else right
    return west * SIDE + left, first * SIDE + top, east * SIDE + right, last * SIDE + bottom


def _extent(tile: Bits, axis: int) -> tuple[int, int]:
    """First and one past the last row (``axis`` 1) or column (0) with a pixel set."""
    if tile is FULL:
        return 0, SIDE
    line = np.logical_or.reduce(tile, axis=axis)
    return int(line.argmax()), SIDE - int(line[::-1].argmax())
