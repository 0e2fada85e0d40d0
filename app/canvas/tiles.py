"""What is kept of pictures, and how much of it: least recently used goes first, by bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Shelf(Generic[Key, Value]):
    """A dictionary with a byte budget."""

    def __init__(self, budget: int, weigh: Callable[[Value], int]) -> None:
        """Hold at most ``budget`` bytes; one value always fits, however heavy it is."""
        self.budget = budget
        self.bytes = 0
        self._weigh = weigh
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value, which counts as used now."""
        found = self._values.get(key)
        if found is None:
            return None
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


@cache
def memory_budget() -> int:
    """Bytes for all that the window keeps: a quarter of the memory, at most 2 GiB (decision 9)."""
    import psutil

    return min(2 << 30, int(psutil.virtual_memory().total) // 4)


def share(part: float) -> int:
    """Bytes of a part (0..1) of the budget."""
    return int(memory_budget() * part)
