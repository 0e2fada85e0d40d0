"""The steps by which pixels that several objects claim, or nobody, each get one owner.

Formats in which a pixel is one thing only need that. An object that would lose all of its pixels
to a rule is left as it is: that is a question, not a rule's business.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from engine.document.annotation import Annotation
from engine.document.claims import shared_pairs, takers, unclaimed, within
from engine.document.commands import Command, Replace, SetStatus, together, walk
from engine.document.document import Document
from engine.document.painting import flip_layer, flip_object
from engine.document.targets import is_locked, known_class, refuse_locked, refuse_locked_class
from engine.document.taxonomy import BACKGROUND, UNLABELLED, Taxonomy
from engine.masks.mask import Mask

Rule = Literal["order", "smaller", "void"]
"""Shared pixels go to the upper object, to the one with fewer pixels, or to nobody."""

LABELS: dict[Rule, str] = {
    "order": "Give shared pixels to the upper object",
    "smaller": "Give shared pixels to the smaller object",
    "void": "Give shared pixels to nobody",
}


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
    objects = objects if region is None else within(objects, region.box)
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
        # Background or an area below would make them somebody's again.
        patch = document.layer.change(given, UNLABELLED, taxonomy.locked_ids)
        steps += [flip_layer(document.layer, patch, LABELS[rule])] if patch else []
    return Settled(in_place(steps, LABELS[rule]), given.area, locked, covered)


def _losers(objects: Sequence[Annotation], lower: int, upper: int, rule: Rule) -> tuple[int, ...]:
    if rule == "void":
        return lower, upper
    if rule == "smaller" and objects[upper].mask.area > objects[lower].mask.area:
        return (upper,)
    return (lower,)


def award(document: Document, taxonomy: Taxonomy, winner: int, region: Mask) -> Command | None:
    """The step by which one object gets all of a region and the others lose what they have of it.

    An object that has nothing else is taken away. None where nothing would change, or the object
    is not there any more.

    Raises:
        EngineError: one that would lose or gain pixels is locked.
    """
    taker = document.annotations.get(winner)
    if taker is None:
        return None
    there = within(takers(document, taxonomy), region.box)
    losses = [(each, each.mask & region) for each in there]
    losses = [(each, lost) for each, lost in losses if lost and each.id != winner]
    label = f"Give {'shared' if losses else 'unclaimed'} pixels to one object"
    steps: list[Command | None] = []
    for each, lost in losses:
        refuse_locked(taxonomy, each)
        whole = lost.area == each.mask.area
        steps.append(
            Replace((each,), (), label) if whole else flip_object(document, each, lost, 0.0, label)
        )
    gained = region - taker.mask
    if gained:
        refuse_locked(taxonomy, taker)
        steps.append(flip_object(document, taker, gained, 0.0, label))
    return in_place(steps, label)


def claim_unclaimed(
    document: Document, taxonomy: Taxonomy, class_id: int, region: Mask | None = None
) -> Command | None:
    """The step by which pixels that belong to nothing become background, or of a stuff class.

    Args:
        document: the image's annotations.
        taxonomy: the project's classes.
        class_id: what they become.
        region: only these pixels; None for all.

    Raises:
        EngineError: the class is locked, or not there.
    """
    label = "Make nobody's pixels background"
    if class_id != BACKGROUND:
        known_class(taxonomy, class_id)
        refuse_locked_class(taxonomy, class_id)
        label = f"Make nobody's pixels {taxonomy.name(class_id)}"
    free = unclaimed(takers(document, taxonomy), document.layer, region)
    patch = document.layer.change_where(free, {UNLABELLED}, class_id) if free else None
    return flip_layer(document.layer, patch, label) if patch else None


def in_place(steps: Sequence[Command | None], label: str) -> Command | None:
    """Steps as one that leaves the image's status alone."""
    every = [part for step in steps if step is not None for part in walk(step)]
    return together([part for part in every if not isinstance(part, SetStatus)], label)
