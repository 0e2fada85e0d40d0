"""The images of a project in which pixels have to be decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.dialogs.found_images import FoundImages
from app.dialogs.line_list import Line
from app.places.figures import large

if TYPE_CHECKING:
    from app.resolve_wish import Found, Wish
    from app.resolving import Resolving
    from app.session import Session

NOTE = (
    "Every image that holds such pixels. What is decided here changes the project itself; each "
    "image keeps its own undo, and a done image stays done."
)


class ResolveImages(FoundImages):
    """See the module."""

    def __init__(self, resolving: Resolving, session: Session, wish: Callable[[], Wish]) -> None:
        self._resolving, self._wish = resolving, wish
        super().__init__(
            resolving.look,
            session,
            title="Images with something to decide",
            note=NOTE,
            act="Decide",
            queue="images with something to decide",
        )

    def line(self, found: Found) -> Line:
        """See FoundImages."""
        said = []
        if found.twice:
            said.append(f"{found.twice:,} px claimed twice")
        if found.nobody:
            said.append(f"{found.nobody:,} px of nobody")
        figure = large(found.twice + found.nobody) if said else ""
        return Line(found.image, found.name, " · ".join(said) or "decided", figure)

    def waits(self, found: Found) -> bool:
        """See FoundImages."""
        return bool(found.twice or found.nobody)

    def concerned(self) -> Callable[[Found], bool]:
        """See FoundImages."""
        wish = self._wish()
        return lambda found: wish.concerns(found.twice, found.nobody)

    def words(self, waiting: int) -> str:
        """See FoundImages."""
        over = self._look.looked and self._look.progress is None
        return f"{waiting:,} to decide" if waiting or not over else "all decided"

    def scan(self) -> None:
        """See FoundImages."""
        self._resolving.scan()

    def act(self) -> None:
        """See FoundImages."""
        self._resolving.apply_all(self._wish())
