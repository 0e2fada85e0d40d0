"""Masks at a coarser level: a pixel there is set when any pixel under it is.

Level pixel (u, v) stands for the image pixels from ``(u * step, v * step)`` on, so levels of
different masks fit together, and thin objects stay visible however far away they are.
"""

import math
from collections.abc import Collection, Mapping
from typing import Final
from weakref import ref

import numpy as np

from engine.masks.box import Box
from engine.masks.mask import SMALL, Mask
from engine.masks.packed import Kept, Packed, opened
from engine.masks.tiles import FULL, SIDE, Bits, Key, Piece, canonical, freeze, keys_of
from engine.masks.tiles import read as read_tiles

COARSEST: Final = SIDE
"""The largest step; steps are powers of two."""

_tiles: dict[int, tuple["ref[Kept]", dict[int, Bits]]] = {}
_full = {1 << k: freeze(np.ones((SIDE >> k, SIDE >> k), np.bool_)) for k in range(9)}


def check(step: int) -> None:
    """Raise ValueError unless ``step`` is a power of two from 1 to ``COARSEST``."""
    if not 1 <= step <= COARSEST or step & (step - 1):
        raise ValueError(f"a step is a power of two up to {COARSEST}, got {step}")


def tile(bits: Kept, step: int) -> Bits:
    """A read-only tile at a coarser level: bool, (SIDE / step, SIDE / step).

    Remembered as long as the tile lives, in whatever masks, so that a mask that was changed is
    reduced again only where it changed.
    """
    if step == 1:
        return opened(bits)
    if bits is FULL:
        return _full[step]
    known = _tiles.get(id(bits))
    if known is None or known[0]() is not bits:
        key = id(bits)
        known = _tiles[key] = (ref(bits, lambda _: _tiles.pop(key, None)), {})
    levels = known[1]
    if step not in levels:
        finer = levels.get(step // 2)
        levels[step] = freeze(_reduced_tile(bits, step) if finer is None else _any(finer, 2))
    return levels[step]


def _reduced_tile(bits: Kept, step: int) -> Bits:
    if not isinstance(bits, Packed) or step < 8:
        return _any(opened(bits), step)
    eighth = np.bitwise_or.reduce(bits.rows.reshape(-1, 8, bits.rows.shape[1]), axis=1) != 0
    return _any(eighth, step // 8)


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
            if ("blocks", step) in mask.memo:
                bits = _of_blocks(mask, level, step)
            else:
                bits = _gathered(mask, mask.kept().keys(), level, step)
            known = mask.memo[step] = Piece(level[0], level[1], freeze(bits))
    return known


class Blocks(dict[Key, Bits | None]):
    """The tiles of a mask at a coarser level, each put together when first asked for.

    A block is ``SIDE`` level pixels wide and high; None stands for one without a pixel.
    """

    __slots__ = ("_before", "_changed", "_mask", "_parts", "_step")

    def __init__(self, mask: Mask, step: int, ready: Mapping[Key, Bits] | None = None) -> None:
        """Look at no tile yet.

        Args:
            mask: kept as tiles.
            step: of the level.
            ready: all blocks that have a pixel, where they are known already.
        """
        super().__init__(ready or {})
        self._mask, self._step = ref(mask), step
        self._parts: dict[Key, list[Key]] | None = None if ready is None else {}
        self._before: dict[Key, Bits | None] = {}  # blocks of another mask …
        self._changed: dict[Key, list[Key]] = {}  # … and the tiles in which this one differs

    def __missing__(self, key: Key) -> Bits | None:
        """Put a block together."""
        mask, made = self._mask(), None
        if mask is not None:
            made = self._again(mask, key) if key in self._before else self._first(mask, key)
        self[key] = made = None if made is None else canonical(made)
        return made

    def _again(self, mask: Mask, key: Key) -> Bits:
        """What the other mask had, with the tiles that differ."""
        old, tiles = self._before.pop(key), mask.kept()
        made = np.zeros((SIDE, SIDE), np.bool_) if old is None else old.copy()
        for part in self._changed[key]:
            put(made, part, tiles.get(part), self._step)
        return made

    def _first(self, mask: Mask, key: Key) -> Bits | None:
        parts, tiles = self._tiles_of(mask).get(key), mask.kept()
        if parts is None:
            return None
        if len(parts) == self._step**2 and all(tiles[part] is FULL for part in parts):
            return FULL
        x, y = key[1] * SIDE, key[0] * SIDE
        return _gathered(mask, parts, (x, y, x + SIDE, y + SIDE), self._step)

    def _tiles_of(self, mask: Mask) -> dict[Key, list[Key]]:
        """The mask's tiles by block."""
        if self._parts is None:
            self._parts, step = {}, self._step
            for key in mask.kept():
                self._parts.setdefault((key[0] // step, key[1] // step), []).append(key)
        return self._parts

    def take_over(self, before: "Blocks", changed: Collection[Key]) -> None:
        """Keep what another mask has put together, but for the mask tiles in which they differ."""
        step = self._step
        for row, column in changed:
            self._changed.setdefault((row // step, column // step), []).append((row, column))
        for key, bits in before.items():
            if key in self._changed:
                self._before[key] = bits
            else:
                self[key] = bits


def put(block: Bits, key: Key, bits: Kept | None, step: int) -> None:
    """Write a tile of a mask, None for an empty one, into the block of a level it belongs to.

    Args:
        block: bool (SIDE, SIDE).
        key: (row, column) of the tile.
        bits: its pixels.
        step: of the level.
    """
    side = SIDE // step
    y, x = key[0] % step * side, key[1] % step * side
    block[y : y + side, x : x + side] = False if bits is None else tile(bits, step)


def blocks(mask: Mask, step: int) -> Blocks:
    """The blocks of a mask kept as tiles, ``step`` above 1; remembered."""
    known: Blocks | None = mask.memo.get(("blocks", step))
    if known is None:
        known = mask.memo["blocks", step] = Blocks(mask, step)
    return known


def remember(mask: Mask, step: int, ready: Mapping[Key, Bits]) -> None:
    """Take over the blocks of a mask kept as tiles, which were put together while it was made.

    Args:
        mask: new.
        step: above 1.
        ready: every block that has a pixel, by (row, column); the arrays become read-only.
    """
    kept = {key: bits for key, block in ready.items() if (bits := canonical(block)) is not None}
    mask.memo["blocks", step] = Blocks(mask, step, kept)


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
    tiles, side = mask.kept(), SIDE // step
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
    return _of_blocks(mask, level, step), left, top


def _of_blocks(mask: Mask, level: Box, step: int) -> Bits:
    """The level pixels in ``level`` of a mask kept as tiles."""
    known = blocks(mask, step)
    seen = {key: bits for key in keys_of(level) if (bits := known[key]) is not None}
    return read_tiles(seen, level)
