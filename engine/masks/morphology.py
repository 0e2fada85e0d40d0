"""Grow, shrink, open, close and smooth masks, by exact discs.

A disc of radius r holds the pixels whose centre is at most r away: dx² + dy² ≤ r². The edge of the
image is not an edge of what is in it: nothing grows beyond it, and nothing shrinks away from it.
"""

import math

import numpy as np
from numpy.typing import NDArray

from engine.masks.blocks import Check, mapped, no_check
from engine.masks.box import Box
from engine.masks.mask import Mask
from engine.masks.tiles import Bits


def grow(mask: Mask, radius: int, size: tuple[int, int], check: Check = no_check) -> Mask:
    """The pixels of the image at most ``radius`` away from the mask.

    Args:
        mask: inside the image.
        radius: of the disc, whole pixels; 0 changes nothing.
        size: (height, width) of the image.
        check: see ``blocks.Check``.
    """
    if radius <= 0:
        return mask
    farthest = _between(radius)

    def work(bits: Bits, outer: Box, inner: Box) -> Bits:
        return _cut(_distance(~bits) < farthest, outer, inner)

    return mapped(mask, radius, size, work, check)


def shrink(mask: Mask, radius: int, size: tuple[int, int], check: Check = no_check) -> Mask:
    """The pixels of the mask more than ``radius`` away from every pixel of the image beside it.

    See ``grow`` for the arguments.
    """
    if radius <= 0:
        return mask
    nearest = _between(radius)

    def work(bits: Bits, outer: Box, inner: Box) -> Bits:
        return _cut(_distance(bits) > nearest, outer, inner)

    return mapped(mask, radius, size, work, check)


def opened(mask: Mask, radius: int, size: tuple[int, int], check: Check = no_check) -> Mask:
    """The mask without what is too thin to hold a disc; see ``grow`` for the arguments."""
    return grow(shrink(mask, radius, size, check), radius, size, check)


def closed(mask: Mask, radius: int, size: tuple[int, int], check: Check = no_check) -> Mask:
    """The mask with gaps bridged that cannot hold a disc; see ``grow`` for the arguments."""
    return shrink(grow(mask, radius, size, check), radius, size, check)


def smooth(mask: Mask, radius: int, size: tuple[int, int], check: Check = no_check) -> Mask:
    """Each pixel becomes what most pixels of the disc around it are.

    Pixels outside the image have no vote; at a tie a pixel stays what it is. See ``grow`` for the
    arguments.
    """
    if radius <= 0:
        return mask

    def work(bits: Bits, outer: Box, inner: Box) -> Bits:
        return _majority(bits, outer, inner, radius)

    return mapped(mask, radius, size, work, check)


def _between(radius: int) -> float:
    """A distance that parts the disc from what is outside: squares of distances are whole."""
    return math.sqrt(radius * radius + 0.5)


def _distance(bits: Bits) -> NDArray[np.float32]:
    """Distance of each set pixel to the nearest unset one; far where there is none.

    Exact (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", 2012).
    """
    import cv2

    cells = np.ascontiguousarray(bits).view(np.uint8)
    return np.asarray(cv2.distanceTransform(cells, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)


def _cut(bits: Bits, outer: Box, inner: Box) -> Bits:
    rows = slice(inner[1] - outer[1], inner[3] - outer[1])
    return bits[rows, inner[0] - outer[0] : inner[2] - outer[0]]


def _majority(bits: Bits, outer: Box, inner: Box, radius: int) -> Bits:
    """Row by row of the disc, by running sums, so that the cost grows with the radius alone."""
    shape = inner[3] - inner[1], inner[2] - inner[0]
    padded = np.zeros((2, shape[0] + 2 * radius, shape[1] + 2 * radius), np.bool_)
    top, left = outer[1] - inner[1] + radius, outer[0] - inner[0] + radius
    rows, columns = slice(top, top + bits.shape[0]), slice(left, left + bits.shape[1])
    padded[0, rows, columns], padded[1, rows, columns] = bits, True
    votes = _in_disc(padded[0], shape, radius)
    voters = _in_disc(padded[1], shape, radius)
    votes *= 2
    return np.where(votes == voters, _cut(bits, outer, inner), votes > voters)


def _in_disc(padded: Bits, shape: tuple[int, int], radius: int) -> NDArray[np.int32]:
    """How many are set in the disc around each pixel; ``padded`` has ``radius`` more all around."""
    if padded.all():
        disc = sum(2 * math.isqrt(radius**2 - down**2) + 1 for down in range(-radius, radius + 1))
        return np.full(shape, disc, np.int32)
    sums = np.zeros((padded.shape[0], padded.shape[1] + 1), np.int32)
    np.cumsum(padded, axis=1, out=sums[:, 1:])
    found = np.zeros(shape, np.int32)
    for down in range(-radius, radius + 1):
        reach = math.isqrt(radius**2 - down**2)
        line = sums[radius + down : radius + down + shape[0]]
        found += line[:, radius + reach + 1 : radius + reach + 1 + shape[1]]
        found -= line[:, radius - reach : radius - reach + shape[1]]
    return found
