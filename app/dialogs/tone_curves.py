"""What the histogram of the light sheet is drawn from: a range of values, counts and colours."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtGui import QColor

from app.theme.theme import theme
from engine.images.convert import Window
from engine.images.look import Look, full_range
from engine.images.sample import Sample
from engine.images.tone import NONE

BINS = 256
"""Most parts of the range that are counted."""

_WIDE = (0.05, 99.95)
"""Percentages between which the histogram always shows what there is."""


def range_of(sample: Sample, look: Look) -> Window:
    """The values between the edges of the histogram: what there is, and the windows."""
    full = full_range(sample.dtype)
    ends = [
        window
        for channel, window in zip(look.channels, look.windows, strict=True)
        if channel != NONE
    ]
    if sample.dtype == np.uint8 and full is not None:
        ends.append(full)
    else:
        real = [each for each in look.channels if each != NONE]
        ends.append(sample.percentiles(real, *_WIDE))
    low, high = min(each[0] for each in ends), max(each[1] for each in ends)
    room = 0.0 if (low, high) == full else 0.03 * (high - low)
    return low - room, high + room


def colors_of(count: int) -> list[QColor]:
    """Of the curves of one shown channel, or of those shown as red, green and blue."""
    if count == 1:
        return [theme().color("text.secondary")]
    dark = theme().name != "light"
    names = ("#FF7B72", "#63C174", "#6CA4FF") if dark else ("#C62F2F", "#1F7A3A", "#2458C5")
    return [QColor(each) for each in names]


def binned(start: float, stop: float, whole: bool) -> tuple[float, float, int]:
    """A range for a histogram, at least as large, and in how many parts to count.

    Every part of whole numbers holds equally many of them; else the curve would be a comb.

    Args:
        start: the smallest value that has to be seen.
        stop: the largest.
        whole: values are whole numbers.
    """
    if not whole:
        return start, stop, BINS
    first, last = math.floor(start), math.ceil(stop)
    step = max(1, -(-(last - first + 1) // BINS))
    bins = -(-(last - first + 1) // step)
    return first - 0.5, first - 0.5 + bins * step, bins
