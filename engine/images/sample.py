"""What the values of an image are like: a regular sample, for windows and histograms."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.images.convert import Raw, Window

MOST_PIXELS = 1_000_000


class Sample:
    """Some pixels of an image, the same ones whenever the same file is asked.

    Attributes:
        values: stored samples, (channels, pixels), native dtype; floats that are not finite are
            still among them.
        dtype: of the stored samples.
        colour: the first three channels are red, green and blue.
        lows, highs: smallest and largest finite value of each channel, of every pixel that was
            looked at, not only of those kept.
    """

    def __init__(
        self, pixels: Raw, colour: bool, lows: Sequence[float], highs: Sequence[float]
    ) -> None:
        """Take pixels, (n, channels); the others are as the attributes. See ``sample_of``."""
        self.values: NDArray[Any] = np.ascontiguousarray(pixels.T)
        self.dtype, self.colour = pixels.dtype, colour
        self.lows, self.highs = tuple(lows), tuple(highs)
        self._found: dict[tuple[tuple[int, ...], float, float], Window] = {}

    @property
    def channels(self) -> int:
        """Channels of a pixel."""
        return int(self.values.shape[0])

    def percentiles(self, channels: Sequence[int], low: float, high: float) -> Window:
        """Two percentiles of the finite values of some channels taken together.

        Linear between neighbours, as numpy has it. Where both are the same the smallest and the
        largest value are answered; where these are the same too, a window of width 1.

        Args:
            channels: which.
            low: percent, 0..100.
            high: percent, 0..100.
        """
        key = (tuple(channels), low, high)
        if key not in self._found:
            self._found[key] = self._find_percentiles(*key)
        return self._found[key]

    def extent(self, channels: Sequence[int]) -> Window:
        """Smallest and largest value of some channels; 1 apart where they are the same."""
        low = min(self.lows[each] for each in channels)
        high = max(self.highs[each] for each in channels)
        return (low, high) if high > low else (low, low + 1.0)

    def histogram(self, channel: int, low: float, high: float, bins: int) -> NDArray[np.int64]:
        """How many sampled values of a channel lie in each of ``bins`` equal parts of a range."""
        values = _finite(self.values[channel])
        return np.asarray(np.histogram(values, bins, (low, high))[0], np.int64)

    def _find_percentiles(self, channels: tuple[int, ...], low: float, high: float) -> Window:
        values = _finite(self.values[list(channels)].reshape(-1))
        if not values.size:
            return 0.0, 1.0
        start, stop = (float(value) for value in np.percentile(values, (low, high)))
        return (start, stop) if stop > start else self.extent(channels)


def sample_of(pixels: Raw, colour: bool) -> Sample:
    """The sample of a whole image: every n-th pixel of every n-th row, at most a million.

    Args:
        pixels: (height, width) or (height, width, channels), without alpha.
        colour: the first three channels are red, green and blue.
    """
    step = stride(pixels.shape[0], pixels.shape[1])
    some = pixels[::step, ::step]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if pixels.dtype == np.uint8:  # of 8 bits the sample does, and a photo of 100 megapixels waits
        lows, highs = extents(some)
    else:
        lows, highs = extents(pixels)
    return Sample(np.ascontiguousarray(some).reshape(-1, channels), colour, lows, highs)


def stride(height: int, width: int) -> int:
    """Every how many pixels one is kept."""
    return max(1, int(np.ceil((height * width / MOST_PIXELS) ** 0.5)))


def extents(pixels: Raw) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Smallest and largest finite value of each channel; 0 and 0 where there is none."""
    planes = [pixels] if pixels.ndim == 2 else [pixels[..., k] for k in range(pixels.shape[2])]
    found = [_extent(each) for each in planes]
    return tuple(low for low, _ in found), tuple(high for _, high in found)


def _extent(plane: Raw) -> Window:
    if plane.dtype.kind != "f":
        return float(plane.min()), float(plane.max())
    low, high = float(plane.min()), float(plane.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        values = _finite(plane.reshape(-1))
        if not values.size:
            return 0.0, 0.0
        low, high = float(values.min()), float(values.max())
    return low, high


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    return values[np.isfinite(values)] if values.dtype.kind == "f" else values
