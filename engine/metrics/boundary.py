"""How well the outlines of two masks agree.

The boundary of a mask is the part of it at most d pixels (Chebyshev distance) away from a pixel
that is not in it; what lies outside the image is not in it. d is 2 % of the image's diagonal,
rounded, at least 1. The boundary IoU of two masks is the IoU of their boundaries: unlike IoU it
does not grow forgiving as objects grow.

Source: Cheng, Girshick, Dollár, Berg, Kirillov, "Boundary IoU: Improving Object-Centric Image
Segmentation Evaluation", CVPR 2021, with the parameters of the authors' evaluation.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.masks.blocks import mapped
from engine.masks.box import Box
from engine.masks.mask import Mask
from engine.masks.tiles import Bits

Size = tuple[int, int]

RATIO: Final = 0.02
"""Width of a boundary as a share of the image's diagonal."""


def width(size: Size, ratio: float = RATIO) -> int:
    """Pixels a boundary is wide, in an image of ``size`` (height, width)."""
    diagonal = float(np.sqrt(size[0] ** 2 + size[1] ** 2))
    return max(1, round(ratio * diagonal))


def boundary(mask: Mask, size: Size, ratio: float = RATIO) -> Mask:
    """The part of a mask along its outline.

    Args:
        mask: Inside the image.
        size: (height, width) of the image.
        ratio: Width as a share of the image's diagonal.

    Returns:
        The mask itself where it is nowhere wider than two boundaries.
    """
    reach = width(size, ratio)
    left, top, right, bottom = mask.box
    if min(right - left, bottom - top) <= 2 * reach:
        return mask
    if mask.crop is not None:
        return mask - Mask.from_bits(_eroded(mask.crop.bits, reach, edge=0), left, top)

    def work(bits: Bits, outer: Box, inner: Box) -> Bits:
        rows = slice(inner[1] - outer[1], inner[3] - outer[1])
        return _eroded(bits, reach, edge=1)[rows, inner[0] - outer[0] : inner[2] - outer[0]]

    kept = mapped(mask, reach, size, work)  # here the image's edge is no edge yet
    return mask - kept.clip((reach, reach, size[1] - reach, size[0] - reach))


def boundary_iou(first: Mask, second: Mask, size: Size, ratio: float = RATIO) -> float:
    """IoU of the boundaries of two masks, 0–1; 0 when neither has a pixel.

    Args:
        first: Inside the image.
        second: Inside the image.
        size: (height, width) of the image.
        ratio: Width of a boundary as a share of the image's diagonal.
    """
    return boundary(first, size, ratio).iou(boundary(second, size, ratio))


def _eroded(bits: Bits, reach: int, edge: int) -> Bits:
    """Pixels all of whose neighbours up to ``reach`` away are set; ``edge`` lies around."""
    import cv2

    cells = np.ascontiguousarray(bits).view(np.uint8)
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    done = cv2.erode(cells, square, borderType=cv2.BORDER_CONSTANT, borderValue=(edge,))
    return np.asarray(done, np.uint8).view(np.bool_)
