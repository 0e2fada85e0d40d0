"""Who did what: the name a step leaves on objects, and shares of pixels by who made them.

Whose each pixel is, is found out by ``engine.document.tracing``.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal, NamedTuple

from engine.document.commands import Command, Replace, Several
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
        kind: proposed or imported and kept, put there by a person, or taken away by one.
        who: the source of kept pixels (see ``Annotation``), else the person; empty where that is
            not known.
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
