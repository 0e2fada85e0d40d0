"""What one gesture may touch, and what to say when that was nothing."""

from __future__ import annotations

from operator import is_not
from typing import Any

from app.canvas.stroke_layer import StrokeLayer
from app.limit_rules import Inside, OverClasses, Sure, Unlocked, Values
from app.limit_words import in_words, refusal
from app.limits import Name, Permitted, Rule
from app.session import Session
from app.state import Limits
from app.tools.base import Photo, Pointer
from engine.document import edits
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.edits import Target
from engine.errors import EngineError
from engine.masks.mask import Mask

_MOST = 64
"""Regions that are looked at again for what refused them."""


class Touchable:
    """The limits of the session as a question about regions, for one gesture.

    What a held key lifts, it lifts from the next question on; what was asked before stays as it
    was answered.
    """

    def __init__(
        self, session: Session, document: Document, photo: Photo, preview: object, press: Pointer
    ) -> None:
        """Begin with a press; nothing is worked out yet.

        Args:
            session: read live.
            document: as it is throughout the gesture.
            photo: for limits by value.
            preview: says whether the gesture takes away, once it has begun.
            press: what began it.
        """
        self._session, self._document, self._photo = session, document, photo
        self._preview, self._press = preview, press
        # One value, as tools ask on other threads too: for what it is worked out, and that.
        self._state: tuple[tuple[Any, ...], tuple[Any, ...], Permitted] | None = None
        self._target: Target | None = None
        self._sought = False
        self._asked: list[Mask] = []  # regions of which nothing was allowed
        self._granted = False

    def part(self, region: Mask) -> Mask:
        """See Desk.allowed."""
        if not region:
            return region
        found = self._now().of(region)
        self._granted = self._granted or bool(found)
        if not self._granted:
            self._asked.append(region)
            if len(self._asked) > _MOST:  # a long way: every other place of it will do
                del self._asked[1:-1:2]
        return found

    def refusal(self) -> str:
        """Which limit refused everything that was asked for; empty where something was allowed."""
        if self._granted or not self._asked:
            return ""
        session = self._session
        rules = self._now().rules
        alone = [rule for rule in rules if self._refuses(rule)]
        names: set[Name] = {rule.name for rule in alone[:1] or rules}
        texts = in_words(session.limits.now, session.taxonomy, self._document)
        chosen = [each for each in texts if each.name in names]
        if not chosen:  # an object is locked, and no class
            return "Nothing here may be painted: it belongs to a locked object. Unlock it first."
        return refusal(chosen, erasing=self._erasing)

    def _refuses(self, rule: Rule) -> bool:
        alone = Permitted((rule,), self._document.size)
        return not any(alone.of(region) for region in self._asked)

    @property
    def _erasing(self) -> bool:
        preview = self._preview
        if isinstance(preview, StrokeLayer) and preview.active:
            return preview.erase
        return self._press.erase or self._session.tool == "eraser"

    def _now(self) -> Permitted:
        """What holds now: a gesture sees one document, but what a tool shows at rest may not."""
        session, limits = self._session, self._session.limits
        now, erasing = Limits() if limits.lifted else limits.now, self._erasing
        key = now, erasing, session.current_class, session.selection, session.force_new
        seen = self._document.state, session.confidence, session.taxonomy
        state = self._state
        if state is None or state[0] != key or any(map(is_not, state[1], seen)):
            self._sought = False
            permitted = Permitted(self._rules(now, erasing), self._document.size)
            state = self._state = key, seen, permitted
        return state[2]

    def _rules(self, limits: Limits, erasing: bool) -> list[Rule]:
        """Cheap ones first."""
        session, document = self._session, self._document
        rules: list[Rule] = []
        if not erasing:
            target = self._edited()
            stuff = target is not None and target.stuff
            locks = Unlocked(document, session.taxonomy, self._is_own, stuff=stuff)
            rules += [locks] if locks else []
        if limits.within is not None:
            rules.append(Inside(limits.within, document))
        if limits.over:
            rules.append(OverClasses(limits.over, document, self._is_own))
        if limits.sure is not None:
            rules.append(Sure(limits.sure, session.confidence, self._model_labels(), document.size))
        if limits.values is not None:
            rules.append(Values(limits.values, self._photo))
        return rules

    def _edited(self) -> Target | None:
        """What the press edits; None where it may edit nothing, which the tool will say."""
        if not self._sought:
            self._sought, self._target = True, None
            session = self._session
            try:
                # Asked as an eraser asks: that uses up no number for an object that may come.
                found = edits.press(
                    self._document,
                    session.taxonomy,
                    session.current_class,
                    self._press.at,
                    session.selection,
                    erase=True,
                )
            except EngineError:
                return None
            begins = session.force_new and not self._erasing and not found.stuff
            self._target = Target(session.current_class or 0) if begins else found
        return self._target

    def _is_own(self, each: Annotation) -> bool:
        """Whether an object is the one that is edited; an eraser beside all takes what it meets."""
        target = self._edited()
        if target is None or target.stuff:
            return False
        if target.annotation is None:
            return self._erasing and each.class_id == target.class_id
        return each.id == target.annotation

    def _model_labels(self) -> list[int]:
        """The model's numbers of the class that is painted with."""
        target, session = self._edited(), self._session
        wanted = session.current_class if target is None else target.class_id
        return [label for label, own in session.confidence_classes.items() if own == wanted]
