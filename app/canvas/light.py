"""Brightness and contrast of the picture on screen; never of the data, nor of what models see."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.session import ViewOptions
from engine.images.convert import RGB


def is_neutral(view: ViewOptions) -> bool:
    """Whether the picture shows as it is."""
    return view.brightness == 0 and view.contrast == 1


def apply(pixels: RGB, view: ViewOptions) -> RGB:
    """The pixels as the view asks for them; a new array."""
    import cv2

    levels = table(view.brightness, view.contrast).reshape(1, 256)
    return np.asarray(cv2.LUT(np.ascontiguousarray(pixels), levels), np.uint8)


@lru_cache(maxsize=8)
def table(brightness: float, contrast: float) -> NDArray[np.uint8]:
    """What each value 0..255 becomes: contrast about the middle, then brightness."""
    value = np.arange(256) / 255
    value = np.clip((value - 0.5) * contrast + 0.5 + brightness, 0, 1)
    return np.rint(value * 255).astype(np.uint8)
