"""The values that tools compare: colours as displayed, or a stored channel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.tools.base import Photo
from app.tools.offered import STORED
from app.tools.sight import Sight
from engine.errors import EngineError
from engine.masks import wand
from engine.masks.box import Box, clip, grow

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Values:
    """One channel, or all colours, of a photo.

    Attributes:
        photo: whose.
        channel: one of ``CHANNEL``.
        level: values are evened out as much as a level of the photo is, so that what is compared
            is what is seen: a noisy photo looks smooth from afar.
    """

    photo: Photo
    channel: str
    level: int = 0

    @property
    def stored(self) -> int | None:
        """The number of the stored channel, from 0 on; None for colours as displayed."""
        return int(self.channel[len(STORED) :]) - 1 if self.channel.startswith(STORED) else None

    def read(self, box: Box) -> NDArray[Any]:
        """Values of a box inside the image, (height, width[, 3]).

        Raises:
            EngineError: the photo is not there yet, or has no such channel.
        """
        if not self.level:
            return self._sharp(box)
        import cv2

        reach = 1 << self.level >> 1
        outer = clip(grow(box, reach), self.photo.size) or box
        even = cv2.blur(self._sharp(outer), (2 * reach + 1, 2 * reach + 1))
        rows = slice(box[1] - outer[1], box[3] - outer[1])
        return np.asarray(even[rows, box[0] - outer[0] : box[2] - outer[0]])

    def look(self, sight: Sight, check: Check) -> NDArray[Any]:
        """Values of what is in view, one for each cell.

        Raises:
            EngineError: see ``read``.
        """
        if self.stored is None:
            return wand.channel(self.photo.read(sight.cells, sight.level), self.channel)
        left, top, right, bottom = sight.cells
        out = np.empty((bottom - top, right - left), np.float32)
        step, (height, width) = sight.step, self.photo.size
        rows = max(1, 512 // step)
        for first in range(top, bottom, rows):
            check()
            last = min(bottom, first + rows)
            strip = (left * step, first * step, min(width, right * step), min(height, last * step))
            out[first - top : last - top] = _means(self._sharp(strip), step)
        return out

    def span(self, seen: NDArray[Any]) -> float:
        """What counts as the whole range of values: nearly all of those in view lie in it.

        So a share of it means the same in a dim photo, or one of 16 bits, as in a bright one.
        """
        known = seen[np.isfinite(seen)]
        if not known.size:
            return 1.0
        some = known.ravel()[:: max(1, known.size // 100_000)]
        low, high = np.percentile(some, (0.5, 99.5))
        return float(high - low) or 1.0

    def _sharp(self, box: Box) -> NDArray[Any]:
        number = self.stored
        if number is None:
            return wand.channel(self.photo.read(box), self.channel)
        raw = self.photo.raw(box)
        raw = raw[..., None] if raw.ndim == 2 else raw
        if number >= raw.shape[2]:
            count = raw.shape[2]
            there = "1 stored channel" if count == 1 else f"{count} stored channels"
            raise EngineError(f"This image has {there}. Choose another under “Compare”.")
        kind = np.float64 if raw.dtype.itemsize > 4 else np.float32
        return np.ascontiguousarray(raw[..., number], kind)


def _means(values: NDArray[Any], step: int) -> NDArray[Any]:
    """The mean of each block of step × step; the last ones may be smaller."""
    height, width = values.shape
    down, across = -height % step, -width % step
    padded = np.pad(values, ((0, down), (0, across)), mode="edge")
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step)
    return np.asarray(blocks.mean(axis=(1, 3)))
