"""Undo and redo, of the image and of the class list."""

from app.services import Services
from engine.errors import EngineError


class HistoryIntents:
    """Undo is per image; class changes have a history of their own (decision 7)."""

    def __init__(self, services: Services) -> None:
        self._session, actions = services.session, services.actions
        actions.handle("edit.undo", self.undo, lambda: self._missing("undo"))
        actions.handle("edit.redo", self.redo, lambda: self._missing("redo"))
        actions.handle("edit.undo_project", self.undo_project, lambda: self._no_step("undo"))
        actions.handle("edit.redo_project", self.redo_project, lambda: self._no_step("redo"))
        actions.name("edit.undo", lambda: self._name("Undo", "undo_label"))
        actions.name("edit.redo", lambda: self._name("Redo", "redo_label"))

    def undo(self) -> None:
        """Take back the newest step of the open image."""
        self._step("undo", "Undone")

    def redo(self) -> None:
        """Take the step last undone again."""
        self._step("redo", "Redone")

    def _step(self, which: str, word: str) -> None:
        session = self._session
        if session.history is None:
            return
        label = getattr(session.history, which)()
        session.saved_changed.emit()
        if label:
            session.say(f"{word}: {label[0].lower()}{label[1:]}")

    def undo_project(self) -> None:
        """Take back the newest change of the class list."""
        self._project_step("undo", "Undone")

    def redo_project(self) -> None:
        """Take the change of the class list that was last undone again."""
        self._project_step("redo", "Redone")

    def _project_step(self, which: str, word: str) -> None:
        session = self._session
        if session.project is None:
            return
        try:
            label = getattr(session.project.project_history, which)()
        except EngineError as problem:
            session.say(str(problem), "warning")
            return
        session.touch_taxonomy()
        session.refresh_images()
        if session.image is not None:
            session.reload([session.image.id])
        if label:
            session.say(f"{word}: {label[0].lower()}{label[1:]}")

    def _name(self, word: str, which: str) -> str:
        history = self._session.history
        label = getattr(history, which) if history is not None else ""
        return f"{word} {label[0].lower()}{label[1:]}" if label else word

    def _missing(self, which: str) -> str:
        history = self._session.history
        if self._session.read_only and self._session.project is not None:
            return self._session.project.owner
        can = history is not None and getattr(history, f"can_{which}")
        return "" if can else f"There is nothing to {which} in this image."

    def _no_step(self, which: str) -> str:
        project = self._session.project
        can = project is not None and getattr(project.project_history, f"can_{which}")
        return "" if can else f"There is no class change to {which}."
