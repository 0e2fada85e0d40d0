"""Taking objects along to the next image: a sequence of photos, slices of a volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.intents.reasons import cannot_edit
from app.panels.common import plural
from engine.document import edits
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.services import Services
    from engine.document.carry import Carried


class CarryIntents:
    """Copies the selection, or all objects that show, to the next image and goes there."""

    def __init__(self, services: Services) -> None:
        self._session = services.session
        services.actions.handle("object.copy_next", self.copy_next, self._cannot)

    def copy_next(self) -> None:
        """One undo step in the next image; nothing happens where none of them fits."""
        session, project = self._session, self._session.project
        target = self._next()
        if project is None or target is None:
            return
        chosen = session.selected()
        if not chosen:
            chosen = [each for each in session.in_sight() if not each.proposal]
        if not chosen:
            session.say("There is no object to copy. Draw one, or accept a proposal.")
            return
        from engine.document.carry import carry

        try:
            carried = carry(chosen, project.load(target).size, session.taxonomy)
            if carried.objects:
                session.open_image(target)
        except EngineError as problem:
            session.say(str(problem), "warning")
            return
        if not carried.objects:
            session.say(f"Nothing was copied: {_left_words(carried)}.", "warning")
            return
        self._paste(carried)

    def _paste(self, carried: Carried) -> None:
        session, document = self._session, self._session.document
        if document is None:
            return
        before = set(document.annotations)
        if not session.do(edits.paste(document, carried.objects, session.taxonomy)):
            return
        session.set_selection(set(document.annotations) - before)
        name = session.image.file_name if session.image is not None else ""
        sentence = f"Copied {plural(len(carried.objects), 'object')} to {name}."
        left = _left_words(carried)
        session.say(sentence + (f" Left out: {left}." if left else ""), "ok")

    def _next(self) -> int | None:
        order, at = self._session.queue, self._session.queue_place()
        return order[at + 1] if at is not None and at + 1 < len(order) else None

    def _cannot(self) -> str:
        reason = cannot_edit(self._session)
        return reason or ("" if self._next() is not None else "This is the last image.")


def _left_words(carried: Carried) -> str:
    parts = []
    if carried.outside:
        parts.append(f"{carried.outside:,} outside the next image")
    if carried.locked:
        parts.append(f"{carried.locked:,} of a locked class")
    if carried.stuff:
        parts.append(f"{carried.stuff:,} of a class that is painted as pixels")
    return ", ".join(parts)
