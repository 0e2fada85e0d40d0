"""Masks at a coarser level: a pixel there is set when any pixel under it is.

Level pixel (u, v) stands for the image pixels from ``(u * step, v * step)`` on, so levels of
different masks fit together, and thin objects stay visible however far away they are.
"""

import math
from collections.abc import Collection
from typing import Final
from weakref import ref

import numpy as np

from engine.masks.box import Box
from engine.masks.mask import SMALL, Mask
from engine.masks.tiles import FULL, SIDE, Bits, Key, Piece, freeze, keys_of
from engine.masks.tiles import read as read_tiles

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


def step_at(scale: float) -> int:
    """Image pixels to a drawn pixel at ``scale``: the power of two at or below 1 / scale.

    Raises:
        ValueError: the scale is not above 0.
    """
    if scale <= 0:
        raise ValueError(f"a scale is above 0, got {scale}")
    return 1 if scale >= 1 else min(COARSEST, 1 << int(math.log2(1 / scale) + 1e-9))


def crop(mask: Mask, step: int) -> Piece | None:
    """The mask in one piece at a coarser level, in level pixels; remembered.

    None where its box there is more than ``SMALL`` wide or high (it then has ``blocks``), and for
    the empty mask.
    """
    if step == 1:
        return mask.crop
    known: Piece | None = mask.memo.get(step)
    if known is None and mask.crop is not None:
        known = mask.memo[step] = _reduced(mask.crop, step)
    elif known is None and mask.is_tiled:
        left, top, right, bottom = mask.box
        level = left // step, top // step, -(-right // step), -(-bottom // step)
        if level[2] - level[0] <= SMALL and level[3] - level[1] <= SMALL:
            bits = _gathered(mask, mask.tiles().keys(), level, step)
            known = mask.memo[step] = Piece(level[0], level[1], freeze(bits))
    return known


class Blocks(dict[Key, Bits | None]):
    """The tiles of a mask at a coarser level, each put together when first asked for.

    A block is ``SIDE`` level pixels wide and high; None stands for one without a pixel.
    """

    __slots__ = ("_mask", "_parts", "_step")

    def __init__(self, mask: Mask, step: int) -> None:
        """Look at which tiles there are, and at none of them."""
        super().__init__()
        self._mask, self._step = ref(mask), step
        self._parts: dict[Key, list[Key]] = {}
        for key in mask.tiles():
            self._parts.setdefault((key[0] // step, key[1] // step), []).append(key)

    def __missing__(self, key: Key) -> Bits | None:
        """Put a block together."""
        mask, parts, made = self._mask(), self._parts.get(key), None
        if mask is not None and parts is not None:
            tiles = mask.tiles()
            if len(parts) == self._step**2 and all(tiles[part] is FULL for part in parts):
                made = FULL
            else:
                x, y = key[1] * SIDE, key[0] * SIDE
                made = freeze(_gathered(mask, parts, (x, y, x + SIDE, y + SIDE), self._step))
        self[key] = made
        return made

    def take_over(self, before: "Blocks", changed: Collection[Key]) -> None:
        """Keep what another mask has put together, but for the mask tiles in which they differ."""
        step = self._step
        other = {(row // step, column // step) for row, column in changed}
        self.update((key, bits) for key, bits in before.items() if key not in other)


def blocks(mask: Mask, step: int) -> Blocks:
    """The blocks of a mask kept as tiles, ``step`` above 1; remembered."""
    known: Blocks | None = mask.memo.get(("blocks", step))
    if known is None:
        known = mask.memo["blocks", step] = Blocks(mask, step)
    return known


def inherit(before: Mask, after: Mask, changed: Collection[Key]) -> None:
    """Let a mask that was changed keep the blocks in which it is what it was.

    Args:
        before: as it was.
        after: as it is now; both kept as tiles.
        changed: the tiles that are not the same in both, or more.
    """
    for key, known in before.memo.items():
        if isinstance(known, Blocks) and key not in after.memo:
            blocks(after, key[1]).take_over(known, changed)


def _gathered(mask: Mask, keys: Collection[Key], level: Box, step: int) -> Bits:
    """The level pixels of some tiles; they lie within ``level`` at least where they are set."""
    tiles, side = mask.tiles(), SIDE // step
    left, top, right, bottom = level
    out = np.zeros((bottom - top, right - left), np.bool_)
    for key in keys:
        x, y, part = key[1] * side - left, key[0] * side - top, tile(tiles[key], step)
        if x >= 0 and y >= 0:
            under = out[y : y + side, x : x + side]
            under[...] = part[: under.shape[0], : under.shape[1]]
        else:
            part = part[max(0, -y) :, max(0, -x) :]
            under = out[max(0, y) : y + side, max(0, x) : x + side]
            under[...] = part[: under.shape[0], : under.shape[1]]
    return out


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
    if not mask:
        return np.zeros((bottom - top, right - left), np.bool_), left, top
    level_tiles = blocks(mask, step)
    seen = {key: bits for key in keys_of(level) if (bits := level_tiles[key]) is not None}
    return read_tiles(seen, level), left, top
