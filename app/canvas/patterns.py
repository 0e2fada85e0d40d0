"""Hatches as repeating blocks of bits that stand still on the picture while it moves."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.canvas.colors import BARS, overlay

Bits = NDArray[np.bool_]
Planes = NDArray[np.uint8]
RISING, DOTS, GRID, FALLING, LEVEL = 1, 2, 3, 4, 5


@lru_cache(maxsize=32)
def block(hatch: int, ratio: float) -> Bits:
    """One repetition of a hatch, (n, n), at a device pixel ratio.

    Args:
        hatch: 1 rising, 2 dots, 3 grid, 4 falling, 5 level, 6 upright bars.
        ratio: device pixels per logical pixel.
    """
    style = overlay()
    side = max(4, round((style.bar_step if hatch == BARS else style.hatch_step) * ratio))
    y, x = np.mgrid[0:side, 0:side]
    thick = max(1, round(ratio))
    rising, falling = (x + y) % side < thick + 1, (x - y) % side < thick + 1
    middle = (side - 1) / 2
    shapes = {
        RISING: rising,
        DOTS: (x - middle) ** 2 + (y - middle) ** 2 <= (1.4 * ratio) ** 2,
        GRID: rising | falling,
        FALLING: falling,
        LEVEL: y < thick,
        BARS: x < thick,
    }
    return np.asarray(shapes.get(hatch, np.zeros((side, side), np.bool_)))


def spread(hatch: int, ratio: float, x: int, y: int, width: int, height: int) -> Bits:
    """The hatch over a rectangle whose corner lies at (x, y) from the picture's corner."""
    one = block(hatch, ratio)
    side = one.shape[0]
    rows, columns = (y + np.arange(height)) % side, (x + np.arange(width)) % side
    return np.asarray(np.take(np.take(one, rows, 0), columns, 1), np.bool_)


@lru_cache(maxsize=4)
def planes(
    hatches: tuple[int, ...], ratio: float, x: int, y: int, width: int, height: int
) -> Planes:
    """Several hatches over one rectangle: bit k of a pixel is that of hatch k, read-only.

    Args:
        hatches: which, 1 to 6.
        ratio: device pixels per logical pixel.
        x: from the picture's corner to the rectangle's; likewise ``y``.
        y: see ``x``.
        width: of the rectangle, device pixels.
        height: likewise.
    """
    out = np.zeros((height, width), np.uint8)
    for hatch in hatches:
        out |= spread(hatch, ratio, x, y, width, height).view(np.uint8) << np.uint8(hatch)
    out.flags.writeable = False
    return out
