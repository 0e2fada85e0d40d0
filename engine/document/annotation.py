"""One object of an image: its class, its pixels, and where it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.document.taxonomy import nothing
from engine.masks.mask import Mask

PERSON: Final = "person"

IMPORT: Final = "import"
"""The source of what came in by a file of which the name is not known; else ``imported``."""

LONGEST: Final = 200
"""Letters of a file's name that are kept."""


def imported(file: str) -> str:
    """The source of what came in by a file, or a folder, of that name."""
    return f"{IMPORT}:{file[:LONGEST]}" if file else IMPORT


def is_import(source: str) -> bool:
    """Whether an object came in by a file; no id of a model looks like that."""
    return source == IMPORT or source.startswith(f"{IMPORT}:")


def is_model(source: str) -> bool:
    """Whether an object was proposed by a model."""
    return source != PERSON and not is_import(source)


def file_of(source: str) -> str:
    """Name of the file an object came in by; empty where that is not known, or it did not."""
    return source.removeprefix(f"{IMPORT}:") if source.startswith(f"{IMPORT}:") else ""


def came_in(created: float) -> bool:
    """Whether an object of a person was in truth imported, in files of version 4 and older.

    They gave imports no source of their own. But hands note times in whole milliseconds
    (``engine.document.painting.now``) and imports noted them as the clock gave them.
    """
    moment = created * 1000
    return abs(moment - round(moment)) > 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """An object, or a proposal of one; a value that is never changed.

    Attributes:
        id: unique in the project, never given out twice.
        class_id: number of its class; of a *stuff* class only while it is a proposal.
        mask: its pixels, within the oriented image.
        order: height in the stack, larger above smaller, ties by id.
        score: 0..1 as the model gave it; None for what a person drew.
        source: ``"person"``, ``imported`` from a file, or the id of the model that proposed it.
        edited: a person changed the pixels a model had proposed, or a file had brought.
        proposal: waiting to be accepted.
        crowd: COCO's ``iscrowd``.
        locked: strokes may not change it.
        hidden: not drawn.
        doubtful: marked to be looked at again.
        note: free text.
        coco_id: the annotation id it came in with.
        created, modified: seconds since 1970, UTC; ``created`` of an import is when it came in.
        seconds: time a person has worked on it.
        added, removed: pixels a person painted onto, and erased from, what the model proposed or
            the file had.
        extra: fields of an import that have no place here, given back on export.
        person: name of who last worked on it, or accepted it; empty where that is not known.
    """

    id: int
    class_id: int
    mask: Mask
    order: int = 0
    score: float | None = None
    source: str = PERSON
    edited: bool = False
    proposal: bool = False
    crowd: bool = False
    locked: bool = False
    hidden: bool = False
    doubtful: bool = False
    note: str = ""
    coco_id: int | None = None
    created: float = 0.0
    modified: float = 0.0
    seconds: float = 0.0
    added: int = 0
    removed: int = 0
    extra: Mapping[str, Any] = field(default_factory=nothing, hash=False)
    person: str = ""
