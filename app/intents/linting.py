"""Faults of masks: the sheet that shows and mends them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.intents.reasons import no_project
from app.services import Services

if TYPE_CHECKING:
    from app.window import Window


class LintIntents:
    """The sheet is imported when it is first asked for."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._window = services, window
        handle = services.actions.handle
        handle("image.lint", self.check, partial(no_project, services.session))

    def check(self) -> None:
        """The sheet of what the linter found."""
        from app.dialogs.lint_sheet import LintSheet

        window = self._window
        window.show_sheet(LintSheet(self._services, window.canvas, window))
