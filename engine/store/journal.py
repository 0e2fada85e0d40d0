"""The journal: every step of every image, and of the project, in one table.

The state a step led to is written in the same transaction beside it, so opening a project never
replays anything; a journal row is read only to undo it.
"""

import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from engine.document.commands import Command, classes_of
from engine.document.history import Step

_NAMED: Final = 4  # the version of the file's tables from which steps have a person's name

PROJECT: Final = 0
"""Stands where an image's number would, for the project's own history."""


def append(
    db: sqlite3.Connection, image_id: int, step: Step, command: Command, person: str = ""
) -> None:
    """Add an image's newest step, taken by ``person``; what had been undone is forgotten."""
    classes = listed(classes_of(command))
    append_row(db, image_id, step, command.kind, classes, command.to_payload(), person)


def append_row(
    db: sqlite3.Connection,
    image_id: int,
    step: Step,
    kind: str,
    classes: str,
    payload: bytes,
    person: str = "",
) -> None:
    """Add a step of an image or of the project as it is."""
    db.execute("DELETE FROM journal WHERE image = ? AND number >= ?", (image_id, step.number))
    db.execute(
        "INSERT INTO journal (image, number, kind, label, project_step, classes, size, created, "
        "payload, person) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            image_id,
            step.number,
            kind,
            step.label,
            step.project_step,
            classes,
            len(payload),
            time.time(),
            payload,
            person,
        ),
    )
    set_head(db, image_id, step.number)


def set_head(db: sqlite3.Connection, image_id: int, number: int) -> None:
    """Note which step is the newest in force."""
    db.execute("INSERT OR REPLACE INTO heads (image, number) VALUES (?, ?)", (image_id, number))


def head(db: sqlite3.Connection, image_id: int) -> int:
    """The newest step in force; 0 before the first."""
    row = db.execute("SELECT number FROM heads WHERE image = ?", (image_id,)).fetchone()
    return 0 if row is None else int(row[0])


def steps(db: sqlite3.Connection, image_id: int) -> tuple[list[Step], list[Step]]:
    """Steps in force, oldest first, and steps undone, next to redo last; without commands.

    Only the runs without gaps around the head count.
    """
    newest = head(db, image_id)
    rows = db.execute(
        "SELECT number, label, project_step FROM journal WHERE image = ? ORDER BY number",
        (image_id,),
    ).fetchall()
    everything = {number: Step(number, label, share) for number, label, share in rows}
    done, undone = [], []
    number = newest
    while number in everything:
        done.append(everything[number])
        number -= 1
    number = newest + 1
    while number in everything:
        undone.append(everything[number])
        number += 1
    return done[::-1], undone[::-1]


def payload(db: sqlite3.Connection, image_id: int, number: int) -> tuple[str, bytes] | None:
    """Kind and payload of a step; None where it is gone."""
    row = db.execute(
        "SELECT kind, payload FROM journal WHERE image = ? AND number = ?", (image_id, number)
    ).fetchone()
    return None if row is None else (str(row[0]), bytes(row[1]))


def taken(db: sqlite3.Connection, image_id: int) -> Iterator[tuple[str, float, str, bytes]]:
    """Steps in force, the newest first: person, time, kind and payload; up to the first gap.

    They are read one after the other: together they may be hundreds of megabytes.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    person = "person" if version >= _NAMED else "''"  # one that is only read may be older
    rows = db.execute(
        f"SELECT number, {person}, created, kind, payload FROM journal WHERE image = ? "
        "AND number <= ? ORDER BY number DESC",
        (image_id, number := head(db, image_id)),
    )
    for at, who, created, kind, data in rows:
        if at != number:
            break
        yield str(who), float(created), str(kind), bytes(data)
        number -= 1


def is_whole(db: sqlite3.Connection, image_id: int) -> bool:
    """Whether the steps in force reach back to the first without a gap."""
    last = head(db, image_id)
    count = "SELECT COUNT(*) FROM journal WHERE image = ? AND number BETWEEN 1 AND ?"
    return bool(db.execute(count, (image_id, last)).fetchone()[0] == last)


def trim(
    db: sqlite3.Connection,
    image_ids: Iterable[int],
    *,
    keep: int,
    most_bytes: int,
    open_ids: Collection[int] = (),
) -> None:
    """Forget the oldest steps.

    Args:
        db: inside a transaction.
        image_ids: images (or the project) of which no more than ``keep`` steps in force stay.
        keep: steps per image.
        most_bytes: of payloads in the whole project; above it the oldest go, whichever image's.
        open_ids: images whose steps are not forgotten for want of room.
    """
    for image_id in image_ids:
        limit = head(db, image_id) - keep
        db.execute("DELETE FROM journal WHERE image = ? AND number <= ?", (image_id, limit))
    pages, page = (db.execute(f"PRAGMA {x}").fetchone()[0] for x in ("page_count", "page_size"))
    if pages * page <= most_bytes:  # the whole file is smaller: no need to add up
        return
    total = int(db.execute("SELECT COALESCE(SUM(size), 0) FROM journal").fetchone()[0])
    if total <= most_bytes:
        return
    kept = {PROJECT, *open_ids}
    gone = []
    for sequence, image_id, size in db.execute(
        "SELECT sequence, image, size FROM journal ORDER BY sequence"
    ):
        if total <= most_bytes:
            break
        if image_id not in kept:
            gone.append((sequence,))
            total -= size
    db.executemany("DELETE FROM journal WHERE sequence = ?", gone)


def newest_share(db: sqlite3.Connection, image_id: int, *, undone: bool = False) -> int:
    """Which project step the newest step in force (or the next to redo) is a share of, or 0."""
    number = head(db, image_id) + (1 if undone else 0)
    row = db.execute(
        "SELECT project_step FROM journal WHERE image = ? AND number = ?", (image_id, number)
    ).fetchone()
    return 0 if row is None else int(row[0])


def images_mentioning(db: sqlite3.Connection, class_id: int) -> set[int]:
    """Images whose journal could bring the class into them."""
    rows = db.execute(
        "SELECT DISTINCT image FROM journal WHERE image != 0 AND instr(classes, ?)",
        (f",{class_id},",),
    )
    return {int(image) for (image,) in rows}


def listed(classes: Iterable[int]) -> str:
    """Classes as a column holds them: ",2,5,"; empty of none."""
    some = sorted(classes)
    return f",{','.join(map(str, some))}," if some else ""
