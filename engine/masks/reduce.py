"""Masks at a coarser level: a pixel there is set when any pixel under it is.

Level pixel (u, v) stands for the image pixels from ``(u * step, v * step)`` on, so levels of
different masks fit together, and thin objects stay visible however far away they are.
"""

from typing import Final
from weakref import ref

import numpy as np

from engine.masks.box import Box
from engine.masks.mask import Mask
from engine.masks.tiles import FULL, SIDE, Bits, Piece, freeze, keys_of

COARSEST: Final = SIDE
"""The largest step; steps are powers of two."""

_tiles: dict[int, tuple["ref[Bits]", dict[int, Bits]]] = {}
_full = {1 << k: freeze(np.ones((SIDE >> k, SIDE >> k), np.bool_)) for k in range(9)}


def check(step: int) -> None:
    """Raise ValueError unless ``step`` is a power of two from 1 to ``COARSEST``."""
    if not 1 <= step <= COARSEST or step & (step - 1):
        raise ValueError(f"a step is a power of two up to {COARSEST}, got {step}")


def tile(bits: Bits, step: int) -> Bits:
    """A read-only tile at a coarser level: bool, (SIDE / step, SIDE / step).

    Remembered as long as the tile lives, in whatever masks, so that a mask that was changed is
    reduced again only where it changed.
    """
    if step == 1:
        return bits
    if bits is FULL:
        return _full[step]
    known = _tiles.get(id(bits))
    if known is None or known[0]() is not bits:
        key = id(bits)
        known = _tiles[key] = (ref(bits, lambda _: _tiles.pop(key, None)), {})
    levels = known[1]
    if step not in levels:
        finer = levels.get(step // 2)
        levels[step] = freeze(_any(bits, step) if finer is None else _any(finer, 2))
    return levels[step]


def crop(mask: Mask, step: int) -> Piece | None:
    """``mask.crop`` at a coarser level, in level pixels; remembered."""
    if step == 1 or mask.crop is None:
        return mask.crop
    known: Piece | None = mask.memo.get(step)
    if known is None:
        known = mask.memo[step] = _reduced(mask.crop, step)
    return known


def _reduced(piece: Piece, step: int) -> Piece:
    left, top, bits = piece
    u, v = left // step, top // step
    x, y = left - u * step, top - v * step
    height, width = -(-(y + bits.shape[0]) // step), -(-(x + bits.shape[1]) // step)
    padded = np.zeros((height * step, width * step), np.bool_)
    padded[y : y + bits.shape[0], x : x + bits.shape[1]] = bits
    return Piece(u, v, freeze(_any(padded, step)))


def _any(bits: Bits, step: int) -> Bits:
    """Whether any of each step × step block is set; sides are multiples of ``step``."""
    while step > 8:
        bits, step = _any(bits, 8), step // 8
    # eight bools side by side are one whole number that is 0 when none is set
    wide = bits.view(np.dtype(f"u{step}")) if step > 1 else bits
    rows = wide.reshape(-1, step, wide.shape[1])
    merged: Bits = np.bitwise_or.reduce(rows, axis=1) != 0
    return merged


def read(mask: Mask, box: Box, step: int) -> tuple[Bits, int, int]:
    """The level pixels that ``box`` (of image pixels) touches.

    Returns:
        bool (rows, columns), the caller's own, and the level column and row it begins at.
    """
    left, top = box[0] // step, box[1] // step
    right, bottom = -(-box[2] // step), -(-box[3] // step)
    if step == 1:
        return mask.read(box), left, top
    piece = crop(mask, step)
    level: Box = left, top, right, bottom
    if piece is not None:
        return Mask(crop=piece).read(level), left, top
    out = np.zeros((bottom - top, right - left), np.bool_)
    side = SIDE // step
    for key in keys_of((left * step, top * step, right * step, bottom * step)):
        bits = mask.tiles().get(key)
        if bits is not None:
            x, y = key[1] * side - left, key[0] * side - top
            part = tile(bits, step)[max(0, -y) :, max(0, -x) :]
            under = out[max(0, y) : max(0, y + side), max(0, x) : max(0, x + side)]
            under |= part[: under.shape[0], : under.shape[1]]
    return out, left, top
