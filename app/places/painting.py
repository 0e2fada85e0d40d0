"""What rows, tables and pictures of Models and Inspect share beyond ``app.theme.paint``."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPixmap

from app.theme.paint import rounded
from app.theme.theme import Theme
from app.theme.tokens import contrast


def row_ground(
    painter: QPainter, rect: QRectF, theme: Theme, *, chosen: bool, over: bool, focused: bool
) -> None:
    """The ground of a row: tinted when chosen, outlined while its list has the focus."""
    if chosen:
        edge = theme.color("accent.base") if focused or theme.high_contrast else None
        rounded(painter, rect, theme.radius("row"), theme.color("surface.selected"), edge)
    elif over:
        rounded(painter, rect, theme.radius("row"), theme.color("surface.hover"))


def thumbnail(painter: QPainter, rect: QRectF, picture: QPixmap | None, empty: QColor) -> None:
    """A picture that covers a rounded rectangle, cut at its longer sides; a plain one before."""
    path = QPainterPath()
    path.addRoundedRect(rect, 4, 4)
    painter.fillPath(path, empty)
    if picture is not None and not picture.isNull():
        cover(painter, rect, picture)


def cover(painter: QPainter, rect: QRectF, picture: QPixmap | QImage) -> None:
    """Draw a picture so that it fills a rounded rectangle, cut at its longer sides."""
    path = QPainterPath()
    path.addRoundedRect(rect, 4, 4)
    scale = max(rect.width() / picture.width(), rect.height() / picture.height())
    source = QRectF(0, 0, rect.width() / scale, rect.height() / scale)
    source.moveCenter(QPointF(picture.width() / 2, picture.height() / 2))
    painter.save()
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if isinstance(picture, QImage):
        painter.drawImage(rect, picture, source)
    else:
        painter.drawPixmap(rect, picture, source)
    painter.restore()


def mixed(back: QColor, front: QColor, share: float) -> QColor:
    """``share`` of one opaque colour over another."""
    red, green, blue = (
        round(b + (f - b) * share)
        for b, f in (
            (back.red(), front.red()),
            (back.green(), front.green()),
            (back.blue(), front.blue()),
        )
    )
    return QColor(red, green, blue)


def readable_on(ground: QColor, *colors: QColor) -> QColor:
    """Of several text colours the one with most contrast to a ground."""
    return max(colors, key=lambda color: contrast(color.name(), ground.name()))
