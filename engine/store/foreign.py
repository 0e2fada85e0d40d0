"""Whether a project file that may come from anyone has the tables of this program and no others.

A table's definition can compute: checks, generated columns, indexes on expressions and defaults run
whenever rows are read or written, and may be made to take hours. So definitions are compared with
those of a project made here; comments, quotes and spaces do not count, since versions of SQLite
write these differently when they change a table.
"""

import re
import sqlite3
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Final

from engine.store import connection, schema

_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_LOOSE: Final = re.compile(r"[\s\"`\[\]]+")
_LONGEST: Final = 20_000  # characters of a definition; ours have some hundred

_ASKED: Final = (
    "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"
)


def look(path: Path) -> None:
    """Look through a project nobody else has open, before anything is written to it.

    A file that is refused is left as it is, its log included, which SQLite would take over into the
    file if it had been opened for writing.

    Raises:
        EngineError: it is damaged, of a newer version, or holds what this program never writes.
        sqlite3.Error: it cannot be read.
    """
    shared = path.with_name(path.name + "-shm")
    journal = path.with_name(path.name + "-journal")
    there, hot = shared.exists(), journal.exists() and journal.stat().st_size > 0
    try:
        with closing(connection.connect(path, write=hot)) as db:
            if hot and not db.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()[0]:
                return  # killed while it was being made
            check_shape(db, path)
            connection.quick_check(db, path)
            table = wrong_number(db)
            if table:
                raise connection.damaged(path, f"a number in “{table}” is impossible")
    except BaseException as problem:
        if not there:
            shared.unlink(missing_ok=True)
        if isinstance(problem, sqlite3.Error) and connection.is_damage(problem):
            raise connection.damaged(path, problem) from problem
        raise


def check_shape(db: sqlite3.Connection, path: Path) -> None:
    """Pass if every table and index is as this program made it; an index may be missing.

    Args:
        db: any connection; nothing of the file but its list of tables is read.
        path: its file, for sentences.

    Raises:
        EngineError: one is not.
    """
    connection.check_schema(db, path)
    ours = _definitions(int(db.execute("PRAGMA user_version").fetchone()[0]))
    for kind, name, sql in db.execute(_ASKED).fetchall():
        if len(sql or "") > _LONGEST or ours.get((kind, name)) != _plain(sql):
            raise connection.damaged(path, f"its {kind} “{str(name)[:40]}” is not one of ours")


def wrong_number(db: sqlite3.Connection) -> str:
    """Which table holds a number that cannot be counted on from; empty where none does."""
    there = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'")}
    for table, columns in NUMBERS.items():
        where = " OR ".join(map(beyond, columns))
        ask = f"SELECT 1 FROM {table} WHERE {where} LIMIT 1"
        if table in there and db.execute(ask).fetchone() is not None:
            return table
    return ""


def beyond(column: str) -> str:
    """The question whether a column is beyond what is counted to."""
    return f"{column} NOT BETWEEN {-MOST} AND {MOST}"


MOST: Final = 1 << 60
"""The largest number of a thing that is counted; adding to it stays below what SQLite holds."""

SEQUENCE: Final = "sqlite_sequence"
"""SQLite's own table of the highest number of a step."""

NUMBERS: Final = {
    "annotations": ("id", "position", "added", "removed"),
    "images": ("id", "position"),
    "classes": ("id", "position"),
    "journal": ("sequence", "number"),
    "heads": ("number",),
    "counters": ("value",),
    "contents": ("stamp",),
    "versions": ("id",),
    "conflicts": ("id",),
    SEQUENCE: ("seq",),
}
"""Columns that are counted on from, by table; the first of each is what the row goes by."""


@lru_cache(maxsize=schema.VERSION)
def _definitions(version: int) -> dict[tuple[str, str], str]:
    """The tables and indexes of a project of a version, by kind and name."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        schema.migrate(db, version)
        return {(kind, name): _plain(sql) for kind, name, sql in db.execute(_ASKED)}


def _plain(sql: str | None) -> str:
    return _LOOSE.sub("", _COMMENT.sub("", sql or "")).lower()
