"""Which values the part of the photo in view has, for choosing a range of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.canvas.camera import Camera
from app.limit_rules import channel_of
from engine.images.pyramid import level_size

if TYPE_CHECKING:
    from engine.images.source import Source

BINS = 128
_MOST = 400_000
"""Pixels that are looked at."""


@dataclass(frozen=True, slots=True)
class ValueView:
    """Values of one channel.

    Attributes:
        least, most: between which a range is chosen: of all that 8 bits can hold, else of what the
            photo has in view.
        whole: whole numbers are stored.
        counts: how many pixels lie in each of ``BINS`` equal parts, int64.
    """

    least: float
    most: float
    whole: bool
    counts: NDArray[np.int64]


def values_in_view(source: Source, camera: Camera, channel: int) -> ValueView | None:
    """Look at the drawn level of what is in view; None without the channel or any number.

    May be called from any thread, and reads from the file where the level is not kept.

    Raises:
        EngineError: the file cannot be read.
    """
    level = min(camera.level, source.levels - 1)
    height, width = level_size(source.size, level)
    left, top, right, bottom = (each >> level for each in camera.visible)
    box = (max(0, left), max(0, top), min(width, right + 1), min(height, bottom + 1))
    raw = source.raw(level, box)
    step = max(1, int(np.ceil((raw.shape[0] * raw.shape[1] / _MOST) ** 0.5)))
    values = channel_of(raw[::step, ::step], channel)
    if values is None:
        return None
    whole = raw.dtype.kind != "f"
    values = values.reshape(-1)
    if not whole:
        values = values[np.isfinite(values)]
    if not values.size:
        return None
    if raw.dtype == np.uint8:
        least, most = 0.0, 255.0
    else:
        least, most = float(values.min()), float(values.max())
    most = most if most > least else least + 1.0
    counts = np.histogram(values, BINS, (least, most))[0]
    return ValueView(least, most, whole, counts.astype(np.int64))
