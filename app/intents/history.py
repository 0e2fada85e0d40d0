"""Undo and redo, of the image and of the class list."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from app.services import Services

if TYPE_CHECKING:
    from app.window import Window

Which = Literal["undo", "redo"]
_WORDS: dict[Which, str] = {"undo": "Undone", "redo": "Redone"}


class HistoryIntents:
    """Undo is per image; class changes have a history of their own (decision 7).

    Where the newest step of the image is its share of the newest class change, undo takes the
    whole change back: it felt like one step.
    """

    def __init__(self, services: Services, window: Window) -> None:
        self._session, actions = services.session, services.actions
        self._canvas, self._actions = window.canvas, actions
        actions.handle("edit.undo", self.undo, lambda: self._missing("undo"))
        actions.handle("edit.redo", self.redo, lambda: self._missing("redo"))
        actions.handle("edit.undo_project", self.undo_project, lambda: self._no_step("undo"))
        actions.handle("edit.redo_project", self.redo_project, lambda: self._no_step("redo"))
        for which in ("edit.undo", "edit.redo"):
            actions.name(which, partial(self._name, which))

    def undo(self) -> None:
        """Take back the newest step of the open image; the last point of an open polygon."""
        if self._canvas.is_stroking:
            self._canvas.take_back_point()
        else:
            self._step("undo")

    def redo(self) -> None:
        """Take the step last undone again."""
        self._step("redo")

    def _step(self, which: Which) -> None:
        session = self._session
        if session.history is None:
            return
        if self._is_class_change(which):
            self._project_step(which)
            return
        self._say(_WORDS[which], getattr(session.history, which)())
        session.saved_changed.emit()

    def undo_project(self) -> None:
        """Take back the newest change of the class list."""
        self._project_step("undo")

    def redo_project(self) -> None:
        """Take the change of the class list that was last undone again."""
        self._project_step("redo")

    def _project_step(self, which: Which) -> None:
        session = self._session
        if session.project is None:
            return
        history = session.project.project_history
        work = history.undoing() if which == "undo" else history.redoing()
        label = self._project_label(which)

        def over(done: str | None) -> None:
            session.refresh_images()
            if session.image is not None:
                session.reload([session.image.id])
            self._say(_WORDS[which], done)

        session.slices.change(session, work, f"{which.capitalize()} “{label}”", over)

    def _say(self, word: str, label: str | None) -> None:
        if label:
            self._session.say(f"{word}: {label[0].lower()}{label[1:]}")

    # -- what would be done ------------------------------------------------------------------

    def _label(self, which: Which) -> str:
        history = self._session.history
        return str(getattr(history, f"{which}_label") or "") if history is not None else ""

    def _project_label(self, which: Which) -> str:
        project = self._session.project
        return str(getattr(project.project_history, f"{which}_label") or "") if project else ""

    def _is_class_change(self, which: Which) -> bool:
        """Whether the image's step is a share of the class change that would be done next."""
        history = self._session.history
        shared = history is not None and getattr(history, f"{which}_shared")
        return bool(shared) and self._label(which) == self._project_label(which)

    def _name(self, action_id: str) -> str:
        which: Which = "undo" if action_id == "edit.undo" else "redo"
        label, word = self._label(which), which.capitalize()
        return f"{word} {label[0].lower()}{label[1:]}" if label else word

    def _missing(self, which: Which) -> str:
        session = self._session
        if session.read_only and session.project is not None:
            return session.project.owner
        if session.slices.words:
            return session.slices.words
        if self._canvas.is_stroking:
            drawing = self._canvas.hands.drawing or self._canvas.hands.gestures.waits
            drawing = drawing and which == "undo"
            return "" if drawing else "Finish the stroke first."
        if self._label(which):
            return ""
        other = self._project_label(which)
        key = self._actions.key_text(f"edit.{which}_project")
        more = f" {key} would {which} the class change: {other}." if other else ""
        return f"There is nothing to {which} in this image.{more}"

    def _no_step(self, which: Which) -> str:
        if self._session.slices.words:
            return self._session.slices.words
        project = self._session.project
        can = project is not None and getattr(project.project_history, f"can_{which}")
        return "" if can else f"There is no class change to {which}."
