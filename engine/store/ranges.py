"""Numbers for copies of a project that are worked on apart: each gives out its own.

A counter says which number was the highest given out. Beside it, ``KIND.last`` ends the range of a
project whose numbers end somewhere, and ``KIND.given`` is the highest number that was handed on.
A project that is no part goes on above all ranges it handed out; only its classes go on below them,
because small class numbers keep class maps at one byte a pixel.
"""

import sqlite3
from collections.abc import Mapping
from typing import Final, NamedTuple

from engine.document.taxonomy import FIRST_CLASS, LAST_CLASS
from engine.errors import EngineError

KINDS: Final = ("annotation", "image", "class")

ROOM: Final = 1_000_000
"""Numbers of objects, and of images, for each part."""

CLASSES: Final = 50
"""Class numbers for each part, where there is room."""

OWN_CLASSES: Final = 1_000
"""Class numbers below this stay the project's own."""


class Range(NamedTuple):
    """Numbers ``first`` to ``last``, both included."""

    first: int
    last: int


def own(db: sqlite3.Connection, kind: str) -> int | None:
    """The last number of the project's own range; None where it has no end."""
    row = db.execute("SELECT value FROM counters WHERE kind = ?", (f"{kind}.last",)).fetchone()
    return None if row is None else int(row[0])


class Plan(NamedTuple):
    """What handing on comes to.

    Attributes:
        shares: the ranges of each part, by kind.
        counters: what the project's own counters become, which it writes before parts are made.
    """

    shares: list[dict[str, Range]]
    counters: dict[str, int]


def plan(db: sqlite3.Connection, parts: int) -> Plan:
    """Choose numbers for so many parts, which this project will never give out any more.

    Raises:
        EngineError: there are not enough numbers left.
    """
    counters: dict[str, int] = {}
    each = {kind: _shares(db, kind, parts, counters) for kind in KINDS}
    return Plan([{kind: each[kind][at] for kind in KINDS} for at in range(parts)], counters)


def write(db: sqlite3.Connection, counters: Mapping[str, int]) -> None:
    """Set counters."""
    db.executemany(
        "INSERT OR REPLACE INTO counters (kind, value) VALUES (?, ?)", list(counters.items())
    )


def take(db: sqlite3.Connection, ranges: Mapping[str, Range]) -> None:
    """Let a project that was just made give out the numbers of these ranges only."""
    for kind, (first, last) in ranges.items():
        write(db, {kind: first - 1, f"{kind}.last": last})


def _shares(db: sqlite3.Connection, kind: str, parts: int, counters: dict[str, int]) -> list[Range]:
    highest, last = max(_value(db, kind), _value(db, f"{kind}.given")), own(db, kind)
    if kind == "class":
        return _classes(db, highest, last, parts, counters)
    table = "annotations" if kind == "annotation" else "images"
    limit = last if last is not None else 1 << 62
    row = db.execute(f"SELECT MAX(id) FROM {table} WHERE id <= ?", (limit,)).fetchone()
    highest = max(highest, row[0] or 0)
    if last is None:
        first = (highest // ROOM + 1) * ROOM
        shares = _cut(first, ROOM, parts)
        counters[kind] = shares[-1].last
        return shares
    room = (last - highest) // (parts + 1)
    if room < 1_000:
        raise _no_room()
    shares = _cut(last + 1 - room * parts, room, parts)
    counters[f"{kind}.last"] = shares[0].first - 1
    return shares


def _classes(
    db: sqlite3.Connection, highest: int, last: int | None, parts: int, counters: dict[str, int]
) -> list[Range]:
    given = _value(db, "class.given")
    if last is not None and not given:  # a part hands on of its own
        room = (last - max(highest, FIRST_CLASS)) // (parts + 1)
        if room < 1:
            raise _no_room()
        shares = _cut(last + 1 - room * parts, room, parts)
        counters["class.last"] = shares[0].first - 1
        return shares
    first = 1 + max(given, OWN_CLASSES - 1, highest)
    room = min(CLASSES, (LAST_CLASS + 1 - first) // parts)
    if room < 1:
        raise _no_room()
    shares = _cut(first, room, parts)
    if last is None:
        counters["class.last"] = first - 1
    counters["class.given"] = shares[-1].last
    return shares


def _cut(first: int, room: int, parts: int) -> list[Range]:
    return [Range(first + at * room, first + (at + 1) * room - 1) for at in range(parts)]


def _no_room() -> EngineError:
    return EngineError("There are not enough numbers left for so many parts. Make fewer parts.")


def _value(db: sqlite3.Connection, kind: str) -> int:
    row = db.execute("SELECT value FROM counters WHERE kind = ?", (kind,)).fetchone()
    return 0 if row is None else int(row[0])
