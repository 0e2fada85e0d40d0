"""Pillow's modes as arrays that keep what they mean."""

import numpy as np
from PIL import Image

from engine.images.convert import Raw

DEEP = ("I;16", "I;16B", "I;16L", "I", "F")
"""Modes that keep more than 8 bits; in all others Pillow cuts without a word."""


def known_mode(image: Image.Image) -> Image.Image:
    """In a mode that an array can hold without losing what it means."""
    if image.mode in ("L", "RGB", "LA", "RGBA", "I;16", "I", "F", "1"):
        return image
    if image.mode in ("I;16B", "I;16L", "I;16N"):
        return image.convert("I")
    if image.mode in ("P", "PA"):
        clear = image.mode == "PA" or "transparency" in image.info
        return image.convert("RGBA" if clear else "RGB")
    if image.mode == "La":
        return image.convert("LA")
    if image.mode == "RGBa":
        return image.convert("RGBA")
    if image.mode == "LAB":
        return _from_lab(image)
    return image.convert("RGB")


def _from_lab(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    done = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    return image.convert("L") if done is None else done


def with_key(image: Image.Image, pixels: Raw, bits: int) -> Raw:
    """Pixels with their opacity added, where one colour of the file means "transparent".

    Args:
        image: loaded, in the mode it was stored in.
        pixels: (height, width) or (height, width, 3) of it.
        bits: of a stored sample; Pillow spreads fewer than 8 over 0..255, but not the key.
    """
    key = image.info.get("transparency")
    plain = isinstance(key, int) or (isinstance(key, tuple) and len(key) == 3)
    if not plain or image.mode not in ("1", "L", "RGB", "I;16"):
        return pixels
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    scale = 255 // ((1 << bits) - 1) if bits < 8 else 1
    wanted = np.atleast_1d(np.asarray(key, np.int64)) * scale
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    if len(wanted) != planes.shape[2]:
        return pixels
    clear = (planes == wanted).all(-1, keepdims=True)
    none, full = pixels.dtype.type(0), pixels.dtype.type(np.iinfo(pixels.dtype).max)
    return np.concatenate((planes, np.where(clear, none, full)), axis=-1)
