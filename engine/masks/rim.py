"""The pixels just outside a mask."""

from collections.abc import Iterable

import numpy as np

from engine.masks.mask import Mask
from engine.masks.tiles import FULL, SIDE, Bits, Key, Tiles, settled


def rim(mask: Mask, size: tuple[int, int]) -> Mask:
    """The pixels of the image that share a side with a pixel of ``mask`` and are not in it.

    Args:
        mask: within the image.
        size: (height, width) of the image.

    Returns:
        The mask. Cost: the tiles in which ``mask`` has an edge.
    """
    image = (0, 0, size[1], size[0])
    if mask.crop is not None:
        left, top, bits = mask.crop
        return Mask.from_bits(_beside(np.pad(bits, 2)), left - 1, top - 1).clip(image)
    known = mask.tiles()
    tiles: Tiles = {}
    for key in _reached(known):
        if known.get(key) is not FULL:
            left, top = key[1] * SIDE, key[0] * SIDE
            tiles[key] = _beside(mask.read((left - 1, top - 1, left + SIDE + 1, top + SIDE + 1)))
    return Mask.from_canonical(settled(tiles)).clip(image)


def _reached(keys: Iterable[Key]) -> set[Key]:
    """Tiles that hold pixels of the mask, or lie beside one that does."""
    own = set(keys)
    sides = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))
    return {(row + down, column + right) for row, column in own for down, right in sides}


def _beside(wide: Bits) -> Bits:
    """What ``wide`` (a pixel wider on every side than the answer) touches and does not hold."""
    near = wide[:-2, 1:-1] | wide[2:, 1:-1]
    near |= wide[1:-1, :-2]
    near |= wide[1:-1, 2:]
    return np.greater(near, wide[1:-1, 1:-1])
