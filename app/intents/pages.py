"""Going from page to page of one file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.intents.reasons import cannot_write
from app.services import Services
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.window import Window


class PageIntents:
    """Stacks, animations and other files of several images; see ``app.paging``."""

    def __init__(self, services: Services, window: Window) -> None:
        self._session, self._window, handle = services.session, window, services.actions.handle
        paging = services.session.paging
        handle("image.next_page", partial(self.step, 1), partial(paging.missing, 1))
        handle("image.previous_page", partial(self.step, -1), partial(paging.missing, -1))
        handle("image.go_to_page", window.status_bar.open_pages, paging.missing)
        handle("image.list_pages", paging.list_all, self._cannot_list)
        handle("image.unlist_pages", paging.unlist, self._cannot_list)
        window.status_bar.page_wanted.connect(self.go)

    def step(self, by: int) -> None:
        """The next page (-1: the one before)."""
        self.go(self._session.paging.page + by)

    def go(self, page: int) -> None:
        """Open a page; a refusal is said."""
        try:
            self._session.paging.go(page)
        except EngineError as problem:
            self._session.say(str(problem), "warning")

    def _cannot_list(self) -> str:
        return self._session.paging.missing() or cannot_write(self._session)
