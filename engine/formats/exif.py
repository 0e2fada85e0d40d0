"""Masks drawn on a photo as stored, turned to the photo as seen (EXIF orientation, tag 274)."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from engine.masks.mask import Mask

Bits = NDArray[np.bool_]

# EXIF 2.32, 4.6.4 A: where row 0 and column 0 of the stored picture are in the seen one.
_TURNS: dict[int, Callable[[Bits], Bits]] = {
    1: lambda bits: bits,
    2: lambda bits: bits[:, ::-1],
    3: lambda bits: bits[::-1, ::-1],
    4: lambda bits: bits[::-1],
    5: lambda bits: bits.T,
    6: lambda bits: bits.T[:, ::-1],
    7: lambda bits: bits.T[::-1, ::-1],
    8: lambda bits: bits.T[::-1],
}


def turned_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """(height, width) as seen, of a picture stored with `size`."""
    return (size[1], size[0]) if orientation >= 5 else size


def turn(mask: Mask, orientation: int, size: tuple[int, int]) -> Mask:
    """The mask as seen.

    Args:
        mask: In pixels of the stored picture.
        orientation: EXIF orientation 1..8.
        size: (height, width) of the stored picture.
    """
    if orientation == 1 or not mask:
        return mask
    parts = (_turn_piece(*piece, orientation, size) for piece in mask.pieces)
    return reduce(lambda all_, part: all_ | part, parts)


def _turn_piece(left: int, top: int, bits: Bits, orientation: int, size: tuple[int, int]) -> Mask:
    height, width = size
    rows, columns = bits.shape
    right, bottom = width - left - columns, height - top - rows
    place = {
        2: (right, top),
        3: (right, bottom),
        4: (left, bottom),
        5: (top, left),
        6: (bottom, left),
        7: (bottom, right),
        8: (top, right),
    }
    new_left, new_top = place[orientation]
    return Mask.from_bits(np.ascontiguousarray(_TURNS[orientation](bits)), new_left, new_top)
