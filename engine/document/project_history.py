"""Undo and redo of changes to the class list, across all images (ARCHITECTURE.md, decision 7).

A merge or a deletion touches every image that holds the class. So that a window need not stand
still for a thousand of them, each way exists a second time as a generator that works on one image
after another; nothing is handed to the writer before the last one.
"""

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol, TypeVar

from engine.document.commands import Several
from engine.document.history import History, Step
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.document.taxonomy_commands import ChangeClasses, applied, share
from engine.errors import EngineError

T = TypeVar("T")
Progress = Generator[float, None, T]
"""Yields the part that is done, 0..1, after each image, and returns a result."""


def finished(work: "Progress[T]") -> T:
    """Do all of it at once."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result


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
        finished(self.doing(command))

    def doing(self, command: ChangeClasses) -> Progress[None]:
        """As ``do``, an image at a time; see ``_in_all`` for what holds until it is over.

        Raises:
            EngineError: nothing was changed.
        """
        if not command.before and not command.after:
            return
        self._host.taxonomy.refuse_locked(command.label)
        number = 1 + (self._done[-1].number if self._done else self._number_before())
        host = self._host
        ids = tuple(sorted(host.images_needing(command.source))) if command.source else ()
        command = replace(command, images=ids)
        step = Step(number, command.label)

        def change(history: History) -> None:
            parts = share(history.document, command, host.taxonomy)
            history.do(Several(tuple(parts), command.label, number))

        def end() -> None:
            host.put_classes(applied(host.taxonomy, command, forward=True))
            host.record_project(step, command)
            self._done.append(step)
            self._undone.clear()

        yield from self._in_all(ids, change, end)

    def undo(self) -> str | None:
        """Take back the newest change; None where there is none.

        Raises:
            EngineError: images were worked on after it and need it; nothing was changed.
        """
        return finished(self.undoing())

    def undoing(self) -> Progress[str | None]:
        """As ``undo``, an image at a time.

        Raises:
            EngineError: as ``undo``.
        """
        if not self._done:
            return None
        step, host = self._done[-1], self._host
        host.taxonomy.refuse_locked(f"Undo {step.label}")
        command = host.project_command(step)
        for image_id in command.images:
            if host.newest_share(image_id, undone=False) != step.number:
                raise self._refused("undone", step, image_id)
            yield 0.0
        for class_id in command.dying(forward=False):
            for image_id in sorted(host.images_needing(class_id)):
                raise self._needed(step, class_id, image_id)

        def end() -> None:
            host.put_classes(applied(host.taxonomy, command, forward=False))
            host.move_project(step.number - 1)
            self._undone.append(self._done.pop())

        yield from self._in_all(command.images, History.take_back, end)
        return step.label

    def redo(self) -> str | None:
        """Make the change last taken back again; None where there is none.

        Raises:
            EngineError: images were worked on since; nothing was changed.
        """
        return finished(self.redoing())

    def redoing(self) -> Progress[str | None]:
        """As ``redo``, an image at a time.

        Raises:
            EngineError: as ``redo``.
        """
        if not self._undone:
            return None
        step, host = self._undone[-1], self._host
        host.taxonomy.refuse_locked(f"Redo {step.label}")
        command = host.project_command(step)
        needing = set(host.images_needing(command.source)) if command.source else set()
        for image_id in sorted(needing | set(command.images)):
            if host.newest_share(image_id, undone=True) != step.number:
                raise self._refused("made again", step, image_id)
            yield 0.0

        def end() -> None:
            host.put_classes(applied(host.taxonomy, command, forward=True))
            host.move_project(step.number)
            self._done.append(self._undone.pop())

        yield from self._in_all(command.images, History.take_again, end)
        return step.label

    def _in_all(
        self, ids: Sequence[int], act: Callable[[History], None], end: Callable[[], None]
    ) -> Progress[None]:
        """Load all images, then act on all and end, as one transaction.

        While the images are acted on, everything that is submitted to the store belongs to that
        transaction; whoever lets it wait between two images sees to it that nothing else is
        changed meanwhile. Given up before, nothing is changed; given up later, it is brought to
        its end at once, for a change is whole or is not.
        """
        histories: deque[History] = deque()
        for image_id in ids:
            histories.append(self._host.open_history(image_id))
            yield 0.5 * len(histories) / len(ids)
        with self._host.together():
            try:
                while histories:
                    act(histories.popleft())
                    if histories:
                        yield 1 - 0.5 * len(histories) / len(ids)
            finally:
                while histories:
                    act(histories.popleft())
                end()
        self._tell()

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
