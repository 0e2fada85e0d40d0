"""Inflating zlib data with the fastest library there is."""

import zlib
from functools import cache
from typing import Any


@cache
def _library() -> Any:
    """ISA-L inflates twice as fast as zlib; it is there where a wheel of it is."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib
    return isal_zlib


def errors() -> tuple[type[Exception], ...]:
    """What damaged data raises."""
    return (zlib.error, _library().error)


def inflate(data: bytes | memoryview, most: int) -> bytes:
    """Inflate a whole zlib stream.

    Args:
        data: the stream; what follows it is left out.
        most: bytes it may become; no more are made.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return bytes(_library().decompressobj().decompress(data, most))
    except errors() as problem:
        raise ValueError(f"damaged zlib data: {problem}") from problem


class Inflater:
    """Inflates a stream that comes in pieces, and gives no more at once than is asked for."""

    def __init__(self) -> None:
        self._stream = _library().decompressobj()

    def give(self, data: bytes, most: int) -> bytes:
        """Some output, at most ``most`` bytes; what is left of the input waits in ``rest``.

        Raises:
            ValueError: the data are damaged.
        """
        try:
            return bytes(self._stream.decompress(data, most))
        except errors() as problem:
            raise ValueError(f"damaged zlib data: {problem}") from problem

    @property
    def rest(self) -> bytes:
        """Input that was given and not used, to be given again."""
        return bytes(self._stream.unconsumed_tail)

    @property
    def ended(self) -> bool:
        """Whether the stream is at its end."""
        return bool(self._stream.eof)
