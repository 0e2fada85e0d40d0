"""Which objects of one image can be laid into another."""

from collections.abc import Iterable
from typing import NamedTuple

from engine.document.annotation import Annotation
from engine.document.taxonomy import Taxonomy


class Carried(NamedTuple):
    """What can be copied, and why the rest cannot.

    Attributes:
        objects: to be given to ``engine.document.edits.paste``.
        outside: how many lie outside the other image.
        locked: how many are of a class that is locked.
        stuff: how many are proposals of a class that has pixels and no objects.
    """

    objects: list[Annotation]
    outside: int = 0
    locked: int = 0
    stuff: int = 0


def carry(objects: Iterable[Annotation], size: tuple[int, int], taxonomy: Taxonomy) -> Carried:
    """Sort objects by whether they can be copied into an image of ``size`` (height, width)."""
    kept: list[Annotation] = []
    outside = locked = stuff = 0
    box = (0, 0, size[1], size[0])
    for each in objects:
        found = taxonomy.get(each.class_id)
        if found is None or found.deleted:
            continue
        if not found.thing:
            stuff += 1
        elif found.locked:
            locked += 1
        elif not each.mask.clip(box):
            outside += 1
        else:
            kept.append(each)
    return Carried(kept, outside, locked, stuff)
