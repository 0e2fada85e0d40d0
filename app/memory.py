"""Who holds how much memory: the ledger of the one byte budget (ARCHITECTURE.md, decision 9)."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol


class Cache(Protocol):
    """Something that keeps what could be made again."""

    name: str
    budget: int
    bytes: int
    hits: int
    misses: int

    def __len__(self) -> int:
        """How many things it keeps."""
        ...

    def clear(self) -> None:
        """Let go of everything."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """What the caches of one name hold together.

    Attributes:
        count: things kept.
        bytes: what they take.
        budget: what they may take.
        hits: questions that were answered from it.
        misses: questions that were not.
    """

    name: str
    count: int = 0
    bytes: int = 0
    budget: int = 0
    hits: int = 0
    misses: int = 0

    def with_cache(self, cache: Cache) -> Entry:
        """This and one cache more."""
        return Entry(
            self.name,
            self.count + len(cache),
            self.bytes + cache.bytes,
            self.budget + cache.budget,
            self.hits + cache.hits,
            self.misses + cache.misses,
        )

    @property
    def rate(self) -> float | None:
        """Part of the questions that were answered from it, 0..1; None before the first."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None


class Ledger:
    """Knows every cache of the window while it lives; asks them, and keeps nothing itself."""

    def __init__(self) -> None:
        self._caches: list[weakref.ref[Cache]] = []

    def enter(self, cache: Cache) -> None:
        """Take up a cache that was made."""
        self._caches = [ref for ref in self._caches if ref() is not None]
        self._caches.append(weakref.ref(cache))

    def caches(self) -> Iterator[Cache]:
        """Those that are alive."""
        for ref in tuple(self._caches):
            cache = ref()
            if cache is not None:
                yield cache

    def entries(self) -> list[Entry]:
        """The caches by name, those with the largest budget first."""
        found: dict[str, Entry] = {}
        for each in self.caches():
            found[each.name] = found.get(each.name, Entry(each.name)).with_cache(each)
        return sorted(found.values(), key=lambda entry: (-entry.budget, entry.name))

    @property
    def bytes(self) -> int:
        """What all of them hold."""
        return sum(each.bytes for each in self.caches())

    def clear(self) -> int:
        """Empty them all; answers with the bytes they let go of."""
        before = self.bytes
        for each in self.caches():
            each.clear()
        return before - self.bytes


LEDGER = Ledger()
"""The ledger of this process; a cache enters itself when it is made."""


@cache
def memory_budget() -> int:
    """Bytes for all caches of the window: a quarter of the memory, at most 2 GiB (decision 9)."""
    return min(2 << 30, _installed() // 4)


def _installed() -> int:
    """Bytes of memory of this machine; without psutil, where the system says so itself.

    The first cache asks while the window is built, and psutil takes 10 ms to import.
    """
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", ()):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    import psutil

    return int(psutil.virtual_memory().total)


def share(part: float) -> int:
    """Bytes of a part (0..1) of the budget."""
    return int(memory_budget() * part)


def resident() -> int:
    """Bytes of this process that are in memory now."""
    import psutil

    return int(psutil.Process().memory_info().rss)
