"""Pixels as decoders give them, turned and laid flat; ``engine.images.look`` maps them."""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Raw: TypeAlias = NDArray[Any]
"""Pixels as stored: (height, width), or (height, width, channels)."""

RGB: TypeAlias = NDArray[np.uint8]
"""(height, width, 3), 0..255."""

Window: TypeAlias = tuple[float, float]
"""Stored values that become 0 and 255."""

Box: TypeAlias = tuple[int, int, int, int]
"""left, top, right, bottom; right and bottom exclusive."""

_PAPER_WHITE = 1.0  # of floats; of whole numbers the largest one

_BAND: Final = 1 << 16
"""Samples of a band, so that the steps in between stay in the processor's cache."""


def bands(pixels: Raw) -> Iterator[slice]:
    """The rows of some pixels in parts, for arithmetic whose steps would be copies of them all."""
    rows = max(1, _BAND // max(1, pixels[:1].size))
    for top in range(0, pixels.shape[0], rows):
        yield slice(top, top + rows)


def orient(pixels: Raw, orientation: int) -> Raw:
    """A view of the pixels turned as EXIF orientation 1..8 asks (Exif 2.32, table 6)."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def unmultiplied(pixels: Raw) -> Raw:
    """Pixels whose colour was multiplied with their opacity (the last channel), as if it was not.

    That is ExtraSamples 1 of TIFF 6.0, page 77; colour brighter than its opacity is cut.
    """
    whole = pixels.dtype.kind in "iu"
    full = float(np.iinfo(pixels.dtype).max) if whole else _PAPER_WHITE
    out = pixels.copy()
    for rows in bands(pixels):
        alpha = pixels[rows, :, -1:].astype(np.float64)
        colour = pixels[rows, :, :-1] * (full / np.where(alpha > 0, alpha, full))
        out[rows, :, :-1] = np.minimum(np.rint(colour), full) if whole else colour
    return out


def flat(pixels: Raw, alpha: bool) -> Raw:
    """Stored samples without alpha, in native byte order; one channel has no axis of its own.

    Args:
        pixels: as a decoder gave them.
        alpha: the last channel says how opaque a pixel is: transparent parts are laid on white
            paper, the largest value that a whole number can be, or 1.0. A view when all is opaque.
    """
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    if not pixels.dtype.isnative:
        pixels = pixels.astype(pixels.dtype.newbyteorder("="))
    if pixels.ndim == 3 and alpha and pixels.shape[2] > 1:
        pixels = _laid_on_paper(pixels[..., :-1], pixels[..., -1])
    return pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels


def _laid_on_paper(colour: Raw, alpha: Raw) -> Raw:
    whole = colour.dtype.kind in "iu"
    full = float(np.iinfo(colour.dtype).max) if whole else _PAPER_WHITE
    if bool((alpha == full).all()):
        return colour
    out = np.empty(colour.shape, colour.dtype)
    for rows in bands(colour):
        share = (alpha[rows].astype(np.float32) / np.float32(full))[..., None]
        laid = colour[rows] * share + np.float32(full) * (1 - share)
        out[rows] = np.rint(laid) if whole else laid
    return out
