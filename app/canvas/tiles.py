"""What is kept of pictures, and how much of it: least recently used goes first, by bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

from app.memory import LEDGER, memory_budget, share

__all__ = ["Shelf", "memory_budget", "share"]

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Shelf(Generic[Key, Value]):
    """A dictionary with a byte budget, entered in the ledger of memory.

    Attributes:
        name: what it keeps, as the ledger calls it.
        budget: most bytes; one value always fits, however heavy it is.
        bytes: what it holds now.
        hits: questions it could answer.
        misses: questions it could not.
    """

    def __init__(
        self, budget: int, weigh: Callable[[Value], int], name: str = "Other things"
    ) -> None:
        """Hold at most ``budget`` bytes, each value counted as ``weigh`` says."""
        self.name = name
        self.budget = budget
        self.bytes = self.hits = self.misses = 0
        self._weigh = weigh
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        LEDGER.enter(self)

    def get(self, key: Key) -> Value | None:
        """The value, which counts as used now."""
        found = self._values.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Value) -> None:
        """Keep a value, and let go of what no longer fits."""
        self.drop(key)
        weight = self._weigh(value)
        self._values[key] = (value, weight)
        self.bytes += weight
        while self.bytes > self.budget and len(self._values) > 1:
            _, (_, gone) = self._values.popitem(last=False)
            self.bytes -= gone

    def drop(self, key: Key) -> None:
        """Let go of one value, if it is there."""
        found = self._values.pop(key, None)
        if found is not None:
            self.bytes -= found[1]

    def clear(self) -> None:
        """Let go of everything."""
        self._values.clear()
        self.bytes = 0

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[Key]:
        """The keys, least recently used first; safe against changes while it runs."""
        return iter(list(self._values))

    def __len__(self) -> int:
        return len(self._values)
