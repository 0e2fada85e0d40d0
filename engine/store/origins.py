"""What models had proposed and files had brought, kept from the moment a person changes it.

While a proposal waits, or was accepted as it was, its own mask is what the model said. The first
step that changes its pixels or its class, or takes it away, leaves a copy here in the same
transaction. Undo needs no word of it: the copy stays true, and the first one stays. Imported
objects are kept likewise. Merging two classes says nothing of an object and leaves no copy.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, NamedTuple

from engine.document.annotation import PERSON, Annotation
from engine.document.document import State
from engine.document.taxonomy_commands import from_payload as class_change
from engine.errors import EngineError
from engine.masks import codec
from engine.masks.mask import Mask
from engine.store import journal

SOURCED: Final = 5
"""The version of the file's tables from which sources are kept."""


class Origin(NamedTuple):
    """A proposal as its model made it, or an object as its file had it.

    Attributes:
        annotation: the id it has, or had, in its image.
        class_id: the class it was proposed as.
        mask: its pixels.
        source: the object's, see ``Annotation``; empty where that is no longer known.
    """

    annotation: int
    class_id: int
    mask: Mask
    source: str = ""


def note(
    db: sqlite3.Connection, image_id: int, before: State, after: State, share: bool = False
) -> None:
    """Keep what a new step from ``before`` to ``after`` changes of what a model or a file said.

    Args:
        db: inside a transaction.
        image_id: the image.
        before: what it held.
        after: what it holds.
        share: it is the image's share of a change of the class list, which gives objects another
            class without saying anything of them.
    """
    rows = []
    for kind in (before.annotations, before.proposals):
        for key, was in kind.items():
            now = after.annotations.get(key) or after.proposals.get(key)
            if now is not was and _was_untouched(was) and _changes(was, now, share):
                rows.append((key, image_id, was.class_id, codec.to_bytes(was.mask), was.source))
    keep(db, rows)


def keep(db: sqlite3.Connection, rows: Iterable[tuple[int, int, int, bytes, str]]) -> None:
    """Keep (object, image, class, stored mask, source) of objects of which nothing is kept yet."""
    db.executemany(
        "INSERT OR IGNORE INTO origins (annotation, image, class, mask, source) "
        "VALUES (?, ?, ?, ?, ?)",
        rows,
    )


def _was_untouched(was: Annotation) -> bool:
    return was.source != PERSON and not was.edited


def _changes(was: Annotation, now: Annotation | None, share: bool) -> bool:
    if now is None or now.mask is not was.mask:
        return True
    return now.class_id != was.class_id and not share


def stored(db: sqlite3.Connection, image_id: int) -> list[tuple[int, int, bytes, str]]:
    """What is kept of an image as it is stored: object, class, mask, source."""
    sourced = int(db.execute("PRAGMA user_version").fetchone()[0]) >= SOURCED
    return db.execute(
        f"SELECT annotation, class, mask, {'source' if sourced else repr('')} FROM origins "
        "WHERE image = ? ORDER BY annotation",
        (image_id,),
    ).fetchall()


def read(db: sqlite3.Connection, image_id: int, size: tuple[int, int]) -> list[Origin]:
    """What is kept of an image of ``size`` (height, width).

    Raises:
        EngineError: it is damaged.
    """
    rows = stored(db, image_id)
    now = merged(db, {number for _, number, _, _ in rows})
    try:
        return [
            Origin(key, now.get(number, number), codec.from_bytes(blob, size), source)
            for key, number, blob, source in rows
        ]
    except (ValueError, EngineError) as problem:
        raise EngineError(
            f"What the model had proposed for image {image_id} is damaged and cannot be read."
        ) from problem


def merged(db: sqlite3.Connection, classes: set[int]) -> dict[int, int]:
    """What became of those of some classes that were merged into others since, old → new."""
    gone = {number for (number,) in db.execute("SELECT id FROM classes WHERE deleted")} & classes
    found: dict[int, int] = {}
    if not gone:
        return found
    for _, _, kind, data in reversed([*journal.taken(db, journal.PROJECT)]):  # the oldest first
        with suppress(EngineError):
            change = class_change(kind, data, "")
            if change.target:
                found |= {a: change.target for a, b in found.items() if b == change.source}
                found[change.source] = change.target
    return {old: new for old, new in found.items() if old in gone}


# -- class maps ----------------------------------------------------------------------------------


def note_layer(db: sqlite3.Connection, image_id: int, source: str, made: float) -> None:
    """Note by what file the class map of an image came in, and when (seconds since 1970)."""
    db.execute(
        "INSERT OR REPLACE INTO layer_sources (image, source, made) VALUES (?, ?, ?)",
        (image_id, source, made),
    )


def layer_source(db: sqlite3.Connection, image_id: int) -> tuple[str, float] | None:
    """The source of a class map before any step, and when it came; None where no file did."""
    if int(db.execute("PRAGMA user_version").fetchone()[0]) < SOURCED:
        return None
    found = db.execute("SELECT source, made FROM layer_sources WHERE image = ?", (image_id,))
    row = found.fetchone()
    return None if row is None else (str(row[0]), float(row[1]))
