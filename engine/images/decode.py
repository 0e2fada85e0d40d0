"""One page of a file to pixels as stored, by the reader that keeps all of its bits."""

from pathlib import Path

import numpy as np
from PIL import Image

from engine.errors import EngineError
from engine.images.convert import Raw, orient
from engine.images.header import Header, reading

_DEEP = ("I;16", "I;16B", "I;16L", "I", "F")
"""Pillow's modes that keep more than 8 bits; in all others it cuts without a word."""

_FAST_FROM = 1_500_000
"""Pixels from which OpenCV is worth its import: half the time, and no turn of Python in between."""


def decode(header: Header, page: int = 0) -> Raw:
    """All pixels of a page, oriented; see ``convert.Raw`` for the shapes.

    Raises:
        EngineError: the file is damaged or of a kind no reader here knows.
    """
    with reading(header.path):
        if header.bits > 8 and header.kind == "TIFF" and header.mode not in _DEEP:
            return orient(_tiff(header, page), header.orientation)
        if header.bits > 8 and header.kind == "PNG" and header.mode not in _DEEP:
            deep = _opencv(header.path, keep_depth=True)
            if deep is not None:
                return orient(deep, header.orientation)
        if _plain_photo(header, page):
            photo = _opencv(header.path, keep_depth=False)
            if photo is not None and photo.shape[:2] == header.raw_size:
                return orient(photo, header.orientation)
        return _pillow(header, page)


def draft(header: Header, max_side: int) -> Raw | None:
    """A JPEG decoded at 1/2, 1/4 or 1/8, at least ``max_side`` long; None for other kinds.

    Raises:
        EngineError: the file is damaged.
    """
    if header.kind not in ("JPEG", "MPO"):
        return None
    with reading(header.path), Image.open(header.path) as image:
        if image.mode not in ("RGB", "L"):
            return None
        image.draft(image.mode, (max_side, max_side))
        return orient(np.asarray(image), header.orientation)


def _plain_photo(header: Header, page: int) -> bool:
    pixels = header.size[0] * header.size[1]
    plain = header.kind in ("JPEG", "PNG") and header.mode in ("RGB", "L") and page == 0
    return plain and header.pages == 1 and header.bits == 8 and pixels >= _FAST_FROM


def _opencv(path: Path, keep_depth: bool) -> Raw | None:
    """Decoded by OpenCV in stored orientation, RGB order; None where it cannot."""
    import cv2

    data = np.fromfile(path, np.uint8)
    if keep_depth:
        pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        if pixels is None or pixels.ndim == 2:
            return pixels
        order = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
        code = order.get(pixels.shape[2])
        return pixels if code is None else np.asarray(cv2.cvtColor(pixels, code))
    pixels = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if pixels is None else np.asarray(pixels)


def _tiff(header: Header, page: int) -> Raw:
    """TIFF of more than 8 bits a sample."""
    import tifffile

    with tifffile.TiffFile(header.path) as file:
        one = file.pages[page]
        try:
            pixels = np.asarray(one.asarray())
        except ValueError as problem:
            # tifffile needs another package for LZW and JPEG; OpenCV brings libtiff.
            if page:
                raise EngineError(
                    f"Page {page + 1} of {header.path.name} is compressed in a way that cannot be "
                    "read. Save it without compression, or with deflate."
                ) from problem
            found = _opencv(header.path, keep_depth=True)
            if found is None:
                raise
            return found
        if one.planarconfig == 2 and pixels.ndim == 3:  # channels stored one after the other
            pixels = np.moveaxis(pixels, 0, -1)
        if one.photometric == 0:  # white is zero
            pixels = pixels.max() - pixels
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim > 3:
        pixels = pixels.reshape(-1, *pixels.shape[-3:])[0]
    return pixels


def _pillow(header: Header, page: int) -> Raw:
    with Image.open(header.path) as image:
        if page:
            image.seek(page)
        image.load()
        pixels = np.asarray(_known_mode(image))
    # Pillow turns a TIFF while it loads it, and leaves every other kind as stored.
    return pixels if header.kind == "TIFF" else orient(pixels, header.orientation)


def _known_mode(image: Image.Image) -> Image.Image:
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
