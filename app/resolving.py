"""Pixels claimed twice or by nobody: in the open image, in the whole project, and decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Literal

import shiboken6
from PySide6.QtCore import QObject, Signal

from app.open_look import OpenLook
from app.places.figures import counted
from app.project_look import ProjectLook, worked_out
from app.resolve_wish import Found, Part, Wish, filled, left_of, look_at, parts_of
from app.resolve_words import left_words
from app.session import Session
from engine.document import claims, deciding, nearest
from engine.document.claims import Contest, Place
from engine.document.document import Document
from engine.document.taxonomy import BACKGROUND, Taxonomy
from engine.errors import EngineError
from engine.masks.box import area, contains
from engine.masks.mask import Mask

if TYPE_CHECKING:
    from engine.document.commands import Command

Who = int | Literal["nobody", "nearest", "background"]
"""Who may have a place: an object's id; of a gap also what lies nearest pixel by pixel."""

_AT_ONCE = 250_000  # pixels of a gap's box that are shared out without another thread


class Resolving(QObject):
    """Follows the open image; looks through the project when asked to.

    Signals:
        changed: ``contest``, ``place`` or ``who`` is another.
        decided: what a wish left in the open image, as words.

    Attributes:
        contest: of the open image; None until it is known.
        place: which of its places is looked at, gaps after shared ones.
        who: who would have it.
        look: the project: images with something to decide.
    """

    changed = Signal()
    decided = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.contest: Contest | None = None
        self.place = 0
        self.who: Who = "nobody"
        self._asked: list[int] = []  # ids of the images that were decided last
        self.look = ProjectLook(session, self)
        self.look.changed.connect(self._on_decided)
        self._open = OpenLook(session, self._ask, self)
        self._open.answered.connect(self._on_contest)
        self._open.left.connect(self._on_left)
        self._open.now()

    # -- the open image ----------------------------------------------------------------------

    def _ask(self, document: Document) -> Callable[[], Contest]:
        objects, layer = claims.takers(document, self._session.taxonomy), document.layer
        return lambda: claims.contest(objects, layer)

    def _on_left(self) -> None:
        self.contest = None
        self._go(0)

    def _on_contest(self, contest: Contest) -> None:
        before, who = self.current(), self.who
        self.contest = contest
        found = next((at for at, each in enumerate(self.places()) if _same(each, before)), None)
        self.place = max(0, min(self.place, len(self.places()) - 1)) if found is None else found
        image = self._session.image
        if image is not None:  # the list of images goes with what was done to the open one
            twice, nobody = contest.twice.area, contest.nobody.area
            self.look.note(image.id, Found(image.id, image.file_name, twice, nobody))
        stays = found is not None and who in self.whos()
        self._go(self.place, who if stays else None)

    def places(self) -> list[Place]:
        """All places of the image: shared ones, then gaps."""
        return [*self.contest.places, *self.contest.gaps] if self.contest is not None else []

    def current(self) -> Place | None:
        """The place that is looked at."""
        places = self.places()
        return places[self.place] if self.place < len(places) else None

    @property
    def is_gap(self) -> bool:
        """Whether it belongs to nobody."""
        return self.contest is not None and self.place >= len(self.contest.places)

    def whos(self) -> list[Who]:
        """Who may have the place, the likeliest first: the uppermost, or the longest neighbour."""
        place = self.current()
        if place is None:
            return []
        objects: list[Who] = list(reversed(place.objects))
        if not self.is_gap:
            return [*objects, "nobody"]
        if place.pixels.area > nearest.USUAL:  # nobody has looked at it: part of no object
            return ["background", "nearest", *objects]
        return [*objects, "nearest", "background"]

    def step(self, by: int) -> Place | None:
        """Go to another place of the image, round and round; answers with it."""
        places = self.places()
        if places:
            self._go((self.place + by) % len(places))
        return self.current()

    def turn(self, by: int) -> None:
        """Look at another who may have the place, round and round."""
        whos = self.whos()
        if whos:
            self.consider(whos[(whos.index(self.who) + by) % len(whos)])

    def consider(self, who: Who) -> None:
        """Look at one who may have the place."""
        if who != self.who and who in self.whos():
            self._go(self.place, who)

    def _go(self, place: int, who: Who | None = None) -> None:
        self.place = place
        whos = self.whos()
        self.who = who if who is not None else whos[0] if whos else "nobody"
        self.changed.emit()

    def is_place(self, x: int, y: int) -> bool:
        """See ``app.tools.place_pick``."""
        contest = self.contest
        if contest is None or not (contest.twice.at(x, y) or contest.nobody.at(x, y)):
            return False
        return self._place_at(x, y) is not None

    def pick(self, x: int, y: int, *, turn: bool) -> None:
        """See ``app.tools.place_pick``."""
        at = self._place_at(x, y)
        if at is not None and at != self.place:
            self._go(at)
        elif at is not None and turn:
            self.turn(1)

    def _place_at(self, x: int, y: int) -> int | None:
        pixel = (x, y, x + 1, y + 1)
        near = ((at, each.pixels) for at, each in enumerate(self.places()))
        return next((at for at, m in near if contains(m.box, pixel) and m.at(x, y)), None)

    def given(self) -> Command | None:
        """See ``app.tools.place_pick``; what takes long is begun and comes as a step later."""
        document, place, taxonomy = self._session.document, self.current(), self._session.taxonomy
        if document is None or place is None:
            return None
        pixels = self._held(document, place)
        if not pixels:
            self._session.say("This place is decided already.", "warning")
            return None
        if isinstance(self.who, int):
            return deciding.award(document, taxonomy, self.who, pixels)
        if self.who == "background":
            return deciding.claim_unclaimed(document, taxonomy, BACKGROUND, pixels)
        if self.who == "nobody":
            voided = deciding.settle(document, taxonomy, "void", pixels)
            self._say_left(left_of(voided))
            return voided.command
        if area(pixels.box) <= _AT_ONCE:
            made = nearest.fill_gaps(document, taxonomy, None, pixels)
            self._say_left(left_of(made))
            return made.command
        self._change([document.image_id], [partial(filled, most=None, region=pixels)])
        return None

    def _held(self, document: Document, place: Place) -> Mask:
        """What there is still to decide of a place, as after a stroke a moment ago."""
        pixels = place.pixels
        if self._open.fresh:
            return pixels
        objects = claims.takers(document, self._session.taxonomy)
        if self.is_gap:
            return claims.unclaimed(objects, document.layer, pixels)
        return claims.shared_pixels(claims.within(objects, pixels.box)) & pixels

    def give(self) -> bool:
        """Give the place to who is looked at; False where that was refused, or takes a moment."""
        try:
            return self._session.do(self.given())
        except EngineError as problem:
            self._session.say(str(problem), "warning")
            return False

    def _say_left(self, left: Counter[str]) -> None:
        words = left_words(left)
        if words:
            self._session.say(words, "warning")

    def apply(self, wish: Wish) -> None:
        """Do all of a wish to the open image, each part one step; then ``decided`` is told."""
        image = self._session.image
        if image is not None:
            self._change([image.id], parts_of(wish), self.decided.emit)

    # -- the project -------------------------------------------------------------------------

    def scan(self, ids: list[int] | None = None) -> None:
        """Look through all images on another thread, or at these of them again."""
        self.look.scan(look_at, ids)

    def apply_all(self, wish: Wish) -> None:
        """Do a wish to every image that was found, one undo step for each part and image."""
        rows = [each for each in self.look.found if wish.concerns(each.twice, each.nobody)]
        self._change([each.image for each in rows], parts_of(wish))

    def _change(
        self, ids: list[int], parts: list[Part], left_told: Callable[[str], object] | None = None
    ) -> None:
        left, changed = Counter[str](), set[int]()

        def decide(document: Document, taxonomy: Taxonomy) -> Iterator[Command | None]:
            for part in parts:
                work = partial(part, taxonomy=taxonomy)
                command, told = yield from worked_out(document, work)
                left.update(told)
                yield command
                if command is not None:
                    changed.add(document.image_id)

        def told() -> str:
            words = left_words(left)
            if left_told is not None and shiboken6.isValid(self):
                left_told(words)
            done = f"{counted(len(changed), 'image')} decided."
            return f"{done if changed else 'Nothing was decided.'} {words}".strip()

        self._asked = ids
        self.look.change(ids, decide, "Deciding shared pixels", told)

    def _on_decided(self) -> None:
        """Look again at what was decided; the open image alone is looked at anyway."""
        image = self._session.image
        if self.look.found and self._asked != [image.id if image is not None else None]:
            self.scan(self._asked)


def _same(place: Place, other: Place | None) -> bool:
    return (
        other is not None
        and place.objects == other.objects
        and place.pixels.box == other.pixels.box
        and place.pixels.same(other.pixels)
    )
