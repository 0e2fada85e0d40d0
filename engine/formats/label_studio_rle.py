"""The run lengths of Label Studio's brush: a bit stream of bytes, RGBA one after the other.

32 bits: how many values; 5: bits of a value, less 1; four times 4: sizes of a length, less 1. Then
blocks: 1 bit, whether one value is repeated; 2 bits, which size; the length, less 1; the value or
values. Source: https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 400_000_000
"""Pixels of an image."""

HALF = 128
"""Alpha from which a pixel is inside."""


def decode(data: Any, size: tuple[int, int]) -> NDArray[np.bool_] | None:
    """The pixels of a brush, (height, width); None where `data` is no such stream for that size."""
    pixels = size[0] * size[1]
    if not isinstance(data, list) or len(data) < 8 or pixels > LARGEST:
        return None
    try:
        raw = np.array(data, np.uint8) if _bytes(data) else None
    except (TypeError, ValueError, OverflowError):
        return None
    if raw is None:
        return None
    values = _values(raw, 4 * pixels)
    if values is None:
        return None
    inside: NDArray[np.bool_] = values.reshape(*size, 4)[..., 3] >= HALF
    return inside


def _bytes(data: list[Any]) -> bool:
    return all(type(each) is int and 0 <= each < 256 for each in data)


def _values(raw: NDArray[np.uint8], want: int) -> NDArray[np.uint8] | None:
    bits = np.unpackbits(raw)
    text = bits.tobytes().translate(_DIGITS).decode("ascii")

    def number(at: int, count: int) -> int:
        return int(text[at : at + count], 2)

    if number(0, 32) != want:
        return None
    word = number(32, 5) + 1
    sizes = [number(37 + 4 * at, 4) + 1 for at in range(4)]
    if word != 8:
        return None
    out = np.zeros(want, np.uint8)
    at, done, end = 53, 0, len(text)
    while done < want:
        if at + 3 > end:
            return None
        repeated, wide = text[at] == "1", sizes[number(at + 1, 2)]
        at += 3
        if at + wide > end:
            return None
        count = number(at, wide) + 1
        at += wide
        need = word if repeated else word * count
        if at + need > end or done + count > want:
            return None
        part = np.packbits(bits[at : at + need])
        out[done : done + count] = part
        at += need
        done += count
    return out


_DIGITS = bytes([48, 49]) + bytes(254)
