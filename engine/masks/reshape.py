"""Moving the outline of a mask at one place; everything else stays what it was, pixel by pixel."""

import numpy as np
from numpy.typing import NDArray

from engine.masks.box import Box, grow, intersect
from engine.masks.contours import rings
from engine.masks.handles import Points
from engine.masks.mask import Mask
from engine.masks.raster import polygons
from engine.masks.vertices import Path, divided, steadied

Point = tuple[float, float]


def dragged(path: Path, to: Point | None, *, straight: bool = False) -> Points:
    """Where the points of a path come to lie when its middle handle is moved.

    The ends stay. The points between follow the handle by the share of the way at which they
    lie, so the outline keeps its details.

    Args:
        path: the outline from the handle before to the one after.
        to: where the handle goes; None takes it away, and the path becomes a straight line.
        straight: details are dropped: two straight lines.

    Returns:
        (n, 2), point by point.
    """
    points, (before, after) = path.points, _shares(path)
    share = np.where(np.arange(len(points)) <= path.at, before, 1 - after)[:, None]
    first, last = points[0], points[-1]
    if to is None:
        whole = _along(points)[:, None]
        return np.asarray(first + whole * (last - first))
    goal = np.array(to, np.float64)
    if straight:
        end = np.where((np.arange(len(points)) <= path.at)[:, None], first, last)
        return np.asarray(end + share * (goal - end))
    return np.asarray(points + share * (goal - points[path.at]))


def changed(
    mask: Mask,
    path: Path,
    to: Point | None,
    step: int,
    size: tuple[int, int],
    *,
    straight: bool = False,
) -> Mask:
    """The pixels of ``mask`` that change when a handle is moved: the mask before XOR after.

    Args:
        mask: as it is.
        path: as ``Vertices.path`` gives it.
        to: see ``dragged``.
        step: of the ``Vertices``; from 2 on the mask's own outlines near the path are moved.
        size: (height, width) of the image; what falls outside is cut off.
        straight: see ``dragged``.
    """
    after = dragged(path, to, straight=straight)
    if step == 1:
        return polygons([np.concatenate([path.points, after[::-1]])], size)
    pairs = [pair for ring in _exact(mask, path, step) for pair in _moved(ring, path, after, step)]
    return polygons(pairs, size)


def _exact(mask: Mask, path: Path, step: int) -> list[Points]:
    """The mask's outlines around a path, with points at every step."""
    low, high = np.floor(path.points.min(0)), np.ceil(path.points.max(0))
    box: Box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    shared = intersect(grow(box, 4 * step), mask.box)
    if shared is None:
        return []
    corner = np.array(shared[:2], np.float64)
    found = rings([mask.read(shared)])[0]
    return [divided(steadied(ring) + corner, step) for ring in found]


def _moved(ring: Points, path: Path, after: Points, step: int) -> list[Points]:
    """An outline and where it goes with the path it runs along; nothing where it runs elsewhere."""
    nearest, apart = _nearest(ring, path.points, 2.0 * step)
    with_path = apart <= 2.0 * step
    if not with_path.any():
        return []
    moved = ring.copy()
    moved[with_path] += (after - path.points)[nearest[with_path]]
    return [ring, moved]


def _nearest(
    points: Points, others: Points, reach: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each point which of the others is nearest, and how far; infinite beyond ``reach``."""
    nearest, apart = np.zeros(len(points), np.int64), np.full(len(points), np.inf)
    low, high = others.min(0) - reach, others.max(0) + reach
    there = np.flatnonzero(np.all((points >= low) & (points <= high), axis=1))
    for some in np.array_split(there, len(there) // 512 + 1):
        far = np.hypot(*(points[some, None] - others[None]).transpose(2, 0, 1))
        nearest[some] = far.argmin(1)
        apart[some] = far.min(1) if some.size else np.inf
    return nearest, apart


def _shares(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far along each half of the path its points lie, 0 to 1, held there outside the half."""
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path.points, axis=0).T))])
    half, whole = run[path.at], run[-1]
    before = np.clip(run / max(half, 1e-9), 0, 1)
    after = np.clip((run - half) / max(whole - half, 1e-9), 0, 1)
    return before, after


def _along(points: Points) -> NDArray[np.float64]:
    """How far along a line its points lie, 0 to 1."""
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    return np.asarray(run / max(run[-1], 1e-9))
