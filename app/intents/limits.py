"""What tools may touch: choosing it, and taking it back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.intents.reasons import no_image
from app.services import Services
from app.state import Limits

if TYPE_CHECKING:
    from app.window import Window


class LimitIntents:
    """Limits are a way to work, not a part of the data: no step, no undo."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._session, self._window = services, services.session, window
        handle = services.actions.handle
        handle("limits.choose", self.choose, partial(no_image, services.session))
        handle("limits.clear", self.clear, self._no_limits)
        handle("limits.lift", self.explain, self._no_limits)  # the key filter holds it

    def choose(self) -> None:
        """The sheet of limits."""
        from app.dialogs.limits_sheet import LimitsSheet

        self._window.show_sheet(LimitsSheet(self._services, self._window.canvas, self._window))

    def clear(self) -> None:
        """Take every limit away; what is locked stays locked."""
        none = Limits()
        self._session.limits.set(
            over=none.over, values=none.values, sure=none.sure, within=none.within
        )

    def explain(self) -> None:
        """From a menu: the key works only while it is down."""
        self._session.say("Hold {limits.lift} while you paint; the limits come back after it.")

    def _no_limits(self) -> str:
        return "" if self._session.limits.now != Limits() else "There is no limit to lift."
