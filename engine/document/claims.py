"""What several objects claim, and what nobody does: found from values, so on any thread."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.parting import together as union
from engine.document.taxonomy import UNLABELLED, Taxonomy
from engine.masks.box import Box
from engine.masks.class_map import ClassMap
from engine.masks.components import components
from engine.masks.local import contact
from engine.masks.mask import Mask

Boxes = NDArray[np.int64]

MOST_GAPS: Final = 500
"""Gaps that are listed one by one, the largest."""


class Place(NamedTuple):
    """A connected part of the shared pixels, or of those of nobody, which is called a gap.

    Attributes:
        pixels: where it is.
        objects: ids of the objects that claim it, bottom first; of a gap those that it touches,
            the longest edge last.
    """

    pixels: Mask
    objects: tuple[int, ...]


class Contest(NamedTuple):
    """What would have to be decided in an image.

    Attributes:
        twice: pixels that several objects claim.
        nobody: pixels without object and class; background is somebody's.
        places: the parts of ``twice``, the largest first.
        gaps: the parts of ``nobody`` beside an object, the smallest first, ``MOST_GAPS`` at most:
            what the image was never labelled for comes last.
    """

    twice: Mask
    nobody: Mask
    places: list[Place]
    gaps: list[Place]


def boxes_of(objects: Iterable[Annotation]) -> Boxes:
    """Their boxes, int64 (number, 4)."""
    return _boxes(each.mask for each in objects)


def _boxes(masks: Iterable[Mask]) -> Boxes:
    return np.array([mask.box for mask in masks], np.int64).reshape(-1, 4)


def meeting(boxes: Boxes, box: Box) -> NDArray[np.bool_]:
    """Which of several boxes have pixels in common with one, bool (number,)."""
    left, top, right, bottom = box
    meets = (boxes[:, 0] < right) & (boxes[:, 2] > left)
    meets &= (boxes[:, 1] < bottom) & (boxes[:, 3] > top)
    return meets


def shared_pairs(objects: Sequence[Annotation]) -> Iterator[tuple[int, int, Mask]]:
    """(lower, upper, shared pixels) of every two objects that share some, by place in ``objects``.

    Costs a comparison of boxes for each pair, and of pixels where boxes meet.
    """
    boxes = boxes_of(objects)
    for lower, each in enumerate(objects[:-1]):
        meets = np.flatnonzero(meeting(boxes[lower + 1 :], each.mask.box))
        for upper in (meets + lower + 1).tolist():
            shared = each.mask & objects[upper].mask
            if shared:
                yield lower, upper, shared


def shared_pixels(objects: Sequence[Annotation]) -> Mask:
    """The pixels that more than one object claims."""
    return union(shared for _, _, shared in shared_pairs(objects))


def unclaimed(objects: Sequence[Annotation], layer: ClassMap, region: Mask | None = None) -> Mask:
    """The unlabelled pixels that no object covers, of a region or of the image."""
    free = layer.mask(UNLABELLED)
    if region is not None:
        free = free & region
        objects = within(objects, free.box)
    return free - union(each.mask for each in objects) if free else free


def within(objects: Sequence[Annotation], box: Box) -> list[Annotation]:
    """Those whose box has pixels in common with one."""
    return [objects[at] for at in np.flatnonzero(meeting(boxes_of(objects), box)).tolist()]


def contest(objects: Sequence[Annotation], layer: ClassMap) -> Contest:
    """What several objects claim and what nobody does.

    Args:
        objects: those that take part, bottom first.
        layer: the class map.
    """
    pairs = list(shared_pairs(objects))
    twice = union(shared for _, _, shared in pairs)
    parts = components(twice) if twice else []
    claimed: list[set[int]] = [set() for _ in parts]
    boxes = _boxes(parts)
    for lower, upper, shared in pairs:
        # What two objects share may lie in several parts, and parts hold several pairs.
        for at in np.flatnonzero(meeting(boxes, shared.box)).tolist():
            if parts[at] & shared:
                claimed[at] |= {lower, upper}
    places = [
        Place(part, tuple(objects[place].id for place in sorted(who)))
        for part, who in zip(parts, claimed, strict=True)
    ]
    nobody = unclaimed(objects, layer)
    return Contest(twice, nobody, places, _gaps(nobody, objects))


def _gaps(nobody: Mask, objects: Sequence[Annotation]) -> list[Place]:
    """Parts of nobody's pixels with the objects they touch; see ``Contest``."""
    found = components(nobody)[:MOST_GAPS] if nobody else []
    boxes = boxes_of(objects)
    places = [Place(gap, _beside(gap, objects, boxes)) for gap in reversed(found)]
    return [place for place in places if place.objects]


def _beside(gap: Mask, objects: Sequence[Annotation], boxes: Boxes) -> tuple[int, ...]:
    left, top, right, bottom = gap.box
    near = np.flatnonzero(meeting(boxes, (left - 1, top - 1, right + 1, bottom + 1)))
    edges = [(contact(objects[at].mask, gap), objects[at].id) for at in near.tolist()]
    return tuple(number for edge, number in sorted(edges) if edge)


def takers(document: Document, taxonomy: Taxonomy) -> list[Annotation]:
    """The objects that take part in an image: accepted ones of live classes, bottom first."""
    live = {each.id for each in taxonomy.classes if not each.deleted}
    return [each for each in document.ordered() if each.mask and each.class_id in live]
