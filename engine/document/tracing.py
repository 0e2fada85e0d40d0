"""Whose each pixel is: of an object, and of a class in the class map.

What a model had proposed, or a file had brought, is known from ``engine.store.origins`` for good;
who changed it since, and when, from the journal as far back as that reaches. What was forgotten is
said to be unknown.

Pixels keep what they are when an object takes in another of its class, or comes off one by a cut:
from that step back they are followed in the object they came from.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from engine.document.annotation import PERSON, Annotation
from engine.document.commands import Command, FlipLayer, FlipPixels, Replace, Several, walk
from engine.document.provenance import Share, Taken
from engine.masks.box import intersect
from engine.masks.class_map import ClassMap
from engine.masks.index_patch import IndexPatch
from engine.masks.mask import Mask
from engine.masks.tiles import FULL, SIDE, Bits, Key


class Proposed(NamedTuple):
    """What a model had proposed, or a file had brought: pixels, and the object's source."""

    mask: Mask
    source: str = ""


Origins = Mapping[int, Proposed]
"""By object; of those that a person has changed since."""


def origin_of(each: Annotation, kept: Proposed | None) -> Mask:
    """What a model had proposed, or a file had brought, for an object; empty of what was drawn.

    Args:
        each: the object as it is now.
        kept: what is kept of it, None where there is nothing: then it was not changed since.
    """
    if kept is not None:
        return kept.mask
    return Mask.EMPTY if each.source == PERSON or each.edited else each.mask


def whose(each: Annotation, origins: Origins, steps: Iterable[Taken]) -> list[Share]:
    """Whose each pixel of an object is, and who erased what is missing.

    A pixel that was erased and painted again by people counts as kept: it is as it was proposed.

    Args:
        each: the object.
        origins: what is kept of the objects of its image.
        steps: in force, the newest first; as many as are kept.

    Returns:
        Disjoint shares: kept, then those of people from the newest step on, unknown ones last.
    """
    trace = _Trace(each.id, origins)
    trace.enter(each, each.mask)
    trace.missing = origin_of(each, origins.get(each.id)) - each.mask
    for step in steps:
        if trace.done:
            break
        trace.step(step)
    return trace.end()


class _Trace:
    """Pixels on their way back through the journal.

    Attributes:
        missing: pixels the object had been proposed with and has no more.
    """

    def __init__(self, number: int, origins: Origins) -> None:
        self._number, self._origins = number, origins
        self._kept: list[Share] = []
        self._found: list[Share] = []
        self._wanted: dict[int, Mask] = {}  # by the object they are in at this time
        self.missing = Mask.EMPTY

    @property
    def done(self) -> bool:
        """Whether everything is known."""
        return not self.missing and not any(self._wanted.values())

    def enter(self, each: Annotation, pixels: Mask) -> None:
        """Follow pixels in an object, but for those that were its own from the beginning."""
        kept = self._origins.get(each.id)
        own = pixels & origin_of(each, kept)
        if own:
            source = kept.source if kept is not None and kept.source else each.source
            self._kept.append(Share("kept", source if source != PERSON else "", None, own))
        self._wanted[each.id] = self._wanted.get(each.id, Mask.EMPTY) | (pixels - own)

    def step(self, step: Taken) -> None:
        """Go back behind a step."""
        came: list[tuple[Annotation, Mask]] = []
        for number, wanted in self._wanted.items():
            touched = _touched(step.command, number)
            gone = self.missing & touched if number == self._number else Mask.EMPTY
            gained = wanted & touched
            if not gained and not gone:
                continue
            self._wanted[number] = wanted - gained
            self.missing = self.missing - gone
            for giver in _givers(step.command, number) if gained else ():
                if giver.mask and intersect(giver.mask.box, gained.box) is None:
                    continue
                given = gained & _touched(step.command, giver.id)
                if given:
                    came.append((giver, given))
                    gained = gained - given
            self._found += _cut(gained, gone, _who(step, number), step.when)
        for giver, given in came:
            self.enter(giver, given)

    def end(self) -> list[Share]:
        """All shares; what is left over is nobody's that is known."""
        rest = Mask.EMPTY
        for wanted in self._wanted.values():
            rest = rest | wanted
        return self._kept + self._found + _cut(rest, self.missing, "", None)


def _cut(added: Mask, erased: Mask, who: str, when: float | None) -> list[Share]:
    found = [Share("added", who, when, added)] if added else []
    return [*found, Share("erased", who, when, erased)] if erased else found


def _touched(command: Command, number: int) -> Mask:
    """Pixels whose membership in an object the step changed, at least once."""
    touched = Mask.EMPTY
    for part in walk(command):
        if isinstance(part, FlipPixels) and part.annotation == number:
            touched |= part.patch
        elif isinstance(part, Replace):
            before, after = _in(part.before, number), _in(part.after, number)
            old, new = before and before.mask, after and after.mask
            if old is not new:
                touched |= (old or Mask.EMPTY) ^ (new or Mask.EMPTY)
    return touched


def _givers(command: Command, number: int) -> Iterator[Annotation]:
    """Other objects of its class that changed in the same step, as they were before it."""
    parts = [part for part in walk(command) if isinstance(part, Replace)]
    made = [found for part in parts if (found := _in(part.after, number)) is not None]
    if made:
        for part in parts:
            for each in part.before:
                if each.id != number and each.class_id == made[-1].class_id:
                    yield each


def _who(step: Taken, number: int) -> str:
    """Who took the step; where that is not said, whose name it left on the object."""
    if step.person:
        return step.person
    for part in walk(step.command):
        if isinstance(part, Replace) and (after := _in(part.after, number)) is not None:
            before = _in(part.before, number)
            if before is None or before.person != after.person:
                return after.person
    return ""


def _in(some: Sequence[Annotation], number: int) -> Annotation | None:
    return next((each for each in some if each.id == number), None)


# -- class maps ----------------------------------------------------------------------------------


def whose_area(
    area: Mask,
    class_id: int,
    origins: Iterable[Proposed],
    steps: Iterable[Taken],
    first: Proposed | None = None,
) -> list[Share]:
    """Whose each pixel of a class in the class map is, and who erased what had been proposed.

    A pixel is the file's where that gave it the class; else it is whose last did, which is a model
    where that was by accepting a proposal.

    Args:
        area: the pixels of the class now.
        class_id: the class.
        origins: what had been proposed as pixels of the class.
        steps: in force, the newest first; as many as are kept.
        first: what the file had of the class that the class map came in by, where that is known.

    Returns:
        Disjoint shares: kept, then those of people from the newest step on, unknown ones last.
    """
    proposed = list(origins)
    missing = first.mask - area if first is not None else Mask.EMPTY
    for each in proposed:
        missing = missing | (each.mask - area)
    kept: list[Share] = []
    own = area & first.mask if first is not None else Mask.EMPTY
    if own and first is not None:
        kept.append(Share("kept", first.source, None, own))
    left, classes = area - own, {class_id}
    found: list[Share] = []
    for step in steps:
        if not left and not missing:
            break
        flips = [part for part in walk(step.command) if isinstance(part, FlipLayer)]
        if isinstance(step.command, Several) and step.command.project_step:
            # Classes that were merged: the pixels are as old as they were in the other class.
            merged = [{*part.classes} for part in flips if classes & {*part.classes}]
            classes = classes.union(*merged)
            continue
        touched = Mask.EMPTY
        for part in flips:
            touched = touched | _pixels(part.patch)
        painted, gone = left & touched, missing & touched
        left, missing = left - painted, missing - gone
        for proposal in _accepted(step.command, classes) if painted else ():
            own = painted & proposal.mask
            painted = painted - own
            kept += [Share("kept", proposal.source, None, own)] if own else []
        found += _cut(painted, gone, step.person, step.when)
    for each in proposed:  # steps that were forgotten
        own = left & each.mask if each.source else Mask.EMPTY
        left = left - own
        kept += [Share("kept", each.source, None, own)] if own else []
    return kept + found + _cut(left, Mask.EMPTY, "", None)


def rewound(layer: ClassMap, steps: Iterable[Taken]) -> ClassMap | None:
    """A class map as it was before some steps, the newest first; None where they do not fit it."""
    try:
        for step in steps:
            for part in reversed(list(walk(step.command))):
                if isinstance(part, FlipLayer):
                    layer = layer.flip(part.patch)
    except ValueError:
        return None
    return layer


def _accepted(command: Command, classes: set[int]) -> list[Annotation]:
    """Proposals of the class that the step painted into the class map."""
    return [
        each
        for part in walk(command)
        if isinstance(part, Replace)
        for each in part.before
        if each.proposal and each.class_id in classes and _in(part.after, each.id) is None
    ]


def _pixels(patch: IndexPatch) -> Mask:
    """The pixels that change."""
    tiles: dict[Key, Bits] = {}
    for piece in patch.pieces:
        row, column = piece.top // SIDE, piece.left // SIDE
        if piece.uniform is not None and piece.shape == (SIDE, SIDE):
            tiles[row, column] = FULL
            continue
        tile = np.zeros((SIDE, SIDE), np.bool_)
        top, left = piece.top - row * SIDE, piece.left - column * SIDE
        bits = piece.xor != 0 if piece.bits is None else piece.bits
        tile[top : top + piece.shape[0], left : left + piece.shape[1]] = bits
        tiles[row, column] = tile
    return Mask.from_tiles(tiles)
