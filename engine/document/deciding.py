"""Pixels that several objects claim, or nobody, and the steps by which each gets one owner.

Formats in which a pixel is one thing only need that. An object that would lose all of its pixels
to a rule is left as it is: that is a question, not a rule's business.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from engine.document.annotation import Annotation
from engine.document.commands import Command, Replace, SetStatus, together, walk
from engine.document.document import Document
from engine.document.painting import flip_layer, flip_object
from engine.document.parting import together as union
from engine.document.targets import is_locked, known_class, refuse_locked, refuse_locked_class
from engine.document.taxonomy import BACKGROUND, UNLABELLED, Taxonomy
from engine.masks.class_map import ClassMap
from engine.masks.components import components
from engine.masks.mask import Mask

Rule = Literal["order", "smaller", "void"]
"""Shared pixels go to the upper object, to the one with fewer pixels, or to nobody."""

LABELS: dict[Rule, str] = {
    "order": "Give shared pixels to the upper object",
    "smaller": "Give shared pixels to the smaller object",
    "void": "Give shared pixels to nobody",
}


class Place(NamedTuple):
    """A connected part of the shared pixels, and ids of the objects that claim it, bottom first."""

    pixels: Mask
    objects: tuple[int, ...]


class Contest(NamedTuple):
    """What would have to be decided in an image.

    Attributes:
        twice: pixels that several objects claim.
        nobody: pixels without object and class; background is somebody's.
        places: the parts of ``twice``, the largest first.
    """

    twice: Mask
    nobody: Mask
    places: list[Place]


class Settled(NamedTuple):
    """What a rule does.

    Attributes:
        command: the one step; None where there is nothing it can do.
        pixels: that get one owner, or none.
        locked: objects that would have to give pixels and are locked.
        covered: objects that would lose all they have.
    """

    command: Command | None
    pixels: int
    locked: int
    covered: int


def shared_pairs(objects: Sequence[Annotation]) -> Iterator[tuple[int, int, Mask]]:
    """(lower, upper, shared pixels) of every two objects that share some, by place in ``objects``.

    Costs a comparison of boxes for each pair, and of pixels where boxes meet.
    """
    boxes = np.array([each.mask.box for each in objects], np.int64).reshape(-1, 4)
    for lower in range(len(objects) - 1):
        left, top, right, bottom = boxes[lower]
        rest = boxes[lower + 1 :]
        meets = (rest[:, 0] < right) & (rest[:, 2] > left)
        meets &= (rest[:, 1] < bottom) & (rest[:, 3] > top)
        for upper in (np.flatnonzero(meets) + lower + 1).tolist():
            shared = objects[lower].mask & objects[upper].mask
            if shared:
                yield lower, upper, shared


def shared_pixels(objects: Sequence[Annotation]) -> Mask:
    """The pixels that more than one object claims."""
    return union(shared for _, _, shared in shared_pairs(objects))


def unclaimed(objects: Sequence[Annotation], layer: ClassMap) -> Mask:
    """The unlabelled pixels that no object covers."""
    free = layer.mask(UNLABELLED)
    return free - union(each.mask for each in objects) if free else free


def contest(objects: Sequence[Annotation], layer: ClassMap) -> Contest:
    """What several objects claim and what nobody does; for values, so on any thread.

    Args:
        objects: those that take part, bottom first.
        layer: the class map.
    """
    pairs = list(shared_pairs(objects))
    twice = union(shared for _, _, shared in pairs)
    parts = components(twice) if twice else []
    claimed: list[set[int]] = [set() for _ in parts]
    boxes = np.array([part.box for part in parts], np.int64).reshape(-1, 4)
    for lower, upper, shared in pairs:
        # What two objects share may lie in several parts, and parts hold several pairs.
        left, top, right, bottom = shared.box
        meets = (boxes[:, 0] < right) & (boxes[:, 2] > left)
        meets &= (boxes[:, 1] < bottom) & (boxes[:, 3] > top)
        for at in np.flatnonzero(meets).tolist():
            if parts[at] & shared:
                claimed[at] |= {lower, upper}
    places = [
        Place(part, tuple(objects[place].id for place in sorted(who)))
        for part, who in zip(parts, claimed, strict=True)
    ]
    return Contest(twice, unclaimed(objects, layer), places)


def takers(document: Document, taxonomy: Taxonomy) -> list[Annotation]:
    """The objects that take part in an image: accepted ones of live classes, bottom first."""
    live = {each.id for each in taxonomy.classes if not each.deleted}
    return [each for each in document.ordered() if each.mask and each.class_id in live]


def settle(
    document: Document, taxonomy: Taxonomy, rule: Rule, region: Mask | None = None
) -> Settled:
    """The step by which a rule decides shared pixels.

    The image keeps its status: nothing becomes unlabelled that was not asked to.

    Args:
        document: the image's annotations.
        taxonomy: the project's classes.
        rule: who keeps shared pixels.
        region: only these pixels; None for all.
    """
    objects = takers(document, taxonomy)
    losses: dict[int, Mask] = {}
    for lower, upper, found in shared_pairs(objects):
        shared = found if region is None else found & region
        for loser in _losers(objects, lower, upper, rule) if shared else ():
            losses[loser] = losses.get(loser, Mask.EMPTY) | shared
    steps: list[Command | None] = []
    given, locked, covered = Mask.EMPTY, 0, 0
    for place, lost in losses.items():
        each = objects[place]
        if is_locked(taxonomy, each):
            locked += 1
        elif lost.area == each.mask.area:
            covered += 1
        else:
            steps.append(flip_object(document, each, lost, 0.0, LABELS[rule]))
            given = given | lost
    if rule == "void" and given:
        # Background below would make them somebody's again.
        patch = document.layer.change_where(given, {BACKGROUND}, UNLABELLED)
        steps += [flip_layer(document.layer, patch, LABELS[rule])] if patch else []
    return Settled(in_place(steps, LABELS[rule]), given.area, locked, covered)


def _losers(objects: Sequence[Annotation], lower: int, upper: int, rule: Rule) -> tuple[int, ...]:
    if rule == "void":
        return lower, upper
    if rule == "smaller" and objects[upper].mask.area > objects[lower].mask.area:
        return (upper,)
    return (lower,)


def award(document: Document, taxonomy: Taxonomy, winner: int, region: Mask) -> Command | None:
    """The step by which one object keeps pixels and all others lose them.

    An object that has nothing else is taken away.

    Raises:
        EngineError: one that would lose pixels is locked.
    """
    label = "Give shared pixels to one object"
    steps: list[Command | None] = []
    for each in takers(document, taxonomy):
        lost = each.mask & region if each.id != winner else Mask.EMPTY
        if not lost:
            continue
        refuse_locked(taxonomy, each)
        whole = lost.area == each.mask.area
        steps.append(
            Replace((each,), (), label) if whole else flip_object(document, each, lost, 0.0, label)
        )
    return in_place(steps, label)


def claim_unclaimed(document: Document, taxonomy: Taxonomy, class_id: int) -> Command | None:
    """The step by which pixels that belong to nothing become background, or of a stuff class.

    Raises:
        EngineError: the class is locked, or not there.
    """
    label = "Make nobody's pixels background"
    if class_id != BACKGROUND:
        known_class(taxonomy, class_id)
        refuse_locked_class(taxonomy, class_id)
        label = f"Make nobody's pixels {taxonomy.name(class_id)}"
    free = unclaimed(takers(document, taxonomy), document.layer)
    patch = document.layer.change_where(free, {UNLABELLED}, class_id) if free else None
    return flip_layer(document.layer, patch, label) if patch else None


def in_place(steps: Sequence[Command | None], label: str) -> Command | None:
    """Steps as one that leaves the image's status alone."""
    every = [part for step in steps if step is not None for part in walk(step)]
    return together([part for part in every if not isinstance(part, SetStatus)], label)
