"""Draws what would have to be decided: pixels claimed twice, and pixels of nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.canvas.patterns import DOTS, GRID
from app.canvas.sheet_layer import Fills, SheetLayer
from app.places.error_paint import color_of
from app.theme.theme import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from app.canvas.picture import Picture
    from app.resolving import Resolving
    from app.session import Session
    from engine.document.annotation import Annotation
    from engine.masks.mask import Mask

KINDS: Final = {"twice": ("wrong", GRID), "nobody": ("missed", DOTS)}
"""What → colour of Inspect's errors, hatch; a grid never means anything else on this canvas."""


def look_of(kind: str) -> tuple[QColor, int]:
    """Colour and hatch of "twice" or "nobody"."""
    name, hatch = KINDS[kind]
    return color_of(name), hatch


class ClaimsLayer(SheetLayer):
    """Lies over the picture as long as something is being resolved.

    The place that is looked at has the colour of who would have it, and both are outlined.
    """

    def __init__(self, resolving: Resolving, picture: Picture, session: Session) -> None:
        super().__init__(picture)
        self._resolving, self._session = resolving, session
        resolving.changed.connect(self.renew)

    def fills(self) -> Fills:
        """See SheetLayer."""
        contest, place = self._resolving.contest, self._resolving.current()
        if contest is None:
            return []
        fills = [(contest.nobody, *look_of("nobody")), (contest.twice, *look_of("twice"))]
        taker = self._taker()
        if place is not None and taker is not None:
            kind = self._session.taxonomy.get(taker.class_id)
            if kind is not None:
                fills.append((place.pixels, theme().class_style(kind).color, 0))
        return fills

    def marks(self) -> list[Mask]:
        """See SheetLayer."""
        place, taker = self._resolving.current(), self._taker()
        marks = [] if place is None else [place.pixels]
        return [*marks, taker.mask] if marks and taker is not None else marks

    def _taker(self) -> Annotation | None:
        """The object that would have the place."""
        who, document = self._resolving.who, self._session.document
        return document.annotations.get(who) if document and isinstance(who, int) else None
