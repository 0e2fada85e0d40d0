"""The images of a project in which the linter found something."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.dialogs.found_images import FoundImages
from app.dialogs.line_list import Line
from app.lint_words import by_rule
from app.places.figures import counted

if TYPE_CHECKING:
    from app.linting import Faults, Linting
    from app.session import Session

NOTE = (
    "Mending all changes the project itself; each image keeps its own undo, and a done image "
    "stays done."
)


class LintImages(FoundImages):
    """See the module."""

    def __init__(self, linting: Linting, session: Session) -> None:
        self._linting = linting
        super().__init__(
            linting.look,
            session,
            title="Images with faults",
            note=NOTE,
            act="Mend",
            queue="images with faults",
        )

    def line(self, found: Faults) -> Line:
        """See FoundImages."""
        words = by_rule(found.counts) or "nothing left to mend"
        return Line(found.image, found.name, words, f"{found.counts.total():,}")

    def waits(self, found: Faults) -> bool:
        """See FoundImages."""
        return bool(found.counts)

    def concerned(self) -> Callable[[Faults], bool]:
        """See FoundImages."""
        return lambda found: bool(found.mendable)

    def words(self, waiting: int) -> str:
        """See FoundImages."""
        return f"{counted(waiting, 'image')} with faults"

    def scan(self) -> None:
        """See FoundImages."""
        self._linting.scan()

    def act(self) -> None:
        """See FoundImages."""
        self._linting.mend_all()
