"""Draws what the linter found: all faults hatched, and the one that is looked at with a ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.canvas.patterns import FALLING
from app.canvas.sheet_layer import Fills, SheetLayer
from app.places.error_paint import color_of

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from app.canvas.picture import Picture
    from app.linting import Linting
    from engine.masks.mask import Mask


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

    def marks(self) -> list[Mask]:
        """See SheetLayer."""
        finding = self._linting.current()
        return [] if finding is None else [finding.pixels]
