"""A page of a TIFF with all of its bits and channels, by whichever reader keeps them."""

from typing import Any

import numpy as np
from PIL import Image

from engine.errors import EngineError
from engine.images.convert import Raw, bands, orient, unmultiplied
from engine.images.header import Header
from engine.images.layout import Layout
from engine.images.modes import DEEP, known_mode
from engine.images.tiff_grid import Grid, is_multiplied, readable


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
        except (ValueError, NotImplementedError):
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
    return unmultiplied(pixels) if is_multiplied(one) else pixels


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
    if header.mode in DEEP:
        with Image.open(header.path) as image:
            image.seek(at)
            return _unturned(np.asarray(known_mode(image)), header)
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
