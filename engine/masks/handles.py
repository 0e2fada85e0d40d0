"""Which points of outlines are handles: few, and far enough apart to be taken hold of."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Places = NDArray[np.int64]

TOLERANCES = (2.5, 4.0, 6.5, 10.0)
"""Screen pixels the outline may stray from straight lines between handles; the more on rough
outlines, whose handles would stand too close."""

SPACED = 26.0
"""Screen pixels between handles on average, at least, as far as tolerances allow."""

_STEADY = 0.6  # image pixels; below, handles would stand on single steps of a slanted edge


def following(ring: Places) -> Places:
    """For each point the place of the next one in its outline."""
    after = np.arange(1, len(ring) + 1)
    if len(ring):
        ends = np.flatnonzero(np.diff(ring, append=ring[-1] + 1))
        after[ends] = np.concatenate([[0], ends[:-1] + 1])
    return after


def few(points: Points, ring: Places, fixed: Places, scale: float) -> Places:
    """Handles that stand far enough from each other to be taken hold of."""
    begins = np.flatnonzero(np.diff(ring, prepend=-1))
    handles, at = fixed, 0
    while at < len(TOLERANCES):
        handles = _simplified(points, ring, fixed, max(TOLERANCES[at] / scale, _STEADY))
        sides = points[_next_kept(handles, ring, begins)] - points[handles]
        apart = float(np.hypot(*sides.T).sum()) * scale / len(handles)
        if apart >= SPACED:
            break
        at = at + 1 if apart > SPACED / 3 else max(at + 1, len(TOLERANCES) - 1)
    return handles


def _simplified(points: Points, ring: Places, fixed: Places, tolerance: float) -> Places:
    """The places of the points that are left when outlines may stray by ``tolerance``.

    The method of Ramer (1972) and of Douglas and Peucker (1973), all outlines at once: in each
    round every stretch that strays too far is divided at the point that strays most.
    """
    begins = np.flatnonzero(np.diff(ring, prepend=-1))
    kept = np.zeros(len(points), np.bool_)
    kept[fixed] = kept[begins] = True
    kept[_most(np.hypot(*(points - points[begins][ring]).T), begins)] = True
    while True:
        starts = np.flatnonzero(kept)
        stops = _next_kept(starts, ring, begins)
        stretch = np.cumsum(kept) - 1
        a, way = points[starts], points[stops] - points[starts]
        length = np.hypot(*way.T)
        offset = points - a[stretch]
        unit = way / np.maximum(length, 1e-9)[:, None]
        aside = np.abs(offset[:, 0] * unit[stretch, 1] - offset[:, 1] * unit[stretch, 0])
        aside = np.where(length[stretch] > 1e-9, aside, np.hypot(*offset.T))
        farthest = _most(aside, starts)
        wide = farthest[aside[farthest] > tolerance]
        if not np.any(~kept[wide]):
            return starts
        kept[wide] = True


def _next_kept(starts: Places, ring: Places, begins: Places) -> Places:
    """For each kept point the next one of its outline, the last's being the first."""
    stops = np.roll(starts, -1)
    last = np.diff(ring[starts], append=-1) != 0
    stops[last] = begins[ring[starts[last]]]
    return stops


def _most(values: NDArray[np.float64], begins: Places) -> Places:
    """The place of the largest value of each stretch that begins at ``begins``."""
    highest = np.maximum.reduceat(values, begins)
    stretch = np.cumsum(np.bincount(begins, minlength=len(values))) - 1
    places = np.flatnonzero(values == highest[stretch])
    _, first = np.unique(stretch[places], return_index=True)
    return np.asarray(places[first])


def filled(points: Points, ring: Places, handles: Places, longest: float) -> Places:
    """Handles, and more of them where two would be farther apart along the outline."""
    begins = np.flatnonzero(np.diff(ring, prepend=-1))
    way = np.hypot(*(points[following(ring)] - points).T)
    run = np.concatenate([[0.0], np.cumsum(way)])
    ends = np.append(begins[1:], len(points))
    stops = _next_kept(handles, ring, begins)
    stops = np.where(stops <= handles, ends[ring[handles]], stops)
    counts = np.ceil((run[stops] - run[handles]) / longest - 1e-6).astype(np.int64)
    more = [handles]
    for at in np.flatnonzero(counts > 1).tolist():
        places = np.linspace(run[handles[at]], run[stops[at]], int(counts[at]) + 1)[1:-1]
        more.append(np.minimum(np.searchsorted(run, places), stops[at] - 1))
    return np.unique(np.concatenate(more))
