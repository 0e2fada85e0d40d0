"""One page of a file to pixels as stored, by the reader that keeps all of its bits."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engine.errors import EngineError
from engine.images.convert import Raw, bands, orient
from engine.images.header import Header, reading
from engine.images.layout import Layout
from engine.images.tiff_grid import Grid, readable

_DEEP = ("I;16", "I;16B", "I;16L", "I", "F")
"""Pillow's modes that keep more than 8 bits; in all others it cuts without a word."""

_FAST_FROM = 1_500_000
"""Pixels from which OpenCV is worth its import: half the time, and no turn of Python in between."""

_FAST_TO = 1 << 30
"""Pixels above which OpenCV refuses."""


def decode(header: Header, page: int = 0) -> tuple[Raw, bool]:
    """All pixels of a page, oriented, and whether the last channel says how opaque they are.

    Raises:
        EngineError: the file is damaged or of a kind no reader here knows.
    """
    with reading(header.path):
        if header.layout is not None and _keeps_too_little(header, header.layout):
            pixels = decode_tiff(header, header.layout, page)
            return orient(pixels, header.orientation), header.layout.alpha
        if header.kind == "PNG" and page == 0 and header.size[0] * header.size[1] >= _FAST_FROM:
            found = _png(header.path)
            if found is not None:
                return orient(found[0], header.orientation), found[1]
        if header.bits > 8 and header.kind == "PNG" and header.mode not in _DEEP:
            deep = _opencv(header.path, keep_depth=True)
            if deep is not None:
                return orient(deep, header.orientation), _is_alpha(deep)
        if _plain_photo(header, page):
            photo = _opencv(header.path, keep_depth=False)
            if photo is not None and photo.shape[:2] == header.raw_size:
                return orient(photo, header.orientation), False
        pixels = _pillow(header, page)
        return pixels, _is_alpha(pixels)


def _png(path: Path) -> tuple[Raw, bool] | None:
    """All of a PNG, and whether it ends with alpha; None where it is another reader's turn."""
    from engine.images import png_rows

    try:
        png = png_rows.open_png(path)
        return None if png is None else (png_rows.whole(png), png.alpha)
    except ValueError:
        return None  # libpng repairs some damage; what it cannot repair it refuses


def _keeps_too_little(header: Header, layout: Layout) -> bool:
    """Whether Pillow would cut bits, signs or channels of a TIFF without a word."""
    if layout.split or not header.mode or header.bits > 8:
        return True
    if header.mode == "CMYK":
        return False
    stored = layout.channels + layout.alpha
    return header.mode == "RGBX" or Image.getmodebands(header.mode) != stored


def _is_alpha(pixels: Raw) -> bool:
    """Whether pixels of a reader that knows grey and colour only end with their opacity."""
    return pixels.ndim == 3 and pixels.shape[2] in (2, 4)


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
        # Pillow keeps both sides at least as long as asked: a square would keep the shorter one.
        share = max_side / max(image.size)
        image.draft(image.mode, (int(image.width * share), int(image.height * share)))
        return orient(np.asarray(image), header.orientation)


def _plain_photo(header: Header, page: int) -> bool:
    pixels = header.size[0] * header.size[1]
    plain = header.kind in ("JPEG", "PNG") and header.mode in ("RGB", "L") and page == 0
    return plain and header.pages == 1 and header.bits == 8 and _FAST_FROM <= pixels <= _FAST_TO


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


def decode_tiff(header: Header, layout: Layout, page: int) -> Raw:
    """A page of a TIFF with all of its bits and channels, in stored orientation.

    Raises:
        EngineError: it is compressed in a way that no reader here knows with these channels.
    """
    import tifffile

    with tifffile.TiffFile(header.path) as file:
        planes = [_plane(file, layout, at, header) for at in layout.planes(page)]
    pixels = planes[0] if len(planes) == 1 else np.stack(planes, axis=-1)
    if pixels.dtype.kind == "c":
        raise EngineError(
            f"{header.path.name} holds complex numbers, which cannot be shown. Save their size or "
            "phase as an image of its own."
        )
    return _from_ink(pixels) if layout.ink and pixels.shape[2:] == (4,) else pixels


def _from_ink(pixels: Raw) -> Raw:
    """Cyan, magenta, yellow and black to red, green and blue: each ink takes its share of white."""
    most = float(np.iinfo(pixels.dtype).max) if pixels.dtype.kind == "u" else 1.0
    out = np.empty((*pixels.shape[:2], 3), pixels.dtype)
    for rows in bands(pixels):
        paper = (most - pixels[rows, :, :3].astype(np.float64)) / most
        colour = paper * (most - pixels[rows, :, 3:].astype(np.float64))
        out[rows] = np.rint(colour) if pixels.dtype.kind == "u" else colour
    return out


def _plane(file: Any, layout: Layout, at: int, header: Header) -> Raw:
    """One stored image of a ``tifffile.TiffFile``: (height, width) or with channels last."""
    if layout.block is not None:
        one = file.pages[0]
        pixels = _in_block(file, one, layout.block, at)
    else:
        one = file.pages[at]
        try:
            pixels = np.asarray(one.asarray())
        except ValueError:
            if readable(one):
                grid = Grid(one, header.path)
                return grid.read((0, 0, grid.size[1], grid.size[0]))
            return _other_reader(header, layout, at)
    if one.planarconfig == 2 and pixels.ndim == 3:  # channels stored one after the other
        pixels = np.moveaxis(pixels, 0, -1)
    if one.photometric == 0 and pixels.dtype.kind == "u":  # white is zero
        pixels = pixels.dtype.type((1 << int(one.bitspersample)) - 1) - pixels
    if pixels.ndim > 3:
        pixels = pixels.reshape(-1, *pixels.shape[-3:])[0]
    return pixels


def _in_block(file: Any, one: Any, start: int, at: int) -> Raw:
    """The ``at``-th of images that lie one after another and share one description."""
    kind = np.dtype(one.dtype).newbyteorder(file.byteorder)
    count = int(np.prod(one.shape))
    place = start + at * count * kind.itemsize
    return np.fromfile(file.filehandle.path, kind, count, offset=place).reshape(one.shape)


def _other_reader(header: Header, layout: Layout, at: int) -> Raw:
    """What tifffile needs another package for, such as LZW: Pillow and OpenCV bring libtiff."""
    import cv2

    bands = 4 if layout.ink else layout.channels + layout.alpha
    if header.mode in _DEEP:
        with Image.open(header.path) as image:
            image.seek(at)
            return _unturned(np.asarray(_known_mode(image)), header)
    done, found = cv2.imreadmulti(str(header.path), at, 1, flags=cv2.IMREAD_UNCHANGED)
    pixels = np.asarray(found[0]) if done and len(found) else None
    if pixels is None or (pixels.shape[2] if pixels.ndim == 3 else 1) not in (bands, 1):
        raise EngineError(
            f"{header.path.name} is compressed in a way that cannot be read with {bands} channels "
            f"of {header.bits} bits. Save it without compression, or with deflate."
        )
    order = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
    code = order.get(pixels.shape[2]) if pixels.ndim == 3 and layout.colour else None
    return pixels if code is None else np.asarray(cv2.cvtColor(pixels, code))


def _unturned(pixels: Raw, header: Header) -> Raw:
    """As stored: Pillow turns a TIFF while it loads it, and the caller turns what is stored."""
    back = {6: 8, 8: 6}.get(header.orientation, header.orientation)
    return orient(pixels, back)


def _pillow(header: Header, page: int) -> Raw:
    at = page if header.layout is None else header.layout.planes(page)[0]
    with Image.open(header.path) as image:
        if at:
            image.seek(at)
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
