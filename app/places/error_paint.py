"""Draws what a model got wrong over the photo: fills with hatches, and lines.

Missed is rising lines, extra is dots, wrong class is a grid; your own mask is a white line. All
widths and hatches are in screen pixels (SCREEN.md §10).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.canvas.camera import Camera
from app.canvas.patterns import DOTS, GRID, RISING, spread
from app.theme.tokens import load_tokens
from engine.masks import reduce
from engine.masks.box import intersect
from engine.masks.contours import outlines, step_at
from engine.masks.mask import Mask

HATCHES = {"missed": RISING, "extra": DOTS, "wrong": GRID}
_TOKENS = {"missed": "errorMissed", "extra": "errorExtra", "wrong": "errorWrongClass"}
_STROKE = 0.8  # alpha of a hatch's strokes


@cache
def color_of(kind: str) -> QColor:
    """The colour of "missed", "extra" or "wrong"."""
    return QColor(load_tokens().overlay[_TOKENS[kind]])


def seen(mask: Mask, camera: Camera) -> NDArray[np.bool_]:
    """Which device pixels of the viewport a mask covers, bool (height, width).

    Below 100 % any pixel under a device pixel counts, so that thin things stay visible.
    """
    out = np.zeros((camera.height, camera.width), np.bool_)
    box = intersect(mask.box, camera.visible) if mask else None
    if box is None:
        return out
    step = step_at(camera.scale)
    bits, left, top = reduce.read(mask, box, step)
    x0, y0, x1, y1 = camera.view_rect(box)
    x0, y0 = max(0, x0), max(0, y0)
    x1, y1 = min(camera.width, x1), min(camera.height, y1)
    columns = np.floor((np.arange(x0, x1) + 0.5 - camera.left) / camera.scale / step).astype(int)
    rows = np.floor((np.arange(y0, y1) + 0.5 - camera.top) / camera.scale / step).astype(int)
    columns, rows = columns - left, rows - top
    in_x = (columns >= 0) & (columns < bits.shape[1])
    in_y = (rows >= 0) & (rows < bits.shape[0])
    part = bits[np.clip(rows, 0, bits.shape[0] - 1)][:, np.clip(columns, 0, bits.shape[1] - 1)]
    out[y0:y1, x0:x1] = part & in_y[:, None] & in_x[None, :]
    return out


def fill(
    out: NDArray[np.uint32],
    bits: NDArray[np.bool_],
    color: QColor,
    alpha: float,
    hatch: int,
    camera: Camera,
    ratio: float,
) -> None:
    """Lay one kind over a picture of premultiplied ARGB; the later kind wins a pixel.

    Args:
        out: uint32 (height, width), changed in place.
        bits: where.
        color: of fill and strokes.
        alpha: of the fill.
        hatch: 0 for none.
        camera: anchors the hatch to the photo.
        ratio: device pixels per logical pixel.
    """  # fmt: skip
    out[bits] = _premultiplied(color, alpha)
    if hatch:
        x, y = -round(camera.left), -round(camera.top)
        strokes = spread(hatch, ratio, x, y, camera.width, camera.height)
        out[bits & strokes] = _premultiplied(color, _STROKE)


def _premultiplied(color: QColor, alpha: float) -> np.uint32:
    red, green, blue = (round(v * alpha) for v in (color.red(), color.green(), color.blue()))
    return np.uint32(round(alpha * 255) << 24 | red << 16 | green << 8 | blue)


def edge(
    out: NDArray[np.uint32], bits: NDArray[np.bool_], color: QColor, width: float, ratio: float
) -> None:
    """Lay a line with a dark casing around pixels of a picture; in time of the picture alone.

    Args:
        out: uint32 (height, width), premultiplied ARGB, changed in place.
        bits: bool (height, width), what the line goes around, just outside of it.
        color: of the line.
        width: of the line, device pixels.
        ratio: device pixels per logical pixel.
    """
    if not bits.any():
        return
    import cv2

    tokens = load_tokens().overlay
    extra = float(tokens["contourPx"]["casingExtra"]) / 2 * ratio
    casing = tokens["casing"]
    for ink, alpha, wide in (
        (QColor(casing["color"]), casing["alpha"], width + extra),
        (color, 1.0, width),
    ):
        side = 2 * max(1, round(wide)) + 1
        round_tip = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        grown = cv2.dilate(bits.view(np.uint8), round_tip).view(np.bool_)
        out[grown & ~bits] = _premultiplied(ink, alpha)


def path_of(mask: Mask, camera: Camera) -> QPainterPath:
    """The outline of a mask in device pixels of the viewport."""
    path = QPainterPath()
    for ring in outlines(mask, camera.visible, camera.scale):
        xs = ring[:, 0] * camera.scale + camera.left
        ys = ring[:, 1] * camera.scale + camera.top
        points = [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]
        path.addPolygon(QPolygonF(points))
        path.closeSubpath()
    return path


def stroke(painter: QPainter, path: QPainterPath, color: QColor, width: float) -> None:
    """A line over a dark casing two pixels wider."""
    tokens = load_tokens().overlay
    casing = QColor(tokens["casing"]["color"])
    casing.setAlphaF(tokens["casing"]["alpha"])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    extra = float(tokens["contourPx"]["casingExtra"])
    rings = path.toSubpathPolygons()  # one path of 2,000 rings takes fifteen times as long
    for ink, wide in ((casing, width + extra), (color, width)):
        pen = QPen(ink, wide)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        for ring in rings:
            painter.drawPolygon(ring)


def paint_lines(
    painter: QPainter, lines: Mapping[str, tuple[Mask, QColor, float]], camera: Camera, ratio: float
) -> None:
    """Outlines of several masks, each with its colour and width in logical pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mask, color, width in lines.values():
        if mask:
            stroke(painter, path_of(mask, camera), color, width * ratio)
