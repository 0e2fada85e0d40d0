"""Three class maps of one image as one: what was painted on either side of where they parted."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.masks import values
from engine.masks.class_map import ClassMap, IndexPatch, IndexPiece
from engine.masks.mask import Mask
from engine.masks.tiles import SIDE, Bits, Key
from engine.masks.values import Tile


class LayerMerge(NamedTuple):
    """What painting on both sides comes to.

    Attributes:
        patch: from mine to the merged map; pixels in conflict stay mine.
        conflicts: pixels both sides changed, to different classes, by (mine, theirs).
    """

    patch: IndexPatch
    conflicts: Mapping[tuple[int, int], Mask]


def merge_layers(base: ClassMap, mine: ClassMap, theirs: ClassMap) -> LayerMerge:
    """Take over what was painted there and not here, tile by tile.

    Args:
        base: the map both came from; all of the same size.
        mine: the map here.
        theirs: the map there.
    """
    old, here, there = base.tiles(), mine.tiles(), theirs.tiles()
    pieces: list[IndexPiece] = []
    found: dict[tuple[int, int], dict[Key, Bits]] = {}
    for key in sorted(there.keys() | old.keys()):
        b, m, t = old.get(key, 0), here.get(key, 0), there.get(key, 0)
        if values.equal(t, b) or values.equal(t, m):
            continue
        shape = min(SIDE, base.size[0] - key[0] * SIDE), min(SIDE, base.size[1] - key[1] * SIDE)
        # Most tiles of a large area; a base of several classes is an array, and is looked at below.
        if isinstance(m, int) and isinstance(t, int) and isinstance(b, int) and m == b:
            pieces.append(IndexPiece(key[1] * SIDE, key[0] * SIDE, shape, value=m ^ t))
            continue
        was, now, new = (_array(tile, shape) for tile in (b, m, t))
        changed, kept = new != was, now == was
        differ = changed & ~kept & (now != new)
        for pair, bits in _pairs(now, new, differ):
            full = np.zeros((SIDE, SIDE), np.bool_)
            full[: shape[0], : shape[1]] = bits
            found.setdefault(pair, {})[key] = full
        xor = np.where(changed & kept, now ^ new, 0)
        if xor.any():
            pieces.append(_piece(key, xor))
    masks = {pair: Mask.from_tiles(tiles) for pair, tiles in sorted(found.items())}
    return LayerMerge(IndexPatch(tuple(pieces)), masks)


def _array(tile: Tile, shape: tuple[int, int]) -> NDArray[np.uint16]:
    if isinstance(tile, int):
        return np.full(shape, tile, np.uint16)
    return tile[: shape[0], : shape[1]].astype(np.uint16)


def _pairs(
    now: NDArray[np.uint16], new: NDArray[np.uint16], differ: NDArray[np.bool_]
) -> list[tuple[tuple[int, int], NDArray[np.bool_]]]:
    """Where each pair of (mine, theirs) stands among the pixels that differ."""
    if not differ.any():
        return []
    code = now.astype(np.uint32) << 16 | new
    return [
        ((int(each) >> 16, int(each) & 0xFFFF), differ & (code == each))
        for each in np.unique(code[differ])
    ]


def _piece(key: Key, xor: NDArray[np.uint16]) -> IndexPiece:
    """The changed part of a tile, tight, in the smallest kind that holds it."""
    rows, columns = np.flatnonzero(xor.any(1)), np.flatnonzero(xor.any(0))
    part = xor[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    left, top = key[1] * SIDE + int(columns[0]), key[0] * SIDE + int(rows[0])
    shape = int(part.shape[0]), int(part.shape[1])
    value = int(part.max())
    bits = part > 0
    pixels = int(np.count_nonzero(bits))
    if np.count_nonzero(part == value) == pixels:
        bits.flags.writeable = False
        whole = pixels == part.size
        return IndexPiece(left, top, shape, value=value, bits=None if whole else bits)
    own = np.ascontiguousarray(part, values.kind(value))
    own.flags.writeable = False
    return IndexPiece(left, top, shape, xor=own)
