"""Outlines that grow, shrink, become smooth, or follow the photo: the sheet, and its actions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.canvas.errands import Errands
from app.intents.reasons import cannot_edit
from app.services import Services

if TYPE_CHECKING:
    from app.window import Window
    from engine.document.reshaping import Kind


class ShapingIntents:
    """One sheet for all of them; opened again with another operation it stays and changes."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._session, self._window = services, services.session, window
        self._kind: Kind = "grow"
        self._errands = Errands(window)
        window.closing.connect(self._errands.close)
        handle, cannot = services.actions.handle, partial(cannot_edit, services.session)
        handle("object.reshape", self.open, cannot)
        handle("object.refine", lambda: self.open("edges"), cannot)

    def open(self, kind: Kind | None = None) -> None:
        """The sheet, with an operation chosen; without one, as it was left in this session."""
        from app.dialogs.reshape_sheet import ReshapeSheet
        from app.reshaping import Reshaping

        window, sheet = self._window, self._window.sheet
        if not isinstance(sheet, ReshapeSheet):
            canvas = window.canvas
            reshaping = Reshaping(
                self._session, canvas.picture, lambda: canvas.camera.visible, self._errands
            )
            sheet = ReshapeSheet(self._services, reshaping, window)
            window.show_sheet(sheet)
        sheet.choose(kind or self._kind)
        if kind is None:
            sheet.reshaping.changed.connect(lambda: self._keep(sheet.reshaping.wish.kind))

    def _keep(self, kind: Kind) -> None:
        self._kind = kind
