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
from engine.masks.contours import outlines
from engine.masks.mask import Mask

Points = NDArray[np.float64]

MAX_ROWS = 20_000_000
"""Rows that one outline may cross in all; each takes some 50 bytes while it is drawn."""

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


def draw(rings: Sequence[Any], size: tuple[int, int], report: Report, where: str) -> Mask | None:
    """The pixels of an object given by its outline and those of its holes.

    Args:
        rings: Each a list of points; counted together by the even-odd rule.
        size: (height, width) of the image.
        report: Takes what is left out.
        where: The object's name in the report.

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
        report.add("empty mask", where)
        return None
    if any(_leaves(points, size) for points in kept):
        report.add("beyond", where)
    return mask


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


def one_ring(mask: Mask) -> Points:
    """A mask as one closed ring along the edges of its pixels, (n, 2) of (x, y).

    Holes and further parts are joined by bridges without width.
    """
    rings = [ring.astype(np.float64) for ring in outlines(mask)]
    if not rings:
        return np.zeros((0, 2))
    rings.sort(key=lambda ring: -len(ring))
    if len(rings) <= NEAREST:
        whole = rings[0]
        for ring in rings[1:]:
            whole = _joined(whole, ring)
        return whole
    rings.sort(key=lambda ring: (float(ring[:, 1].min()), float(ring[:, 0].min())))
    return _chained(rings)


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
