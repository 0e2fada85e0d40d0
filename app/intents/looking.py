"""What was looked at and what was changed: the veil, the next unseen part, the held comparison."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.canvas.coverage import Coverage
from app.intents.reasons import no_image
from app.panels.coverage_card import CoverageCard, percent

if TYPE_CHECKING:
    from app.canvas.changes import Changes
    from app.services import Services
    from app.window import Window

SCALE = "coverage_scale"  # setting: percent of one to one from which looking counts


class LookIntents:
    """Holds both overlays; each is made when it is first asked for, coverage counts from the start.

    Attributes:
        coverage: what was seen of the open image.
        changes: what changed since the proposal; None before its key was first held.
        card: the figure over the canvas; None before the veil was first shown.
    """

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._session, self._window = services, services.session, window
        self.changes: Changes | None = None
        self.card: CoverageCard | None = None
        picture = window.canvas.picture
        scale = services.settings.value(SCALE, 100) / 100
        self.coverage = Coverage(self._session, picture, scale)
        picture.over.append(self.coverage)
        handle = services.actions.handle
        needs_image = partial(no_image, services.session)
        handle("view.coverage", self.toggle_veil, needs_image)
        handle("view.next_unseen", self.next_unseen, needs_image)
        services.settings.changed.connect(self._on_setting)
        self._session.view_changed.connect(self._on_view)

    def toggle_veil(self) -> None:
        """Lay the veil over what was not seen, or take it away."""
        on = not self._session.view.coverage
        self._session.set_view(coverage=on)
        seen = self.coverage.seen
        if on and seen is not None:
            words = "" if seen.is_whole else " {view.next_unseen} goes to the next part."
            self._session.say(f"{percent(seen.share)} at working zoom.{words}")

    def next_unseen(self) -> None:
        """Move to the nearest part that was not seen, at working zoom."""
        camera = self.coverage.next_unseen()
        if camera is None:
            self._session.say("All of this image was seen at working zoom.", "ok")
        else:
            self._window.canvas.view.move(camera)

    def _on_view(self) -> None:
        view = self._session.view
        if view.coverage and self.card is None:
            self.card = CoverageCard(self._services, self.coverage, self._window.holder)
        if self.card is not None:
            self.card.setVisible(view.coverage and self._session.document is not None)
            self.card.raise_()
        if view.changes_alone and self.changes is None:
            from app.canvas.changes import Changes

            picture = self._window.canvas.picture
            self.changes = Changes(self._session, picture)
            picture.over.append(self.changes)
            self.changes.begin()

    def _on_setting(self, key: str) -> None:
        if key == SCALE:
            self.coverage.set_scale(self._services.settings.value(SCALE, 100) / 100)
