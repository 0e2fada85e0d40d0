"""A change of outlines that is being thought about: worked out, shown, and done or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from PySide6.QtCore import QObject, Signal

from app.canvas.canvas_photo import CanvasPhoto
from app.canvas.errands import Errand, Errands
from app.canvas.picture import Picture
from app.canvas.touchable import Touchable
from app.session import Session
from app.tools.base import Photo, Pointer, Tint, Watch
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.edits import Target
from engine.document.reshaping import (
    LABELS,
    Kind,
    Plan,
    change_of,
    plan,
    refuse_all_locked,
    reshape,
)
from engine.document.taxonomy import FIRST_CLASS
from engine.errors import EngineError
from engine.masks.box import Box

Scope = Literal["selection", "class", "image"]

AMOUNTS: Final[dict[str, int]] = {
    **dict.fromkeys(("grow", "shrink", "open", "close", "smooth"), 3),
    **dict.fromkeys(("holes", "islands"), 64),
    "edges": 4,
}
"""Pixels to begin with."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: an operation, its pixels, and what it is done to."""

    kind: Kind = "grow"
    amount: int = AMOUNTS["grow"]
    scope: Scope = "selection"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a scope means now: objects, and classes of areas."""

    ids: tuple[int, ...] = ()
    areas: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.ids or self.areas)


class Reshaping(QObject):
    """Follows the wish and the document; what would change shows on the picture.

    While one amount is worked out the newest waits, and what has come is shown, so that dragging a
    slider shows something all along.

    Signals:
        changed: ``wish``, ``plan``, ``problem`` or ``busy``.
        done: it was applied.

    Attributes:
        wish: see ``Wish``.
        plan: what would change by it; None until that is known.
        problem: why nothing can be done, for people.
    """

    changed = Signal()
    done = Signal()

    def __init__(
        self,
        session: Session,
        picture: Picture,
        visible: Callable[[], Box],
        errands: Errands,
        parent: QObject | None = None,
    ) -> None:
        """Begin with what is selected.

        Args:
            session: whose document is changed.
            picture: where it is shown, and whose photo is looked at.
            visible: the box in view: areas follow the edges only there.
            errands: where it is worked out; they outlive this, so that nothing waits for them.
            parent: see QObject.
        """
        super().__init__(parent)
        self._session, self._picture, self._visible = session, picture, visible
        self._errands = errands
        self._errand: Errand[Plan] | None = None
        self._stale = self._closed = self._applying = False
        self._amounts = dict(AMOUNTS)
        self.wish = Wish(scope="selection" if self.subject("selection") else "class")
        self.plan: Plan | None = None
        self.problem = ""
        for signal in (
            session.document_changed,
            session.selection_changed,
            session.class_changed,
            session.image_changed,
            session.taxonomy_changed,
            session.filter_changed,
            session.limits.changed,
        ):
            signal.connect(self._on_outside)
        self._start()

    # -- asking ------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether what is shown is not yet what is asked for."""
        return self._errand is not None

    def ask(self, **fields: Any) -> None:
        """Wish for something else; see ``Wish``. Each operation keeps its own amount."""
        wish = replace(self.wish, **fields)
        if "kind" in fields and "amount" not in fields:
            wish = replace(wish, amount=self._amounts[wish.kind])
        self._amounts[wish.kind] = wish.amount
        if wish == self.wish:
            return
        other = (wish.kind, wish.scope) != (self.wish.kind, self.wish.scope)
        self.wish = wish
        self._again(at_once=other)
        self.changed.emit()

    def subject(self, scope: Scope) -> Subject:
        """What a scope means now."""
        session = self._session
        shown = [each for each in session.in_sight() if not each.proposal]
        if scope == "image":
            return Subject(tuple(each.id for each in shown), self._areas())
        if scope == "selection" and session.selection:
            return Subject(tuple(sorted(session.selection)))
        class_id = self.class_id(scope)
        if class_id is None:
            return Subject()
        if not session.taxonomy.is_thing(class_id):
            return Subject(areas=(class_id,))
        if scope == "selection":
            return Subject()
        return Subject(tuple(each.id for each in shown if each.class_id == class_id))

    def class_id(self, scope: Scope = "class") -> int | None:
        """The class that is meant: of what is selected, or the current one."""
        chosen = self._session.selected()
        if chosen and scope == "class":
            return chosen[0].class_id
        found = self._session.current_class
        return found if found is not None and found >= FIRST_CLASS else None

    def _areas(self) -> tuple[int, ...]:
        session = self._session
        return tuple(
            each.id
            for each in session.taxonomy.classes
            if not each.thing and each.visible and session.only_class in (None, each.id)
        )

    # -- doing -------------------------------------------------------------------------------

    def apply(self) -> None:
        """Do what is shown; while it is still worked out, as soon as it is known."""
        if self.busy:
            self._applying = True
            self.changed.emit()
            return
        document, wanted = self._session.document, self.plan
        if document is None or not wanted:
            self._session.say(self.problem or "Nothing would change by it.")
            return
        self._closed = True  # its own step is no reason to look again
        self._picture.plan.clear()
        if self._session.do(reshape(document, wanted)):
            self._session.say(told(wanted))
            self.done.emit()
        else:
            self._closed = False

    def close(self) -> None:
        """Show nothing any more, and stop working."""
        self._closed = True
        if self._errand is not None:
            self._errand.drop()
            self._errand = None
        self._picture.plan.clear()

    # -- working -----------------------------------------------------------------------------

    def _on_outside(self) -> None:
        if not self._closed:
            self.plan = None
            self._picture.plan.clear()
            self._again(at_once=True)

    def _again(self, *, at_once: bool) -> None:
        """Work it out anew: at once, or when what is under way has come."""
        self._stale = True
        if at_once and self._errand is not None:
            self._errand.drop()
            self._errand = None
        if self._errand is None:
            self._start()

    def _start(self) -> None:
        self._stale = False
        work = self._work()
        if work is None:
            self._take(None)
        else:
            self._errand = self._errands.run(work, self._on_done)
            self.changed.emit()

    def _work(self) -> Callable[[Watch], Plan] | None:
        session, wish = self._session, self.wish
        document, taxonomy = session.document, session.taxonomy
        if document is None:
            self.problem = "No image is open."
            return None
        subject = self.subject(wish.scope)
        if not subject:
            self.problem = self._nothing(wish.scope)
            return None
        state, size = document.state, document.size
        try:
            refuse_all_locked(state, subject.ids, subject.areas, taxonomy)
        except EngineError as problem:
            self.problem = str(problem)
            return None
        self.problem = ""
        photo = CanvasPhoto(self._picture.photo, size)
        comes = Allowed(session, document, photo, subject, takes=False)
        goes = Allowed(session, document, photo, subject, takes=True)
        within = self._visible() if wish.kind == "edges" else None

        def work(watch: Watch) -> Plan:
            change = change_of(wish.kind, wish.amount, size, photo.read, watch.check)
            return plan(
                state,
                size,
                change,
                subject.ids,
                subject.areas,
                taxonomy,
                label=LABELS[wish.kind],
                allow=lambda region, erase: (goes if erase else comes).part(region),
                within=within,
                check=watch.check,
            )

        return work

    def _nothing(self, scope: Scope) -> str:
        if scope == "selection":
            return "Select an object first, or take a whole class or the image."
        if scope == "class" and self.class_id() is None:
            return "Choose a class first."
        return "There is nothing of it in this image."

    def _on_done(self) -> None:
        errand, self._errand = self._errand, None
        if errand is None:
            return
        try:
            self._take(errand.answer())
        except EngineError as problem:
            self.problem = str(problem)
            self._take(None)
        if self._stale:
            self._start()
        elif self._applying:
            self._applying = False
            self.apply()

    def _take(self, wanted: Plan | None) -> None:
        self.plan = wanted
        if wanted is None:
            self._applying = False
        self._picture.plan.show(_tints(wanted) if wanted else ())
        self.changed.emit()


class Allowed(Touchable):
    """The limits in force for a change of several objects and classes of areas."""

    def __init__(
        self, session: Session, document: Document, photo: Photo, subject: Subject, *, takes: bool
    ) -> None:
        """Ask for a subject, about what comes or what it ``takes`` away; on any thread."""
        super().__init__(session, document, photo, None, Pointer("press", 0, 0))
        self._subject, self._takes = subject, takes

    @property
    def _erasing(self) -> bool:
        return self._takes

    def _edited(self) -> Target | None:
        areas = self._subject.areas
        return Target(areas[0], stuff=True) if areas and not self._subject.ids else None

    def _is_own(self, each: Annotation) -> bool:
        return each.id in self._subject.ids


def _tints(wanted: Plan) -> list[Tint]:
    goes = [Tint(wanted.goes, None, hatched=True)] if wanted.goes else []
    comes = (Tint(mask, number, hatched=True) for number, mask in wanted.comes.items())
    return [*goes, *comes]


def told(wanted: Plan) -> str:
    """What a plan does, or did, in words."""
    comes = sum(mask.area for mask in wanted.comes.values())
    goes = wanted.goes.area
    parts = [f"{comes:,} px added" if comes else "", f"{goes:,} px taken away" if goes else ""]
    what = " and ".join(part for part in parts if part)
    things = [_counted(wanted.objects, "object"), _counted(wanted.areas, "painted class", "es")]
    of = " and ".join(each for each in things if each)
    sentences = [f"{wanted.label}: {what}, in {of}."]
    if wanted.vanishing:
        verb = "vanishes" if wanted.vanishing == 1 else "vanish"
        sentences.append(f"{_counted(wanted.vanishing, 'object')} {verb}.")
    if wanted.locked:
        sentences.append(f"Locked and left alone: {wanted.locked}.")
    return " ".join(sentences)


def _counted(count: int, name: str, plural: str = "s") -> str:
    return f"{count} {name}{plural * (count != 1)}" if count else ""
