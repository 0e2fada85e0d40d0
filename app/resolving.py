"""Pixels claimed twice or by nobody: in the open image, in the whole project, and decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.open_look import OpenLook
from app.project_look import ProjectLook
from app.session import Session
from engine.document import deciding
from engine.document.deciding import Contest, Place, Rule
from engine.document.document import Document
from engine.document.taxonomy import UNLABELLED, Taxonomy
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.document.commands import Command
    from engine.store import ImageRow


@dataclass(frozen=True, slots=True)
class Found:
    """An image in which something is to be decided.

    Attributes:
        image: its id.
        name: its file name.
        twice: pixels that several objects claim.
        nobody: pixels that belong to nothing.
    """

    image: int
    name: str
    twice: int
    nobody: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What is done to all at once.

    Attributes:
        rule: who keeps shared pixels; None to leave them.
        unclaimed: class for nobody's pixels (background too); None to leave them.
    """

    rule: Rule | None = "order"
    unclaimed: int | None = None


class Resolving(QObject):
    """Follows the open image; looks through the project when asked to.

    Signals:
        changed: ``contest`` or ``place`` is another.

    Attributes:
        contest: of the open image; None until it is known.
        place: which of its places is looked at.
        look: the project: images with something to decide.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.contest: Contest | None = None
        self.place = 0
        self.look = ProjectLook(session, self)
        self.look.changed.connect(self.scan)
        self._open = OpenLook(session, self._ask, self)
        self._open.answered.connect(self._on_contest)
        self._open.left.connect(self._on_left)
        self._open.now()

    # -- the open image ----------------------------------------------------------------------

    def _ask(self, document: Document) -> Callable[[], Contest]:
        objects, layer = deciding.takers(document, self._session.taxonomy), document.layer
        return lambda: deciding.contest(objects, layer)

    def _on_left(self) -> None:
        self.contest, self.place = None, 0
        self.changed.emit()

    def _on_contest(self, contest: Contest) -> None:
        self.contest = contest
        self.place = max(0, min(self.place, len(contest.places) - 1))
        image = self._session.image
        if image is not None:  # the list of images goes with what was done to the open one
            twice, nobody = contest.twice.area, contest.nobody.area
            self.look.note(image.id, Found(image.id, image.file_name, twice, nobody))
        self.changed.emit()

    def current(self) -> Place | None:
        """The place that is looked at."""
        places = self.contest.places if self.contest else []
        return places[self.place] if self.place < len(places) else None

    def step(self, by: int) -> Place | None:
        """Go to another place of the image, round and round; answers with it."""
        places = self.contest.places if self.contest else []
        if places:
            self.place = (self.place + by) % len(places)
            self.changed.emit()
        return self.current()

    def award(self, winner: int | None) -> bool:
        """Give the place to one object, or to nobody; False where that was refused."""
        document, place, taxonomy = self._session.document, self.current(), self._session.taxonomy
        if document is None or place is None:
            return False
        try:
            if winner is None:
                command = deciding.settle(document, taxonomy, "void", place.pixels).command
            else:
                command = deciding.award(document, taxonomy, winner, place.pixels)
        except EngineError as problem:
            self._session.say(str(problem), "warning")
            return False
        return self._session.do(command)

    def apply(self, wish: Wish) -> str:
        """Do all of a wish to the open image, each part one step; answers with what was left."""
        document = self._session.document
        if document is None:
            return ""
        words = ""
        if wish.rule is not None:
            settled = deciding.settle(document, self._session.taxonomy, wish.rule)
            self._session.do(settled.command)
            words = left_words(settled.locked, settled.covered)
        if wish.unclaimed is not None:
            try:
                taxonomy = self._session.taxonomy
                self._session.do(deciding.claim_unclaimed(document, taxonomy, wish.unclaimed))
            except EngineError as problem:
                words = str(problem)
        return words

    # -- the project -------------------------------------------------------------------------

    def scan(self) -> None:
        """Look through all images on another thread."""
        self.look.scan(_look_at)

    def following(self) -> int | None:
        """The next image with something to decide."""
        image = self._session.image
        return self.look.after(image.id if image else None, lambda e: bool(e.twice or e.nobody))

    def apply_all(self, wish: Wish) -> None:
        """Do a wish to every image that was found, one undo step for each part and image."""
        ids = [each.image for each in self.look.found if _concerned(each, wish)]
        left = [0, 0]  # locked, covered

        def decide(document: Document, taxonomy: Taxonomy) -> Iterator[Command | None]:
            if wish.rule is not None:
                settled = deciding.settle(document, taxonomy, wish.rule)
                left[0], left[1] = left[0] + settled.locked, left[1] + settled.covered
                yield settled.command
            if wish.unclaimed is not None:
                yield deciding.claim_unclaimed(document, taxonomy, wish.unclaimed)

        def told() -> str:
            words = f"{len(ids):,} image{'' if len(ids) == 1 else 's'} decided."
            return f"{words} {left_words(left[0], left[1])}".strip()

        self.look.change(ids, decide, "Deciding shared pixels", told)


def _concerned(each: Found, wish: Wish) -> bool:
    shared = wish.rule is not None and each.twice
    return bool(shared or (wish.unclaimed is not None and each.nobody))


def left_words(locked: int, covered: int) -> str:
    """What a rule left alone, for people."""
    said = []
    if locked:
        said.append(f"{_objects(locked)} locked and kept {_their(locked)} pixels.")
    if covered:
        said.append(
            f"{_objects(covered)} wholly under or within others and left: raise or delete "
            f"{'it' if covered == 1 else 'them'}."
        )
    return " ".join(said)


def _objects(number: int) -> str:
    return "1 object is" if number == 1 else f"{number:,} objects are"


def _their(number: int) -> str:
    return "its" if number == 1 else "their"


def counts_of(document: Document, taxonomy: Taxonomy) -> tuple[int, int]:
    """(pixels claimed twice, pixels of nobody) of an image, without parting them into places."""
    objects = deciding.takers(document, taxonomy)
    twice = deciding.shared_pixels(objects)
    areas = document.layer.areas()
    height, width = document.size
    if not areas.get(UNLABELLED, height * width - sum(areas.values())):
        return twice.area, 0
    return twice.area, deciding.unclaimed(objects, document.layer).area


def _look_at(row: ImageRow, document: Document, taxonomy: Taxonomy) -> Found | None:
    twice, nobody = counts_of(document, taxonomy)
    return Found(row.id, row.file_name, twice, nobody) if twice or nobody else None
