"""From pixels as stored to 8-bit RGB as seen."""

from typing import Any, TypeAlias

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

PERCENT_LOW, PERCENT_HIGH = 0.1, 99.9
_SAMPLES = 1_000_000
_PAPER = 255  # what shows through a transparent pixel


def orient(pixels: Raw, orientation: int) -> Raw:
    """A view of the pixels turned as EXIF orientation 1..8 asks (Exif 2.32, table 6)."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


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
    full = float(np.iinfo(colour.dtype).max) if whole else 1.0
    if bool((alpha == full).all()):
        return colour
    share = (alpha.astype(np.float32) / np.float32(full))[..., None]
    laid = colour * share + np.float32(full) * (1 - share)
    return np.asarray(np.rint(laid) if whole else laid, colour.dtype)


def window_of(pixels: Raw) -> Window:
    """The range shown, from the colour samples of an image of more than 8 bits.

    The 0.1 and 99.9 percentiles of a regular sample of at most a million pixels, so that a few hot
    pixels do not darken everything. The same file always gets the same window.
    """
    step = max(1, int(np.ceil((pixels.shape[0] * pixels.shape[1] / _SAMPLES) ** 0.5)))
    sample = colour_part(pixels[::step, ::step])
    values = sample[np.isfinite(sample)] if sample.dtype.kind == "f" else sample.reshape(-1)
    if not values.size:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(values, (PERCENT_LOW, PERCENT_HIGH)))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low, low + 1.0)


def to_rgb(pixels: Raw, window: Window | None = None) -> RGB:
    """8-bit RGB, owned by the caller and contiguous.

    Args:
        pixels: any real dtype; bool and uint8 are taken as they are.
        window: for other dtypes; None takes ``window_of(pixels)``. Values outside are clipped, NaN
            shows black.
    """
    alpha = pixels[..., -1] if pixels.ndim == 3 and pixels.shape[2] in (2, 4) else None
    colour = _to_bytes(colour_part(pixels), window)
    if colour.ndim == 2:
        colour = colour[..., None]
    if colour.shape[2] == 1:
        colour = np.repeat(colour, 3, axis=2)
    elif colour.shape[2] != 3:
        colour = _three(colour)
    if alpha is not None:
        colour = _on_paper(colour, alpha)
    return np.ascontiguousarray(colour)


def colour_part(pixels: Raw) -> Raw:
    """The pixels without their alpha channel."""
    return pixels[..., :-1] if pixels.ndim == 3 and pixels.shape[2] in (2, 4) else pixels


def _to_bytes(pixels: Raw, window: Window | None) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return np.asarray(pixels, np.uint8)
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * np.uint8(255)
    low, high = window or window_of(pixels)
    if pixels.dtype == np.uint16:
        return _table(low, high)[pixels]
    scaled = (pixels.astype(np.float32) - np.float32(low)) * np.float32(255 / (high - low))
    np.nan_to_num(scaled, copy=False, nan=0.0, posinf=255.0, neginf=0.0)
    return np.asarray(np.rint(np.clip(scaled, 0, 255)), np.uint8)


def _table(low: float, high: float) -> NDArray[np.uint8]:
    """What each uint16 becomes; one lookup is many times faster than arithmetic per pixel."""
    values = (np.arange(65536, dtype=np.float64) - low) * (255 / (high - low))
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def _three(colour: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The first three of many channels (multispectral files)."""
    return colour[..., :3]


def _on_paper(colour: NDArray[np.uint8], alpha: Raw) -> NDArray[np.uint8]:
    full = np.iinfo(alpha.dtype).max if alpha.dtype.kind in "iu" else 1.0
    if bool((alpha == full).all()):
        return colour
    share = (alpha.astype(np.float32) / np.float32(full))[..., None]
    return np.asarray(np.rint(colour * share + np.float32(_PAPER) * (1 - share)), np.uint8)
