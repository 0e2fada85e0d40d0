"""What a project keeps beside the annotations: what models had said, and what was looked at."""

import sqlite3

from engine.masks.seen import Seen
from engine.store import origins, seen
from engine.store.origins import Origin
from engine.store.project_file import ProjectFile

_SINCE = 3
"""The version of the file's tables from which these are there."""


class Beside(ProjectFile):
    """Part of ``Project``; may be asked on any thread."""

    def origins(self, image_id: int, size: tuple[int, int]) -> list[Origin]:
        """Proposals of an image of ``size`` (height, width) as models made them, where changed.

        Those that wait, or were accepted as they were, are not among them: they are their own.

        Raises:
            EngineError: what is kept is damaged, or what waits to be written cannot be.
        """
        if not self.saved:
            self.flush()
        with self._store.reading() as db:
            return origins.read(db, image_id, size) if _has(db) else []

    def note_layer(self, image_id: int, source: str, made: float) -> None:
        """Note by what file a class map came in, and when, in seconds since 1970.

        Raises:
            EngineError: the project can only be read.
        """
        self._store.submit(lambda db: origins.note_layer(db, image_id, source, made))

    def seen(self, image_id: int, size: tuple[int, int]) -> Seen:
        """Which parts of an image were looked at at working zoom; the caller's own.

        Raises:
            EngineError: what is kept is damaged, or what waits to be written cannot be.
        """
        if not self.saved:  # who goes on and comes back at once finds what was seen
            self.flush()
        with self._store.reading() as db:
            return seen.read(db, image_id, size) if _has(db) else Seen(size)

    def set_seen(self, image_id: int, looked: Seen) -> None:
        """Keep which parts were looked at; no step of the history. Returns at once.

        Raises:
            EngineError: the project can only be read.
        """
        side, cells = looked.side, seen.pack(looked)
        self._store.submit(lambda db: seen.write(db, image_id, side, cells))


def _has(db: sqlite3.Connection) -> bool:
    """Whether the file has the tables: one that is only read may be of an older version."""
    return int(db.execute("PRAGMA user_version").fetchone()[0]) >= _SINCE
