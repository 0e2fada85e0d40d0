"""Choosing classes, and the commands of the class list."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.intents.reasons import classes_locked, no_project
from app.services import Services
from engine.document import edits
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.window import Window


class ClassIntents:
    """A number key gives the selection that class; without a selection, the next stroke."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._session, self._window = services, services.session, window
        handle = services.actions.handle
        for number in range(1, 10):
            handle(
                f"class.{number}",
                partial(self.choose_nth, number),
                partial(self._no_class, number),
            )
        panel, needs_project = window.side_panel, partial(no_project, services.session)
        handle("class.picker", self.picker, needs_project)
        free = partial(classes_locked, services.session)
        handle("class.add", partial(self._in_panel, panel.add_class), free)
        handle("class.rename", partial(self._in_panel, panel.rename_class), self._no_current)
        handle("class.merge", partial(self._in_panel, panel.merge_class), self._no_current)
        handle("class.delete", partial(self._in_panel, panel.delete_class), self._no_current)

    def _in_panel(self, run: Callable[[], None]) -> None:
        self._window.show_panel()
        run()

    def choose_nth(self, number: int) -> None:
        """The class at this place of the list, from 1."""
        self.choose(self._session.taxonomy.classes[number - 1].id)

    def choose(self, class_id: int) -> None:
        """Give the selection this class, or choose it for the next stroke."""
        session = self._session
        if session.selection and session.document is not None and not session.read_only:
            session.do(
                edits.change_class(session.document, session.selection, class_id, session.taxonomy)
            )
        session.set_class(class_id)

    def picker(self) -> None:
        """Choose a class by typing, at the pointer."""
        from app.dialogs.command_palette import CommandPalette

        palette = CommandPalette(self._services, self._window, only="classes")
        palette.class_chosen.connect(self._pick)
        palette.open_over(self._window)

    def _pick(self, class_id: int) -> None:
        try:
            self.choose(class_id)
        except EngineError as problem:
            self._session.say(str(problem), "warning")

    def _no_class(self, number: int) -> str:
        count = len(self._session.taxonomy.classes)
        return "" if number <= count else f"There is no class {number} yet. Add one in the list."

    def _no_current(self) -> str:
        if self._session.current_class is None:
            return "Choose a class first."
        return classes_locked(self._session)
