"""Draws what would have to be decided: pixels claimed twice, and pixels of nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.canvas.patterns import DOTS, GRID
from app.canvas.sheet_layer import Fills, SheetLayer
from app.places.error_paint import color_of

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from app.canvas.picture import Picture
    from app.resolving import Resolving

KINDS: Final = {"twice": ("wrong", GRID), "nobody": ("missed", DOTS)}
"""What → colour of Inspect's errors, hatch; a grid never means anything else on this canvas."""


def look_of(kind: str) -> tuple[QColor, int]:
    """Colour and hatch of "twice" or "nobody"."""
    name, hatch = KINDS[kind]
    return color_of(name), hatch


class ClaimsLayer(SheetLayer):
    """Lies over the picture as long as something is being resolved."""

    def __init__(self, resolving: Resolving, picture: Picture) -> None:
        super().__init__(picture)
        self._resolving = resolving
        resolving.changed.connect(self.renew)

    def fills(self) -> Fills:
        """See SheetLayer."""
        contest = self._resolving.contest
        if contest is None:
            return []
        return [(contest.nobody, *look_of("nobody")), (contest.twice, *look_of("twice"))]
