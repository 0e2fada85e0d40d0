"""A part of a project as a project of its own, written row by row and never decoded.

A part has the classes, the settings and all that is kept of its images, under the numbers they have
in the project; it has no history. What each image held is kept a second time as the base that a
merge compares with.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.errors import EngineError
from engine.images.folder import must_be_text
from engine.store import backup, connection, kin, paths, ranges
from engine.store.packed import columns_of, pack
from engine.store.ranges import Range

_APART: Final = frozenset(
    {"images", "journal", "heads", "contents", "bases", "conflicts", "layer_sources"}
)
"""Tables about images that are not copied as they are."""

_AS_IT_CAME: Final = "WHERE image = ? AND image NOT IN (SELECT image FROM journal)"
"""Without the steps since, nothing tells what a class map came in as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPlan:
    """What goes into a part.

    Attributes:
        target: the file to write; there is none yet.
        images: numbers of its images.
        ranges: numbers it may give out, by kind.
        settings: settings it has instead of the project's; None takes one away.
        split: id of the split it belongs to.
        outer: ids of the splits that the project comes from itself; what is kept of them goes
            along, so that the part can also be merged into what was split then.
        moved: where files of images lie for it, by where they are now; others stay there.
    """

    target: Path
    images: Sequence[int]
    ranges: Mapping[str, Range]
    settings: Mapping[str, Any]
    split: str
    outer: Sequence[str] = ()
    moved: Mapping[Path, Path] = field(default_factory=dict)


def write(source: sqlite3.Connection, project: Path, plan: PartPlan) -> None:
    """Write a part beside its place; ``settle`` gives it its name, ``drop`` takes it away again.

    Args:
        source: a snapshot of the project.
        project: its file.
        plan: what goes into it.

    Raises:
        EngineError: there is a file already, or it cannot be written.
    """
    target, aside = plan.target, _aside(plan)
    must_be_text(target)
    if target.exists():
        raise EngineError(
            f"{target.name} is already there: {target.parent}. Choose another folder."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        drop(plan)  # of a program that was ended in the middle
        aside.touch()  # as the umask lets others use it; SQLite would make it 0644
        db = connection.connect(aside, write=True)
        try:
            connection.prepare_writing(db, aside, logged=False)
            db.execute("BEGIN IMMEDIATE")
            _fill(source, db, project, plan)
            db.execute("COMMIT")
        finally:
            db.close()
    except (OSError, sqlite3.Error) as problem:
        raise _unwritten(plan, problem) from problem


def settle(plan: PartPlan) -> None:
    """Give a part that was written its name.

    Raises:
        EngineError: the folder cannot be written any more.
    """
    try:
        backup.settle(_aside(plan), plan.target)
    except OSError as problem:
        raise _unwritten(plan, problem) from problem
    finally:
        drop(plan)  # its journal, too


def drop(plan: PartPlan) -> None:
    """Take away what ``write`` made, where it did not get its name."""
    aside = _aside(plan)
    for end in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            aside.with_name(aside.name + end).unlink()


def _aside(plan: PartPlan) -> Path:
    return plan.target.with_name(f".{plan.target.name}.part")


def _unwritten(plan: PartPlan, problem: Exception) -> EngineError:
    detail = getattr(problem, "strerror", None) or str(problem)
    return EngineError(
        f"{plan.target.name} could not be written to {plan.target.parent}: {detail}. "
        "Choose another folder."
    )


def _fill(
    source: sqlite3.Connection, db: sqlite3.Connection, project: Path, plan: PartPlan
) -> None:
    ranges.take(db, plan.ranges)
    _copy(source, db, "classes", "", ())
    _settings(source, db, plan)
    tables = [
        str(name)
        for (name,) in source.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if name not in _APART and "image" in columns_of(source, str(name))
    ]
    for image_id in plan.images:
        for table in tables:
            _copy(source, db, table, "WHERE image = ?", (image_id,))
        _copy(source, db, "layer_sources", _AS_IT_CAME, (image_id,))
        _image(source, db, project, plan, image_id)
        for split in plan.outer:
            _copy(source, db, "bases", "WHERE image = ? AND parting = ?", (image_id, split))
        kin.write_base(db, kin.Base(plan.split, image_id, "", {}, pack(source, image_id)))


def _image(
    source: sqlite3.Connection,
    db: sqlite3.Connection,
    project: Path,
    plan: PartPlan,
    image_id: int,
) -> None:
    _copy(source, db, "images", "WHERE id = ?", (image_id,))
    row = db.execute("SELECT path FROM images WHERE id = ?", (image_id,)).fetchone()
    if row is None:
        raise EngineError(f"Image {image_id} is no longer in the project. Split it again.")
    place = paths.located(str(row[0]), project)
    text = paths.stored(plan.moved.get(place, place), plan.target)
    db.execute("UPDATE images SET path = ? WHERE id = ?", (text, image_id))


def _settings(source: sqlite3.Connection, db: sqlite3.Connection, plan: PartPlan) -> None:
    kept = dict(source.execute("SELECT key, value FROM settings").fetchall())
    for key, value in plan.settings.items():
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = json.dumps(value, ensure_ascii=False)
    db.execute("DELETE FROM settings")
    db.executemany("INSERT INTO settings VALUES (?, ?)", list(kept.items()))


def _copy(
    source: sqlite3.Connection,
    db: sqlite3.Connection,
    table: str,
    where: str,
    values: tuple[Any, ...],
) -> None:
    """Rows of a table as they are, in the columns that both files have."""
    there = set(columns_of(db, table))
    columns = [f'"{name}"' for name in columns_of(source, table) if name in there]
    if not columns:
        return
    listed, marks = ", ".join(columns), ", ".join("?" * len(columns))
    rows = source.execute(f"SELECT {listed} FROM {table} {where}", values)
    db.executemany(f"INSERT OR REPLACE INTO {table} ({listed}) VALUES ({marks})", rows)
