"""Reads what can still be read of a file whose pages are damaged, row by row, into a new file."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.document.document import Status
from engine.errors import EngineError
from engine.store import connection, leaves, schema

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
            with leaves.opened(old, damaged) as hidden:
                saved = _tables(old, new, watch, hidden)
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
    db.text_factory = lambda data: data.decode("utf-8", "replace")  # a letter is not the row
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


def _tables(
    old: sqlite3.Connection,
    new: sqlite3.Connection,
    watch: Watch,
    hidden: leaves.Leaves | None,
) -> list[Saved]:
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
        rows = _copied(old, new, name, hidden)
        expected = _expected(old, name)
        if rows or expected:
            saved.append(Saved(name, rows, expected))
    new.execute("COMMIT")
    if not any(each.table == "images" and each.rows for each in saved):
        raise NothingError("None of its images can be read, so nothing could be saved.")
    return saved


def _copied(
    old: sqlite3.Connection,
    new: sqlite3.Connection,
    table: str,
    hidden: leaves.Leaves | None,
) -> int:
    """Copy every row that can be read; how many."""
    ours = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
    theirs: list[tuple[Any, ...]] = []
    with contextlib.suppress(*_TROUBLE):
        theirs = old.execute(f"PRAGMA table_info({table})").fetchall()
    if not theirs:  # the list of tables is damaged: this one is as it is where it was made anew
        theirs = new.execute(f"PRAGMA table_info({table})").fetchall()
    alone = sum(row[5] > 0 for row in theirs) == 1
    columns = {row[1]: alone and row[5] == 1 and row[2] == "INTEGER" for row in theirs}
    listed = [name for name in ours if name in columns]
    if not listed:
        return 0
    known: set[int] = set()
    count = 0
    for number, row in _rows(old, table, ", ".join(f'"{name}"' for name in listed)):
        if _put(new, table, dict(zip(listed, row, strict=True)), "REPLACE"):
            known.add(number)  # else it is another table's, whose pages lie where its own were
            count += 1
    if hidden is not None:
        for number, values in hidden.rows(_root(old, table) or _root(new, table), known):
            found = leaves.named(number, values, columns)
            mine = {name: found[name] for name in listed if name in found}
            count += _put(new, table, mine, "IGNORE")
    return count + (_images(old, new, ours) if table == "images" else 0)


def _images(old: sqlite3.Connection, new: sqlite3.Connection, columns: list[str]) -> int:
    """Make images anew whose rows are lost; how many.

    The index that no two have one path still knows which there were. An object of an image that is
    not there would be lost with it.
    """
    page = "page" if "page" in columns else "0"
    ask = f"SELECT id, path, {page} FROM images INDEXED BY sqlite_autoindex_images_1"
    try:
        found = old.execute(ask).fetchall()
    except _TROUBLE:
        return 0
    count = 0
    for number, path, page_number in found:
        row = {
            "id": number,
            "path": path,
            "file_name": str(path).rpartition("/")[2],
            "orientation": 1,
            "status": Status.CORRECTED.value,
            "position": number,
            "fold": "",
            "objects": 0,
            "proposals": 0,
            "page": page_number,
        }
        mine = {name: value for name, value in row.items() if name in columns}
        count += _put(new, "images", mine, "IGNORE")
    return count


def _put(db: sqlite3.Connection, table: str, row: Mapping[str, object], clash: str) -> int:
    """Write a row; 0 of one that is there, or is not of the kind its columns hold."""
    columns, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    statement = f"INSERT OR {clash} INTO {table} ({columns}) VALUES ({marks})"
    with contextlib.suppress(sqlite3.Error, OverflowError):
        return db.execute(statement, tuple(row.values())).rowcount
    return 0


def _root(db: sqlite3.Connection, table: str) -> int:
    """The first page of a table; 0 where nothing says which."""
    with contextlib.suppress(*_TROUBLE):
        ask = "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?"
        found = db.execute(ask, (table,)).fetchone()
        return int(found[0] or 0) if found else 0
    return 0


def _rows(db: sqlite3.Connection, table: str, columns: str) -> Iterator[tuple[int, Row]]:
    """Numbers and rows, in order; those on damaged pages are stepped over.

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
        yield from ((int(row[0]), row[1:]) for row in found)
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
