"""What a project knows of its copies: where they parted, and what they made differently.

A base is what an image held when two copies were one. It goes by the id of the split, or of the
copy it was last merged from; ``mark`` names the copy's newest step at that time, so that a base is
only used for a copy that has gone on from there, and short names of the steps before it, so that a
copy of an earlier day is known for one.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from engine.store import journal

SINCE: Final = 4
"""The version of the file's tables from which these are there."""


MOST: Final = 1 << 28
"""Bytes of what an image held that are read back at most."""

_ZLIB: Final = b"\x78"
"""How a compressed content begins; one that is not begins as a list of two does in msgpack."""


class Base(NamedTuple):
    """What an image held where copies parted.

    Attributes:
        parting: id of the split, or of the copy.
        image: which.
        mark: the newest step at that time and what came before it (see ``mark``); empty for none.
        renamed: objects that came in under another number: theirs → here.
        content: its rows, see ``engine.store.packed``; empty where that was given up.
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
    """Where an image is in its history; empty where nothing was done to it.

    Three lines: the newest step in force; how often the image was written; and eight hexadecimal
    digits for each step that led there.
    """
    newest = journal.head(db, image_id)
    rows = db.execute(
        "SELECT number, sequence, created FROM journal WHERE image = ? AND number <= ? "
        "ORDER BY number",
        (image_id, newest),
    ).fetchall()
    written = _written(db, image_id)
    if not rows or rows[-1][0] != newest:
        return f"\n{written}\n" if written else ""
    return f"{_name(rows[-1])}\n{written}\n{''.join(map(_short, rows))}"


def goes_on_from(db: sqlite3.Connection, image_id: int, name: str) -> bool:
    """Whether an image once was at the step ``mark`` named."""
    step, number = name.partition("\n")[0], step_of(name)
    row = _step(db, image_id, number) if number else None
    return row is not None and _name(row) == step


def step_of(name: str) -> int:
    """The number of the step that ``mark`` named; 0 where there was none."""
    number = name.partition(" ")[0]
    return int(number) if number.isdecimal() else 0


def was_before(db: sqlite3.Connection, image_id: int, name: str) -> bool:
    """Whether an image is where the one that ``mark`` named had been on its way there."""
    _, written, steps = (*name.split("\n"), "", "")[:3]
    row = _step(db, image_id, journal.head(db, image_id))
    if row is None or not written.isdecimal():
        return False
    short = _short(row)
    if all(steps[at : at + len(short)] != short for at in range(0, len(steps), len(short))):
        return False
    now = _written(db, image_id)
    # As often written, but the step is not there: it is the status alone that was changed after.
    return now < int(written) or (now == int(written) and not goes_on_from(db, image_id, name))


def _step(db: sqlite3.Connection, image_id: int, number: int) -> tuple[int, int, float] | None:
    row: tuple[int, int, float] | None = db.execute(
        "SELECT number, sequence, created FROM journal WHERE image = ? AND number = ?",
        (image_id, number),
    ).fetchone()
    return row


def _name(row: tuple[int, int, float]) -> str:
    """A name that no other step has."""
    return f"{row[0]} {row[1]} {row[2]!r}"


def _short(row: tuple[int, int, float]) -> str:
    return f"{zlib.crc32(_name(row).encode()):08x}"


def _written(db: sqlite3.Connection, image_id: int) -> int:
    if int(db.execute("PRAGMA user_version").fetchone()[0]) < SINCE:
        return 0
    row = db.execute("SELECT stamp FROM contents WHERE image = ?", (image_id,)).fetchone()
    return 0 if row is None else int(row[0])


def held_elsewhere(db: sqlite3.Connection, image_id: int, numbers: Iterable[int]) -> set[int]:
    """Those of some objects' numbers that objects of other images have."""
    found = db.execute(
        "SELECT id FROM annotations WHERE id IN (SELECT value FROM json_each(?)) AND image != ?",
        (json.dumps(list(numbers)), image_id),
    )
    return {int(number) for (number,) in found}


def images_of(db: sqlite3.Connection, parting: str) -> set[int]:
    """The images of which something is kept for a parting."""
    rows = db.execute("SELECT image FROM bases WHERE parting = ?", (parting,))
    return {int(image) for (image,) in rows}


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
    content = _opened(bytes(row[2]))
    return None if content is None else Base(parting, image_id, str(row[0]), renamed, content)


def _opened(stored: bytes) -> bytes | None:
    """The content of a base; None where it is damaged, or larger than an image can be."""
    if stored[:1] != _ZLIB:
        return stored
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(stored, MOST)
    except zlib.error:
        return None
    return content if stream.eof else None


def write_base(db: sqlite3.Connection, base: Base) -> None:
    """Keep it, in the place of an older one of the same parting."""
    renamed = json.dumps({str(old): new for old, new in base.renamed.items()})
    db.execute(
        "INSERT OR REPLACE INTO bases VALUES (?, ?, ?, ?, ?)",
        (base.parting, base.image, base.mark, renamed, zlib.compress(base.content, 1)),
    )


_OPEN: Final = (
    "number = 0 OR number > COALESCE((SELECT h.number FROM heads h WHERE h.image = c.image), 0) OR "
    "EXISTS (SELECT 1 FROM journal j WHERE j.image = c.image AND j.number = c.number "
    "AND j.sequence != c.sequence)"
)
"""Not decided, or the step that decided it was undone."""


def shed(db: sqlite3.Connection, kept: Iterable[str]) -> None:
    """Give up what copies held, but for these partings; that they were merged is still known."""
    db.execute(
        "UPDATE bases SET content = x'' WHERE parting NOT IN (SELECT value FROM json_each(?))",
        (json.dumps(list(kept)),),
    )


def open_conflicts(db: sqlite3.Connection, image_id: int = 0) -> list[ConflictRow]:
    """Those that wait for a decision, by image; of one image alone where that is named."""
    rows = db.execute(
        f"SELECT id, image, origin, payload FROM conflicts c WHERE (?1 = 0 OR image = ?1) "
        f"AND ({_OPEN}) ORDER BY image, id",
        (image_id,),
    )
    return [ConflictRow(int(a), int(b), str(c), bytes(d)) for a, b, c, d in rows]


def add_conflict(db: sqlite3.Connection, image_id: int, origin: str, payload: bytes) -> None:
    """Keep a disagreement until it is decided."""
    db.execute(
        "INSERT INTO conflicts (image, origin, payload, number, sequence) VALUES (?, ?, ?, 0, 0)",
        (image_id, origin, payload),
    )


def drop_conflicts(db: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Forget disagreements that hold no more."""
    db.executemany("DELETE FROM conflicts WHERE id = ?", [(number,) for number in ids])


def decide(db: sqlite3.Connection, conflict_id: int, image_id: int) -> None:
    """Note that the newest step of its image decides a conflict."""
    db.execute(
        "UPDATE conflicts SET (number, sequence) = (SELECT number, sequence FROM journal "
        "WHERE image = ?1 AND number = ?2) WHERE id = ?3",
        (image_id, journal.head(db, image_id), conflict_id),
    )
