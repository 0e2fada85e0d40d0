"""A tone made good on one image: from stored samples to 8-bit RGB, by table where it can be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.images.convert import RGB, Raw, Window, bands
from engine.images.sample import Sample, sample_of
from engine.images.tone import NONE, Tone


@dataclass(frozen=True, slots=True)
class Look:
    """How one image is mapped.

    Attributes:
        channels: one stored channel shown as grey, or three for red, green and blue; `NONE` is
            black.
        windows: stored values that become black and white, one for each of ``channels``.
        gamma, invert: as in ``Tone``.
        stored: channels of a stored pixel.
    """

    channels: tuple[int, ...]
    windows: tuple[Window, ...]
    gamma: float
    invert: bool
    stored: int

    def choose(self, raw: Raw) -> Raw:
        """The samples that are shown, not yet mapped: what can be scaled and turned.

        Args:
            raw: (h, w) or (h, w, ``stored``).

        Returns:
            (h, w) or (h, w, 3) of uint8, uint16 or float32; a view where it can be.
        """
        pixels = raw[..., None] if raw.ndim == 2 else raw
        if len(self.channels) == 1:
            found: Raw = pixels[..., self.channels[0]]
        elif self.channels == tuple(range(pixels.shape[2])):
            found = pixels
        else:
            found = _three(pixels, self.channels)
        if found.dtype in (np.uint8, np.uint16):
            return found
        return found.astype(np.float32, copy=False)

    def rgb(self, chosen: Raw) -> RGB:
        """8-bit RGB of what ``choose`` gave, scaled or not; (h, w, 3), contiguous."""
        if self.is_plain(chosen.dtype):
            mapped = np.asarray(chosen, np.uint8)
        elif chosen.dtype.kind == "u":
            mapped = self._looked_up(chosen)
        else:
            mapped = self._computed(chosen)
        if mapped.ndim == 2:
            import cv2

            return np.asarray(cv2.cvtColor(np.ascontiguousarray(mapped), cv2.COLOR_GRAY2RGB))
        return np.ascontiguousarray(mapped)

    def picture(self, raw: Raw) -> RGB:
        """``choose`` and ``rgb`` in one."""
        return self.rgb(self.choose(raw))

    def is_plain(self, dtype: np.dtype[Any]) -> bool:
        """Whether samples of this type become what they are."""
        neutral = self.gamma == 1 and not self.invert and NONE not in self.channels
        return dtype == np.uint8 and neutral and set(self.windows) == {(0.0, 255.0)}

    def _looked_up(self, chosen: Raw) -> NDArray[np.uint8]:
        size = 256 if chosen.dtype == np.uint8 else 65536
        tables = [
            _table(window, self.gamma, self.invert, channel == NONE, size)
            for channel, window in zip(self.channels, self.windows, strict=True)
        ]
        same = all(each is tables[0] for each in tables)
        return _lookup()(chosen, tables[0] if same else np.stack(tables, axis=1))

    def _computed(self, chosen: Raw) -> NDArray[np.uint8]:
        out = np.empty(chosen.shape, np.uint8)
        low, high = np.array(self.windows, np.float64).T
        if len(self.windows) == 1:
            low, high = low[0], high[0]
        for rows in bands(chosen):
            out[rows] = shade(chosen[rows], low, high, self.gamma, self.invert)
        for at, channel in enumerate(self.channels):
            if channel == NONE:
                out[..., at] = 0
        return out


def shade(values: NDArray[Any], low: Any, high: Any, gamma: float, invert: bool) -> NDArray[Any]:
    """What stored values become: 0..255, rounded; what is no number becomes 0.

    Between ``low`` and ``high`` the share t of the way is raised to 1 / gamma; outside it is cut.

    Args:
        values: float32 or float64; the arithmetic is done in it.
        low: what becomes black: of one channel, or of each of the last axis.
        high: what becomes white.
        gamma: as in ``Tone``.
        invert: as in ``Tone``.

    Returns:
        Of the shape and type of ``values``, whole numbers.
    """
    exact = values.dtype.type
    share: NDArray[Any] = values - np.asarray(low, exact)
    share /= np.asarray(np.asarray(high, np.float64) - low, exact)
    np.clip(share, 0, 1, out=share)
    if gamma != 1:
        np.power(share, exact(1 / gamma), out=share)
    if invert:
        np.subtract(exact(1), share, out=share)
    share *= exact(255)
    np.rint(share, out=share)
    np.nan_to_num(share, copy=False, nan=0.0)
    return share


@lru_cache(maxsize=64)
def _table(
    window: Window, gamma: float, invert: bool, nothing: bool, size: int
) -> NDArray[np.uint8]:
    """What each stored value becomes; a lookup is many times faster than arithmetic per pixel."""
    if nothing:
        return np.zeros(size, np.uint8)
    values = np.arange(size, dtype=np.float64)
    return shade(values, *window, gamma, invert).astype(np.uint8)


@lru_cache(maxsize=1)
def _lookup() -> Callable[[Raw, NDArray[np.uint8]], NDArray[np.uint8]]:
    """The fastest lookup that this OpenCV has: before version 5 it knew tables of 256 only."""
    import cv2

    def quick(pixels: Raw, table: NDArray[np.uint8]) -> NDArray[np.uint8]:
        shape = (1, *table.shape)
        return np.asarray(cv2.LUT(np.ascontiguousarray(pixels), table.reshape(shape)), np.uint8)

    def plain(pixels: Raw, table: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if pixels.dtype == np.uint8:
            return quick(pixels, table)
        if table.ndim == 1:
            return np.asarray(np.take(table, pixels))
        return np.stack([np.take(table[:, k], pixels[..., k]) for k in range(3)], axis=-1)

    try:
        quick(np.zeros((1, 1), np.uint16), np.zeros(65536, np.uint8))
    except cv2.error:
        return plain
    return quick


def _three(pixels: Raw, channels: Sequence[int]) -> Raw:
    """Three channels out of many, in this order."""
    out = np.zeros((*pixels.shape[:2], 3), pixels.dtype)
    for at, channel in enumerate(channels):
        if channel != NONE:
            out[..., at] = pixels[..., channel]
    return out


def shown_channels(tone: Tone, stored: int, colour: bool) -> tuple[int, ...]:
    """The channels of an image that a tone shows.

    What the image has not cannot be shown: it then shows as its file means it.

    Args:
        tone: the rule.
        stored: channels of a pixel, without alpha.
        colour: the first three are red, green and blue.
    """
    if tone.channels and max(tone.channels) < stored:
        return tone.channels
    if stored == 1:
        return (0,)
    return (0, 1, NONE) if stored == 2 and not colour else tuple(range(3))


def full_range(dtype: np.dtype[Any]) -> Window | None:
    """What whole numbers of a type can be; None for floats."""
    if dtype.kind not in "iu":
        return None
    about = np.iinfo(dtype)
    return float(about.min), float(about.max)


def look_of(
    tone: Tone,
    stored: int,
    colour: bool,
    dtype: np.dtype[Any],
    sample: Callable[[], Sample],
) -> Look:
    """Make a tone good on one image.

    Args:
        tone: the rule.
        stored: channels of a pixel, without alpha.
        colour: the first three are red, green and blue.
        dtype: of a sample.
        sample: answers with the image's sample; asked only where the rule needs it.
    """
    channels = shown_channels(tone, stored, colour)
    windows = _windows(tone, channels, colour, dtype, sample)
    return Look(channels, windows, tone.gamma, tone.invert, stored)


def look_from(pixels: Raw, colour: bool, tone: Tone | None = None) -> Look:
    """A tone made good on a part or a small copy of an image, taken for all of its values.

    Args:
        pixels: (height, width) or (height, width, channels), without alpha.
        colour: the first three channels are red, green and blue.
        tone: the automatic one by default.
    """
    stored = 1 if pixels.ndim == 2 else pixels.shape[2]
    return look_of(tone or Tone(), stored, colour, pixels.dtype, lambda: sample_of(pixels, colour))


def _windows(
    tone: Tone,
    channels: tuple[int, ...],
    colour: bool,
    dtype: np.dtype[Any],
    sample: Callable[[], Sample],
) -> tuple[Window, ...]:
    count = len(channels)
    full = full_range(dtype)
    if tone.rule == "manual":
        return tone.windows if len(tone.windows) == count else tone.windows[:1] * count
    if full is not None and (tone.rule == "full" or (tone.rule == "auto" and dtype == np.uint8)):
        return (full,) * count
    found = sample()
    low, high = tone.percent if tone.rule == "percentile" else Tone().percent

    def window(some: Sequence[int]) -> Window:
        if tone.rule in ("minmax", "full"):
            return found.extent(some)
        return found.percentiles(some, low, high)

    real = [each for each in channels if each != NONE]
    apart = tone.apart if tone.apart is not None else not colour
    if not apart:
        return (window(real),) * count
    return tuple((0.0, 1.0) if each == NONE else window([each]) for each in channels)
