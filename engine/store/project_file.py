"""The file of an open project: where it is, whether it can be written, whether all is saved."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from engine.errors import EngineError
from engine.store import paths
from engine.store.store import Store


class ProjectFile:
    """What is known of a project without its content."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._saved: list[Callable[[], None]] = []
        self._failed: list[Callable[[EngineError], None]] = []

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

    def together(self) -> AbstractContextManager[None]:
        """What is changed inside the block is one transaction."""
        return self._store.together()
