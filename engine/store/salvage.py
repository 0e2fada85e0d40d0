"""Reads what can still be read of a file whose pages are damaged, row by row, into a new file."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.errors import EngineError
from engine.store import connection, schema

Watch = Callable[[int, int, str], None]
Row = tuple[object, ...]

_LAST: Final = (1 << 63) - 1
_TROUBLE: Final = connection.TROUBLE
_ROWS: Final = 200  # read at once while all goes well
_TURNS: Final = 62  # doublings from 1 to more rows than there can be


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved of one table.

    Attributes:
        rows: that could be read.
        expected: that there were, where an index still says so.
    """

    table: str
    rows: int
    expected: int | None

    @property
    def words(self) -> str:
        """As a sentence."""
        if self.expected is None:
            return f"{self.table}: {self.rows:,} rows were read."
        return f"{self.table}: {self.rows:,} of {self.expected:,} rows were read."


class NothingError(EngineError):
    """So little can be read that there would be no project."""


def salvage(damaged: Path, target: Path, watch: Watch) -> list[Saved]:
    """Write a new project file with every row that can be read.

    Args:
        damaged: the file; it is not changed.
        target: the new file, of the present version.
        watch: called with (tables done, tables, what).

    Raises:
        NothingError: so little can be read that there would be no project.
        OSError: the new file cannot be written.
    """
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    try:
        with (
            contextlib.closing(_open(damaged)) as old,
            contextlib.closing(_new(target, old)) as new,
        ):
            saved = _tables(old, new, watch)
            schema.migrate(new)
            connection.quick_check(new, target)
    except sqlite3.OperationalError as problem:
        if not connection.is_damage(problem):  # what is damaged is stepped over: this is the disk
            raise OSError(str(problem)) from problem
        raise _nothing(damaged, problem) from problem
    except _TROUBLE as problem:
        raise _nothing(damaged, problem) from problem
    return saved


def _open(path: Path) -> sqlite3.Connection:
    db = connection.connect(path, write=False)
    db.execute("PRAGMA cell_size_check = OFF")  # a page that is wrong in one cell has others
    return db


def _new(target: Path, old: sqlite3.Connection) -> sqlite3.Connection:
    """An empty project of the version that the damaged one has."""
    version = int(old.execute("PRAGMA user_version").fetchone()[0])
    db = sqlite3.connect(target, isolation_level=None)
    try:
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("PRAGMA journal_mode = OFF")
        schema.migrate(db, min(max(version, 1), schema.VERSION))
    except BaseException:
        db.close()
        raise
    return db


def _tables(old: sqlite3.Connection, new: sqlite3.Connection, watch: Watch) -> list[Saved]:
    names = [
        name
        for (name,) in new.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    ]
    saved = []
    new.execute("BEGIN")
    for at, name in enumerate(names):
        watch(at, len(names), f"Reading {name}")
        rows = _copied(old, new, name)
        expected = _expected(old, name)
        if rows or expected:
            saved.append(Saved(name, rows, expected))
    new.execute("COMMIT")
    if not any(each.table == "images" and each.rows for each in saved):
        raise NothingError("None of its images can be read, so nothing could be saved.")
    return saved


def _copied(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> int:
    """Copy every row that can be read; how many."""
    ours = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
    try:
        theirs = {row[1] for row in old.execute(f"PRAGMA table_info({table})")}
    except _TROUBLE:
        return 0
    columns = ", ".join(f'"{name}"' for name in ours if name in theirs)
    if not columns:
        return 0
    marks = ", ".join("?" * (columns.count(",") + 1))
    statement = f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})"
    count = 0
    for row in _rows(old, table, columns):
        with contextlib.suppress(sqlite3.Error, OverflowError):  # not of the kind a column holds
            new.execute(statement, row)
            count += 1
    return count


def _rows(db: sqlite3.Connection, table: str, columns: str) -> Iterator[Row]:
    """Rows in the order of their numbers; those on damaged pages are stepped over.

    Damaged pages may also lead around in a circle, so that what is asked for from a number on has
    smaller ones: then it is asked for farther on, twice as far each time.
    """
    at, stride = _first(db, table), 1
    while at is not None and at <= _LAST:
        ask = f"SELECT rowid, {columns} FROM {table} WHERE rowid >= ? ORDER BY rowid LIMIT ?"
        try:
            found = db.execute(ask, (at, _ROWS)).fetchall()
        except _TROUBLE:
            found = []
            for count in _single(db, ask, at):
                found.append(count)
            if not found:
                at = _beyond(db, table, at)
                continue
        if not found:
            return
        yield from (row[1:] for row in found)
        last = max(int(row[0]) for row in found)
        if last >= at:
            at = last + 1
        else:
            at, stride = at + stride, stride * 2


def _single(db: sqlite3.Connection, ask: str, at: int) -> Iterator[Row]:
    """Rows one by one, up to the one that cannot be read."""
    for _ in range(_ROWS):
        try:
            row = db.execute(ask, (at, 1)).fetchone()
        except _TROUBLE:
            return
        if row is None:
            return
        yield row
        at = int(row[0]) + 1
        if at > _LAST:
            return


def _first(db: sqlite3.Connection, table: str) -> int | None:
    """The number to begin with: the smallest, or as small as can be asked for."""
    try:
        row = db.execute(f"SELECT MIN(rowid) FROM {table}").fetchone()
    except _TROUBLE:
        return 0
    return None if row[0] is None else int(row[0])


def _beyond(db: sqlite3.Connection, table: str, at: int) -> int | None:
    """The smallest number after ``at`` from which reading works; None where none is found.

    The step doubles until a row can be read, and is then halved back to the edge.
    """
    good = None
    step = 1
    for _ in range(_TURNS):
        if at + step > _LAST:
            break
        if _reads(db, table, at + step):
            good = at + step
            break
        step *= 2
    if good is None:
        return None
    low, high = at + step // 2, good
    while high - low > 1:
        middle = (low + high) // 2
        if _reads(db, table, middle):
            high = middle
        else:
            low = middle
    return high


def _reads(db: sqlite3.Connection, table: str, at: int) -> bool:
    """Whether the first row from a number on can be read whole; True at the table's end."""
    ask = f"SELECT * FROM {table} WHERE rowid >= ? ORDER BY rowid LIMIT 1"
    try:
        db.execute(ask, (at,)).fetchall()
    except _TROUBLE:
        return False
    return True


def _expected(db: sqlite3.Connection, table: str) -> int | None:
    """How many rows there were: an index may still be whole where the table is not."""
    try:
        return int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
    except _TROUBLE:
        return None


def _nothing(damaged: Path, problem: Exception) -> NothingError:
    return NothingError(
        f"{damaged.name} is damaged at its beginning ({problem}), so its tables cannot be found."
    )
