"""Undo and redo of changes to the class list, across all images (ARCHITECTURE.md, decision 7)."""

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from engine.document.commands import Several
from engine.document.history import History, Step
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.document.taxonomy_commands import ChangeClasses, applied, share
from engine.errors import EngineError


class Host(Protocol):
    """What a project lends its history."""

    @property
    def taxonomy(self) -> Taxonomy:
        """The classes as they are now."""
        ...

    def put_classes(self, classes: Iterable[LabelClass]) -> None:
        """Change the taxonomy."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """One transaction."""
        ...

    def images_needing(self, class_id: int) -> Collection[int]:
        """Images that hold the class, or whose history could bring it back."""
        ...

    def open_history(self, image_id: int) -> History:
        """The history of an image, its document loaded."""
        ...

    def newest_share(self, image_id: int, *, undone: bool) -> int:
        """The project step that an image's newest step (or next to redo) is a share of, or 0."""
        ...

    def image_name(self, image_id: int) -> str:
        """How to call an image in a sentence."""
        ...

    def project_steps(self) -> tuple[list[Step], list[Step]]:
        """As ``Journal.steps``, for the project."""
        ...

    def project_command(self, step: Step) -> ChangeClasses:
        """A step read back."""
        ...

    def record_project(self, step: Step, command: ChangeClasses) -> None:
        """Keep a new step of the project."""
        ...

    def move_project(self, head: int) -> None:
        """Note the newest step in force."""
        ...


class ProjectHistory:
    """The changes of a project's class list.

    Attributes:
        subscribers: called without arguments after the classes, or what undo would do, changed.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self.subscribers: list[Callable[[], None]] = []
        self._done, self._undone = host.project_steps()

    @property
    def can_undo(self) -> bool:
        """Whether a change can be taken back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether a change can be made again."""
        return bool(self._undone)

    @property
    def undo_label(self) -> str:
        """Name of the change that undo takes back; empty where there is none."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """Name of the change that redo makes again; empty where there is none."""
        return self._undone[-1].label if self._undone else ""

    def do(self, command: ChangeClasses) -> None:
        """Make a change, in every image it concerns, as one step.

        Raises:
            EngineError: nothing was changed.
        """
        if not command.before and not command.after:
            return
        number = 1 + (self._done[-1].number if self._done else self._number_before())
        host = self._host
        ids = tuple(sorted(host.images_needing(command.source))) if command.source else ()
        command = replace(command, images=ids)
        histories = [host.open_history(image_id) for image_id in ids]
        with host.together():
            for history in histories:
                parts = share(history.document, command, host.taxonomy)
                history.do(Several(tuple(parts), command.label, number))
            host.put_classes(applied(host.taxonomy, command, forward=True))
            host.record_project(Step(number, command.label), command)
        self._done.append(Step(number, command.label))
        self._undone.clear()
        self._tell()

    def undo(self) -> str | None:
        """Take back the newest change; None where there is none.

        Raises:
            EngineError: images were worked on after it and need it; nothing was changed.
        """
        if not self._done:
            return None
        step = self._done[-1]
        command = self._host.project_command(step)
        for image_id in command.images:
            if self._host.newest_share(image_id, undone=False) != step.number:
                raise self._refused("undone", step, image_id)
        for class_id in command.dying(forward=False):
            for image_id in sorted(self._host.images_needing(class_id)):
                raise self._needed(step, class_id, image_id)
        histories = [self._host.open_history(image_id) for image_id in command.images]
        with self._host.together():
            for history in histories:
                history.take_back()
            self._host.put_classes(applied(self._host.taxonomy, command, forward=False))
            self._host.move_project(step.number - 1)
        self._undone.append(self._done.pop())
        self._tell()
        return step.label

    def redo(self) -> str | None:
        """Make the change last taken back again; None where there is none.

        Raises:
            EngineError: images were worked on since; nothing was changed.
        """
        if not self._undone:
            return None
        step = self._undone[-1]
        command = self._host.project_command(step)
        host = self._host
        needing = set(host.images_needing(command.source)) if command.source else set()
        for image_id in sorted(needing | set(command.images)):
            if host.newest_share(image_id, undone=True) != step.number:
                raise self._refused("made again", step, image_id)
        histories = [host.open_history(image_id) for image_id in command.images]
        with host.together():
            for history in histories:
                history.take_again()
            host.put_classes(applied(host.taxonomy, command, forward=True))
            host.move_project(step.number)
        self._done.append(self._undone.pop())
        self._tell()
        return step.label

    def _number_before(self) -> int:
        return self._undone[-1].number - 1 if self._undone else 0

    def _refused(self, done: str, step: Step, image_id: int) -> EngineError:
        name = self._host.image_name(image_id)
        return EngineError(
            f"“{step.label}” cannot be {done}: {name} was changed after it. Undo there first."
        )

    def _needed(self, step: Step, class_id: int, image_id: int) -> EngineError:
        name, image = self._host.taxonomy.name(class_id), self._host.image_name(image_id)
        return EngineError(
            f"“{step.label}” cannot be undone: {image} uses “{name}”, or its history does. "
            "Merge or delete the class instead."
        )

    def _tell(self) -> None:
        for subscriber in tuple(self.subscribers):
            subscriber()
