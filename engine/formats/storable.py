"""Values of strangers' files as they can be kept: text that is text, numbers that have room.

JSON of other programs may hold halves of characters (surrogates by themselves) and numbers of any
length, which neither UTF-8 nor SQLite nor msgpack can.
"""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

LOWEST: Final = -(1 << 63)
HIGHEST: Final = (1 << 64) - 1
"""What whole numbers of msgpack, and those of ``msgspec``, can be."""

DEEPEST: Final = 100
"""Lists inside each other that are gone through; what lies deeper is left out."""


def text(value: str) -> str:
    """A text with U+FFFD in the place of each half of a character."""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def storable(value: Any, depth: int = 0) -> Any:
    """A value of JSON or msgpack, changed as little as keeping it needs.

    A whole number beyond 64 bits becomes a float, as RFC 8259 (6) lets readers take it, or text
    where it is beyond those too.

    Args:
        value: Dicts, lists, text, bytes, numbers, True, False and None.
        depth: How many lists it lies in.
    """
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int) and not LOWEST <= value <= HIGHEST:
        return _number(value)
    if isinstance(value, dict | list | tuple) and depth == DEEPEST:
        return None
    if isinstance(value, dict):
        return {storable(key): storable(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [storable(each, depth + 1) for each in value]
    return value


def encoded(value: Any, encoder: msgspec.json.Encoder | msgspec.msgpack.Encoder) -> bytes:
    """What an encoder makes of a value; made storable where it has no form for something in it."""
    try:
        return encoder.encode(value)
    except (UnicodeEncodeError, OverflowError, RecursionError):
        plain = msgspec.to_builtins(value, builtin_types=(bytes,))
        return encoder.encode(storable(plain))


def _number(value: int) -> float | str:
    try:
        found = float(value)
    except OverflowError:
        return f"{'-' if value < 0 else ''}1e{math.floor(math.log10(abs(value)))}"
    return found
