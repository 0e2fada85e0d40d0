"""The objects that lie over each other under the hand, and which of them is chosen."""

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF

from app.canvas.mask_layer import MaskLayer
from app.session import Session
from app.tools.pick import deeper


class Stack:
    """What lies at a place, topmost first."""

    def __init__(
        self, session: Session, masks: MaskLayer, place: Callable[[], QPointF | None]
    ) -> None:
        """Ask for the place whenever it is needed; image pixels, or None."""
        self._session, self._masks, self._place = session, masks, place

    def ids(self) -> list[int]:
        """Ids of the objects at the place; none without a place or an image."""
        at = self._place()
        if at is None or self._session.document is None:
            return []
        return [each.id for each in self._masks.under(math.floor(at.x()), math.floor(at.y()))]

    def step(self, step: int) -> bool:
        """Choose the next object at the place; False where there is none."""
        stack = self.ids()
        self._session.set_selection(deeper(stack, self._session.selection, step))
        return bool(stack)
