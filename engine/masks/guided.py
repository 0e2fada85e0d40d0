"""Moves the outline of a mask to the edges of the picture near it, by a guided filter.

He, Sun and Tang, "Guided Image Filtering", 2013: near an edge of the picture the mask is made a
local linear function of the colours. Filtered a few times with the answer made steeper in between,
the outline settles on the edge; pixels farther away than the band are never touched.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.masks.blocks import Check, mapped, no_check
from engine.masks.box import Box
from engine.masks.mask import Mask
from engine.masks.tiles import Bits

PASSES: Final = 3
STEEPER: Final = 3.0
"""Factor on the slope between two passes."""

SOFTEST: Final = 1e-4
"""Variance of colours (of 1) that counts as an edge; below, the mask is only smoothed."""

CORE: Final = 0.6
"""Share of an object's half thickness that the band may take at most, so that a core stays."""

Read = Callable[[Box], NDArray[np.uint8]]
"""A box of the image inside it → uint8 RGB (height, width, 3)."""


def follow_edges(
    mask: Mask, read: Read, size: tuple[int, int], radius: int, check: Check = no_check
) -> Mask:
    """The mask with its outline on the edges of the picture, where there are any.

    Args:
        mask: inside the image.
        read: the picture; asked only near the outline.
        size: (height, width) of the image.
        radius: half the width of the band around the outline that may change, whole pixels. Small
            masks take less, so that their core stays.
        check: see ``blocks.Check``.
    """
    import cv2

    if mask.crop is not None:
        padded = np.pad(mask.crop.bits, 1).view(np.uint8)
        inside = float(cv2.distanceTransform(padded, cv2.DIST_L2, 5).max())
        radius = min(radius, int(CORE * inside))
    if radius <= 0:
        return mask

    def work(bits: Bits, outer: Box, inner: Box) -> Bits:
        moved = _followed(bits, read(outer), radius)
        rows = slice(inner[1] - outer[1], inner[3] - outer[1])
        return moved[rows, inner[0] - outer[0] : inner[2] - outer[0]]

    return mapped(mask, 4 * radius, size, work, check)


def _followed(bits: Bits, pixels: NDArray[np.uint8], radius: int) -> Bits:
    """One block; bits bool (h, w), pixels uint8 (h, w, 3)."""
    import cv2

    cells = np.ascontiguousarray(bits).view(np.uint8)
    out = cv2.distanceTransform(1 - cells, cv2.DIST_L2, 5)
    into = cv2.distanceTransform(cells, cv2.DIST_L2, 5)
    band = np.asarray((out <= radius) & (into <= radius))
    before = cells.astype(np.float32)
    share = before
    for turn in range(PASSES):
        if turn:
            share = np.clip((share - 0.5) * STEEPER + 0.5, 0, 1)
        share = cv2.ximgproc.guidedFilter(pixels, share, radius, SOFTEST * 255 * 255)
        share = np.where(band, share, before).astype(np.float32)
    return np.where(band, share > 0.5, bits)
