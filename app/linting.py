"""Faults of masks: of the open image as it changes, of the whole project, and mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from app.lint_mending import REASONS, Tally, mendable, mended, why_left
from app.open_look import OpenLook
from app.project_look import Change, ProjectLook, worked_out
from engine.document import claims, deciding, lint
from engine.document.lint import Finding, Limits
from engine.document.mending import mend
from engine.document.objects import delete
from engine.document.parting import together
from engine.errors import EngineError
from engine.masks.mask import Mask
from engine.store.lint_settings import keep_limits, leave, left_of, limits_of

if TYPE_CHECKING:
    from app.session import Session
    from engine.document.commands import Command
    from engine.document.document import Document
    from engine.document.taxonomy import Taxonomy
    from engine.store import ImageRow


_AT_ONCE = 2_000_000  # pixels of objects that are looked at again without another thread


@dataclass(frozen=True, slots=True)
class Faults:
    """What an image of the project was found for.

    Attributes:
        image: its id.
        name: its file name.
        counts: findings by rule.
        mendable: how many of them can be mended without a person's choice.
    """

    image: int
    name: str
    counts: Counter[str]
    mendable: int

    @classmethod
    def of(cls, image: ImageRow, counts: Counter[str]) -> Faults:
        """Those of an image."""
        return cls(image.id, image.file_name, counts, mendable(counts))


class _Look(NamedTuple):
    findings: dict[str, Finding]  # by key
    region: Mask  # of those that were not left


class Shown(NamedTuple):
    """What there is to see of the open image's findings; worked out once for each change.

    Attributes:
        rows: key → finding, those that are listed.
        counts: findings by rule, those left as they are not among them.
        left: how many were left as they are.
    """

    rows: dict[str, Finding]
    counts: Counter[str]
    left: int


class Linting(QObject):
    """Follows the open image; looks through the project when asked to.

    Signals:
        changed: ``shown`` or what counts are others.
        moved: the current finding is another.
        came: the findings of an image that was just opened are there.

    Attributes:
        limits: what counts as a fault.
        known: whether the open image was looked at.
        left: keys of findings of the open image that stay as they are.
        shown: the findings.
        region: their pixels, without those that were left.
        show_left: whether those are listed too.
        look: the project.
    """

    changed = Signal()
    moved = Signal()
    came = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        project = session.project
        self.limits = Limits() if project is None else limits_of(project)
        self.known = False
        self.left: frozenset[str] = frozenset()
        self._findings: dict[str, Finding] = {}
        self.shown = Shown({}, Counter(), 0)
        self.region = Mask.EMPTY
        self.show_left = False
        self._key, self._place = "", 0
        self._asked: list[int] = []  # ids of the images that were mended last
        self.look = ProjectLook(session, self)
        self.look.changed.connect(self._on_mended)
        self._open = OpenLook(session, self._ask, self)
        self._open.answered.connect(self._on_look)
        self._open.left.connect(self._on_left)
        self._take_left()
        self._open.now()

    # -- the open image ----------------------------------------------------------------------

    def _ask(self, document: Document) -> Callable[[], _Look]:
        objects = claims.takers(document, self._session.taxonomy)
        layer, limits, left = document.layer, self.limits, self.left

        def work() -> _Look:
            found = {each.key: each for each in lint.look(objects, layer, limits)}
            counted = (each.pixels for key, each in found.items() if key not in left)
            return _Look(found, together(counted))

        return work

    def _on_left(self) -> None:
        self.known, self._findings, self.region = False, {}, Mask.EMPTY
        self._key, self._place = "", 0
        self._take_left()
        self._renew()

    def _take_left(self) -> None:
        project, image = self._session.project, self._session.image
        self.left = left_of(project, image.id) if project and image else frozenset()

    def _on_look(self, answer: _Look) -> None:
        first, self.known = not self.known, True
        self._findings, self.region = answer
        self._renew()
        if first:
            self.came.emit()

    def _renew(self) -> None:
        every, left = self._findings, self.left
        rows = {key: each for key, each in every.items() if self.show_left or key not in left}
        counts = Counter[str](each.rule for key, each in every.items() if key not in left)
        self.shown = Shown(rows, counts, len(every) - counts.total())
        keys = list(rows)
        if self._key in rows:
            self._place = keys.index(self._key)
        else:  # the one in its place
            self._place = max(0, min(self._place, len(keys) - 1))
            self._key = keys[self._place] if keys else ""
        image = self._session.image
        if image is not None and self.known:
            self.look.note(image.id, Faults.of(image, counts))
        self.changed.emit()

    def current(self) -> Finding | None:
        """The finding that is looked at."""
        return self.shown.rows.get(self._key)

    @property
    def is_left(self) -> bool:
        """Whether the current finding stays as it is."""
        return self._key in self.left

    def choose(self, key: str) -> None:
        """Look at a finding."""
        if key != self._key and key in self.shown.rows:
            self._key, self._place = key, list(self.shown.rows).index(key)
            self.moved.emit()

    def mend(self) -> bool:
        """Mend the current finding, one step; False where that cannot be done."""
        finding, document = self.current(), self._session.document
        if finding is None or document is None or self._waits(document, finding):
            return False
        taxonomy, held = self._session.taxonomy, self._held(document, finding)
        made = mend(document, taxonomy, [held] if held is not None else [])
        if made.command is None:
            reason = why_left(document, taxonomy, held) if held is not None else ""
            self._session.say(REASONS[reason], "warning")
            return False
        return self._done(finding, made.command)

    def _waits(self, document: Document, finding: Finding) -> bool:
        """Whether what may have changed is too large to be looked at at once, which is said."""
        objects = (document.annotations.get(number) for number in finding.objects)
        pixels = sum(each.mask.area for each in objects if each is not None)
        if self._open.fresh or pixels <= _AT_ONCE:
            return False
        self._session.say("The image has just changed and is looked at again. Then go on.", "ok")
        return True

    def _held(self, document: Document, finding: Finding) -> Finding | None:
        """A finding as it is now; None where it holds no more, as after a stroke a moment ago."""
        if self._open.fresh or not finding.objects:  # spots are taken as they are then
            return finding
        takers = claims.takers(document, self._session.taxonomy)
        objects = [each for each in takers if each.id in finding.objects]
        limits = replace(self.limits, rules=self.limits.rules - {"spot"})
        found = lint.look(objects, document.layer, limits)
        return next((each for each in found if each.about == finding.about), None)

    def keep(self, winner: int) -> bool:
        """Of two objects that are one, keep this; False where the other may not be deleted."""
        finding, document = self.current(), self._session.document
        if finding is None or document is None or self._waits(document, finding):
            return False
        if winner not in document.annotations or self._held(document, finding) is None:
            self._session.say(REASONS[""], "warning")
            return False
        others = set(finding.objects) - {winner}
        try:
            gone = delete(document, others, self._session.taxonomy)
        except EngineError as problem:
            self._session.say(str(problem), "warning")
            return False
        command = deciding.in_place([gone], "Keep one of two objects")
        return command is not None and self._done(finding, command)

    def _done(self, finding: Finding, command: Command) -> bool:
        if not self._session.do(command):
            return False
        # The look that follows takes a moment; until then the next one is the current already.
        self._findings = {key: e for key, e in self._findings.items() if e is not finding}
        self._renew()
        return True

    def leave(self) -> bool:
        """Leave the current finding as it is, or where it is left, count it again."""
        project, image = self._session.project, self._session.image
        if self.current() is None or image is None or project is None:
            return False
        keys = self.left ^ {self._key}
        try:
            leave(project, image.id, keys)
        except EngineError as problem:
            self._session.say(str(problem), "warning")
            return False
        self.left = keys
        self._open.again()
        self._renew()
        return True

    def set_show_left(self, on: bool) -> None:
        """List those that stay as they are, or not."""
        self.show_left = on
        self._renew()

    def set_limits(self, limits: Limits) -> None:
        """Count other things as faults; kept with the project where it can be written."""
        if limits == self.limits:
            return
        self.limits = limits
        project = self._session.project
        if project is not None and not project.read_only:
            keep_limits(project, limits)
        self.look.forget()
        self._open.again()
        self.changed.emit()

    # -- mending all -------------------------------------------------------------------------

    def mend_image(self) -> None:
        """Mend all of the open image, one step."""
        image = self._session.image
        if image is not None:
            self._mend([image.id])

    def mend_all(self) -> None:
        """Mend every image that was found, one step each."""
        self._mend([each.image for each in self.look.found if each.mendable])

    def _mend(self, ids: list[int]) -> None:
        tally = Tally()
        self._asked = ids
        self.look.change(ids, self._mending(tally), "Mending masks", tally.words)

    def _mending(self, tally: Tally) -> Change:
        limits, project = self.limits, self._session.project

        def change(document: Document, taxonomy: Taxonomy) -> Iterator[Command | None]:
            left = frozenset() if project is None else left_of(project, document.image_id)
            work = partial(mended, taxonomy=taxonomy, limits=limits, left=left)
            made, told = yield from worked_out(document, work)
            tally.done += told.done
            tally.left += told.left
            yield made

        return change

    def _on_mended(self) -> None:
        """Look again at what was mended; the open image alone is looked at anyway."""
        image = self._session.image
        if self.look.found and self._asked != [image.id if image is not None else None]:
            self.scan(self._asked)

    # -- the project -------------------------------------------------------------------------

    def scan(self, ids: list[int] | None = None) -> None:
        """Look through all images on another thread, or at these of them again."""
        project, limits = self._session.project, self.limits
        if project is None:
            return

        def ask(row: ImageRow, document: Document, taxonomy: Taxonomy) -> Faults | None:
            left = left_of(project, row.id)
            found = lint.lint(document, taxonomy, limits)
            counts = Counter[str](each.rule for each in found if each.key not in left)
            return Faults.of(row, counts) if counts else None

        self.look.scan(ask, ids)
