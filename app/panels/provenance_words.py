"""Who made and changed what, in words. Knows no widget."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.places.figures import duration, when
from engine.document.annotation import PERSON, file_of, is_import

if TYPE_CHECKING:
    from app.canvas.people import Counts
    from engine.document.annotation import Annotation
    from engine.document.provenance import Total


def counts_words(counts: Counts) -> str:
    """What became of the objects of an image, in a line."""
    parts = (
        (counts.kept, "as proposed"),
        (counts.imported, "as imported"),
        (counts.changed, "changed"),
        (counts.drawn, "drawn"),
        (counts.gone, "taken away"),
        (counts.waiting, "waiting"),
    )
    said = [f"{count:,} {words}" for count, words in parts if count]
    return " · ".join(said) or "No objects yet."


def share_words(each: Total, model_name: Callable[[str], str], now: float | None = None) -> str:
    """Whose some pixels of an object are, in a line.

    Args:
        each: the pixels.
        model_name: what a model of that id is called.
        now: the present moment, seconds since 1970.
    """
    pixels = f"{each.pixels:,} px"
    if each.kind == "kept":
        return f"{pixels} kept from {_source_name(each.who, model_name)}"
    if each.when is None:
        return f"{pixels} {each.kind}; who did is no longer known"
    return f"{pixels} {each.kind} by {each.who or 'a person'}, {when(each.when, now)}"


def origin_words(each: Annotation, model_name: Callable[[str], str], you: str) -> str:
    """Who or which model made an object, and who changed it.

    Args:
        each: the object or proposal.
        model_name: what a model of that id is called.
        you: the name of who is working now; empty for none.
    """
    who = "you" if each.person == you else each.person or "a person"
    if each.source == PERSON:
        return f"Drawn by {who}"
    if is_import(each.source):
        file = file_of(each.source)
        if each.edited:
            return f"{file or 'Imported'}, edited by {who}"
        return f"{file}, imported" if file else "Imported"
    name = model_name(each.source)
    if each.proposal:
        return name if each.score is None else f"{name}, score {each.score:.2f}"
    if each.edited:
        return f"{name}, edited by {who}"
    return f"{name}, accepted" if who in ("you", "a person") else f"{name}, accepted by {who}"


def _source_name(source: str, model_name: Callable[[str], str]) -> str:
    """What pixels were kept from, in a sentence."""
    if not source:
        return "a model"  # of files of before that was noted
    return (file_of(source) or "an import") if is_import(source) else model_name(source)


def made_words(each: Annotation) -> str:
    """When an object was made, or came in."""
    if not each.created:
        return "not known"
    return f"{'imported ' if is_import(each.source) else ''}{_moment(each.created)}"


def work_words(each: Annotation) -> str:
    """Who worked on an object last, for how long in all, and when."""
    came = is_import(each.source) and not each.person and each.modified == each.created
    if each.proposal or came:
        return "nobody yet"
    said = [each.person] if each.person else []
    if each.seconds >= 0.05:
        short = each.seconds < 10
        said.append(f"{each.seconds:.1f} s" if short else duration(each.seconds))
    if each.modified:
        said.append(_moment(each.modified))
    return ", ".join(said) or "not known"


def _moment(moment: float) -> str:
    """A moment with its day, as it may be long ago."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))
    except (ValueError, OverflowError, OSError):  # of a damaged project
        return "not known"
