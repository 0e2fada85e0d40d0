"""What an object takes from its neighbours, and what it gives to one of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.intents.reasons import nothing_chosen
from app.services import Services
from engine.document import edits
from engine.document.document import State
from engine.document.edits import Neighbour

if TYPE_CHECKING:
    from app.window import Window

ALONE = "It touches no other object and no painted class that is shown and unlocked."


class ShapeIntents:
    """Each is one undo step; what is locked or not shown is left alone."""

    def __init__(self, services: Services, window: Window) -> None:
        self._session, self._canvas = services.session, window.canvas
        self._given: tuple[State, frozenset[int], list[Neighbour], int] | None = None
        actions = services.actions
        actions.handle("object.cut_out", self.cut_out, partial(nothing_chosen, self._session))
        actions.handle("object.give", self.give, self._nothing_to_give)
        actions.handle("edit.ring", lambda: self._canvas.hands.key("ring"))
        self._session.image_changed.connect(self._forget)

    def cut_out(self) -> None:
        """The selection takes its pixels from all other objects and from painted classes."""
        session = self._session
        if session.document is None:
            return
        taken = edits.cut_out(
            session.document,
            session.selection,
            session.taxonomy,
            shown=self._shown(),
            classes=self._classes(),
            allowed=self._canvas.hands.allowed,
        )
        if taken.command is None:
            session.say(_left(taken.inside) or "Nothing that may be changed lies under it.")
        elif session.do(taken.command):
            counts = ((taken.objects, "object", "s"), (taken.classes, "painted class", "es"))
            what = " and ".join(_counted(*each) for each in counts if each[0])
            session.say(" ".join(filter(None, (f"Cut out of {what}.", _left(taken.inside)))))

    def give(self) -> None:
        """The selection becomes part of the neighbour it touches most; again: of the next one."""
        session, document = self._session, self._session.document
        if document is None or session.history is None:
            return
        given = self._given
        if given is not None and given[0] is document.state and len(given[2]) > 1:
            session.history.undo()
            chosen, others, at = given[1], given[2], (given[3] + 1) % len(given[2])
        else:
            chosen, at = session.selection, 0
            others = edits.neighbours(
                document,
                chosen,
                session.taxonomy,
                shown=self._shown(),
                classes=self._classes(),
            )
        if not others:
            session.say(ALONE)
            return
        to = others[at]
        if session.do(edits.give(document, chosen, to, session.taxonomy)):
            self._given = document.state, chosen, others, at
            session.set_selection([to.annotation] if to.annotation is not None else [])
            more = f" {{object.give}} again: {self._name(others[(at + 1) % len(others)])}."
            border = f"{to.border:,} px of border" if to.border != 1 else "1 px of border"
            session.say(f"Given to {self._name(to)}, {border}.{more if len(others) > 1 else ''}")

    def _name(self, to: Neighbour) -> str:
        return f"“{self._session.taxonomy.name(to.class_id)}”"

    def _shown(self) -> set[int]:
        return set(self._canvas.picture.masks.shown)

    def _classes(self) -> set[int]:
        session = self._session
        alone = session.only_class
        return {
            each.id
            for each in session.taxonomy.classes
            if each.visible and alone in (None, each.id)
        }

    def _forget(self) -> None:
        self._given = None

    def _nothing_to_give(self) -> str:
        document = self._session.document
        if document is not None and self._given is not None and self._given[0] is document.state:
            return ""
        return nothing_chosen(self._session)


def _counted(count: int, word: str, many: str) -> str:
    return f"{count:,} {word}{many if count != 1 else ''}"


def _left(inside: int) -> str:
    if inside == 1:
        return "1 object lies wholly inside and was left as it is."
    return f"{inside:,} objects lie wholly inside and were left as they are." if inside else ""
