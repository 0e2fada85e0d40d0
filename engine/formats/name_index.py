"""Files by name, asked for with the names that other programs, systems and people wrote.

Case, Unicode form, folders in front and the escapes of web addresses differ between what a file of
annotations says and what lies on a disk. So what is looked for is the entry that agrees with a name
furthest from its end; of those that agree equally far, the one that agrees to the letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import unquote

Value = TypeVar("Value")


class Hits(NamedTuple, Generic[Value]):
    """What fits a name best.

    Attributes:
        values: All that fit equally well; more than one where the name does not tell.
        names: The path of each by which it fits.
        agrees: How many parts of the name agree, counted from its end; 0 for nothing found.
    """

    values: tuple[Value, ...] = ()
    names: tuple[str, ...] = ()
    agrees: int = 0

    @property
    def only(self) -> Value | None:
        """The value, where there is no other."""
        return self.values[0] if len(self.values) == 1 else None


def folded(text: str) -> str:
    """A name without regard to case and to how its letters are composed (NFC, NFD)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


class NameIndex(Generic[Value]):
    """Values by paths with "/" between folders; one value may have several."""

    def __init__(self, pairs: Iterable[tuple[str, Value]]) -> None:
        """Index (path, value)."""
        self._by_stem: dict[str, list[tuple[str, Value]]] = {}
        for name, value in pairs:
            self._by_stem.setdefault(_stem(_last(name)), []).append((name, value))

    def named(self, name: str) -> Hits[Value]:
        """What a file calls ``name``; with escapes of web addresses only where nothing else is."""
        hits = self._best(name, whole_name=True)
        if not hits.values and "%" in name:
            hits = self._best(unquote(name), whole_name=True)
        return hits

    def of_stem(self, stem: str) -> Hits[Value]:
        """What is called ``stem`` without its ending, whatever that is."""
        return self._best(stem, whole_name=False)

    def _best(self, name: str, *, whole_name: bool) -> Hits[Value]:
        last = _last(name)
        entries = self._by_stem.get(_stem(last) if whole_name else folded(last), ())
        best: tuple[int, bool, int] = (0, False, 0)
        found: dict[Value, str] = {}
        for path, value in entries:
            shown = path if whole_name else _without_ending(path)
            rank = agreement(name, shown)
            if rank[0] and rank >= best:
                if rank > best:
                    best, found = rank, {}
                found.setdefault(value, path)
        return Hits(tuple(found), tuple(found.values()), best[0])


def agreement(name: str, path: str) -> tuple[int, bool, int]:
    """How many last parts agree, whether these are all of the path, and how many to the letter."""
    asked, there = name.split("/"), path.split("/")
    count = exact = 0
    for one, other in zip(reversed(asked), reversed(there), strict=False):
        if one != other and folded(one) != folded(other):
            break
        count += 1
        exact += one == other
    return count, count == len(there), exact


def _last(name: str) -> str:
    return name[name.rfind("/") + 1 :]


def _without_ending(path: str) -> str:
    dot = path.rfind(".")
    return path[:dot] if dot > path.rfind("/") + 1 else path


def _stem(last: str) -> str:
    return folded(_without_ending(last))
