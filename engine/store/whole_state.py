"""An image written anew from what is in memory, in the place of a step that cannot be written."""

import sqlite3
from types import MappingProxyType
from typing import Final

from engine.document.annotation import Annotation
from engine.document.document import Annotations, State, Status
from engine.masks.class_map import ClassMap
from engine.store import careful, contents, images, states
from engine.store.rows import ImageRow

_HELD: Final = ("annotations", "mask_tiles", "layer_tiles", "journal", "heads")
_NONE: Final[Annotations] = MappingProxyType({})


def write(row: ImageRow, state: State, db: sqlite3.Connection) -> None:
    """Write all that an image holds, object by object, and forget its undo.

    The steps of before would not fit what is there without the one that is missing.

    Args:
        row: the image, with its figures.
        state: what it holds.
        db: inside a transaction.

    Raises:
        LeftOutError: some of it cannot be written; all the rest is.
    """
    for table in _HELD:
        db.execute(f"DELETE FROM {table} WHERE image = ?", (row.id,))
    plain = ClassMap(state.layer.size)
    parts = [_alone(each, plain) for each in state.annotations.values()]
    parts += [_alone(each, plain) for each in state.proposals.values()]
    parts.append(State(_NONE, _NONE, state.layer, state.status))
    left = [problem for part in parts if (problem := _part(db, row.id, part, plain)) is not None]
    db.execute("DELETE FROM contents WHERE image = ?", (row.id,))
    contents.forget(db, row.id)
    images.write_counts(db, row)
    if left:
        raise careful.LeftOutError(str(left[0])) from left[0]


def _alone(each: Annotation, plain: ClassMap) -> State:
    """A state that holds one object or proposal and nothing else."""
    one = MappingProxyType({each.id: each})
    return (
        State(_NONE, one, plain, Status.NEW)
        if each.proposal
        else State(one, _NONE, plain, Status.NEW)
    )


def _part(db: sqlite3.Connection, image_id: int, part: State, plain: ClassMap) -> Exception | None:
    """Write a part of what an image holds; the fault it has, if any."""
    before = State(_NONE, _NONE, plain, part.status)
    return careful.tried(db, lambda db: states.write_state(db, image_id, before, part))
