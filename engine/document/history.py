"""Undo and redo on one image, in memory or in a journal that outlives the program."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from engine.document.commands import Command, Several, weight
from engine.document.document import Document, State
from engine.document.provenance import signed
from engine.errors import EngineError

IN_MEMORY: Final = 64
"""Steps whose commands stay in memory although a journal has them."""

IN_MEMORY_BYTES: Final = 64 << 20
"""Pixels of such commands, at most; the newest stays in any case."""

LIMIT: Final = 1_000
"""Steps that are kept."""


@dataclass(slots=True)
class Step:
    """One step that was taken.

    Attributes:
        number: its place in the journal, from 1, without gaps.
        label: what the menu calls it.
        project_step: number of the project's step it is a share of, or 0.
        command: the step forward; None while it is only in the journal.
    """

    number: int
    label: str
    project_step: int = 0
    command: Command | None = None


class Journal(Protocol):
    """Where steps are kept. Calls return at once; the work is done behind them."""

    def steps(self) -> tuple[list[Step], list[Step]]:
        """Steps taken, oldest first, and steps undone, next to redo last."""
        ...

    def command(self, step: Step) -> Command:
        """Read a step's command.

        Raises:
            EngineError: it cannot be read.
        """
        ...

    def record(self, step: Step, document: Document, before: State) -> None:
        """Keep a new step and the state it led to; what was undone is forgotten.

        Raises:
            EngineError: this project may not be written.
        """
        ...

    def move(self, head: int, document: Document, before: State) -> None:
        """Note that ``head`` is now the newest step in force, and the state it led to.

        Raises:
            EngineError: this project may not be written.
        """
        ...

    def close(self) -> None:
        """The image is being closed; old steps may go."""
        ...


class History:
    """The steps taken on one document.

    Attributes:
        subscribers: called without arguments after undo or redo became something else.
    """

    def __init__(self, document: Document, journal: Journal | None = None) -> None:
        """Go on where the journal ends."""
        self.document = document
        self.journal = journal
        self.subscribers: list[Callable[[], None]] = []
        self._done: list[Step] = []
        self._undone: list[Step] = []
        if journal is not None:
            self._done, self._undone = journal.steps()

    @property
    def can_undo(self) -> bool:
        """Whether a step can be taken back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether a step can be taken again."""
        return bool(self._undone)

    @property
    def undo_label(self) -> str:
        """Name of the step that undo takes back; empty where there is none."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """Name of the step that redo takes again; empty where there is none."""
        return self._undone[-1].label if self._undone else ""

    @property
    def undo_shared(self) -> bool:
        """Whether undo would take back this image's share of a change of the whole project."""
        return bool(self._done and self._done[-1].project_step)

    @property
    def redo_shared(self) -> bool:
        """Likewise for redo."""
        return bool(self._undone and self._undone[-1].project_step)

    @property
    def head(self) -> int:
        """Number of the newest step in force; 0 before the first."""
        if self._done:
            return self._done[-1].number
        return self._undone[-1].number - 1 if self._undone else 0

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in force, oldest first."""
        return tuple(self._done)

    @property
    def reach(self) -> int:
        """How many steps can be taken back or taken again."""
        return len(self._done) + len(self._undone)

    def do(self, command: Command) -> None:
        """Apply a new step; whatever had been undone can no longer be redone.

        Raises:
            EngineError: nothing was changed.
        """
        share = command.project_step if isinstance(command, Several) else 0
        command = signed(command, self.document.person)
        step = Step(self.head + 1, command.label, share, command)
        document = self.document
        with document.change():
            before = document.state
            command.apply(document)
            if self.journal is not None:
                self.journal.record(step, document, before)
            self._done.append(step)
            self._undone.clear()
            self._let_go()
        self._tell()

    def undo(self) -> str | None:
        """Take back the newest step and answer with its label; None where there is none.

        Raises:
            EngineError: it cannot be taken back here; nothing was changed.
        """
        if not self._done:
            return None
        step = self._done[-1]
        if step.project_step:
            raise EngineError(
                f"“{step.label}” was a change of the whole project. "
                "Undo it with “Undo class change”."
            )
        self.take_back()
        return step.label

    def take_back(self) -> None:
        """Undo the newest step, even one that is the image's share of a project's step."""
        step = self._done[-1]
        command = self._command(step)
        with self.document.change():
            before = self.document.state
            command.inverse().apply(self.document)
            if self.journal is not None:
                self.journal.move(step.number - 1, self.document, before)
            self._undone.append(self._done.pop())
        self._tell()

    def redo(self) -> str | None:
        """Take the step last undone again and answer with its label; None where there is none.

        Raises:
            EngineError: it cannot be taken again; nothing was changed.
        """
        if not self._undone:
            return None
        step = self._undone[-1]
        if step.project_step:
            raise EngineError(
                f"“{step.label}” was a change of the whole project. "
                "Redo it with “Redo class change”."
            )
        self.take_again()
        return step.label

    def take_again(self) -> None:
        """Redo the step last undone, even one that is a share of a project's step."""
        step = self._undone[-1]
        command = self._command(step)
        with self.document.change():
            before = self.document.state
            command.apply(self.document)
            if self.journal is not None:
                self.journal.move(step.number, self.document, before)
            self._done.append(self._undone.pop())
        self._tell()

    def held(self) -> tuple[int, int]:
        """Steps whose commands are in memory, and bytes of pixels in them."""
        commands = [step.command for step in (*self._done, *self._undone)]
        inside = [command for command in commands if command is not None]
        return len(inside), sum(map(weight, inside))

    def next_step(self) -> Step | None:
        """The step that redo would take."""
        return self._undone[-1] if self._undone else None

    def close(self) -> None:
        """The image is being closed: nobody is told any more, and the oldest steps may go."""
        self.subscribers.clear()
        self.document.subscribers.clear()
        if self.journal is not None:
            self.journal.close()

    def _command(self, step: Step) -> Command:
        if step.command is None:
            if self.journal is None:
                raise EngineError(f"“{step.label}” is no longer kept and cannot be undone.")
            step.command = self.journal.command(step)
        return step.command

    def _let_go(self) -> None:
        """Keep memory in bounds: by the journal, or by forgetting."""
        if self.journal is None:
            del self._done[:-LIMIT]
            return
        held = 0
        for place, step in enumerate(reversed(self._done)):
            if step.command is None:
                return
            held += weight(step.command)
            if place >= IN_MEMORY or (place and held > IN_MEMORY_BYTES):
                step.command = None

    def _tell(self) -> None:
        for subscriber in tuple(self.subscribers):
            subscriber()
