"""Pixels of a level to pixels of the screen."""

import math
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.images.convert import RGB

Box = tuple[int, int, int, int]
ARGB = NDArray[np.uint32]


class Mapping:
    """Where the pixels of a picture stand on screen, along one axis and for a run of pixels.

    Attributes:
        first, last: the picture's pixels needed, last exclusive, one more on each side.
    """

    __slots__ = ("first", "last", "offset", "start", "step", "stop")

    def __init__(self, start: int, stop: int, origin: float, scale: float, size: int) -> None:
        """Map the screen pixels ``start`` to ``stop``.

        Args:
            start: first screen pixel.
            stop: after the last.
            origin: screen place of the picture's edge.
            scale: screen pixels per picture pixel.
            size: pixels of the picture along this axis.
        """
        self.start, self.stop = start, stop
        self.step = 1 / scale
        self.offset = (start + 0.5 - origin) / scale  # picture place of the first pixel's middle
        end = self.offset + (stop - start - 1) * self.step
        self.first = min(max(0, math.floor(self.offset) - 1), size - 1)
        self.last = max(min(size, math.floor(end) + 2), self.first + 1)

    @property
    def whole(self) -> int | None:
        """Index of the first pixel in the cut when pixels stand one on one; else None."""
        if abs(self.step - 1) > 1e-9:
            return None
        place = self.offset - 0.5
        return round(place) - self.first if abs(place - round(place)) < 1e-6 else None

    def nearest(self) -> NDArray[np.intp]:
        """For each screen pixel, the index in the cut of the pixel under its middle."""
        places = self.offset + np.arange(self.stop - self.start) * self.step
        indices = np.floor(places).astype(np.intp) - self.first
        return np.asarray(np.clip(indices, 0, self.last - self.first - 1), np.intp)


def pick(cells: NDArray[Any], columns: Mapping, rows: Mapping) -> NDArray[Any]:
    """The cell under the middle of each screen pixel; ``cells`` is the cut of both mappings."""
    height, width = rows.stop - rows.start, columns.stop - columns.start
    x, y = columns.whole, rows.whole
    if x is not None and y is not None and _fits(x, y, width, height, cells):
        return cells[y : y + height, x : x + width]
    return np.take(np.take(cells, rows.nearest(), 0), columns.nearest(), 1)


def _fits(x: int, y: int, width: int, height: int, cells: NDArray[Any]) -> bool:
    return x >= 0 and y >= 0 and y + height <= cells.shape[0] and x + width <= cells.shape[1]


def smooth(pixels: NDArray[Any], columns: Mapping, rows: Mapping) -> NDArray[Any]:
    """Bilinear, of the same type; ``pixels`` is the cut of both mappings."""
    import cv2

    matrix = np.array(
        [
            [columns.step, 0, columns.offset - 0.5 - columns.first],
            [0, rows.step, rows.offset - 0.5 - rows.first],
        ],
        np.float64,
    )
    size = columns.stop - columns.start, rows.stop - rows.start
    return np.asarray(
        cv2.warpAffine(
            pixels,
            matrix,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        pixels.dtype,
    )


def pack(pixels: RGB) -> ARGB:
    """(height, width, 3) RGB to opaque 0xAARRGGBB."""
    import cv2

    four = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2BGRA)
    if sys.byteorder == "little":
        return np.asarray(four).view(np.uint32)[..., 0]
    return np.asarray(four[..., ::-1].copy()).view(np.uint32)[..., 0]
