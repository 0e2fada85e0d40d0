"""Hatched fills over the picture that a sheet shows for as long as it is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QImage, QPainter

from app.places.error_paint import fill, seen

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from app.canvas.picture import Picture
    from engine.masks.mask import Mask

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
    """Whether both are the very same masks."""
    return len(first) == len(second) and all(
        one[0] is other[0] for one, other in zip(first, second, strict=True)
    )
