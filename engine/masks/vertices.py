"""Handles on the outlines of a mask: few enough to be taken hold of, on outlines that stay exact.

A handle is a point of the outline. Between two handles the outline keeps every detail it has, so
that handles say where to take hold and never what the mask is.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.masks import reduce
from engine.masks.box import Box, contains, grow, intersect
from engine.masks.contours import Outline, rings
from engine.masks.handles import Places, Points, few, filled, following
from engine.masks.mask import Mask
from engine.masks.raster import UNITS

Flags = NDArray[np.bool_]

FARTHEST = 2000.0
"""Image pixels of outline from one handle to the next, at most, where the outline that is drawn
is not the exact one: that is looked at pixel by pixel when a handle is moved."""

SMALLEST = 8.0
"""Screen pixels; a smaller outline has no handles."""

_MOST_BETWEEN = 64  # kept places between two points that are looked for on the lines

_NOISY = 60_000  # changes along rows from which a coarser level is looked at


class Path(NamedTuple):
    """The outline from one handle past a second to a third, which is what the second moves.

    Attributes:
        points: (n, 2) of (x, y) in image pixels.
        at: place of the middle handle.
    """

    points: Points
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Vertices:
    """The outlines of a mask, one after the other, and their handles.

    Attributes:
        points: (n, 2) of (x, y), image pixels; outlines are closed, the last point of one does
            not repeat its first.
        ring: for each point the number of its outline, ascending.
        handles: places in ``points``, ascending.
        cut: for each point whether it lies where the view cuts the mask off; nothing moves there.
        step: image pixels to a pixel of the level that was looked at; from 2 on the points are
            near the mask's outlines and not on them.
    """

    points: Points
    ring: Places
    handles: Places
    cut: Flags
    step: int

    @property
    def corners(self) -> Points:
        """Where the handles are, (k, 2)."""
        return self.points[self.handles]

    @property
    def movable(self) -> Flags:
        """Which of them can be moved."""
        return ~self.cut[self.handles]

    def near(self, x: float, y: float, reach: float) -> int | None:
        """Number of the movable handle nearest to a place, within ``reach`` image pixels."""
        apart = np.hypot(*(self.corners - (x, y)).T)
        apart[~self.movable] = np.inf
        if not apart.size or float(apart.min()) > reach:
            return None
        return int(apart.argmin())

    def on_line(self, x: float, y: float, reach: float) -> tuple[int, tuple[float, float]] | None:
        """The place on an outline nearest to (x, y), within ``reach`` image pixels.

        Returns:
            The point that the place comes after, and the place; None where no outline is near.
        """
        if not len(self.points):
            return None
        start, way = self.points, self.points[self._after()] - self.points
        length = np.maximum((way**2).sum(1), 1e-12)
        along = np.clip((((x, y) - start) * way).sum(1) / length, 0, 1)
        there = start + along[:, None] * way
        apart = np.hypot(*(there - (x, y)).T)
        apart[self.cut & self.cut[self._after()]] = np.inf
        best = int(apart.argmin())
        if float(apart[best]) > reach:
            return None
        x, y = (np.rint(there[best] * UNITS) / UNITS).tolist()
        return best, (x, y)

    def with_handle(self, after: int, at: tuple[float, float]) -> tuple["Vertices", int]:
        """With one more handle, on the line behind the point ``after``; and its number."""
        start, stop = self.points[after], self.points[self._after()[after]]
        for place, point in ((after, start), (int(self._after()[after]), stop)):
            if np.abs(point - at).max() <= 0.5 * self.step:  # a slanted edge has no better place
                handles = np.union1d(self.handles, [place])
                return replace(self, handles=handles), int(np.searchsorted(handles, place))
        place = after + 1
        handles = np.where(self.handles > after, self.handles + 1, self.handles)
        handles = np.union1d(handles, [place])
        more = Vertices(
            np.insert(self.points, place, at, axis=0),
            np.insert(self.ring, place, self.ring[after]),
            handles,
            np.insert(self.cut, place, False),
            self.step,
        )
        return more, int(np.searchsorted(handles, place))

    def path(self, handle: int) -> Path:
        """What a handle moves: the outline between its two neighbours."""
        middle = int(self.handles[handle])
        first, last = (int(at) for at in np.searchsorted(self.ring, [0, 1] + self.ring[middle]))
        mine = self.handles[(self.handles >= first) & (self.handles < last)] - first
        here, count = int(np.searchsorted(mine, middle - first)), last - first
        back = int(mine[here] - mine[here - 1]) % count or count
        ahead = int(mine[(here + 1) % len(mine)] - mine[here]) % count or count
        walk = (middle - first + np.arange(-back, ahead + 1)) % count + first
        return Path(self.points[walk], back)

    def _after(self) -> Places:
        return following(self.ring)


NOTHING = Vertices(
    np.zeros((0, 2)), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_), 1
)
"""No outline at all."""


def vertices(
    mask: Mask, box: Box, scale: float, kept: Points | None = None, *, most: int = 20_000
) -> Vertices:
    """The outlines of ``mask`` in a box, as one sees them at ``scale``, with handles.

    Args:
        mask: what to take hold of.
        box: the part that is seen, in image pixels; a mask that reaches beyond is cut a little
            outside of it.
        scale: screen pixels for an image pixel, above 0.
        kept: (k, 2), places that have handles where they still lie on an outline.
        most: points; of outlines with more in all, the shortest have no handles.

    Returns:
        The outlines at least ``SMALLEST`` screen pixels large.
    """
    found, seen, step = _traced(mask, box, reduce.step_at(scale))
    large = [each for each in _longest(found, most) if np.ptp(each, 0).max() * scale >= SMALLEST]
    if not large:
        return NOTHING
    longest = FARTHEST if step > 1 else math.inf
    outlines = [divided(steadied(each) if step == 1 else each, longest) for each in large]
    ring = np.repeat(np.arange(len(outlines)), [len(each) for each in outlines])
    points = np.concatenate(outlines)
    fixed, between = _matched(points, np.zeros((0, 2)) if kept is None else kept, 1.5 * step)
    points, fixed = _begun_at(points, ring, fixed)
    cut = _is_cut(points, mask, seen)
    after = following(ring)
    ends = np.flatnonzero(cut & (~cut[after] | ~cut[_previous(after)]))
    handles = few(points, ring, np.union1d(fixed, ends), scale)
    handles = filled(points, ring, handles, longest)
    out = Vertices(points, ring, handles, cut, step)
    for x, y in between:
        place = out.on_line(x, y, step)
        out = out if place is None else out.with_handle(*place)[0]
    return out


def steadied(ring: NDArray[np.floating]) -> Points:
    """An outline along pixel edges with the corners of its single steps cut by half a pixel.

    That makes straight lines of slanted edges, and rasterises to the very same pixels: the cut
    corner is a triangle with two sides of half a pixel, which does not reach the pixel's centre.
    """
    here = ring.astype(np.float64)
    into, out = here - np.roll(here, 1, axis=0), np.roll(here, -1, axis=0) - here
    before, after = np.abs(into).sum(1), np.abs(out).sum(1)
    single = (np.minimum(before, after) <= 1)[:, None]
    pair = np.stack(
        [
            np.where(single, here - into * (0.5 / before[:, None]), here),
            np.where(single, here + out * (0.5 / after[:, None]), here),
        ],
        axis=1,
    ).reshape(-1, 2)
    same = np.all(pair == np.roll(pair, 1, axis=0), axis=1)
    return np.asarray(pair[~same])


def divided(ring: NDArray[np.floating], longest: float) -> Points:
    """A closed outline with points added so that no two neighbours are farther apart."""
    here = ring.astype(np.float64)
    way = np.roll(here, -1, axis=0) - here
    counts = np.maximum(1, np.ceil(np.hypot(*way.T) / longest).astype(np.int64))
    if np.all(counts == 1):
        return here
    which = np.repeat(np.arange(len(here)), counts)
    nth = np.arange(which.size) - (np.cumsum(counts) - counts)[which]
    return np.asarray(here[which] + way[which] * (nth / counts[which])[:, None])


def _traced(mask: Mask, box: Box, step: int) -> tuple[list[Outline], Box, int]:
    """The outlines along pixel edges of a level, the box they were looked at in, and the step.

    It is the level asked for, or a coarser one where outlines would be nothing but noise.
    """
    around = grow(box, 4 * step)
    seen = mask.box if mask.crop is not None or contains(around, mask.box) else around
    shared = intersect(seen, mask.box)
    if shared is None:
        return [], seen, step
    bits, left, top = reduce.read(mask, shared, step)
    while step < reduce.COARSEST and np.count_nonzero(bits[:, 1:] != bits[:, :-1]) > _NOISY:
        step *= 2
        bits, left, top = reduce.read(mask, shared, step)
    corner = np.array((left, top), np.float32)
    found = [(ring + corner) * np.float32(step) for ring in rings([bits])[0]]
    edges = (left, top, left + bits.shape[1], top + bits.shape[0])
    return found, (edges[0] * step, edges[1] * step, edges[2] * step, edges[3] * step), step


def _longest(found: list[Outline], most: int) -> list[Outline]:
    """The outlines with the most points, as many as together have ``most``, in their order."""
    lengths = np.array([len(ring) for ring in found], np.int64)
    if int(lengths.sum()) <= most:
        return found
    order = np.argsort(-lengths, kind="stable")
    fitting = order[: int(np.searchsorted(np.cumsum(lengths[order]), most, side="right")) or 1]
    return [found[at] for at in np.sort(fitting).tolist()]


def _is_cut(points: Points, mask: Mask, seen: Box) -> Flags:
    """Points on a side of ``seen`` beyond which the mask goes on."""
    out = np.zeros(len(points), np.bool_)
    for side, at in enumerate(seen):
        beyond = mask.box[side] < at if side < 2 else mask.box[side] > at
        if beyond:
            out |= np.abs(points[:, side % 2] - at) < 0.75
    return out


def _previous(after: Places) -> Places:
    before = np.empty_like(after)
    before[after] = np.arange(len(after))
    return before


def _matched(
    points: Points, kept: Points, reach: float
) -> tuple[Places, list[tuple[float, float]]]:
    """The points at the places ``kept``, or the nearest within ``reach``; and places without."""
    codes = np.rint(points * UNITS).astype(np.int64)
    known = {code: at for at, code in enumerate(map(tuple, codes.tolist()))}
    out, missing = [], []
    for place, code in zip(
        kept, map(tuple, np.rint(kept * UNITS).astype(int).tolist()), strict=True
    ):
        at = known.get(code)
        if at is None:
            apart = np.abs(points - place).max(1)
            at = int(apart.argmin()) if apart.size and apart.min() <= reach else None
        if at is not None:
            out.append(at)
        else:
            missing.append((float(place[0]), float(place[1])))
    return np.unique(np.array(out, np.int64)), missing[:_MOST_BETWEEN]


def _begun_at(points: Points, ring: Places, fixed: Places) -> tuple[Points, Places]:
    """Outlines turned so that those with a fixed point begin at one."""
    count = np.bincount(ring)
    first = np.cumsum(count) - count
    turn = np.zeros(len(count), np.int64)
    turn[ring[fixed][::-1]] = (fixed - first[ring[fixed]])[::-1]
    local = np.arange(len(ring)) - first[ring]
    order = first[ring] + (local + turn[ring]) % count[ring]
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return points[order], np.unique(place[fixed])
