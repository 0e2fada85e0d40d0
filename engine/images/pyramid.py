"""An image and its halves: level k is the image at 1 / 2**k, each pixel the mean of four."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from engine.images.convert import Raw

Take: TypeAlias = Callable[[tuple[int, ...], "np.dtype[Any]"], Raw]
"""Where a level gets its memory: an array of a shape and type, with anything in it."""

SMALLEST_SIDE = 512
"""The last level is the first whose longer side is at most this."""

_SCALED = frozenset({"uint8", "uint16", "int16", "float32", "float64"})
"""Types that OpenCV averages."""

_MOST_AT_ONCE = 4
"""Channels that OpenCV averages together."""


def level_count(size: tuple[int, int]) -> int:
    """Number of levels of an image, level 0 included."""
    side, levels = max(size), 1
    while side > SMALLEST_SIDE:
        side, levels = (side + 1) // 2, levels + 1
    return levels


def level_size(size: tuple[int, int], level: int) -> tuple[int, int]:
    """(height, width) of a level: rounded up, so that no edge row is lost."""
    step = 1 << level
    return -(-size[0] // step), -(-size[1] // step)


def halve(pixels: Raw, first: tuple[bool, bool] = (False, False), take: Take = np.empty) -> Raw:
    """Half the size, rounded up, each pixel the mean of four, of the type that was given.

    An odd row or column is averaged with itself; a mean with a NaN is NaN.

    Args:
        pixels: (height, width) or (height, width, channels), any real type.
        first: whether the odd row, the odd column, is the first one and not the last; so a
            picture that is stored upside down gets the halves of the one that is seen.
        take: where most kinds of pixels get their memory.
    """
    height, width = pixels.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return _mean_of_four(pixels, take)
    out = take((-(-height // 2), -(-width // 2), *pixels.shape[2:]), pixels.dtype)
    for rows, to_rows in _parts(height, first[0]):
        for columns, to_columns in _parts(width, first[1]):
            part = pixels[rows, columns]
            if part.shape[0] == 1:
                part = np.repeat(part, 2, axis=0)
            if part.shape[1] == 1:
                part = np.repeat(part, 2, axis=1)
            out[to_rows, to_columns] = _mean_of_four(part)
    return out


def _parts(length: int, first: bool) -> list[tuple[slice, slice]]:
    """The pairs of a side and the odd one, each with where its half goes; none is empty."""
    odd, half = length % 2, length // 2
    start = odd if first else 0
    parts = [(slice(start, start + 2 * half), slice(start, start + half))] if half else []
    if odd:
        at, to = (0, 0) if first else (length - 1, half)
        parts.append((slice(at, at + 1), slice(to, to + 1)))
    return parts


def _mean_of_four(pixels: Raw, take: Take = np.empty) -> Raw:
    """For even sides."""
    import cv2

    if pixels.dtype.name not in _SCALED:
        mean = _mean_of_four(pixels.astype(np.float32 if pixels.dtype.itemsize < 4 else np.float64))
        whole = pixels.dtype.kind in "iu"
        return np.asarray(np.rint(mean) if whole else mean, pixels.dtype)
    size = pixels.shape[1] // 2, pixels.shape[0] // 2
    if pixels.ndim == 2 or pixels.shape[2] <= _MOST_AT_ONCE:
        small = take((size[1], size[0], *pixels.shape[2:]), pixels.dtype)
        cv2.resize(pixels, size, small, interpolation=cv2.INTER_AREA)
        return small
    planes = [
        cv2.resize(np.ascontiguousarray(pixels[..., k]), size, interpolation=cv2.INTER_AREA)
        for k in range(pixels.shape[2])
    ]
    return np.stack(planes, axis=-1)


def pyramid(pixels: Raw, take: Take = np.empty) -> list[Raw]:
    """All levels, the given pixels first (not copied); the others in memory from ``take``."""
    levels = [pixels]
    for _ in range(level_count((pixels.shape[0], pixels.shape[1])) - 1):
        levels.append(halve(levels[-1], take=take))
    return levels


def shrink(pixels: Raw, max_side: int) -> Raw:
    """Fitted into a square of ``max_side``, area-averaged; never enlarged.

    Args:
        pixels: of a type that ``Look.choose`` gives.
        max_side: pixels.
    """
    height, width = pixels.shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return pixels
    import cv2

    target = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, target, interpolation=cv2.INTER_AREA))
