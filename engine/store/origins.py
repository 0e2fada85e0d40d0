"""What models had proposed, kept from the moment it is changed.

While a proposal waits, or was accepted as it was, its own mask is what the model said. The first
step that changes its pixels or its class, or takes it away, leaves a copy here in the same
transaction. Undo needs no word of it: the copy stays true, and the first one stays.
"""

import sqlite3
from typing import NamedTuple

from engine.document.annotation import PERSON, Annotation
from engine.document.document import State
from engine.errors import EngineError
from engine.masks import codec
from engine.masks.mask import Mask


class Origin(NamedTuple):
    """A proposal as its model made it.

    Attributes:
        annotation: the id it has, or had, in its image.
        class_id: the class it was proposed as.
        mask: its pixels.
    """

    annotation: int
    class_id: int
    mask: Mask


def note(db: sqlite3.Connection, image_id: int, before: State, after: State) -> None:
    """Keep what a step from ``before`` to ``after`` changes of what a model said."""
    rows = []
    for kind in (before.annotations, before.proposals):
        for key, was in kind.items():
            now = after.annotations.get(key) or after.proposals.get(key)
            if now is not was and _was_untouched(was) and _changes(was, now):
                rows.append((key, image_id, was.class_id, codec.to_bytes(was.mask)))
    if rows:
        db.executemany("INSERT OR IGNORE INTO origins VALUES (?, ?, ?, ?)", rows)


def _was_untouched(was: Annotation) -> bool:
    return was.source != PERSON and not was.edited


def _changes(was: Annotation, now: Annotation | None) -> bool:
    return now is None or now.mask is not was.mask or now.class_id != was.class_id


def read(db: sqlite3.Connection, image_id: int, size: tuple[int, int]) -> list[Origin]:
    """What is kept of an image of ``size`` (height, width).

    Raises:
        EngineError: it is damaged.
    """
    rows = db.execute(
        "SELECT annotation, class, mask FROM origins WHERE image = ? ORDER BY annotation",
        (image_id,),
    ).fetchall()
    try:
        return [Origin(key, number, codec.from_bytes(blob, size)) for key, number, blob in rows]
    except (ValueError, EngineError) as problem:
        raise EngineError(
            f"What the model had proposed for image {image_id} is damaged and cannot be read."
        ) from problem
