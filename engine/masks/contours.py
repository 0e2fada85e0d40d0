"""Outlines of masks along the edges of their pixels, for drawing."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.masks import reduce
from engine.masks.box import NOTHING, Box, contains, grow, intersect
from engine.masks.mask import Mask
from engine.masks.reduce import step_at
from engine.masks.tiles import Bits

__all__ = ["Outline", "outlines", "prepare", "rings", "step_at"]

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
            mask.memo[key] = _trace([(mask, mask.box)], step)[0]
        known: list[Outline] = mask.memo[key]
        return known
    return _trace([(mask, intersect(around, mask.box) or NOTHING)], step)[0]


def prepare(masks: Iterable[Mask], scale: float = 1.0) -> None:
    """Remember the outlines of many small masks at once, at half the cost of one by one.

    Masks kept as tiles are left out: which part of those is seen matters more.
    """
    step = step_at(scale)
    fresh = {id(m): m for m in masks if m.crop is not None and ("outlines", step) not in m.memo}
    traced = _trace([(mask, mask.box) for mask in fresh.values()], step)
    for mask, found in zip(fresh.values(), traced, strict=True):
        mask.memo["outlines", step] = found


def _trace(seen: Sequence[tuple[Mask, Box]], step: int) -> list[list[Outline]]:
    """The outlines of each mask within its box."""
    levels = [reduce.read(mask, box, step) for mask, box in seen]
    corners = [np.array((left, top), np.float32) for _, left, top in levels]
    unit = np.float32(step)
    return [
        [(ring + corner) * unit for ring in found]
        for found, corner in zip(rings([bits for bits, _, _ in levels]), corners, strict=True)
    ]


def rings(pictures: Sequence[Bits]) -> list[list[Outline]]:
    """For each picture, bool (h, w), its outlines as corners (x, y) counted from its own corner.

    OpenCV walks round the outermost pixels, from centre to centre, with the outside to the right.
    Between the pixel it came from and the one it goes to, every side of a pixel that the walk
    passes is an edge; the corners these sides begin at, in turn, are the outline.
    """
    import cv2

    walks: list[NDArray[np.int32]] = []
    counts = [0]
    for bits in pictures:
        found, _ = cv2.findContours(bits.view(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        walks.extend(found)
        counts.append(len(walks))
    if not walks:
        return [[] for _ in pictures]
    walk = np.concatenate(walks).reshape(-1, 2)
    lengths = np.array([len(one) for one in walks])
    step = walk[_after(lengths)] - walk
    ahead = _DIRECTION[3 * step[:, 1] + step[:, 0] + 4]
    turn = 9 * ahead[_before(lengths)] + ahead
    sides = _HOW_MANY[turn]
    which = np.repeat(np.arange(turn.size), sides)
    nth = np.arange(which.size) - (np.cumsum(sides) - sides)[which]
    corners = walk[which] + _CORNERS[_SIDES[4 * turn[which] + nth]]
    found_rings = _turns(corners, np.add.reduceat(sides, np.cumsum(lengths) - lengths))
    return [found_rings[a:b] for a, b in pairwise(counts)]


def _turns(corners: NDArray[np.int32], lengths: NDArray[np.int64]) -> list[Outline]:
    """The rings, given one after the other by their lengths, without points between two others."""
    here = corners - corners[_before(lengths)]
    there = corners[_after(lengths)] - corners
    turns = (here[:, 0] != there[:, 0]) | (here[:, 1] != there[:, 1])
    kept = np.add.reduceat(turns, np.cumsum(lengths) - lengths, dtype=np.int64)
    points = corners[turns].astype(np.float32)
    ends = np.cumsum(kept).tolist()
    return [points[a:b] for a, b in pairwise([0, *ends])]


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


def _passed() -> list[list[int]]:
    """The sides passed by a walk that came in direction c and goes in direction g, at 9 c + g.

    Directions count against the clock from east, 0–7; 8 is a pixel alone, which has all four.
    Sides are numbered in the order they are passed: west 0, south 1, east 2, north 3.
    """
    side_of = {4: 0, 6: 1, 0: 2, 2: 3}
    out: list[list[int]] = [[] for _ in range(81)]
    out[80] = [0, 1, 2, 3]
    for came in range(8):
        for goes in range(8):
            back = came + 4
            turned = (goes - back) % 8 or 8
            between = [(back + k) % 8 for k in range(1, turned)]
            out[9 * came + goes] = [side_of[d] for d in between if d in side_of]
    return out


_DIRECTION = np.array([3, 2, 1, 4, 8, 0, 5, 6, 7])  # by 3 × step down + step right + 4
_HOW_MANY = np.array([len(sides) for sides in _passed()])
_SIDES = np.array([(sides + [0] * 4)[:4] for sides in _passed()]).ravel()
_CORNERS = np.array([(0, 0), (0, 1), (1, 1), (1, 0)], np.int32)  # where west, south, … begin
