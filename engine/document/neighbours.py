"""What an object takes from its neighbours, and what it gives to one."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from engine.document.annotation import Annotation
from engine.document.commands import Command, FlipPixels, Replace
from engine.document.document import Document
from engine.document.objects import change_class
from engine.document.painting import at_once, finish, flip_layer, flip_object, now, top
from engine.document.parting import together
from engine.document.targets import chosen, is_locked, refuse_locked
from engine.document.taxonomy import FIRST_CLASS, UNLABELLED, Taxonomy
from engine.errors import EngineError
from engine.masks.box import grow, intersect
from engine.masks.mask import Mask
from engine.masks.rim import rim

Allowed = Callable[[Mask], Mask]
"""The part of a region that may be touched."""

REACH = 3
"""Pixels of empty ground across which objects still touch: lines between them are this wide."""


class Taken(NamedTuple):
    """What cutting out does.

    Attributes:
        command: the one step; None where there is nothing to take.
        objects: how many objects lose pixels.
        classes: how many stuff classes do.
        inside: objects that lie wholly within and were left as they are.
    """

    command: Command | None
    objects: int
    classes: int
    inside: int


class Neighbour(NamedTuple):
    """What touches an object.

    Attributes:
        class_id: of the neighbour.
        annotation: its id; None for a class that is painted as pixels.
        border: pixels along which they touch.
    """

    class_id: int
    annotation: int | None
    border: int


def cut_out(
    document: Document,
    ids: Collection[int],
    taxonomy: Taxonomy,
    *,
    shown: Collection[int] | None = None,
    classes: Collection[int] | None = None,
    allowed: Allowed = lambda region: region,
) -> Taken:
    """The step by which objects take their pixels from all others, and from stuff.

    Objects that are locked, not shown, or wholly within them are left alone. A proposal among
    the chosen ones is accepted; other proposals lose pixels and go on waiting.

    Args:
        document: the image's annotations.
        ids: who takes.
        taxonomy: the project's classes.
        shown: ids of objects and proposals on the screen; None for all.
        classes: the classes on the screen; None for all.
        allowed: which pixels may change hands.

    Raises:
        EngineError: one of them is locked, or painted as pixels.
    """
    takers = _things(document, ids, taxonomy)
    region = allowed(together(each.mask for each in takers))
    label = "Cut out of neighbours"
    steps: list[Command | None] = [_accepted(document, takers, label)]
    count = inside = 0
    for other in _others(document, takers, taxonomy, shown):
        lost = other.mask & region
        if not lost:
            continue
        if lost.area == other.mask.area:
            inside += 1
            continue
        count += 1
        waits = other.proposal
        steps.append(
            FlipPixels(other.id, lost, label)
            if waits
            else flip_object(document, other, lost, 0.0, label)
        )
    layer = document.layer
    patch = layer.change_where(region, _open_classes(document, taxonomy, classes), UNLABELLED)
    steps += [flip_layer(layer, patch, label)] if patch else []
    if not count and not patch:
        return Taken(None, 0, 0, inside)
    areas = len(layer.classes(patch) - {UNLABELLED}) if patch else 0
    return Taken(at_once(document, steps, label), count, areas, inside)


def neighbours(
    document: Document,
    ids: Collection[int],
    taxonomy: Taxonomy,
    *,
    shown: Collection[int] | None = None,
    classes: Collection[int] | None = None,
) -> list[Neighbour]:
    """What objects touch, objects before stuff classes, those with the longest border first.

    What is locked or not shown is no neighbour. Where no object touches, those across up to
    ``REACH`` empty pixels do.
    """
    region = together(each.mask for each in _things(document, ids, taxonomy))
    others = [
        each
        for each in _others(document, chosen(document, ids), taxonomy, shown)
        if taxonomy.is_thing(each.class_id)
        and intersect(each.mask.box, grow(region.box, REACH + 1)) is not None
    ]
    edge = rim(region, document.size)
    found: list[Neighbour] = []
    around = region
    for _ in range(REACH + 1 if others else 0):
        outer = rim(around, document.size)
        for each in others:
            border = (each.mask & outer).area if intersect(each.mask.box, outer.box) else 0
            found += [Neighbour(each.class_id, each.id, border)] if border else []
        if found:
            break
        around |= outer
    found.sort(key=lambda each: -each.border)
    open_classes = _open_classes(document, taxonomy, classes)
    counts: dict[int, int] = {}
    for left, top_row, bits in edge.pieces:
        box = (left, top_row, left + bits.shape[1], top_row + bits.shape[0])
        for class_id, pixels in enumerate(np.bincount(document.layer.read(box)[bits]).tolist()):
            if pixels and class_id in open_classes:
                counts[class_id] = counts.get(class_id, 0) + pixels
    stuff = [Neighbour(class_id, None, pixels) for class_id, pixels in counts.items()]
    return found + sorted(stuff, key=lambda each: -each.border)


def give(
    document: Document, ids: Collection[int], to: Neighbour, taxonomy: Taxonomy
) -> Command | None:
    """The step by which objects become part of a neighbour; not a pixel is lost.

    Raises:
        EngineError: one of them, or the neighbour, is locked.
    """
    if to.annotation is None:
        return change_class(document, ids, to.class_id, taxonomy)
    givers = _things(document, ids, taxonomy)
    taker = document.find(to.annotation)
    if taker is None or not givers:
        return None
    refuse_locked(taxonomy, taker)
    label = f"Give to {taxonomy.name(taker.class_id)}"
    given = together(each.mask for each in givers) - taker.mask
    seconds = sum(each.seconds for each in givers)
    step = flip_object(document, taker, given, seconds, label) if given else None
    return at_once(document, [step, Replace(tuple(givers), (), label)], label)


def _things(document: Document, ids: Collection[int], taxonomy: Taxonomy) -> list[Annotation]:
    found = chosen(document, ids)
    for each in found:
        refuse_locked(taxonomy, each)
        if not taxonomy.is_thing(each.class_id):
            name = taxonomy.name(each.class_id)
            raise EngineError(f"“{name}” is painted as pixels. Accept the proposal first.")
    return found


def _accepted(document: Document, takers: list[Annotation], label: str) -> Command | None:
    waiting = tuple(each for each in takers if each.proposal)
    if not waiting:
        return None
    first, moment = top(document), now()
    after = tuple(
        replace(each, proposal=False, order=first + n, modified=moment)
        for n, each in enumerate(waiting)
    )
    return finish(document, [Replace(waiting, after, label)], label)


def _others(
    document: Document,
    mine: Collection[Annotation],
    taxonomy: Taxonomy,
    shown: Collection[int] | None,
) -> list[Annotation]:
    """Everything else that may be changed."""
    own = {each.id for each in mine}
    return [
        each
        for each in (*document.ordered(), *document.proposals.values())
        if each.id not in own
        and not is_locked(taxonomy, each)
        and not each.hidden
        and (shown is None or each.id in shown)
    ]


def _open_classes(
    document: Document, taxonomy: Taxonomy, classes: Collection[int] | None
) -> frozenset[int]:
    """The stuff classes of the class map that may be changed."""
    return frozenset(
        class_id
        for class_id in document.layer.areas()
        if class_id >= FIRST_CLASS
        and class_id not in taxonomy.locked_ids
        and (classes is None or class_id in classes)
    )
