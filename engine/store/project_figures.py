"""How much of what a project holds, asked of the file without reading a mask."""

from collections.abc import Mapping
from typing import NamedTuple

from engine.store import classes
from engine.store.store import Store


class ObjectFigures(NamedTuple):
    """The accepted objects of one image: how many, crowds, with a score, with further fields."""

    objects: int
    crowds: int
    scored: int
    fielded: int


class ProjectFigures:
    """Part of ``Project``; what waits to be written is waited for."""

    _store: Store

    def images_of(self, class_id: int) -> frozenset[int]:
        """Images with accepted objects or pixels of the class."""
        self._store.flush()
        with self._store.reading() as db:
            return frozenset(classes.images_with(db, class_id, waiting=False))

    def object_figures(self) -> Mapping[int, ObjectFigures]:
        """Figures of every image that has accepted objects."""
        self._store.flush()
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT image, COUNT(*), SUM(crowd), COUNT(score), COUNT(extra) FROM annotations "
                "WHERE proposal = 0 GROUP BY image"
            )
            return {image: ObjectFigures(*figures) for image, *figures in rows}

    def highest_number(self) -> int:
        """The largest number that an object came in with; 0 where none has one."""
        self._store.flush()
        with self._store.reading() as db:
            found = db.execute("SELECT MAX(coco_id) FROM annotations").fetchone()[0]
        return max(0, found or 0)
