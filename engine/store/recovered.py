"""What there was when a project is opened whose last owner ended without closing it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

BEGAN_AT: Final = "sequence"
"""Key in the lock file: the newest step there was when its owner opened the project."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What the session that was broken off left.

    Attributes:
        steps: it had finished and not taken back, class changes included; all are here.
        images: that those steps were in.
        newest: when the newest step in the file was made, seconds since 1970 by the clock of
            then; None of no step at all. For people: nothing is decided by it.
        image: where its newest step was; 0 of none.
    """

    steps: int
    images: int
    newest: float | None
    image: int = 0


def newest_step(db: sqlite3.Connection) -> int:
    """The number of the newest step, of whichever image; 0 of none."""
    row = db.execute("SELECT MAX(sequence) FROM journal").fetchone()
    return int(row[0] or 0)


def look(db: sqlite3.Connection, left: Mapping[str, Any]) -> Recovered | None:
    """What the owner left that had said ``left`` in the lock file; None where none did."""
    if not left:
        return None
    began = left.get(BEGAN_AT)
    newest = db.execute("SELECT created FROM journal ORDER BY sequence DESC LIMIT 1").fetchone()
    steps = images = image = 0
    if isinstance(began, int):
        steps, images = db.execute(
            "SELECT COUNT(*), COUNT(DISTINCT NULLIF(image, 0)) FROM journal WHERE sequence > ?",
            (began,),
        ).fetchone()
        last = db.execute(
            "SELECT image FROM journal WHERE sequence > ? AND image > 0 "
            "ORDER BY sequence DESC LIMIT 1",
            (began,),
        ).fetchone()
        image = 0 if last is None else last[0]
    when = None if newest is None else float(newest[0])
    return Recovered(int(steps), int(images), when, int(image))
