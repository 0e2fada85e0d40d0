"""What a document holds, as a value, and what one such value's way to the next touches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from engine.document.annotation import Annotation
from engine.masks.box import Box, union
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask

Annotations = Mapping[int, Annotation]

SEEN: Final = ("class_id", "order", "proposal", "crowd", "locked", "hidden", "doubtful", "score")
"""Attributes whose change is visible on the picture."""


class Status(StrEnum):
    """How far an image is."""

    NEW = "new"
    PROPOSED = "proposed"
    CORRECTED = "corrected"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change touched, so that views redraw that and no more.

    Attributes:
        box: pixels to draw again; None where no pixel looks different.
        objects: ids of annotations and proposals that are new, gone or different.
        what: any of "pixels", "objects", "layer", "proposals", "status", "attributes".
    """

    box: Box | None = None
    objects: frozenset[int] = frozenset()
    what: frozenset[str] = frozenset()

    def __or__(self, other: "Changed") -> "Changed":
        """Both changes as one."""
        return summed((self, other))


class State(NamedTuple):
    """Everything a document holds, as a value; safe to read on any thread."""

    annotations: Annotations
    proposals: Annotations
    layer: ClassMap
    status: Status


def height(annotation: Annotation) -> tuple[int, int]:
    """The key that sorts a stack from its bottom to its top."""
    return annotation.order, annotation.id


def ids(*numbers: int) -> frozenset[int]:
    """The ids of a change."""
    return frozenset(numbers)


def names(what: Iterable[str]) -> frozenset[str]:
    """The kinds of a change."""
    return frozenset(what)


def box_of(mask: Mask) -> Box | None:
    """The pixels to draw again where a mask comes or goes."""
    return mask.box if mask else None


def difference(before: Annotation | None, after: Annotation | None) -> Changed:
    """What a view has to know about one object having become another."""
    if before is after:
        return Changed()
    sides = [side for side in (before, after) if side is not None]
    what = {"proposals"} if any(side.proposal for side in sides) else set()
    numbers = ids(*(side.id for side in sides))
    if before is None or after is None:
        only = sides[0]
        return Changed(box_of(only.mask), numbers, names(what | {"objects"}))
    moved = before.mask is not after.mask
    if before.proposal != after.proposal:
        what |= {"objects"}
    what |= {"attributes"} | ({"pixels"} if moved else set())
    if not moved and all(getattr(before, name) == getattr(after, name) for name in SEEN):
        return Changed(None, numbers, names(what))
    area = union(before.mask.box, after.mask.box)
    return Changed(area if area != (0, 0, 0, 0) else None, numbers, names(what))


def summed(news: Iterable[Changed]) -> Changed:
    """Many changes as one, in time linear in their number."""
    box: Box | None = None
    objects: set[int] = set()
    what: set[str] = set()
    for one in news:
        if one.box is not None:
            box = one.box if box is None else union(box, one.box)
        objects |= one.objects
        what |= one.what
    return Changed(box, frozenset(objects), frozenset(what))
