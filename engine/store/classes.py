"""The classes of a project as rows."""

import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from engine.document.taxonomy import FIRST_CLASS, LabelClass, Taxonomy
from engine.store import states
from engine.store.rows import pack_extra, unpack_extra
from engine.store.store import Store

_COLUMNS: Final = (
    "id, name, color, hatch, thing, position, coco_id, supercategory, visible, locked, "
    "contour_only, opacity, deleted, extra"
)


class Classes:
    """The taxonomy of an open project."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._taxonomy: Taxonomy | None = None

    @property
    def taxonomy(self) -> Taxonomy:
        """All classes, as they are now."""
        if self._taxonomy is None:
            with self._store.reading() as db:
                rows = [_class(row) for row in db.execute(f"SELECT {_COLUMNS} FROM classes")]
                used = db.execute("SELECT value FROM counters WHERE kind = 'class'").fetchone()
            self._taxonomy = Taxonomy(rows, 1 + used[0] if used else FIRST_CLASS)
        return self._taxonomy

    def put(self, classes: Iterable[LabelClass], gone: Iterable[int] = ()) -> None:
        """Add or change classes, and forget others altogether."""
        rows, removed = tuple(classes), tuple(gone)
        self._store.must_write()
        self._taxonomy = self.taxonomy.with_(*rows).without(*removed)
        self._store.submit(lambda db: _write(db, rows, removed))

    def forget(self) -> None:
        """Read again at the next question."""
        self._taxonomy = None


def images_with(db: sqlite3.Connection, class_id: int) -> set[int]:
    """Images that hold the class in objects, proposals or pixels."""
    rows = db.execute(
        "SELECT DISTINCT image FROM annotations WHERE class = ? "
        "UNION SELECT DISTINCT image FROM layer_tiles WHERE instr(classes, ?)",
        (class_id, f",{class_id},"),
    )
    return {int(image) for (image,) in rows}


def object_count(db: sqlite3.Connection, class_id: int) -> int:
    """Accepted objects of the class in the whole project."""
    row = db.execute(
        "SELECT COUNT(*) FROM annotations WHERE class = ? AND proposal = 0", (class_id,)
    ).fetchone()
    return int(row[0])


def purge(db: sqlite3.Connection) -> None:
    """Forget deleted classes that no object, pixel or journal mentions any more."""
    for class_id, mark in db.execute(
        "SELECT id, ',' || id || ',' FROM classes WHERE deleted = 1"
    ).fetchall():
        mentioned = db.execute(
            "SELECT 1 FROM journal WHERE instr(classes, ?) LIMIT 1", (mark,)
        ).fetchone()
        if mentioned is None and not images_with(db, class_id):
            db.execute("DELETE FROM classes WHERE id = ?", (class_id,))


def _class(row: tuple[Any, ...]) -> LabelClass:
    return LabelClass(
        id=row[0],
        name=row[1],
        color=row[2],
        hatch=row[3],
        thing=bool(row[4]),
        order=row[5],
        coco_id=row[6],
        supercategory=row[7],
        visible=bool(row[8]),
        locked=bool(row[9]),
        contour_only=bool(row[10]),
        opacity=row[11],
        deleted=bool(row[12]),
        extra=unpack_extra(row[13]),
    )


def _write(db: sqlite3.Connection, rows: Iterable[LabelClass], gone: Iterable[int]) -> None:
    for c in rows:
        values = (
            c.id, c.name, c.color, c.hatch, c.thing, c.order, c.coco_id, c.supercategory,
            c.visible, c.locked, c.contour_only, c.opacity, c.deleted, pack_extra(c.extra),
        )  # fmt: skip
        marks = ", ".join("?" * len(values))
        db.execute(f"INSERT OR REPLACE INTO classes ({_COLUMNS}) VALUES ({marks})", values)
        states.note_highest(db, "class", c.id)
    db.executemany("DELETE FROM classes WHERE id = ?", ((number,) for number in gone))
