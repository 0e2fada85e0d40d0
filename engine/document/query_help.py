"""What may be written next in a question about objects; see ``engine.document.query``."""

from collections.abc import Sequence
from typing import Final

from engine.document.query_fields import KEYWORDS, NUMBERS, OPERATORS, READY, TEXTS
from engine.document.query_tokens import QueryError, Token, tokens

MADE: Final = (
    "score < 0.6",
    "doubtful",
    "touching the border",
    "area < 50",
    "proposal",
    "edited",
    "drawn by hand",
    "with a note",
)
"""Ready questions, as chips and menus offer them."""

_FIELDS: Final = ("score", "area", "class", "note", "width", "height", "number", "source")
_EXAMPLES: Final = {"score": "0.6", "seconds": "10"}


def complete(text: str, classes: Sequence[str]) -> list[tuple[str, str]]:
    """Ways to go on at the end of ``text``.

    Args:
        text: what is written so far.
        classes: names of the classes there are.

    Returns:
        (the whole text then, what is offered), the likeliest first; none where all is said.
    """
    try:
        found = tokens(text)
    except QueryError:
        return []
    open_end = bool(found) and found[-1].stop == len(text)
    before, part = (found[:-1], found[-1].text) if open_end else (found, "")
    for back in range(min(3, len(before)) if open_end else 0, -1, -1):
        # Phrases have several words: "touching the bo" goes on as one.
        start = len(before) - back
        words = before[start:]
        if any(token.kind != "word" or token.low in KEYWORDS for token in words):
            continue
        begun = text[words[0].start :] if words else part
        if begun[:1].isdigit():
            return []
        offers = [o for o in _offers(before[:start], classes) if _goes_on(o, begun)]
        if offers:
            head = text[: len(text) - len(begun)] if begun else text
            return [(head + offer, offer) for offer in offers]
    return []


def _goes_on(offer: str, begun: str) -> bool:
    low = offer.casefold()
    return low.startswith(begun.casefold()) and low != begun.casefold()


def _offers(before: Sequence[Token], classes: Sequence[str]) -> list[str]:
    last = before[-1] if before else None
    if last is None or last.kind == "(" or (last.kind == "word" and last.low in KEYWORDS):
        negation = [] if last is not None and last.low == "not" else ["not "]
        return [f"{name} " for name in _FIELDS] + list(READY) + negation
    if last.kind == "word" and last.low in {*NUMBERS, *TEXTS}:
        return ["= ", "contains "] if last.low in TEXTS else ["< ", "> ", "= "]
    if last.low in OPERATORS and len(before) > 1:
        field = before[-2].low
        if field == "class":
            return list(classes)
        return [_EXAMPLES.get(field, "500")] if field in NUMBERS else []
    return ["and ", "or "]
