"""Polygons of other programs: read with care, and written so that they are exact.

An outline runs along the edges of pixels and is drawn by the centres of pixels, by the even-odd
rule, so that an outline that was written here comes back as the same pixels. Formats with one
ring for an object get its rings joined by bridges: a way there and the same way back, which
cancel by the even-odd rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formats.coco_shapes import FAR, MAX_POINTS
from engine.formats.report import Report
from engine.masks import raster
from engine.masks.components import components
from engine.masks.contours import outlines
from engine.masks.mask import Mask

Points = NDArray[np.float64]

MAX_ROWS = 20_000_000
"""Rows that one outline may cross in all; each takes some 50 bytes while it is drawn."""

MOST_PARTS = 1000
"""Parts of a region that get outlines of their own."""

MAX_THIN = 4_000_000
"""Pixels of the box in which the line of an outline is painted."""

NEAREST = 64
"""Rings up to which each is joined at the nearest corners; beyond, in the order of their tops."""


def points_of(value: Any, report: Report, where: str) -> Points | None:
    """A list of [x, y] pairs, or of numbers x, y, x, y …, as (n, 2); None where it is none."""
    if not isinstance(value, list | tuple) or len(value) > MAX_POINTS:
        report.add("bad polygon", where)
        return None
    try:
        points = np.array(value, np.float64)
    except (TypeError, ValueError, OverflowError):
        report.add("bad polygon", where)
        return None
    if points.ndim == 1 and len(points) % 2 == 0:
        points = points.reshape(-1, 2)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        report.add("odd polygon" if points.ndim == 1 else "bad polygon", where)
        return None
    return points


def draw(
    rings: Sequence[Any], size: tuple[int, int], report: Report, where: str, *, thin: bool = False
) -> Mask | None:
    """The pixels of an object given by its outline and those of its holes.

    Args:
        rings: Each a list of points; counted together by the even-odd rule.
        size: (height, width) of the image.
        report: Takes what is left out.
        where: The object's name in the report.
        thin: Take the pixels that an outline runs through where it goes round no pixel's centre,
            for formats whose own programs paint the line too.

    Returns:
        None where nothing is to be drawn, which the report says.
    """
    kept = []
    for ring in rings:
        points = points_of(ring, report, where)
        if points is None:
            continue
        if len(points) < 3:
            report.add("short polygon", where)
        elif _too_far(points, size):
            report.add("far polygon", where)
        else:
            kept.append(points)
    if not kept:
        return None
    mask = raster.polygons(kept, size)
    if not mask:
        mask = _painted(kept, size) if thin else mask
        report.add("thin" if mask else "empty mask", where)
        return mask or None
    if any(_leaves(points, size) for points in kept):
        report.add("beyond", where)
    return mask


def _painted(rings: Sequence[Points], size: tuple[int, int]) -> Mask:
    """The pixels that outlines run through; none of those that leave the image or are too long."""
    points = np.concatenate(rings)
    if _leaves(points, size):
        return Mask.EMPTY
    import cv2

    most = np.array([size[1], size[0]]) - 1
    # Shares of a side that were rounded in the file may fall a hair short of a whole number.
    corners = [np.floor(ring + 0.001).astype(np.int64).clip(0, most) for ring in rings]
    (left, top), (right, bottom) = (f(np.concatenate(corners), axis=0) for f in (np.min, np.max))
    width, height = int(right - left) + 1, int(bottom - top) + 1
    if width * height > MAX_THIN:
        return Mask.EMPTY
    bits = np.zeros((height, width), np.uint8)
    cv2.fillPoly(bits, [(ring - (left, top)).astype(np.int32) for ring in corners], 1)
    return Mask.from_bits(bits > 0, int(left), int(top))


def placed(
    bits: NDArray[np.bool_], left: int, top: int, size: tuple[int, int], report: Report, where: str
) -> Mask | None:
    """The pixels of a bitmap whose upper left corner lies at (left, top), inside the image.

    Returns:
        None where none is set, which the report says.
    """
    drawn = Mask.from_bits(bits, left, top)
    mask = drawn.clip((0, 0, size[1], size[0]))
    if not mask:
        report.add("empty mask", where)
        return None
    if mask.area < drawn.area:
        report.add("beyond", where)
    return mask


SLACK = 1.0
"""Pixels by which programs draw beyond an image without meaning it."""


def _leaves(points: Points, size: tuple[int, int]) -> bool:
    """Whether an outline reaches clearly beyond the image."""
    low, high = points.min(axis=0), points.max(axis=0)
    return bool((low < -SLACK).any() or (high > np.array(size[::-1]) + SLACK).any())


def _too_far(points: Points, size: tuple[int, int]) -> bool:
    sides = np.array([size[1], size[0]])
    if ((points < -FAR * sides) | (points > (FAR + 1) * sides)).any():
        return True
    rows = np.abs(points[:, 1] - np.roll(points[:, 1], 1))
    return float(rows.sum()) > MAX_ROWS


def box_points(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    """The corners of a box."""
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def ellipse_points(x: float, y: float, across: float, down: float, count: int = 256) -> Points:
    """Corners of an ellipse around (x, y) with these half axes."""
    angle = np.arange(count) * (2 * np.pi / count)
    return np.stack([x + across * np.cos(angle), y + down * np.sin(angle)], axis=1)


def rotated(points: Points, degrees: float, around: tuple[float, float]) -> Points:
    """Points turned clockwise on the screen."""
    angle = np.deg2rad(degrees)
    turning = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned: Points = (points - around) @ turning + around
    return turned


INSET = 0.05
"""Pixels by which an outline lies within its pixels' edges, so that a corner cut down to whole
numbers names a pixel of the mask. OpenCV's fillPoly and Pillow's polygon, which then paint the line
itself too, so paint just the mask; by the centres of pixels nothing changes."""


def parts_of(mask: Mask) -> list[Mask]:
    """The parts of a region, which may have an outline each, for it is no single object.

    The mask itself where they are so many that putting them together again would take long.
    """
    found = components(mask)
    return found if len(found) <= MOST_PARTS else [mask]


def one_ring(mask: Mask, inset: float = 0.0) -> Points:
    """A mask as one closed ring along the edges of its pixels, (n, 2) of (x, y).

    Holes and further parts are joined by bridges without width.

    Args:
        mask: The pixels.
        inset: How far within the edges it runs, below 0.5 pixels; see `INSET`.
    """
    rings = [ring.astype(np.float64) for ring in outlines(mask)]
    if not rings:
        return np.zeros((0, 2))
    if inset:
        bits = mask.read(mask.box)
        rings = [_drawn_in(ring, bits, mask.box[:2], inset) for ring in rings]
    rings.sort(key=lambda ring: -len(ring))
    if len(rings) <= NEAREST:
        whole = rings[0]
        for ring in rings[1:]:
            whole = _joined(whole, ring)
        return whole
    rings.sort(key=lambda ring: (float(ring[:, 1].min()), float(ring[:, 0].min())))
    return _chained(rings)


def _drawn_in(
    ring: Points, bits: NDArray[np.bool_], corner: tuple[int, int], inset: float
) -> Points:
    """An outline moved towards the mask, which lies on its left (see `contours.rings`).

    Where two pixels touch only at a corner, the corner moved would lie in neither; the outline
    then goes from the inner corner of the one to that of the other.
    """
    ahead = np.sign(np.roll(ring, -1, axis=0) - ring)
    behind = np.roll(ahead, 1, axis=0)
    left_ahead, left_behind = ahead[:, ::-1] * (1, -1), behind[:, ::-1] * (1, -1)
    moved = ring + inset * (left_behind + left_ahead)
    columns, rows = (np.floor(moved).astype(np.int64) - corner).T
    apart = ~bits[rows.clip(0, len(bits) - 1), columns.clip(0, bits.shape[1] - 1)]
    leaving = ring + inset * (left_behind - behind)
    coming = ring + inset * (left_ahead + ahead)
    pairs = np.stack([np.where(apart[:, None], leaving, moved), coming], axis=1)
    kept = np.stack([np.ones_like(apart), apart], axis=1)
    return np.asarray(pairs[kept], np.float64)


def _joined(whole: Points, ring: Points) -> Points:
    """`ring` put into `whole` at the corners that are nearest to each other."""
    step = max(1, len(whole) // 2048)  # a bridge may be a little longer, but not slow to find
    sparse, other = whole[::step], ring[:: max(1, len(ring) // 2048)]
    gaps = ((sparse[:, None] - other[None]) ** 2).sum(axis=2)
    at, begin = np.unravel_index(int(gaps.argmin()), gaps.shape)
    place = int(at) * step
    start = int(begin) * max(1, len(ring) // 2048)
    turned = np.roll(ring, -start, axis=0)
    return np.concatenate(
        [whole[: place + 1], turned, turned[:1], whole[place : place + 1], whole[place + 1 :]]
    )


def _chained(rings: list[Points]) -> Points:
    """All rings one after the other, and back by the same bridges."""
    there = [np.concatenate([ring, ring[:1]]) for ring in rings]
    back = [ring[:1] for ring in reversed(rings[:-1])]
    return np.concatenate([*there, *back])
