"""Hatched fills over the picture that a sheet shows for as long as it is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRect
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath

from app.canvas.colors import overlay
from app.places.error_paint import edge, fill, seen, stroke

if TYPE_CHECKING:
    from app.canvas.picture import Picture
    from engine.masks.mask import Mask

SMALL: Final = 40
"""Logical pixels below which what is looked at gets a ring, so that one pixel is not missed."""

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
        self._drawn: _Drawn | None = None
        self._on = True
        picture.over.append(self)

    def fills(self) -> Fills:
        """What is to be drawn; subclasses answer."""
        raise NotImplementedError

    def marks(self) -> Sequence[Mask]:
        """What is outlined in white, with a ring where it is small; subclasses may answer."""
        return ()

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
        marks = [each for each in self.marks() if each]
        if not fills and not marks:
            self._drawn = None
            return
        key, drawn = (self._picture.camera, self._picture.ratio), self._drawn
        # The masks are kept with what was drawn, so that none is taken for one that is gone.
        fresh = drawn is not None and drawn.key == key and _same(drawn.fills, fills)
        if drawn is None or not fresh or not _same(drawn.marks, [(each,) for each in marks]):
            kept = [(each,) for each in marks]
            drawn = self._drawn = _Drawn(key, fills, kept, self._image(fills, marks))
        painter.drawImage(rect.topLeft(), drawn.image, rect)
        for pixels in marks:
            self._ring(painter, pixels, rect)

    def _ring(self, painter: QPainter, pixels: Mask, rect: QRect) -> None:
        """Draw a ring around what is small."""
        camera, ratio = self._picture.camera, self._picture.ratio
        left, top, right, bottom = pixels.box
        (x0, y0), (x1, y1) = camera.to_view(left, top), camera.to_view(right, bottom)
        side = max(x1 - x0, y1 - y0)
        if side >= SMALL * ratio:
            return
        path, radius = QPainterPath(), side / 2 + _AROUND * ratio
        path.addEllipse(QPointF((x0 + x1) / 2, (y0 + y1) / 2), radius, radius)
        painter.save()
        painter.setClipRect(rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        stroke(painter, path, QColor(overlay().halo), 2 * ratio)
        painter.restore()

    def _image(self, fills: Fills, marks: Sequence[Mask]) -> QImage:
        camera, ratio = self._picture.camera, self._picture.ratio
        out = np.zeros((camera.height, camera.width), np.uint32)
        for mask, color, hatch in fills:
            bits = seen(mask, camera)
            if bits.any():
                fill(out, bits, color, self.alpha, hatch, camera, ratio)
        for mask in marks:
            edge(out, seen(mask, camera), QColor(overlay().halo), 1.5 * ratio, ratio)
        form = QImage.Format.Format_ARGB32_Premultiplied
        return QImage(out.data, camera.width, camera.height, camera.width * 4, form).copy()


class _Drawn(NamedTuple):
    """A picture, and what it shows: the camera and ratio, fills, and masks that are outlined."""

    key: object
    fills: Fills
    marks: Sequence[tuple[Mask]]
    image: QImage


def _same(first: Sequence[Any], second: Sequence[Any]) -> bool:
    """Whether both are the very same masks in the same looks."""
    return len(first) == len(second) and all(
        one[0] is other[0] and one[1:] == other[1:]
        for one, other in zip(first, second, strict=True)
    )
