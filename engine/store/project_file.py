"""The file of an open project: where it is, whether it can be written, whether all is saved."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from engine.errors import EngineError
from engine.store import paths
from engine.store.careful import Fault
from engine.store.keeper import Told
from engine.store.place import Place
from engine.store.recovered import Recovered
from engine.store.store import Store


class ProjectFile:
    """What is known of a project without its content."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._saved: list[Callable[[], None]] = []
        self._failed: list[Callable[[EngineError], None]] = []
        self._faults: list[Callable[[Fault], None]] = []

    def flush(self) -> None:
        """Wait until everything is on the disk.

        Raises:
            EngineError: it could not be written; it is kept and tried again.
        """
        self._store.flush()

    @property
    def path(self) -> Path:
        """The project file, absolute."""
        return self._store.path

    @property
    def files(self) -> Path:
        """The folder beside it for ``jobs`` and ``models``; made by whoever writes there."""
        return paths.files_of(self.path)

    @property
    def read_only(self) -> bool:
        """Whether nothing can be changed; ``owner`` says why."""
        return self._store.read_only

    @property
    def owner(self) -> str:
        """Why nothing can be changed, as a sentence; empty where it can."""
        return self._store.owner

    @property
    def elsewhere(self) -> bool:
        """Whether another program has it open to change it, so that it could not be opened so."""
        return self._store.elsewhere

    @property
    def saved(self) -> bool:
        """Whether everything is on the disk."""
        return self._store.writer is None or self._store.writer.saved

    @property
    def on_saved(self) -> list[Callable[[], None]]:
        """Called on the writer's thread whenever everything is on the disk."""
        return self._store.writer.on_saved if self._store.writer else self._saved

    @property
    def on_failed(self) -> list[Callable[[EngineError], None]]:
        """Called on the writer's thread with the problem when writing did not work."""
        return self._store.writer.on_failed if self._store.writer else self._failed

    @property
    def on_fault(self) -> list[Callable[[Fault], None]]:
        """Called on the writer's thread with work that could not be written as it was meant."""
        return self._store.writer.on_fault if self._store.writer else self._faults

    @property
    def place(self) -> Place:
        """What the project's folder can be trusted with."""
        return self._store.place

    @property
    def recovered(self) -> Recovered | None:
        """What was left by a session that was broken off; None where the last one closed."""
        return self._store.recovered

    @property
    def made(self) -> bool:
        """Whether there was no file yet when it was opened."""
        return self._store.made

    def keep_daily(self, keep: int, told: Told) -> None:
        """Begin the backup of the day on a thread, unless it is there; closing ends it.

        Args:
            keep: how many of the daily backups stay.
            told: called on that thread with the backup, or with why there is none.

        Raises:
            EngineError: the project can only be read.
        """
        self._store.keep_daily(keep, told)

    def together(self) -> AbstractContextManager[None]:
        """What is changed inside the block is one transaction."""
        return self._store.together()
