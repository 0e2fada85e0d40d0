"""Finding by a few letters: which texts match, and how well."""

from collections.abc import Sequence

_BREAKS = " -_./·,("


def score(query: str, text: str) -> float | None:
    """How well ``text`` fits; None where a letter of the query is missing, larger is better.

    Words of the query may stand in any order. Whole words and beginnings count most, then letters
    in order from the beginning of a word.
    """
    lowered, total = text.casefold(), 0.0
    for word in query.casefold().split():
        found = _word(word, lowered)
        if found is None:
            return None
        total += found
    return total - 0.01 * len(text)


def _word(word: str, text: str) -> float | None:
    at = text.find(word)
    if at >= 0:
        starts = at == 0 or text[at - 1] in _BREAKS
        whole = at + len(word) == len(text) or text[at + len(word)] in _BREAKS
        first = 3.0 if at == 0 else 0.0
        begins = (6.0 if starts else 0.0) + (2.0 if whole and starts else 0.0)
        return 10.0 + first + begins + len(word)
    if len(word) < 2:
        return None
    points, last = 0.0, -2
    for letter in word:
        at = _next(letter, text, last + 1)
        if at < 0 or (last < 0 and at > 0 and text[at - 1] not in _BREAKS):
            return None
        if at == last + 1:
            points += 1.0
        if at == 0 or text[at - 1] in _BREAKS:
            points += 1.5
        last = at
    return points if points >= len(word) * 0.7 else None


def _next(letter: str, text: str, start: int) -> int:
    """The next place of a letter, rather at the beginning of a word than inside one."""
    first = text.find(letter, max(0, start))
    if first < 0 or first == 0 or text[first - 1] in _BREAKS or first == start:
        return first
    for at in range(first, len(text)):
        if text[at] == letter and text[at - 1] in _BREAKS:
            return at
    return first


def best(query: str, texts: Sequence[str], most: int) -> list[int]:
    """Places of the texts that match, best first, ties in their own order; at most ``most``."""
    scored = ((score(query, text), place) for place, text in enumerate(texts))
    kept = [(-found, place) for found, place in scored if found is not None]
    return [place for _, place in sorted(kept)[:most]]
