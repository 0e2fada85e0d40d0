"""Draws the lines and handles of a gesture; only what changed is painted again."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.canvas.camera import Camera
from app.canvas.colors import overlay
from app.tools.figure import Figure, Points

Places = NDArray[np.float64]

HANDLE = 7
"""Side of a handle, logical pixels; of the one a press would take ``HOT``."""

HOT = 11

_DARK = QColor(0, 0, 0)
_MARGIN = 10  # logical pixels around points that lines and handles reach
_EMPTY = Figure()


class FigureLayer:
    """A figure, and a line that grows with the pointer; answers what to repaint."""

    def __init__(self) -> None:
        self._camera = Camera()
        self._figure = _EMPTY
        self._trail: list[tuple[float, float]] = []

    def set_camera(self, camera: Camera) -> None:
        """Where the image stands; everything is repainted anyway."""
        self._camera = camera

    def show(self, figure: Figure | None) -> QRect:
        """Draw a figure in place of the one before."""
        before, self._figure = self._figure, figure or _EMPTY
        after, dirty = self._figure, QRect()
        for old, new in ((before.rings, after.rings), (before.lines, after.lines)):
            for line in (*old, *new) if old is not new else ():
                dirty = dirty.united(self._rect(line))
        for each in (before, after):
            dirty = dirty.united(self._rect(_special(each)))
            if before.handles is not after.handles:
                dirty = dirty.united(self._rect(each.handles))
        return dirty

    def extend(self, points: Sequence[tuple[float, float]]) -> QRect:
        """Let the line grow by these points."""
        start = self._trail[-1:]
        self._trail += points
        return self._rect(np.array([*start, *points], np.float64).reshape(-1, 2))

    def clear(self) -> QRect:
        """Draw nothing."""
        dirty = self.show(None).united(self._rect(np.array(self._trail).reshape(-1, 2)))
        self._trail = []
        return dirty

    # -- painting ----------------------------------------------------------------------------

    def paint(
        self, painter: QPainter, rect: QRect, ratio: float, ink: QColor, fill: QColor
    ) -> None:
        """Draw onto the scene.

        Args:
            painter: device pixels of the viewport.
            rect: what is to be drawn.
            ratio: device pixels per logical pixel.
            ink: colour of lines.
            fill: of what rings enclose; transparent for nothing.
        """
        figure = self._figure
        if figure is _EMPTY and not self._trail:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if figure.rings:
            self._paint_fill(painter, figure.rings, fill)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        lines = [self._view(np.concatenate([ring, ring[:1]])) for ring in figure.rings]
        lines += [self._view(line) for line in figure.lines]
        if self._trail:
            lines += near(self._view(np.array(self._trail)), rect)
        shapes = [QPolygonF([QPointF(x, y) for x, y in line.tolist()]) for line in lines]
        for color, width in ((overlay().casing, 3.6), (ink, 1.6)):
            pen = QPen(color, width * ratio)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            for shape in shapes:
                painter.drawPolyline(shape)
        self._paint_handles(painter, rect, ratio)
        painter.restore()

    def _paint_fill(self, painter: QPainter, rings: Sequence[Points], fill: QColor) -> None:
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        for ring in rings:
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in self._view(ring).tolist()]))
            path.closeSubpath()
        painter.fillPath(path, fill)

    def _paint_handles(self, painter: QPainter, rect: QRect, ratio: float) -> None:
        figure = self._figure
        places = self._view(figure.handles)
        room = HOT * ratio
        low, high = (rect.x() - room, rect.y() - room), (rect.right() + room, rect.bottom() + room)
        seen = np.all((places >= low) & (places <= high), axis=1)
        if figure.hot is not None:
            seen[figure.hot] = False
        side = HANDLE * ratio
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(overlay().casing, ratio))
        painter.setBrush(overlay().halo)
        painter.drawRects([_square(x, y, side) for x, y in places[seen].tolist()])
        for x, y in self._view(_special(figure)).tolist():
            for inset, color in ((0, _DARK), (1, overlay().halo), (3, _DARK)):
                painter.fillRect(_square(x, y, (HOT + 2 - 2 * inset) * ratio), color)

    def _view(self, points: Points) -> Places:
        camera = self._camera
        return np.asarray(points, np.float64) * camera.scale + (camera.left, camera.top)

    def _rect(self, points: Points) -> QRect:
        if not len(points):
            return QRect()
        places = self._view(points)
        (left, top), (right, bottom) = places.min(0), places.max(0)
        reach = 2 * _MARGIN  # enough at two device pixels to a logical one
        x, y = math.floor(left) - reach, math.floor(top) - reach
        return QRect(x, y, math.ceil(right) + reach - x, math.ceil(bottom) + reach - y)


def near(line: Places, rect: QRect) -> list[Places]:
    """The stretches of a line that may have a pixel in a rectangle."""
    low = np.array([rect.left() - _MARGIN, rect.top() - _MARGIN])
    high = np.array([rect.right() + _MARGIN, rect.bottom() + _MARGIN])
    if len(line) < 2:
        return [line]
    a, b = line[:-1], line[1:]
    there = np.all((np.maximum(a, b) >= low) & (np.minimum(a, b) <= high), axis=1)
    starts = np.flatnonzero(there & ~np.append(False, there[:-1]))
    stops = np.flatnonzero(there & ~np.append(there[1:], False)) + 2
    return [line[start:stop] for start, stop in zip(starts, stops, strict=True)]


def _special(figure: Figure) -> Points:
    """The handle that a press would take, and the one being made or moved."""
    places = [figure.handles[figure.hot]] if figure.hot is not None else []
    places += [np.array(figure.spot)] if figure.spot is not None else []
    return np.array(places, np.float64).reshape(-1, 2)


def _square(x: float, y: float, side: float) -> QRectF:
    return QRectF(round(x - side / 2), round(y - side / 2), round(side), round(side))
