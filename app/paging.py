"""Pages of the open file: how many there are, and which of them are in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.state import Banner
from engine.document.document import Status

if TYPE_CHECKING:
    from app.session import Session
    from engine.store import ImageRow

ASK_FROM = 500
"""Pages from which listing them all is asked about first."""

_BANNER = "pages"


class Paging(QObject):
    """A page is an image of the project like any other, once somebody has been there.

    Signals:
        changed: another page is open, or the number of pages became known.

    Attributes:
        count: pages of the open file; 0 until it was read.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.count = 0
        self._file = ""
        self._session = session
        session.image_changed.connect(self._on_image)

    @property
    def page(self) -> int:
        """The open page, from 0."""
        return 0 if self._session.image is None else self._session.image.page

    def set_count(self, count: int) -> None:
        """The canvas has opened the file and knows."""
        if count != self.count:
            self.count = count
            self.changed.emit()

    def missing(self, by: int = 0) -> str:
        """Why there is no page to go to; empty when there is."""
        if self._session.image is None:
            return "Open an image first."
        if not self.count:
            return "The file is still being read. Try again in a moment."
        if self.count < 2:
            return "This file has one page."
        if by and not 0 <= self.page + by < self.count:
            return "This is the last page." if by > 0 else "This is the first page."
        return ""

    def go(self, page: int) -> None:
        """Open a page of the open file; one that is not in the list comes into it.

        Raises:
            EngineError: it cannot be read, or the project can only be read and it is not listed.
        """
        session, row = self._session, self._session.image
        project = session.project
        if project is None or row is None or not 0 <= page < self.count:
            return
        found = project.find_image(row.path, page)
        if found is None:
            found = project.add_pages(row.id, [page])[0]
            session.refresh_images()
        session.open_image(found.id)

    def list_all(self, sure: bool = False) -> None:
        """Put all pages of the open file into the list; many only after a question.

        Raises:
            EngineError: the project can only be read.
        """
        session, row = self._session, self._session.image
        project = session.project
        if project is None or row is None:
            return
        name = row.path.name
        if self.count > ASK_FROM and not sure:
            words = f"{name} has {self.count:,} pages. List each of them as an image?"
            button = f"List {self.count:,} pages"
            session.raise_banner(
                Banner(_BANNER, words, "info", button, lambda: self.list_all(sure=True))
            )
            return
        session.drop_banner(_BANNER)
        project.add_pages(row.id, range(self.count))
        session.refresh_images()
        session.say(f"All {self.count:,} pages of {name} are in the list.", "ok")

    def unlist(self) -> None:
        """Take the pages of the open file that nothing was done on out of the list.

        Raises:
            EngineError: the project can only be read.
        """
        session, row = self._session, self._session.image
        project = session.project
        if project is None or row is None:
            return
        idle = [each.id for each in self._listed(row) if _is_idle(each) and each.id != row.id]
        project.remove_images(idle)
        session.refresh_images()
        count = len(idle)
        session.say(f"{count:,} {'page' if count == 1 else 'pages'} left the list.", "ok")

    def _listed(self, row: ImageRow) -> list[ImageRow]:
        images = self._session.images
        pages = (images[int(at)] for at in np.flatnonzero(images.column("page")))
        return [each for each in pages if each.stored_path == row.stored_path]

    def _on_image(self) -> None:
        row = self._session.image
        file = "" if row is None else row.stored_path
        if file != self._file:
            self._file, self.count = file, 0
            self._session.drop_banner(_BANNER)
        self.changed.emit()


def _is_idle(row: ImageRow) -> bool:
    return row.status is Status.NEW and not row.objects and not row.proposals and not row.tone_json
