"""How thin a mask is, how long its edge, and how far two masks touch: counted piece by piece."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.masks.box import Box, grow, intersect
from engine.masks.mask import Mask
from engine.masks.tiles import FULL, Bits

Kernel = NDArray[np.uint8]


def is_thin(mask: Mask) -> bool:
    """Whether a mask is nowhere 3 pixels wide and high: no square of 3 fits into it."""
    if any(piece.bits is FULL for piece in mask.pieces):
        return False
    return not any(bits.any() for bits in _eroded(mask, np.ones((3, 3), np.uint8)))


def edge_length(mask: Mask) -> int:
    """Its pixels that share a side with a pixel outside it."""
    return mask.area - sum(int(np.count_nonzero(bits)) for bits in _eroded(mask, _cross()))


def contact(mask: Mask, other: Mask) -> int:
    """How many pixels of ``other`` share a side with ``mask`` without being in it."""
    import cv2

    shared = intersect(grow(mask.box, 1), other.box)
    if shared is None:
        return 0
    around = cv2.dilate(mask.read(grow(shared, 1)).view(np.uint8), _cross())[1:-1, 1:-1]
    return int(np.count_nonzero(around.view(np.bool_) & other.read(shared) & ~mask.read(shared)))


def ring(mask: Mask, size: tuple[int, int]) -> Mask:
    """The pixels of an image of ``size`` (height, width) just outside a small mask, corners too."""
    import cv2

    box: Box = grow(mask.box, 1)
    bits = mask.read(box)
    around = cv2.dilate(bits.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_) & ~bits
    return Mask.from_bits(around, box[0], box[1]).clip((0, 0, size[1], size[0]))


def _cross() -> Kernel:
    return np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def _eroded(mask: Mask, kernel: Kernel) -> Iterator[Bits]:
    """What an erosion by a kernel of 3 leaves of each piece, neighbouring pieces known."""
    import cv2

    for piece in mask.pieces:
        bits = mask.read(grow(piece.box, 1)).view(np.uint8)
        yield cv2.erode(bits, kernel)[1:-1, 1:-1].view(np.bool_)
