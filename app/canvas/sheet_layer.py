"""Hatched fills over the picture that a sheet shows for as long as it is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRect
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath

from app.canvas.colors import overlay
from app.places.error_paint import fill, path_of, seen, stroke

if TYPE_CHECKING:
    from app.canvas.picture import Picture
    from engine.masks.mask import Mask

SMALL: Final = 40
"""Logical pixels below which what is looked at gets a ring, so that one pixel is not missed."""

MARKS: Final = 2
"""Outlines that are kept: of the place and of the object that are looked at."""

_AROUND: Final = 12  # logical pixels between it and its ring

Fills = Sequence[tuple["Mask", "QColor", int]]
"""Pixels, colour and hatch; the later wins a pixel."""


class SheetLayer(QObject):
    """Worked out anew where the camera moved or a mask is another one.

    Attributes:
        alpha: of the fills.
    """

    alpha = 0.5

    def __init__(self, picture: Picture) -> None:
        super().__init__(picture)
        self._picture = picture
        self._drawn: tuple[object, Fills, QImage] | None = None
        self._outlines: list[tuple[Mask, object, QPainterPath]] = []  # the last ones, newest first
        self._on = True
        picture.over.append(self)

    def fills(self) -> Fills:
        """What is to be drawn; subclasses answer."""
        raise NotImplementedError

    def renew(self) -> None:
        """What is shown is another."""
        if self._on:
            self._picture.stale.emit(None)

    def leave(self) -> None:
        """Nothing is shown any more."""
        if self._on:
            self._on = False
            self._picture.over.remove(self)
            self._picture.stale.emit(None)
            self.deleteLater()

    def paint(self, painter: QPainter, rect: QRect) -> None:
        """Draw a rectangle, in device pixels of the viewport."""
        fills = [each for each in self.fills() if each[0]]
        if not fills:
            self._drawn = None
            return
        key = self._picture.camera, self._picture.ratio
        drawn = self._drawn
        if drawn is None or drawn[0] != key or not _same(drawn[1], fills):
            drawn = self._drawn = key, fills, self._image(fills)
        painter.drawImage(rect.topLeft(), drawn[2], rect)

    def mark(self, painter: QPainter, pixels: Mask, rect: QRect) -> None:
        """Outline pixels that are looked at in white; with a ring where they are small."""
        painter.save()
        painter.setClipRect(rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        camera, ratio, white = self._picture.camera, self._picture.ratio, QColor(overlay().halo)
        stroke(painter, self._outline(pixels), white, 1.5 * ratio)
        left, top, right, bottom = pixels.box
        (x0, y0), (x1, y1) = camera.to_view(left, top), camera.to_view(right, bottom)
        side = max(x1 - x0, y1 - y0)
        if side < SMALL * ratio:
            path, radius = QPainterPath(), side / 2 + _AROUND * ratio
            path.addEllipse(QPointF((x0 + x1) / 2, (y0 + y1) / 2), radius, radius)
            stroke(painter, path, white, 2 * ratio)
        painter.restore()

    def _outline(self, pixels: Mask) -> QPainterPath:
        """Worked out once for each camera: a stroke repaints many times, outlines can be long."""
        key = self._picture.camera
        for mask, camera, path in self._outlines:
            if mask is pixels and camera == key:
                return path
        found = path_of(pixels, key)
        self._outlines = [(pixels, key, found), *self._outlines[: MARKS - 1]]
        return found

    def _image(self, fills: Fills) -> QImage:
        camera, ratio = self._picture.camera, self._picture.ratio
        out = np.zeros((camera.height, camera.width), np.uint32)
        for mask, color, hatch in fills:
            bits = seen(mask, camera)
            if bits.any():
                fill(out, bits, color, self.alpha, hatch, camera, ratio)
        form = QImage.Format.Format_ARGB32_Premultiplied
        return QImage(out.data, camera.width, camera.height, camera.width * 4, form).copy()


def _same(first: Fills, second: Fills) -> bool:
    """Whether both are the very same masks in the same looks."""
    return len(first) == len(second) and all(
        one[0] is other[0] and one[1:] == other[1:]
        for one, other in zip(first, second, strict=True)
    )
