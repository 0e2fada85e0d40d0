"""What can be asked of an object: numbers, texts and ready phrases."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.document.annotation import PERSON, Annotation, is_import, is_model

DEPTH: Final = 60
"""Parentheses and negations within each other."""


@dataclass(frozen=True, slots=True)
class Around:
    """What an answer needs besides the object.

    Attributes:
        size: (height, width) of the image.
        names: class names by number.
        doubts: whether an object counts as doubtful now.
    """

    size: tuple[int, int] = (1, 1)
    names: Mapping[int, str] = field(default_factory=dict)
    doubts: Callable[[Annotation], bool] = lambda each: each.doubtful


Test = Callable[[Annotation, Around], bool]

KEYWORDS: Final = frozenset({"and", "or", "not"})
OPERATORS: Final[Mapping[str, str]] = {
    "<": "<", ">": ">", "<=": "≤", "≤": "≤", ">=": "≥", "≥": "≥", "=": "=", "==": "=", "is": "=",
    "!=": "≠", "≠": "≠", "<>": "≠", "contains": "contains",
}  # fmt: skip
"""Spellings of the operators."""

NUMBERS: Final[Mapping[str, Callable[[Annotation], float | None]]] = {
    "score": lambda each: each.score,
    "area": lambda each: each.mask.area,
    "size": lambda each: each.mask.area,
    "width": lambda each: each.mask.box[2] - each.mask.box[0],
    "height": lambda each: each.mask.box[3] - each.mask.box[1],
    "number": lambda each: each.id,
    "id": lambda each: each.id,
    "seconds": lambda each: each.seconds,
    "added": lambda each: each.added,
    "removed": lambda each: each.removed,
}
"""Fields compared with a number; areas and lengths in pixels, seconds of work on the object."""

TEXTS: Final[Mapping[str, Callable[[Annotation, Around], str]]] = {
    "class": lambda each, around: around.names.get(each.class_id, ""),
    "note": lambda each, _: each.note,
    "source": lambda each, _: each.source,
}
"""Fields compared with text; the source is "person", "import:FILE" or the model's id."""

_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    ">": operator.gt,
    "≤": operator.le,
    "≥": operator.ge,
    "=": operator.eq,
    "≠": operator.ne,
}


def at_border(each: Annotation, around: Around) -> bool:
    """Whether the object has a pixel in the first or last row or column of the image."""
    left, top, right, bottom = each.mask.box
    height, width = around.size
    touches = left <= 0 or top <= 0 or right >= width or bottom >= height
    return bool(each.mask) and touches


def _of_model(each: Annotation, _: Around) -> bool:
    return is_model(each.source)


_READY: Final[Mapping[str, Test]] = {
    "touching the border": at_border,
    "edited": lambda each, _: each.edited,
    "drawn by hand": lambda each, _: each.source == PERSON,
    "from a model": _of_model,
    "imported": lambda each, _: is_import(each.source),
    "proposal": lambda each, _: each.proposal,
    "accepted": lambda each, _: not each.proposal,
    "doubtful": lambda each, around: around.doubts(each),
    "locked": lambda each, _: each.locked,
    "hidden": lambda each, _: each.hidden,
    "crowd": lambda each, _: each.crowd,
    "with a note": lambda each, _: bool(each.note),
    "without a score": lambda each, _: each.score is None,
}
_ALSO: Final = {
    "touching border": "touching the border",
    "touches the border": "touching the border",
    "at the border": "touching the border",
    "border": "touching the border",
    "by hand": "drawn by hand",
    "drawn": "drawn by hand",
    "proposals": "proposal",
    "has a note": "with a note",
    "no score": "without a score",
}
READY: Final = tuple(_READY)
"""The ready phrases, as they are offered."""

PHRASES: Final[Mapping[str, Test]] = {
    **_READY,
    **{spelling: _READY[phrase] for spelling, phrase in _ALSO.items()},
}


def compare_numbers(name: str, sign: str, value: float) -> Test:
    """Compare a number; an object that has none (a score) is never among those asked for."""
    read, compare = NUMBERS[name], _COMPARE[sign]

    def test(each: Annotation, _: Around) -> bool:
        found = read(each)
        return found is not None and compare(found, value)

    return test


def compare_texts(name: str, sign: str, wanted: str) -> Test:
    """Compare a text without case; ``wanted`` is casefolded."""
    read = TEXTS[name]
    if sign == "contains":
        return lambda each, around: wanted in read(each, around).casefold()
    if sign == "≠":
        return lambda each, around: read(each, around).casefold() != wanted
    return lambda each, around: read(each, around).casefold() == wanted


def find_text(wanted: str) -> Test:
    """Text in the class's name or the note, or the object's number; ``wanted`` is casefolded."""
    plain = wanted.removeprefix("#")

    def test(each: Annotation, around: Around) -> bool:
        name = around.names.get(each.class_id, "").casefold()
        return wanted in name or plain == str(each.id) or wanted in each.note.casefold()

    return test
