"""What is done to whole objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.intents.reasons import NO_IMAGE, no_image, nothing_chosen
from app.listing import ORDERS
from app.services import Services
from engine.document import edits
from engine.document.annotation import Annotation
from engine.document.commands import Command
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.window import Window


class ObjectIntents:
    """Delete, lock, hide, copy, step through. Each is one undo step."""

    def __init__(self, services: Services, window: Window) -> None:
        self._session, self._window = services.session, window
        self._copied: list[Annotation] = []
        self._copied_names: dict[int, str] = {}  # of the copies' classes
        self._copied_from: Path | None = None  # the project in which their numbers count
        handle = services.actions.handle
        chosen: tuple[tuple[str, Callable[[], None]], ...] = (
            ("object.delete", self.delete),
            ("object.merge", self.merge),
            ("object.fill_gaps", self.fill_gaps),
            ("object.lock", lambda: self.toggle("locked", "Lock object", "Unlock object")),
            ("object.hide", lambda: self.toggle("hidden", "Hide object", "Show object")),
            ("object.doubtful", lambda: self.toggle("doubtful", "Mark doubtful", "Mark sure")),
            ("object.note", self.note),
            ("object.copy", self.copy),
            ("object.front", lambda: self.reorder("top")),
            ("object.back", lambda: self.reorder("bottom")),
        )
        for name, run in chosen:
            handle(name, run, partial(nothing_chosen, services.session))
        needs_image = partial(no_image, services.session)
        handle("object.paste", self.paste, self._nothing_copied)
        handle("object.next", lambda: self.step(1), needs_image)
        handle("object.previous", lambda: self.step(-1), needs_image)
        handle("object.step_order", self.step_order, needs_image)
        handle("object.next_below", self.next_below, self._no_stack)
        handle("object.only_class", self.only_class, needs_image)
        handle("object.new", self.new, needs_image)
        handle("object.deselect", lambda: self._session.set_selection(()), needs_image)
        handle("object.select_all", self.select_all, needs_image)

    def _do(self, make: Callable[..., Command | None], *rest: object, nothing: str = "") -> bool:
        """Do what an edit makes of the selection; ``nothing`` is said where it changes nothing."""
        session = self._session
        if session.document is None:
            return False
        command = make(session.document, session.selection, *rest)
        if command is None and nothing:
            session.say(nothing)
        return session.do(command)

    def delete(self) -> None:
        """Delete the selection; proposals in it are rejected. A point that is pointed at first."""
        if self._window.canvas.hands.remove_point():
            return
        count = len(self._session.selection)
        if self._do(edits.delete, self._session.taxonomy):
            what = f"{count} objects" if count != 1 else "1 object"
            back = "them" if count != 1 else "it"
            self._session.say(f"Deleted {what}. {{edit.undo}} brings {back} back.")

    def merge(self) -> None:
        """Make one object of the selected ones."""
        session = self._session
        if len(session.selection) < 2:
            session.say("Select two or more objects to merge them: Shift and click adds one.")
            return
        self._do(edits.merge, session.taxonomy)

    def fill_gaps(self) -> None:
        """Fill holes and drop specks of the selection."""
        nothing = "There is no gap to fill and no speck to drop here."
        self._do(edits.tidy, self._session.taxonomy, nothing=nothing)

    def toggle(self, field: str, on: str, off: str) -> None:
        """Set an attribute of the selection, or clear it when all have it."""
        value = not all(getattr(each, field) for each in self._session.selected())
        fields: dict[str, Any] = {field: value, "label": on if value else off}
        self._do(partial(edits.set_attributes, **fields))

    def reorder(self, where: str) -> None:
        """Move the selection in the stack of overlapping objects."""
        there = "in front of" if where == "top" else "behind"
        self._do(edits.reorder, where, nothing=f"It lies {there} all others already.")

    def note(self) -> None:
        """Write a note in the selection panel."""
        self._window.show_panel()
        self._window.side_panel.edit_note()

    def copy(self) -> None:
        """Keep the selection for pasting, here or in another image."""
        session, project = self._session, self._session.project
        self._copied = session.selected()
        numbers = {each.class_id for each in self._copied}
        self._copied_names = {number: session.taxonomy.name(number) for number in numbers}
        self._copied_from = project.path if project is not None else None
        count = len(self._copied)
        self._session.say(f"Copied {count} object{'s' * (count != 1)}")

    def paste(self) -> None:
        """Put the copies in the open image, at the same place."""
        session, document = self._session, self._session.document
        if document is None:
            return
        before = set(document.annotations)
        if session.do(edits.paste(document, self._fitting(), session.taxonomy)):
            session.set_selection(set(document.annotations) - before)

    def _fitting(self) -> list[Annotation]:
        """The copies, each of the open project's class that it had where it was copied.

        Raises:
            EngineError: there is no such class.
        """
        project, taxonomy = self._session.project, self._session.taxonomy
        own = project is not None and project.path == self._copied_from
        found: list[Annotation] = []
        for each in self._copied:
            name, number = self._copied_names[each.class_id], each.class_id
            if not (own and number in taxonomy):  # in another project a number is another class's
                label = taxonomy.by_name(name)
                if label is None:
                    raise EngineError(
                        f"There is no class “{name}” in this project. Add it, then paste."
                    )
                number = label.id
            found.append(replace(each, class_id=number))
        return found

    def new(self) -> None:
        """Let the next press begin a new object."""
        self._session.set_selection(())
        self._session.set_force_new(True)
        self._session.say("The next stroke begins a new object.")

    def select_all(self) -> None:
        """Select every accepted object that is shown."""
        shown = self._session.in_sight()
        self._session.set_selection(each.id for each in shown if not each.proposal)

    def only_class(self) -> None:
        """Show one class only; again shows all."""
        session = self._session
        chosen = [each.class_id for each in session.selected()]
        wanted = chosen[0] if chosen else session.current_class
        session.set_only_class(None if session.only_class else wanted)

    def step(self, by: int) -> None:
        """Select the next object in the list's order, of those that pass its filter."""
        order = self._session.listing.sequence()
        if not order:
            self._session.say(self._none_to_step())
            return
        ids = [each.id for each in order]
        now = next((ids.index(each) for each in ids if each in self._session.selection), None)
        at = (0 if by > 0 else -1) if now is None else (now + by) % len(ids)
        self._session.set_selection([ids[at]])
        self._window.canvas.reveal(order[at].mask.box)

    def _none_to_step(self) -> str:
        if self._session.in_sight():
            return "No object passes the filter. {list.filter} leads to it."
        return "No objects yet. Let the model propose, or draw one."

    def step_order(self) -> None:
        """Another order for stepping and for the list."""
        listing = self._session.listing
        words = ORDERS[listing.next_order()].lower()
        at, left = "", len(listing.sequence())
        if left:
            at = f" {left:,} object{'s' * (left != 1)}."
        self._session.say(f"{{object.next}} steps {words}.{at}")

    def next_below(self) -> None:
        """Select the next object of the stack under the pointer or the cross."""
        if not self._window.canvas.next_below():
            self._session.say("There is no object under the pointer.")

    def _no_stack(self) -> str:
        if self._session.image is None:
            return NO_IMAGE
        return "Finish what you draw first." if self._window.canvas.is_stroking else ""

    def _nothing_copied(self) -> str:
        if self._session.image is None:
            return NO_IMAGE
        words = "Nothing is copied yet. Select an object, then {object.copy}."
        return "" if self._copied else words
