"""Numbers so large that counting on from them would leave what a file can hold."""

import sqlite3
from functools import partial
from typing import Final

from engine.store import check_rules, foreign
from engine.store.check_rules import UNDO, Finding, counted

_SET: Final = {"position": 0, "added": 0, "removed": 0}
"""Columns that say little, and what repairing sets them to; else the row goes."""


def look(db: sqlite3.Connection) -> list[Finding]:
    """A finding for each table that has any.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'")}
    found = []
    for table, columns in foreign.NUMBERS.items():
        if table not in tables:
            continue
        where = " OR ".join(map(foreign.beyond, columns))
        number = int(db.execute(f"SELECT COUNT(*) FROM {table} WHERE {where}").fetchone()[0])
        if number:
            what = counted(number, "row", "rows")
            has = "has" if number == 1 else "have"
            text = f"{what} of “{table}” {has} a number that cannot be."
            repair = f"Repairing removes what goes by it{UNDO}"
            found.append(Finding("numbers", text, repair, partial(_mend, table)))
    return found


def _mend(table: str, db: sqlite3.Connection) -> None:
    for column in foreign.NUMBERS[table]:
        where = foreign.beyond(column)
        if table == foreign.SEQUENCE:
            _count_again(db)
        elif column in _SET:
            db.execute(f"UPDATE {table} SET {column} = {_SET[column]} WHERE {where}")
        else:
            if table in ("annotations", "journal"):
                images = db.execute(f"SELECT DISTINCT image FROM {table} WHERE {where}").fetchall()
                check_rules.forget_undo(db, [image for (image,) in images])
            db.execute(f"DELETE FROM {table} WHERE {where}")
    if table == "journal":
        _count_again(db)


def _count_again(db: sqlite3.Connection) -> None:
    """The highest number that SQLite gave to a step, by the steps there are; it asks for no more.

    The table may hold anything: it is SQLite's own, and not strict.
    """
    db.execute(f"DELETE FROM {foreign.SEQUENCE}")
    db.execute(
        f"INSERT INTO {foreign.SEQUENCE} (name, seq) "
        "SELECT 'journal', COALESCE(MAX(sequence), 0) FROM journal"
    )
