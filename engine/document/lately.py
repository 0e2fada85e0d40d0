"""What a step made of what, kept for a while, so that undo gives the very same objects back."""

from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar


class Heavy(Protocol):
    """Something that takes room."""

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""


Value = TypeVar("Value")
Patch = TypeVar("Patch", bound=Heavy)

MOST = 12
"""Flips that are kept."""

MOST_BYTES = 48 << 20
"""Bytes of their patches, above which fewer are kept; the newest stays in any case."""


class _Flip(NamedTuple, Generic[Value, Patch]):
    one: Value
    patch: Patch
    other: Value


class Lately(Generic[Value, Patch]):
    """The newest flips of immutable values by patches that are their own inverse.

    Taking a step back is then no work, and what views have derived from the value that comes back
    (reductions, outlines, pictures) is still right, because it is the same object.
    """

    def __init__(self) -> None:
        self._flips: list[_Flip[Value, Patch]] = []

    def flipped(self, value: Value, patch: Patch, flip: Callable[[Value, Patch], Value]) -> Value:
        """``value`` turned over by ``patch``, by ``flip`` where that is not known."""
        for known in reversed(self._flips):
            if known.patch is patch and known.one is value:
                return known.other
            if known.patch is patch and known.other is value:
                return known.one
        made = flip(value, patch)
        self._flips.append(_Flip(value, patch, made))
        self._flips = self._flips[-MOST:]
        held = 0
        for place in range(len(self._flips) - 1, -1, -1):
            held += self._flips[place].patch.nbytes
            if held > MOST_BYTES:
                self._flips = self._flips[min(place + 1, len(self._flips) - 1) :]
                break
        return made
