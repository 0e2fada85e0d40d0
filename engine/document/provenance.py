"""Who did what: the name a step leaves on objects, and whose each pixel of an object is.

What a model had proposed is known from ``engine.store.origins`` for good; who changed it since, and
when, from the journal as far back as that reaches. What was forgotten is said to be unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from engine.document.annotation import PERSON, Annotation
from engine.document.commands import Command, FlipPixels, Replace, Several, walk
from engine.masks.mask import Mask

Kind = Literal["kept", "added", "erased"]


class Taken(NamedTuple):
    """A step in force.

    Attributes:
        person: who took it; empty where that is not known.
        when: seconds since 1970.
        command: the step forward.
    """

    person: str
    when: float
    command: Command


class Share(NamedTuple):
    """Pixels of one origin.

    Attributes:
        kind: proposed and kept, put there by a person, or proposed and taken away by one.
        who: the model of kept pixels, else the person; empty where that is not known.
        when: of the newest step that touched one of them, seconds since 1970; None of kept pixels
            and where it is not known.
        mask: the pixels.
    """

    kind: Kind
    who: str
    when: float | None
    mask: Mask


def signed(command: Command, person: str) -> Command:
    """The step with the name of who takes it on every object it works on; "" leaves it as it is."""
    return _signed(command, person, set()) if person else command


def _signed(command: Command, person: str, done: set[int]) -> Command:
    if isinstance(command, Several):
        parts = tuple(_signed(part, person, done) for part in command.commands)
        return replace(command, commands=parts)
    if not isinstance(command, Replace):
        return command
    old = {each.id: each for each in command.before}
    after = []
    for each in command.after:
        was = old.get(each.id)
        # Locking or hiding is not working on an object: that leaves its time of change alone.
        worked = was is None or was.modified != each.modified or each.id in done
        if worked and not each.proposal:
            done.add(each.id)
            after.append(replace(each, person=person))
        else:
            after.append(each)
    return replace(command, after=tuple(after))


def origin_of(each: Annotation, kept: Mask | None) -> Mask:
    """What a model had proposed for an object, empty for what a person drew.

    Args:
        each: the object as it is now.
        kept: its pixels in ``engine.store.origins``, None where there are none: then it was not
            changed since.
    """
    if kept is not None:
        return kept
    return Mask.EMPTY if each.source == PERSON or each.edited else each.mask


def whose(each: Annotation, origin: Mask, steps: Iterable[Taken]) -> list[Share]:
    """Whose each pixel of an object is, and who erased what is missing.

    A pixel that was erased and painted again by people counts as kept: it is as it was proposed.

    Args:
        each: the object.
        origin: see ``origin_of``.
        steps: in force, the newest first; as many as are kept.

    Returns:
        Disjoint shares: kept, then those of people from the newest step on, unknown ones last.
    """
    found: list[Share] = []
    kept = each.mask & origin
    if kept:
        found.append(Share("kept", each.source if each.source != PERSON else "", None, kept))
    added, erased = each.mask - origin, origin - each.mask
    for step in steps:
        if not added and not erased:
            break
        touched = _touched(step.command, each.id)
        if touched:
            found += _cut(added & touched, erased & touched, step.person, step.when)
            added, erased = added - touched, erased - touched
    return found + _cut(added, erased, "", None)


def _cut(added: Mask, erased: Mask, who: str, when: float | None) -> list[Share]:
    both: tuple[tuple[Kind, Mask], ...] = (("added", added), ("erased", erased))
    return [Share(kind, who, when, mask) for kind, mask in both if mask]


def _touched(command: Command, number: int) -> Mask:
    """Pixels whose membership in an object the step changed, at least once."""
    touched = Mask.EMPTY
    for part in walk(command):
        if isinstance(part, FlipPixels) and part.annotation == number:
            touched |= part.patch
        elif isinstance(part, Replace):
            before = _mask_in(part.before, number)
            after = _mask_in(part.after, number)
            if before is not after:
                touched |= (before or Mask.EMPTY) ^ (after or Mask.EMPTY)
    return touched


def _mask_in(some: Sequence[Annotation], number: int) -> Mask | None:
    return next((each.mask for each in some if each.id == number), None)


class Total(NamedTuple):
    """What one origin has in several shares: kind and who as there, pixels, the newest time."""

    kind: Kind
    who: str
    pixels: int
    when: float | None


def totals(shares: Iterable[Share]) -> list[Total]:
    """Shares summed up by kind and who, in the order in which each first appears."""
    found: dict[tuple[Kind, str], Total] = {}
    for each in shares:
        key = (each.kind, each.who)
        was = found.get(key)
        times = [time for time in (each.when, was.when if was else None) if time is not None]
        pixels = each.mask.area + (was.pixels if was else 0)
        found[key] = Total(each.kind, each.who, pixels, max(times, default=None))
    return list(found.values())
