"""Outlines of masks as painter paths, kept with the mask they belong to."""

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


def path_of(mask: Mask, visible: Box, scale: float, smoothed: bool) -> QPainterPath:
    """The outlines of a mask in image pixels, right in ``visible``.

    Args:
        mask: what to outline.
        visible: the part of the image that is seen.
        scale: device pixels per image pixel.
        smoothed: corners cut by half a drawn pixel, which makes straight lines of stairs; else
            along the pixel edges.
    """
    step = step_at(scale)
    box = None
    if mask.is_tiled and not contains(visible, mask.box):
        box = _rounded(visible, _BLOCK * step)
        if contains(box, mask.box):
            box = None
    key = ("path", step, smoothed)
    kept: tuple[Box | None, QPainterPath] | None = mask.memo.get(key)
    if kept is None or kept[0] != box:
        rings = outlines(mask, box, scale)
        if smoothed:
            rings = [smooth(ring, step) for ring in rings]
        kept = mask.memo[key] = (box, to_path(rings))
    return kept[1]


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


def to_path(rings: list[Points]) -> QPainterPath:
    """Closed rings as one path, made at once through Qt's own serial form of a path.

    The form (QDataStream, version Qt 6.0): number of elements, for each its kind and place as
    int32 and two doubles, then the start of the last ring and the fill rule as int32.
    """
    path = QPainterPath()
    if not rings:
        return path
    count = sum(len(ring) + 1 for ring in rings)
    elements = np.empty(count, _ELEMENT)
    elements["kind"] = _LINE
    at = 0
    for ring in rings:
        stop = at + len(ring)
        elements["x"][at:stop], elements["y"][at:stop] = ring[:, 0], ring[:, 1]
        elements[stop] = elements[at]  # closed
        elements["kind"][at], elements["kind"][stop] = _MOVE, _LINE
        at = stop + 1
    head = count.to_bytes(4, "big")
    tail = (count - 1 - len(rings[-1])).to_bytes(4, "big") + (0).to_bytes(4, "big")
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
