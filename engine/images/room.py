"""Memory: what fits, what is asked about first, what is refused because it cannot be true."""

from pathlib import Path
from typing import Final

from engine.errors import EngineError

_HOLD_MOST: Final = 1 << 30
_ASK_FROM: Final = 2 << 30
_TINY: Final = 100_000_000
"""Pixels up to which nobody asks whether a file can hold them."""
_PER_BYTE: Final = 20_000
"""Pixels that a byte of any format can stand for, generously; PNG and its like are far below."""


def hold() -> int:
    """Bytes up to which a decoded image is kept in memory as a whole."""
    import psutil

    return min(_HOLD_MOST, int(psutil.virtual_memory().total) // 8)


def available() -> int:
    """Bytes of memory that are free now, or can be made so."""
    import psutil

    return int(psutil.virtual_memory().available)


def ask_from() -> int:
    """Bytes from which the person is asked before an image takes them."""
    return min(_ASK_FROM, available() // 2)


def words(size: int) -> str:
    """Bytes for people: "8.6 GB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"


def pixels(size: tuple[int, int]) -> str:
    """Pixels of an image for people: "2,147 million pixels"."""
    return f"{max(1, round(size[0] * size[1] / 1e6)):,} million pixels"


def check(path: Path, size: tuple[int, int], channels: int, itemsize: int) -> None:
    """Refuse to read as a whole what would not fit into memory.

    Args:
        path: the file.
        size: (height, width).
        channels: samples of a pixel, as the reader will hold them.
        itemsize: bytes of a sample.

    Raises:
        EngineError: naming what it would take.
    """
    need = size[0] * size[1] * channels * itemsize
    free = available()
    if need > _HOLD_MOST and need > free * 0.8:
        raise EngineError(
            f"{path.name} has {pixels(size)}; using it as a whole would take {words(need)} of "
            f"memory, and {words(free)} are free. Cut it into tiles first."
        )


def check_believable(path: Path, size: tuple[int, int], channels: int = 1) -> None:
    """Refuse a file that is far too small for the pixels it claims, before any is decoded.

    Args:
        path: the file.
        size: (height, width).
        channels: samples of a pixel; those of colour and opacity count as one.

    Raises:
        EngineError: it is cut short, damaged or an attack.
    """
    height, width = size
    count = height * width * max(1, channels // 4)
    if count > _TINY and count > path.stat().st_size * _PER_BYTE:
        of = f" of {channels:,} channels" if channels > 4 else ""
        raise EngineError(
            f"{path.name} says it is {width:,} × {height:,} pixels{of}, but holds too little for "
            "them; it is cut short or damaged. Save it again."
        )
