"""Dashes along the outlines of masks, as paths kept with the mask they belong to."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, QIODevice
from PySide6.QtGui import QPainterPath

from engine.masks.box import Box, contains
from engine.masks.contours import Outline, outlines, step_at
from engine.masks.mask import Mask

Points = NDArray[np.float32]

_BLOCK = 1024
"""Drawn pixels to which the cut of a large mask is rounded out, so that panning keeps it."""

_ELEMENT = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])
_MOVE, _LINE = 0, 1


def dashes_of(
    mask: Mask, visible: Box, scale: float, smoothed: bool, dash: float, gap: float
) -> QPainterPath:
    """The dashes along the outlines of a mask in image pixels, right in ``visible``.

    Qt's own dashes begin anew wherever a path is clipped, and would not meet where parts of the
    picture are drawn apart.

    Args:
        mask: what to outline.
        visible: the part of the image that is seen.
        scale: device pixels per image pixel.
        smoothed: corners cut by half a drawn pixel, which makes straight lines of stairs; else
            along the pixel edges.
        dash: length, image pixels.
        gap: likewise; both are stretched a little so that they go up in the ring.
    """
    step = step_at(scale)
    box = None
    if mask.is_tiled and not contains(visible, mask.box):
        box = _rounded(visible, _BLOCK * step)
        if contains(box, mask.box):
            box = None
    key, state = ("dashes", step, smoothed), (box, dash, gap)
    kept: tuple[object, QPainterPath] | None = mask.memo.get(key)
    if kept is None or kept[0] != state:
        rings = outlines(mask, box, scale)
        if smoothed:
            rings = [smooth(ring, step) for ring in rings]
        lines = [line for ring in rings for line in dashed(ring, dash, gap)]
        kept = mask.memo[key] = (state, to_path(lines))
    return kept[1]


def dashed(ring: Points, dash: float, gap: float) -> list[Points]:
    """The dashes along a closed ring, each (n, 2)."""
    closed = np.concatenate([ring, ring[:1]])
    places = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    around = float(places[-1])
    if around <= 0:
        return []
    count = max(1, round(around / (dash + gap)))
    period = around / count
    starts = np.arange(count) * period
    ends = starts + period * dash / (dash + gap)
    inner = places[1:-1]
    inner = inner[inner % period < ends[0]]
    stops = np.concatenate([starts, inner, ends])
    stops.sort(kind="stable")
    points = np.stack([np.interp(stops, places, closed[:, k]) for k in (0, 1)], 1)
    cuts = np.searchsorted(stops, starts[1:])
    return np.split(points.astype(np.float32), cuts)


def smooth(ring: Outline, step: int) -> Points:
    """Cut the corners of a closed ring by half a drawn pixel, or half the edge where shorter.

    The corners of a staircase of single pixels so become the middles of its edges: a straight
    line. Longer edges keep their place.
    """
    after = np.roll(ring, -1, axis=0)
    edge = after - ring
    length = np.abs(edge).sum(1, keepdims=True)  # edges are level or upright
    cut = np.minimum(length / 2, step / 2) / np.maximum(length, 1e-6)
    out = np.empty((2 * len(ring), 2), np.float32)
    out[0::2] = ring + edge * cut
    out[1::2] = after - edge * cut
    return out


def to_path(lines: list[Points]) -> QPainterPath:
    """Open lines as one path, made at once through Qt's own serial form of a path.

    The form (QDataStream, version Qt 6.0): number of elements, for each its kind and place as
    int32 and two doubles, then the start of the last line and the fill rule as int32.
    """
    path = QPainterPath()
    if not lines:
        return path
    points = np.concatenate(lines)
    begins = np.cumsum([0, *(len(line) for line in lines[:-1])])
    elements = np.empty(len(points), _ELEMENT)
    elements["kind"] = _LINE
    elements["kind"][begins] = _MOVE
    elements["x"], elements["y"] = points[:, 0], points[:, 1]
    head = len(points).to_bytes(4, "big")
    tail = int(begins[-1]).to_bytes(4, "big") + (0).to_bytes(4, "big")
    data = QByteArray(head + elements.tobytes() + tail)
    stream = QDataStream(data, QIODevice.OpenModeFlag.ReadOnly)
    stream.setVersion(QDataStream.Version.Qt_6_0)
    stream >> path
    return path


def _rounded(box: Box, block: int) -> Box:
    left, top, right, bottom = box
    return (
        left // block * block,
        top // block * block,
        -(-right // block) * block,
        -(-bottom // block) * block,
    )
