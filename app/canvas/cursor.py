"""What stands at the pointer: the brush's ring in its true size, the keyboard's cross."""

import math
from functools import lru_cache

from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap

KEPT = 400
"""Radius, device pixels, below which a ring is drawn once and then copied to where it stands."""

_PLACES = 2
"""Places within a pixel, each way, at which a kept ring is drawn: nobody sees a quarter pixel."""

_DARK, _WHITE = QColor(0, 0, 0, 150), QColor(255, 255, 255)
_CROSS = 4.0


def ring_rect(x: float, y: float, radius: float, ratio: float) -> QRect:
    """Device pixels that the ring covers."""
    reach = math.ceil(max(radius, _CROSS * ratio) + 3 * ratio)
    return QRect(math.floor(x) - reach, math.floor(y) - reach, 2 * reach + 1, 2 * reach + 1)


def draw_ring(painter: QPainter, x: float, y: float, radius: float, ratio: float) -> None:
    """A ring with a dark and a white edge and a small cross; device pixels.

    One under ``KEPT`` may stand a quarter of a pixel beside its place.
    """
    if radius >= KEPT:
        _ring(painter, x, y, radius, ratio)
        return
    across, down = round(x * _PLACES), round(y * _PLACES)
    left, right = across // _PLACES, across % _PLACES
    top, below = down // _PLACES, down % _PLACES
    picture, reach = _kept(round(radius * 8) / 8, ratio, right, below)
    painter.drawPixmap(QPoint(left - reach, top - reach), picture)


@lru_cache(maxsize=2 * _PLACES**2)
def _kept(radius: float, ratio: float, right: int, below: int) -> tuple[QPixmap, int]:
    """A ring whose middle lies so many places beside a pixel's corner, and how far it reaches."""
    reach = math.ceil(max(radius, _CROSS * ratio) + 3 * ratio) + 1
    image = QImage(2 * reach + 1, 2 * reach + 1, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    _ring(painter, reach + right / _PLACES, reach + below / _PLACES, radius, ratio)
    painter.end()
    return QPixmap.fromImage(image), reach


def _ring(painter: QPainter, x: float, y: float, radius: float, ratio: float) -> None:
    painter.save()
    middle = QPointF(x, y)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # Large rings are smooth without antialiasing, and that costs a tenth.
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, radius < 400)
    if radius >= 2 * ratio:
        painter.setPen(QPen(_DARK, 3.4 * ratio))
        painter.drawEllipse(middle, radius, radius)
        painter.setPen(QPen(_WHITE, 1.4 * ratio))
        painter.drawEllipse(middle, radius, radius)
    if radius >= 8 * ratio or radius < 2 * ratio:
        _cross(painter, middle, _CROSS * ratio, ratio)
    painter.restore()


def draw_cross(painter: QPainter, x: float, y: float, ratio: float) -> None:
    """The keyboard's cross: larger, with a gap in its middle."""
    painter.save()
    middle = QPointF(x, y)
    for ink, width in ((_DARK, 3 * ratio), (_WHITE, ratio)):
        painter.setPen(QPen(ink, width))
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            start = middle + QPointF(dx * 3, dy * 3) * ratio
            painter.drawLine(start, middle + QPointF(dx * 12, dy * 12) * ratio)
    painter.restore()


def _cross(painter: QPainter, middle: QPointF, reach: float, ratio: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for ink, width in ((_DARK, 3 * ratio), (_WHITE, ratio)):
        painter.setPen(QPen(ink, width))
        painter.drawLine(middle - QPointF(reach, 0), middle + QPointF(reach, 0))
        painter.drawLine(middle - QPointF(0, reach), middle + QPointF(0, reach))
