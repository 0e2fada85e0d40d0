"""What a project knows of its copies: where they parted, and what they made differently.

A base is what an image held when two copies were one. It goes by the id of the split, or of the
copy it was last merged from; ``mark`` names the copy's newest step at that time, so that a base is
only used for a copy that has gone on from there.
"""

import json
import sqlite3
from collections.abc import Mapping
from typing import Final, NamedTuple

from engine.store import journal

SINCE: Final = 4
"""The version of the file's tables from which these are there."""


class Base(NamedTuple):
    """What an image held where copies parted.

    Attributes:
        parting: id of the split, or of the copy.
        image: which.
        mark: the newest step at that time (see ``mark``); empty for none.
        renamed: objects that came in under another number: theirs → here.
        content: its rows, see ``engine.store.packed``.
    """

    parting: str
    image: int
    mark: str
    renamed: Mapping[int, int]
    content: bytes


class ConflictRow(NamedTuple):
    """One disagreement that waits for a decision.

    Attributes:
        id: of the conflict.
        image: the image it is in.
        origin: what the other copy is called.
        payload: see ``engine.document.conflict``.
    """

    id: int
    image: int
    origin: str
    payload: bytes


def mark(db: sqlite3.Connection, image_id: int) -> str:
    """A name for the newest step of an image that no other step has; empty where there is none."""
    row = db.execute(
        "SELECT number, sequence, created FROM journal WHERE image = ? AND number = ?",
        (image_id, journal.head(db, image_id)),
    ).fetchone()
    return "" if row is None else f"{row[0]} {row[1]} {row[2]!r}"


def goes_on_from(db: sqlite3.Connection, image_id: int, name: str) -> bool:
    """Whether an image once was at the step ``mark`` named."""
    number = name.partition(" ")[0]
    if not number.isdecimal():
        return False
    row = db.execute(
        "SELECT number, sequence, created FROM journal WHERE image = ? AND number = ?",
        (image_id, int(number)),
    ).fetchone()
    return row is not None and f"{row[0]} {row[1]} {row[2]!r}" == name


def read_base(db: sqlite3.Connection, parting: str, image_id: int) -> Base | None:
    """What is kept of an image for a parting."""
    row = db.execute(
        "SELECT mark, renamed, content FROM bases WHERE parting = ? AND image = ?",
        (parting, image_id),
    ).fetchone()
    if row is None:
        return None
    try:
        renamed = {int(old): int(new) for old, new in json.loads(row[1]).items()}
    except (ValueError, TypeError, AttributeError):
        return None  # damaged: as good as none
    return Base(parting, image_id, str(row[0]), renamed, bytes(row[2]))


def write_base(db: sqlite3.Connection, base: Base) -> None:
    """Keep it, in the place of an older one of the same parting."""
    renamed = json.dumps({str(old): new for old, new in base.renamed.items()})
    db.execute(
        "INSERT OR REPLACE INTO bases VALUES (?, ?, ?, ?, ?)",
        (base.parting, base.image, base.mark, renamed, base.content),
    )


_OPEN: Final = (
    "number = 0 OR number > COALESCE((SELECT h.number FROM heads h WHERE h.image = c.image), 0) OR "
    "EXISTS (SELECT 1 FROM journal j WHERE j.image = c.image AND j.number = c.number "
    "AND j.sequence != c.sequence)"
)
"""Not decided, or the step that decided it was undone."""


def open_conflicts(db: sqlite3.Connection) -> list[ConflictRow]:
    """Those that wait for a decision, by image."""
    rows = db.execute(
        f"SELECT id, image, origin, payload FROM conflicts c WHERE {_OPEN} ORDER BY image, id"
    )
    return [ConflictRow(int(a), int(b), str(c), bytes(d)) for a, b, c, d in rows]


def add_conflict(db: sqlite3.Connection, image_id: int, origin: str, payload: bytes) -> None:
    """Keep a disagreement until it is decided."""
    db.execute(
        "INSERT INTO conflicts (image, origin, payload, number, sequence) VALUES (?, ?, ?, 0, 0)",
        (image_id, origin, payload),
    )


def decide(db: sqlite3.Connection, conflict_id: int, image_id: int) -> None:
    """Note that the newest step of its image decides a conflict."""
    db.execute(
        "UPDATE conflicts SET (number, sequence) = (SELECT number, sequence FROM journal "
        "WHERE image = ?1 AND number = ?2) WHERE id = ?3",
        (image_id, journal.head(db, image_id), conflict_id),
    )
