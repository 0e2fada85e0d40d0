"""Work on the surroundings of a mask's pixels, block by block, where anything can change."""

from collections.abc import Callable, Iterator

import numpy as np

from engine.masks.box import Box, clip, grow
from engine.masks.mask import Mask
from engine.masks.tiles import FULL, SIDE, Bits, Key, Piece, Tiles, add, keys_of, settled

Check = Callable[[], None]
"""Called between pieces of work; what it raises ends the work."""

Work = Callable[[Bits, Box, Box], Bits]
"""(bits of the outer box, outer box, inner box) → bits of the inner box, both inside the image."""


def no_check() -> None:
    """Never ends the work."""


def mapped(
    mask: Mask, reach: int, size: tuple[int, int], work: Work, check: Check = no_check
) -> Mask:
    """What ``work`` makes of a mask, asked only for blocks near its outline.

    Args:
        mask: inside the image.
        reach: a result depends on no pixel farther away than this, in rows or columns. Where all
            pixels that far around are set the result has to be set, where none is, not set.
        size: (height, width) of the image.
        work: see ``Work``; not called where the answer is known.
        check: called before each block.

    Returns:
        The new mask. Time and memory follow the outline, not the box around it.
    """
    if not mask:
        return mask
    out: Tiles = {}
    for inner in _blocks(mask, reach, size):
        check()
        outer = clip(grow(inner, reach), size)
        if outer is None:
            continue
        if _is_full(mask, outer):
            for key in keys_of(inner):
                out[key] = FULL
            continue
        bits = mask.read(outer)
        if not bits.any():
            continue
        made = np.ones(_shape(inner), np.bool_) if bits.all() else work(bits, outer, inner)
        add(out, Piece(inner[0], inner[1], made))
    return Mask.from_canonical(settled(out))


def _blocks(mask: Mask, reach: int, size: tuple[int, int]) -> Iterator[Box]:
    """Blocks within reach of the mask: one for a small mask, else whole tiles."""
    if mask.crop is not None:
        inner = clip(grow(mask.box, reach), size)
        if inner is not None:
            yield inner
        return
    tiles = -(-max(1, reach) // SIDE)  # so that the surroundings stay a few times the block
    side = tiles * SIDE
    wanted: set[Key] = set()
    for row, column in mask.tiles():
        top, left = row * SIDE, column * SIDE
        rows = range((top - reach) // side, (top + SIDE + reach - 1) // side + 1)
        columns = range((left - reach) // side, (left + SIDE + reach - 1) // side + 1)
        wanted |= {(v, u) for v in rows for u in columns}
    for v, u in sorted(wanted):
        inside = clip((u * side, v * side, (u + 1) * side, (v + 1) * side), size)
        if inside is not None:
            yield inside


def _is_full(mask: Mask, box: Box) -> bool:
    return mask.is_tiled and all(mask.tiles().get(key) is FULL for key in keys_of(box))


def _shape(box: Box) -> tuple[int, int]:
    return box[3] - box[1], box[2] - box[0]
