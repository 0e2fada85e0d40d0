"""From many masks to what is seen: which object is on top, pixel by pixel, where one looks."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.masks import reduce
from engine.masks.box import Box
from engine.masks.mask import Mask
from engine.masks.tiles import FULL, SIDE, Bits, keys_of

Slots = NDArray[np.uint16]

MOST: Final = 0xFFFF
"""The largest slot; 0 stays for pixels without an object."""

_cells: dict[int, Slots] = {}


def slots(items: Iterable[tuple[int, Mask]], box: Box, step: int = 1) -> Slots:
    """The slot of the topmost mask for each drawn pixel of ``box``.

    Args:
        items: (slot, mask) with slots 1–65535, bottom first; later ones cover earlier ones.
            Masks outside the box cost almost nothing.
        box: in image pixels.
        step: image pixels along the side of a drawn pixel, a power of two up to 256. Drawn
            pixels are counted from the image's corner, so the first one may begin before the
            box and the last end after it. It has a mask's slot if any pixel under it is set.

    Returns:
        uint16, (rows, columns) from ``(top // step, left // step)`` to the last that is touched;
        0 where no mask is.

    Raises:
        ValueError: ``step`` or a slot is none.
    """
    reduce.check(step)
    left, top = box[0] // step, box[1] // step
    right, bottom = -(-box[2] // step), -(-box[3] // step)
    out = np.zeros((max(0, bottom - top), max(0, right - left)), np.uint16)
    lay(items, out, (left, top), step)
    return out


def lay(
    items: Iterable[tuple[int, Mask]], out: Slots, corner: tuple[int, int], step: int = 1
) -> None:
    """Like ``slots``, onto what is there already.

    Args:
        items: as for ``slots``.
        out: uint16, written where a mask is.
        corner: (column, row) of ``out[0, 0]`` in drawn pixels.
        step: as for ``slots``.

    Raises:
        ValueError: ``step`` or a slot is none.
    """
    reduce.check(step)
    left, top = corner
    level = left, top, left + out.shape[1], top + out.shape[0]
    for slot, mask in items:  # thousands a frame: what is usual is written out here
        cell = _cells[slot] if slot in _cells else _cell(slot)
        piece = mask.crop if step == 1 else reduce.crop(mask, step)
        if piece is None:
            _lay_tiles(out, mask, cell, level, step)
            continue
        x, y, bits = piece
        x, y = x - left, y - top
        if x < 0:
            x, bits = 0, bits[:, -x:]
        if y < 0:
            y, bits = 0, bits[-y:]
        height, width = bits.shape
        under = out[y : y + height, x : x + width]
        if under.shape != bits.shape:
            bits = bits[: under.shape[0], : under.shape[1]]
        np.copyto(under, cell, where=bits)


def _cell(slot: int) -> Slots:
    """The slot as an array without dimensions, which numpy copies from at once."""
    if not 0 < slot <= MOST:
        raise ValueError(f"slots are 1 to {MOST}, got {slot}")
    return _cells.setdefault(slot, np.array(slot, np.uint16))


def _lay(out: Slots, x: int, y: int, bits: Bits, cell: Slots) -> None:
    """Write ``cell`` where ``bits``, with its corner at (x, y) of ``out``, is set."""
    height, width = bits.shape
    bits = bits[max(0, -y) :, max(0, -x) :]
    under = out[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)]
    np.copyto(under, cell, where=bits[: under.shape[0], : under.shape[1]])


def _lay_tiles(out: Slots, mask: Mask, cell: Slots, level: Box, step: int) -> None:
    if not mask:
        return
    tiles = mask.tiles() if step == 1 else reduce.blocks(mask, step)
    left, top = level[:2]
    for key in keys_of(level):
        tile = tiles[key] if step > 1 else tiles.get(key)
        if tile is None:
            continue
        x, y = key[1] * SIDE - left, key[0] * SIDE - top
        if tile is FULL:
            out[max(y, 0) : max(y + SIDE, 0), max(x, 0) : max(x + SIDE, 0)] = cell
        else:
            _lay(out, x, y, tile, cell)
