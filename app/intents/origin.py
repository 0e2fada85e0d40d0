"""Where images and masks come from: files that changed, who made what, what went out."""

from __future__ import annotations

import getpass
import time
from functools import partial
from typing import TYPE_CHECKING

from app.intents.reasons import no_image, no_project
from app.state import Banner
from engine.store.files import forbidden

if TYPE_CHECKING:
    from pathlib import Path

    from app.canvas.people import PeopleLayer
    from app.panels.provenance_card import ProvenanceCard
    from app.services import Services
    from app.window import Window
    from engine.store import ImageRow

YOUR_NAME = "your_name"
"""Setting: kept with what you do, in your projects only; empty for none."""

FILE = "file"
"""Key of the banner about the open image's file."""


def system_user() -> str:
    """The name of who is signed in; empty where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


class OriginIntents:
    """Binds the actions, keeps the project's person, and raises the banner about a file.

    Attributes:
        people: what people changed, over the photo; None before it was first asked for.
        card: its figures; likewise.
    """

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._session, self._window = services, services.session, window
        self.people: PeopleLayer | None = None
        self.card: ProvenanceCard | None = None
        session, handle = services.session, services.actions.handle
        handle("view.people", self.toggle_people, partial(no_image, session))
        handle("file.relink", self.relink, partial(no_project, session))
        handle("file.versions", self.versions, partial(no_project, session))
        services.settings.changed.connect(self._on_setting)
        session.project_changed.connect(self._on_project)
        session.image_changed.connect(self._on_image)
        session.view_changed.connect(self._on_view)
        session.files.changed.connect(self._on_files)
        session.files.replaced.connect(self._on_replaced)

    # -- who ---------------------------------------------------------------------------------

    def _on_project(self) -> None:
        project = self._session.project
        if project is not None:
            project.person = self._services.settings.value(YOUR_NAME, system_user())

    def _on_setting(self, key: str) -> None:
        if key == YOUR_NAME:
            self._on_project()

    def toggle_people(self) -> None:
        """Show what people changed, or the masks again."""
        self._session.set_view(people=not self._session.view.people)

    def _on_view(self) -> None:
        view = self._session.view
        if view.people and self.people is None:
            from app.canvas.people import PeopleLayer
            from app.panels.provenance_card import ProvenanceCard

            picture = self._window.canvas.picture
            self.people = PeopleLayer(self._session, picture)
            picture.over.append(self.people)
            self.card = ProvenanceCard(self._services, self.people, self._window.holder)
            self.people.begin()
        if self.card is not None:
            self.card.setVisible(view.people and self._session.document is not None)
            self.card.raise_()

    # -- files -------------------------------------------------------------------------------

    def relink(self) -> None:
        """The sheet of files that changed or are gone."""
        from app.dialogs.relink_sheet import RelinkSheet

        self._window.show_sheet(RelinkSheet(self._services, self._window))

    def versions(self) -> None:
        """The sheet of versions of the dataset."""
        from app.dialogs.versions_sheet import VersionsSheet

        self._window.show_sheet(VersionsSheet(self._services, self._window))

    def _on_image(self) -> None:
        self._session.drop_banner(FILE)
        self._on_view()
        if self._session.image is not None:
            self._raise(self._session.image)

    def _on_files(self, changed: set[int]) -> None:
        image, files = self._session.image, self._session.files
        self._on_replaced(None)
        self._services.thumbnails.renew(each for each in changed if files.state(each) != "missing")
        if image is not None and image.id in changed:
            self._session.drop_banner(FILE)
            self._raise(image)
            picture = self._window.canvas.picture
            if files.state(image.id) in ("changed", "resized") or picture.photo.problem:
                picture.read_again()  # it may show the one in memory, or that there was none

    def _on_replaced(self, path: Path | None) -> None:
        """The file holds another picture than the one in memory; None: many may."""
        self._window.canvas.picture.photo.forget(path)

    def _raise(self, row: ImageRow) -> None:
        """Say what became of the open image's file, and what can be done."""
        banner = self._banner(row)
        if banner is not None:
            self._session.raise_banner(banner)

    def _banner(self, row: ImageRow) -> Banner | None:
        files = self._session.files
        state, news, name = files.state(row.id), files.news(row.id), row.file_name
        if state is None or news is None:
            return None
        if state == "missing":
            words = f"{name} is not where it was. Its masks are safe; the file was {row.path}."
            if forbidden(row.path):
                words = (
                    f"{name} may not be read. Its masks are safe; change the permissions of "
                    f"{row.path} and of its folder."
                )
            return Banner(FILE, words, "warning", "Find it", self.relink)
        since = ""
        if news.was is not None:
            since = time.strftime(" (%Y-%m-%d)", time.localtime(news.was.noted))
        if state == "resized":
            now = news.finding.size
            size = f" of {now[1]:,} × {now[0]:,} px" if now else ""
            words = (
                f"{name} is another picture than the one that was annotated{since}. Its masks stay "
                f"and are not put on the one{size} that is there."
            )
            return Banner(FILE, words, "error", "Find the old one", self.relink)
        words = (
            f"{name} has changed since it was annotated{since}. Look whether its masks still fit."
        )
        return Banner(
            FILE, words, "warning", "Keep the masks", partial(self._keep, row.id),
            "Find the old one", self.relink,
        )  # fmt: skip

    def _keep(self, image_id: int) -> None:
        """The masks fit the new picture."""
        row = self._session.row(image_id)
        if row is not None and self._session.files.keep(image_id):
            self._services.thumbnails.renew([image_id])
            self._session.say(f"{row.file_name}: the masks are kept for the new picture.", "ok")
