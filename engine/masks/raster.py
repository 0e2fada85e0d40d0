"""Shapes to pixels, exactly: a pixel belongs to a shape when its centre does.

Places are rounded to 1/64 pixel first, and from there on everything is integer arithmetic, so a
shape has one answer on every machine, neighbouring shapes with a common edge neither overlap nor
leave a gap, and the pixels of a row can be computed as runs instead of being tried one by one.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.masks.box import Box, clip
from engine.masks.mask import Mask
from engine.masks.spans import Ints, Spans, to_mask

Point = tuple[float, float]

UNITS: Final = 64
"""Steps to a pixel that places are rounded to."""

PENCIL: Final = 46 / UNITS
"""Radii below this (the first beyond half a pixel's diagonal) draw lines one pixel wide."""

_Whole = TypeVar("_Whole", int, Ints)

_FARTHEST = float(1 << 22)  # pixels; keeps every product below 2^62
_LARGEST = float(1 << 16)
_NONE = 1 << 40


def rectangle(box: Box, size: tuple[int, int]) -> Mask:
    """The pixels of ``box`` inside an image of ``size`` (height, width)."""
    inside = clip(box, size)
    return Mask.rectangle(inside) if inside else Mask.EMPTY


def disc(centre: Point, radius: float, size: tuple[int, int]) -> Mask:
    """The pixels whose centre is within ``radius`` of ``centre``; see ``capsule``."""
    return capsule(centre, centre, radius, size)


def capsule(start: Point, stop: Point, radius: float, size: tuple[int, int]) -> Mask:
    """What a round tip covers on its way from ``start`` to ``stop``.

    These are the pixels whose centre is within ``radius`` of the segment, all of them rounded to
    1/64 pixel; equality counts as within. A ``radius`` under ``PENCIL`` could fall between
    pixel centres, so there both ends move to the centre of their pixel and the radius is 1/2:
    the thinnest unbroken line.

    Args:
        start: (x, y) in image pixels.
        stop: likewise; may equal ``start``.
        radius: in pixels, up to 65,536.
        size: (height, width) of the image; what falls outside is cut off.

    Returns:
        The mask. Cost: the runs of its rows, and the tiles its edge passes through.

    Raises:
        ValueError: a coordinate or the radius is too large or not a number.
    """
    return to_mask(_runs(_Capsule.of(start, stop, radius), size))


class _Capsule(NamedTuple):
    """A capsule in units: whole numbers, small enough for every product to stay below 2^62."""

    start: tuple[int, int]
    stop: tuple[int, int]
    radius: int

    @classmethod
    def of(cls, start: Point, stop: Point, radius: float) -> "_Capsule":
        near = all(abs(value) <= _FARTHEST for value in (*start, *stop))  # false for NaN
        if not (near and 0 <= radius <= _LARGEST):
            raise ValueError(f"no capsule from {start} to {stop} with radius {radius}")
        if radius < PENCIL:
            start, stop, radius = _centre(start), _centre(stop), 0.5
        (x0, y0), (x1, y1) = start, stop
        ends = (round(x0 * UNITS), round(y0 * UNITS)), (round(x1 * UNITS), round(y1 * UNITS))
        return cls(*ends, round(radius * UNITS))


def _runs(shape: _Capsule, size: tuple[int, int]) -> Spans:
    """The one run of each row of the image that the capsule covers."""
    (_, y0), (_, y1) = shape.start, shape.stop
    top = max(0, _first(min(y0, y1) - shape.radius))
    bottom = min(size[0], _last(max(y0, y1) + shape.radius) + 1)
    rows = np.arange(top, max(top, bottom))
    low, high = _reach(rows * UNITS + UNITS // 2, shape)
    starts = np.maximum(_first(low), 0)
    stops = np.minimum(_last(high) + 1, size[1])
    kept = starts < stops
    return Spans(rows[kept], starts[kept], stops[kept])


def _centre(point: Point) -> Point:
    return math.floor(point[0]) + 0.5, math.floor(point[1]) + 0.5


def _first(units: _Whole) -> _Whole:
    """The first pixel whose centre is at or after ``units``."""
    return -((UNITS // 2 - units) // UNITS)


def _last(units: _Whole) -> _Whole:
    """The last pixel whose centre is at or before ``units``."""
    return (units - UNITS // 2) // UNITS


def _reach(y: Ints, shape: _Capsule) -> tuple[Ints, Ints]:
    """The x a capsule runs from and to at each ``y``, both included; nothing where from > to.

    All in units. A capsule is two discs and the rectangle between them, and its part of a row is
    one run because it is convex, so the run reaches from the least start to the greatest stop.
    """
    (x0, y0), (x1, y1), r = shape
    low, high = _round_part(y, shape.start, r)
    if shape.start == shape.stop:
        return low, high
    dx, dy = x1 - x0, y1 - y0
    length = dx * dx + dy * dy
    # beside the segment: 0 <= (p - start)·d <= d·d and |(p - start) × d| <= r |d|
    along = _solve(dx, dy * (y - y0), 0, length)
    reach = math.isqrt(r * r * length)
    across = _solve(-dy, dx * (y - y0), -reach, reach)
    between = np.maximum(along[0], across[0]) + x0, np.minimum(along[1], across[1]) + x0
    for part_low, part_high in (_round_part(y, shape.stop, r), between):
        there = part_low <= part_high
        low = np.where(there, np.minimum(low, part_low), low)
        high = np.where(there, np.maximum(high, part_high), high)
    return low, high


def _round_part(y: Ints, centre: tuple[int, int], r: int) -> tuple[Ints, Ints]:
    rest = r * r - (y - centre[1]) ** 2
    half = np.sqrt(np.maximum(rest, 0)).astype(np.int64)  # below 2^52: the floor is exact
    none = rest < 0
    return np.where(none, _NONE, centre[0] - half), np.where(none, -_NONE, centre[0] + half)


def _solve(factor: int, offset: Ints, low: int, high: int) -> tuple[Ints, Ints]:
    """The first and last whole x with ``low <= factor * x + offset <= high``."""
    if factor == 0:
        fits = (low <= offset) & (offset <= high)
        return np.where(fits, -_NONE, _NONE), np.where(fits, _NONE, -_NONE)
    if factor < 0:
        factor, offset, low, high = -factor, -offset, -high, -low
    return -((offset - low) // factor), (high - offset) // factor


class Stroke:
    """The tip of a brush on its way: each step answers only what it covers anew.

    A mouse sends many steps that overlap almost wholly. The part of a step that lies under the
    tip where the last step ended is left out, so little is touched and redrawn; added up, the
    answers are the union of the whole capsules.
    """

    def __init__(self, radius: float, size: tuple[int, int]) -> None:
        """Begin above the image.

        Args:
            radius: of the tip, in image pixels; see ``capsule``.
            size: (height, width) of the image.
        """
        self.radius = radius
        self.size = size
        self._at: Point | None = None

    def to(self, point: Point) -> Mask:
        """Move to (x, y); what the tip covers on the way that it did not cover before it left.

        The first call touches down: it answers the disc there.
        """
        way = _Capsule.of(self._at or point, point, self.radius)
        runs = _runs(way, self.size)
        if self._at is not None:
            runs = _without_start(runs, way)
        self._at = point
        return to_mask(runs)


def _without_start(runs: Spans, way: _Capsule) -> Spans:
    """What is left of each row, before and behind the tip where the way begins."""
    low, high = _round_part(runs.lines * UNITS + UNITS // 2, way.start, way.radius)
    there = low <= high
    starts = np.stack([runs.starts, np.where(there, _last(high) + 1, runs.stops)], axis=1)
    stops = np.stack([np.where(there, _first(low), runs.stops), runs.stops], axis=1)
    starts[:, 1] = np.maximum(starts[:, 1], runs.starts)
    stops[:, 0] = np.minimum(stops[:, 0], runs.stops)
    kept = starts < stops
    lines = np.broadcast_to(runs.lines[:, None], kept.shape)
    return Spans(lines[kept], starts[kept], stops[kept])


def polygon(points: NDArray[np.floating] | Sequence[Point], size: tuple[int, int]) -> Mask:
    """The pixels whose centre is inside the closed polygon, by the even-odd rule.

    Args:
        points: (n, 2) of (x, y) in image pixels, not repeated at the end; rounded to 1/64. Where
            the outline crosses itself, places inside an even number of times are outside.
        size: (height, width) of the image; what falls outside is cut off.

    Raises:
        ValueError: a coordinate is too large or not a number, or the shape is not (n, 2).
    """
    return polygons([points], size)


def polygons(
    rings: Sequence[NDArray[np.floating] | Sequence[Point]], size: tuple[int, int]
) -> Mask:
    """Like ``polygon`` for several outlines counted together, so that inner ones are holes."""
    edges = [_edges(ring) for ring in rings]
    crossings = _crossings(np.concatenate(edges), size) if edges else np.zeros((2, 0), np.int64)
    rows, columns = crossings
    order = np.lexsort((columns, rows))  # each row is crossed an even number of times
    rows, columns = rows[order], columns[order]
    starts, stops = columns[0::2], columns[1::2]
    kept = starts < stops
    return to_mask(Spans(rows[0::2][kept], starts[kept], stops[kept]))


def _edges(ring: NDArray[np.floating] | Sequence[Point]) -> Ints:
    """(n, 4) of x0, y0, x1, y1 in units with y0 < y1; level edges cross no row and are dropped."""
    points = np.asarray(ring, np.float64)
    if points.size == 0:
        return np.zeros((0, 4), np.int64)
    if points.ndim != 2 or points.shape[1] != 2 or not np.all(np.abs(points) <= _FARTHEST):
        raise ValueError("a polygon is (n, 2) numbers within the image's reach")
    here = np.rint(points * UNITS).astype(np.int64)
    edges = np.concatenate([here, np.roll(here, -1, axis=0)], axis=1)
    edges = np.where((edges[:, 1] > edges[:, 3])[:, None], edges[:, [2, 3, 0, 1]], edges)
    return np.asarray(edges[edges[:, 1] < edges[:, 3]])


def _crossings(edges: Ints, size: tuple[int, int]) -> Ints:
    """(2, n): row and first pixel at or after each place where an edge crosses a row of centres.

    An edge crosses the rows with y0 <= centre < y1, so a corner counts once.
    """
    x0, y0, x1, y1 = edges.T
    top = np.clip(_first(y0), 0, size[0])
    rows_each = np.clip(_first(y1), 0, size[0]) - top
    which = np.repeat(np.arange(len(edges)), rows_each)
    begun = np.cumsum(rows_each) - rows_each
    rows = np.arange(which.size) - begun[which] + top[which]
    x0, y0, dx, dy = x0[which], y0[which], (x1 - x0)[which], (y1 - y0)[which]
    centre = rows * UNITS + UNITS // 2
    # centre of column i at or right of x0 + (centre - y0) dx / dy, with dy > 0
    columns = -(((UNITS // 2 - x0) * dy - (centre - y0) * dx) // (UNITS * dy))
    return np.stack([rows, np.clip(columns, 0, size[1])])
