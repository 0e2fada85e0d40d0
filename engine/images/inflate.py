"""Inflating zlib data with the fastest library there is."""

from engine.flate import errors, library


def inflate(data: bytes | memoryview, most: int) -> bytes:
    """Inflate a whole zlib stream.

    Args:
        data: the stream; what follows it is left out.
        most: bytes it may become; no more are made.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return bytes(library().decompressobj().decompress(data, most))
    except errors() as problem:
        raise ValueError(f"damaged zlib data: {problem}") from problem


class Inflater:
    """Inflates a stream that comes in pieces, and gives no more at once than is asked for."""

    def __init__(self) -> None:
        self._stream = library().decompressobj()

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
