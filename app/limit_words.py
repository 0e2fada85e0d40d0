"""Limits in words: on their chips, and when they refuse a gesture."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.limits import Name
from app.state import LUMINANCE, Limits, SureRange, ValueRange, Within
from engine.document.document import Document
from engine.document.taxonomy import BACKGROUND, UNLABELLED, Taxonomy

SHORT = 3
"""Classes that are named on a chip; of more their number is said."""


@dataclass(frozen=True, slots=True)
class LimitText:
    """One limit in words.

    Attributes:
        name: which.
        words: on its chip, from its first letter in capitals.
        whole: the same with nothing left out; it also ends "Nothing here may be painted: …".
    """

    name: Name
    words: str
    whole: str


def in_words(
    limits: Limits,
    taxonomy: Taxonomy,
    document: Document | None = None,
    channels: Sequence[str] = (),
) -> list[LimitText]:
    """The limits that are set, and locked classes, in the order of the chooser.

    Args:
        limits: what is set.
        taxonomy: the project's classes.
        document: names the objects of ``Limits.within``.
        channels: names of the photo's channels, as far as known.
    """
    found: list[LimitText] = []
    if limits.over:
        found.append(_over(limits.over, taxonomy))
    if limits.values is not None:
        found.append(_values(limits.values, channels))
    if limits.sure is not None:
        found.append(_sure(limits.sure))
    if limits.within is not None:
        found.append(_within(limits.within, taxonomy, document))
    if taxonomy.locked_ids:
        names = [each.name for each in taxonomy.classes if each.id in taxonomy.locked_ids]
        short = listed(names) if len(names) <= SHORT else f"{len(names)} classes"
        found.append(LimitText("locked", f"Locked: {short}", f"locked: {listed(names)}"))
    return found


def class_names(classes: Collection[int], taxonomy: Taxonomy) -> list[str]:
    """Names in the order of the class list, unlabelled and background last."""
    names = [each.name for each in taxonomy.classes if each.id in classes]
    plain = {BACKGROUND: "background", UNLABELLED: "unlabelled"}
    return [*names, *(name for number, name in plain.items() if number in classes)]


def listed(names: Sequence[str]) -> str:
    """sky, water and unlabelled."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def number(value: float) -> str:
    """A stored value for people: 1,234 or 0.125."""
    whole = float(value).is_integer() or abs(value) >= 1000
    return f"{value:,.0f}" if whole else f"{value:.4g}"


def channel_name(channel: int, channels: Sequence[str]) -> str:
    """What a channel is called within a sentence."""
    if channel == LUMINANCE:
        return "brightness"
    known = channels[channel] if channel < len(channels) else ""
    return known or f"channel {channel + 1}"


def refusal(limits: Sequence[LimitText], *, erasing: bool) -> str:
    """Why a gesture changed nothing.

    Args:
        limits: those that refused it; any of them, or only all together.
        erasing: it would have taken away.
    """
    what = "erased" if erasing else "painted"
    first, *others = (each.whole for each in limits)
    sentence = f"Nothing here may be {what}: {' and '.join([first, *others])}."
    if all(each.name == "locked" for each in limits):
        return f"{sentence} Unlock it in the list first."
    verb = "erase" if erasing else "paint"
    return f"{sentence} Hold {{limits.lift}} to {verb} anyway."


def _over(classes: Collection[int], taxonomy: Taxonomy) -> LimitText:
    names = class_names(classes, taxonomy)
    whole = f"only over {listed(names)}"
    short = whole if len(names) <= SHORT else f"only over {len(names)} classes"
    return LimitText("over", _capital(short), whole)


def _values(limit: ValueRange, channels: Sequence[str]) -> LimitText:
    name = channel_name(limit.channel, channels)
    whole = f"only {name} {number(limit.low)} to {number(limit.high)}"
    return LimitText("values", _capital(whole), whole)


def _sure(limit: SureRange) -> LimitText:
    where = "above" if limit.above else "below"
    of = "the class" if limit.of_class else "its best guess"
    short = f"Model {where} {limit.at:.2f}"
    return LimitText("sure", short, f"only where the model gives {of} {where} {limit.at:.2f}")


def _within(limit: Within, taxonomy: Taxonomy, document: Document | None) -> LimitText:
    side = "outside" if limit.outside else "inside"
    ids = sorted(limit.ids)
    found = document.find(ids[0]) if document is not None and len(ids) == 1 else None
    name = f"{taxonomy.name(found.class_id)} #{found.id}" if found else f"{len(ids)} objects"
    words = f"only {side} {name}"
    return LimitText("within", _capital(words), words)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
