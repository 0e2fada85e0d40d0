"""Brightness, contrast and gamma of the picture on screen; never of the data."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.session import ViewOptions
from engine.images.convert import RGB


def is_neutral(view: ViewOptions) -> bool:
    """Whether the picture shows as it is."""
    return view.brightness == 0 and view.contrast == 1 and view.gamma == 1


def apply(pixels: RGB, view: ViewOptions) -> RGB:
    """The pixels as the view asks for them; a new array."""
    return np.take(table(view.brightness, view.contrast, view.gamma), pixels)


@lru_cache(maxsize=8)
def table(brightness: float, contrast: float, gamma: float) -> NDArray[np.uint8]:
    """What each value 0..255 becomes: contrast about the middle, then brightness, then gamma."""
    value = np.arange(256) / 255
    value = np.clip((value - 0.5) * contrast + 0.5 + brightness, 0, 1) ** (1 / gamma)
    return np.rint(value * 255).astype(np.uint8)
