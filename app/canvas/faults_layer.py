"""Draws what the linter found: all faults hatched, and the one that is looked at with a ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QColor, QPainter, QPainterPath

from app.canvas.colors import overlay
from app.canvas.patterns import FALLING
from app.canvas.sheet_layer import Fills, SheetLayer
from app.places.error_paint import color_of, path_of, stroke

if TYPE_CHECKING:
    from app.canvas.picture import Picture
    from app.linting import Linting
    from engine.masks.mask import Mask

SMALL: Final = 40
"""Logical pixels below which a fault gets a ring, so that a single pixel is not missed."""

_AROUND: Final = 12  # logical pixels between a fault and its ring


def look() -> tuple[QColor, int]:
    """Colour and hatch of a fault."""
    return color_of("wrong"), FALLING


class FaultsLayer(SheetLayer):
    """Lies over the picture as long as masks are checked; faults of hidden objects show as well."""

    alpha = 0.3  # of whole objects as well, whose class should still be seen

    def __init__(self, linting: Linting, picture: Picture) -> None:
        super().__init__(picture)
        self._linting = linting
        linting.changed.connect(self.renew)
        linting.moved.connect(self.renew)

    def fills(self) -> Fills:
        """See SheetLayer."""
        return [(self._linting.region, *look())]

    def paint(self, painter: QPainter, rect: QRect) -> None:
        """See SheetLayer."""
        super().paint(painter, rect)
        finding = self._linting.current()
        if finding is not None and finding.pixels:
            painter.save()
            painter.setClipRect(rect)
            self._mark(painter, finding.pixels)
            painter.restore()

    def _mark(self, painter: QPainter, pixels: Mask) -> None:
        camera, ratio, white = self._picture.camera, self._picture.ratio, QColor(overlay().halo)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        stroke(painter, path_of(pixels, camera), white, 1.5 * ratio)
        left, top, right, bottom = pixels.box
        (x0, y0), (x1, y1) = camera.to_view(left, top), camera.to_view(right, bottom)
        side = max(x1 - x0, y1 - y0)
        if side < SMALL * ratio:
            path, radius = QPainterPath(), side / 2 + _AROUND * ratio
            path.addEllipse(QPointF((x0 + x1) / 2, (y0 + y1) / 2), radius, radius)
            stroke(painter, path, white, 2 * ratio)
