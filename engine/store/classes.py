"""The classes of a project as rows."""

import json
import math
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from engine.document.palette import HATCHES, is_color, palette_color
from engine.document.taxonomy import FIRST_CLASS, LAST_CLASS, ClassLock, LabelClass, Taxonomy
from engine.document.taxonomy_commands import VIEW
from engine.store import ranges, states
from engine.store.connection import damaged
from engine.store.rows import pack_extra, unpack_extra
from engine.store.store import Store

_COLUMNS: Final = (
    "id, name, color, hatch, thing, position, coco_id, supercategory, visible, locked, "
    "contour_only, opacity, deleted, extra, guideline, example_image, example_object"
)
_READ: Final = f"SELECT {_COLUMNS} FROM classes"
_READ_OLD: Final = _READ.replace("guideline, example_image, example_object", "'', 0, 0")
_DESCRIBED: Final = 4  # the version of the file's tables from which classes have guidelines
_LOCK: Final = "classes.lock"
_FREE: Final = VIEW | {"coco_id", "supercategory", "extra"}


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
                version = int(db.execute("PRAGMA user_version").fetchone()[0])
                read = _READ if version >= _DESCRIBED else _READ_OLD
                rows = [_class(row) for row in db.execute(read)]
                used = db.execute("SELECT value FROM counters WHERE kind = 'class'").fetchone()
                last = ranges.own(db, "class")
                lock = _lock(db)
            try:
                self._taxonomy = Taxonomy(
                    rows,
                    1 + used[0] if used else FIRST_CLASS,
                    last_id=LAST_CLASS if last is None else last,
                    lock=lock,
                )
            except (TypeError, ValueError, AttributeError) as problem:
                raise damaged(self._store.path, "its list of classes") from problem
        return self._taxonomy

    def put(self, classes: Iterable[LabelClass], gone: Iterable[int] = ()) -> None:
        """Add or change classes, and forget others altogether."""
        rows, removed = tuple(classes), tuple(gone)
        self._store.must_write()
        for entry in rows:
            self._refuse_locked(entry)
        self._taxonomy = self.taxonomy.with_(*rows).without(*removed)
        self._store.submit(lambda db: _write(db, rows, removed))

    def _refuse_locked(self, entry: LabelClass) -> None:
        """Let only how a class is shown, and what files call it, change while they are locked."""
        now = self.taxonomy.get(entry.id)
        view = {name: getattr(entry, name) for name in _FREE}
        if self.taxonomy.lock is not None and (now is None or replace(now, **view) != entry):
            what = f"Add class {entry.name}" if now is None else f"Change class {now.name}"
            self.taxonomy.refuse_locked(what)

    def set_lock(self, lock: ClassLock | None) -> None:
        """Fix the class list, or let it be changed again."""
        self._store.must_write()
        text = None if lock is None else json.dumps({"by": lock.by, "when": lock.when})
        everything = self.taxonomy
        self._taxonomy = Taxonomy(
            everything.everything, everything.next_id, last_id=everything.last_id, lock=lock
        )
        self._store.submit(lambda db: _write_lock(db, text))

    def forget(self) -> None:
        """Read again at the next question."""
        self._taxonomy = None


def images_with(db: sqlite3.Connection, class_id: int, *, waiting: bool = True) -> set[int]:
    """Images that hold the class in objects or pixels, or in proposals if ``waiting``."""
    rows = db.execute(
        "SELECT DISTINCT image FROM annotations WHERE class = ? AND proposal <= ? "
        "UNION SELECT DISTINCT image FROM layer_tiles WHERE instr(classes, ?)",
        (class_id, int(waiting), f",{class_id},"),
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
    """A class as stored; a project is a file of others, so its colour and opacity may be none."""
    plain = palette_color(max(0, row[0] - FIRST_CLASS))
    opacity = row[11] if row[11] is None or 0 <= row[11] <= 1 else None
    return LabelClass(
        id=row[0],
        name=row[1],
        color=row[2] if is_color(row[2]) else plain.color,
        hatch=row[3] if row[3] in HATCHES else plain.hatch,
        thing=bool(row[4]),
        order=row[5],
        coco_id=row[6],
        supercategory=row[7],
        visible=bool(row[8]),
        locked=bool(row[9]),
        contour_only=bool(row[10]),
        opacity=opacity,
        deleted=bool(row[12]),
        extra=unpack_extra(row[13]),
        guideline=row[14],
        example_image=row[15],
        example_object=row[16],
    )


def _lock(db: sqlite3.Connection) -> ClassLock | None:
    row = db.execute("SELECT value FROM settings WHERE key = ?", (_LOCK,)).fetchone()
    if row is None:
        return None
    said = unpack_extra(row[0])
    by, when = said.get("by", ""), said.get("when", 0.0)
    good = isinstance(when, int | float) and math.isfinite(when)
    return ClassLock(str(by), float(when) if good else 0.0)


def _write_lock(db: sqlite3.Connection, text: str | None) -> None:
    db.execute("DELETE FROM settings WHERE key = ?", (_LOCK,))
    if text is not None:
        db.execute("INSERT INTO settings VALUES (?, ?)", (_LOCK, text))


def _write(db: sqlite3.Connection, rows: Iterable[LabelClass], gone: Iterable[int]) -> None:
    for c in rows:
        values = (
            c.id, c.name, c.color, c.hatch, c.thing, c.order, c.coco_id, c.supercategory,
            c.visible, c.locked, c.contour_only, c.opacity, c.deleted, pack_extra(c.extra),
            c.guideline, c.example_image, c.example_object,
        )  # fmt: skip
        marks = ", ".join("?" * len(values))
        db.execute(f"INSERT OR REPLACE INTO classes ({_COLUMNS}) VALUES ({marks})", values)
        states.note_highest(db, "class", c.id)
    db.executemany("DELETE FROM classes WHERE id = ?", ((number,) for number in gone))
