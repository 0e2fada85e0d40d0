"""Pixels claimed twice or by nobody: the sheet that shows and decides them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.intents.reasons import no_project
from app.services import Services

if TYPE_CHECKING:
    from app.window import Window


class ResolveIntents:
    """The sheet is imported when it is first asked for."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._window = services, window
        handle = services.actions.handle
        handle("image.resolve", self.resolve, partial(no_project, services.session))

    def resolve(self) -> None:
        """The sheet of shared and unclaimed pixels."""
        from app.dialogs.resolve_sheet import ResolveSheet

        window = self._window
        window.show_sheet(ResolveSheet(self._services, window.canvas, window))
