"""Outlines of masks along the edges of their pixels, for drawing."""

import math

import numpy as np
from numpy.typing import NDArray

from engine.masks import reduce
from engine.masks.box import NOTHING, Box, contains, grow, intersect
from engine.masks.mask import Mask
from engine.masks.tiles import Bits

Outline = NDArray[np.float32]


def outlines(mask: Mask, box: Box | None = None, scale: float = 1.0) -> list[Outline]:
    """The closed outlines of ``mask``, holes among them, as one sees it at ``scale``.

    At 1 and above they run exactly along pixel edges. Below, they are those of the mask at the
    level whose pixels are at most one screen pixel wide, where thin objects are kept whole.
    Outlines of masks that lie in the box are remembered with the mask.

    Args:
        mask: what to outline.
        box: the part that is seen, in image pixels. A mask that reaches far beyond it is cut a
            little outside of it, so what is drawn in the box is right. None means all.
        scale: screen pixels for an image pixel, above 0.

    Returns:
        For each outline float32 (n, 2), the (x, y) of its corners in image pixels, the last not
        repeating the first. Where two pixels touch only at a corner it goes round both.
    """
    step = step_at(scale)
    if not mask or (box is not None and intersect(mask.box, box) is None):
        return []
    around = None if box is None else grow(box, 2 * step)
    if around is None or mask.crop is not None or contains(around, mask.box):
        key = "outlines", step
        if key not in mask.memo:
            mask.memo[key] = _trace(mask, mask.box, step)
        known: list[Outline] = mask.memo[key]
        return known
    return _trace(mask, intersect(around, mask.box) or NOTHING, step)


def step_at(scale: float) -> int:
    """Image pixels to a drawn pixel at ``scale``: the power of two at or below 1 / scale."""
    if scale <= 0:
        raise ValueError(f"a scale is above 0, got {scale}")
    return 1 if scale >= 1 else min(reduce.COARSEST, 1 << int(math.log2(1 / scale) + 1e-9))


def _trace(mask: Mask, box: Box, step: int) -> list[Outline]:
    bits, left, top = reduce.read(mask, box, step)
    corner = np.array((left, top), np.float32)
    return [(ring + corner) * np.float32(step) for ring in rings(bits)]


def rings(bits: Bits) -> list[Outline]:
    """The outlines of ``bits``, bool (h, w), as corners (x, y) counted from its corner.

    OpenCV walks round the outermost pixels, from centre to centre, with the outside to the right.
    Between the pixel it came from and the one it goes to, every side of a pixel that the walk
    passes is an edge; the corners these sides begin at, in turn, are the outline.
    """
    import cv2

    found, _ = cv2.findContours(bits.view(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    if not found:
        return []
    walk = np.concatenate(found).reshape(-1, 2)
    lengths = np.array([len(one) for one in found])
    step = walk[_after(lengths)] - walk
    ahead = _DIRECTION[step[:, 1] + 1, step[:, 0] + 1]
    behind = ahead[_before(lengths)]
    passed = _SIDES[behind, ahead]
    corners = (walk[:, None] + _CORNERS[passed])[passed >= 0]
    sides = np.add.reduceat((passed >= 0).sum(1), np.cumsum(lengths) - lengths)
    return _turns(corners, sides)


def _turns(corners: NDArray[np.int64], lengths: NDArray[np.int64]) -> list[Outline]:
    """The rings, given one after the other by their lengths, without points between two others."""
    here = corners - corners[_before(lengths)]
    there = corners[_after(lengths)] - corners
    turns = (here[:, 0] != there[:, 0]) | (here[:, 1] != there[:, 1])
    kept = np.add.reduceat(turns, np.cumsum(lengths) - lengths, dtype=np.int64)
    points = corners[turns].astype(np.float32)
    ends = np.cumsum(kept).tolist()
    return [points[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]


def _after(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """For points of closed rings, one ring after the other: the place of the next point."""
    ends = np.cumsum(lengths)
    after = np.arange(1, ends[-1] + 1)
    after[ends - 1] = ends - lengths
    return after


def _before(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Likewise, the place of the point before."""
    ends = np.cumsum(lengths)
    before = np.arange(-1, ends[-1] - 1)
    before[ends - lengths] = ends - 1
    return before


def _passed() -> NDArray[np.int64]:
    """(9, 9, 4): the sides passed by a walk that came and goes in these directions, then -1.

    Directions count against the clock from east, 0–7; 8 is a pixel alone, which has all four.
    Sides are numbered in the order they are passed: west 0, south 1, east 2, north 3.
    """
    side_of = {4: 0, 6: 1, 0: 2, 2: 3}
    out = np.full((9, 9, 4), -1)
    out[8, 8] = range(4)
    for came in range(8):
        for goes in range(8):
            back = came + 4
            turned = (goes - back) % 8 or 8
            between = [(back + k) % 8 for k in range(1, turned)]
            sides = [side_of[d] for d in between if d in side_of]
            out[came, goes, : len(sides)] = sides
    return out


_DIRECTION = np.array([[3, 2, 1], [4, 8, 0], [5, 6, 7]])  # by step down + 1, step right + 1
_SIDES = _passed()
_CORNERS = np.array([(0, 0), (0, 1), (1, 1), (1, 0)])  # (x, y) where west, south, … begin
