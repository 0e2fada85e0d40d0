"""One page of a file to pixels as stored, by the reader that keeps all of its bits.

What is here runs where it is called; ``engine.images.decode`` says in which process that is.
"""

import struct
from pathlib import Path

import numpy as np
from PIL import Image

from engine.errors import EngineError
from engine.images import bmp
from engine.images.convert import Raw, orient
from engine.images.decode_tiff import decode_tiff
from engine.images.header import Header, reading
from engine.images.kinds import READ
from engine.images.layout import Layout
from engine.images.modes import DEEP, known_mode, with_key

FAST_FROM = 1_500_000
"""Pixels from which OpenCV is worth its import: half the time, and no turn of Python in between."""

_FAST_TO = 1 << 30
"""Pixels above which OpenCV refuses."""

_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
"""Chunks of animated PNG, which OpenCV would follow (PNG specification, 11.3.6)."""


def decode_here(header: Header, page: int = 0) -> tuple[Raw, bool]:
    """All pixels of a page, oriented, and whether the last channel says how opaque they are.

    Raises:
        EngineError: the file is damaged or of a kind no reader here knows.
    """
    with reading(header.path):
        layout = header.layout
        if layout is not None and keeps_too_little(header, layout):
            return orient(decode_tiff(header, layout, page), header.orientation), layout.alpha
        if header.kind == bmp.KIND:
            return _rare_bmp(header)
        found = _png(header) if header.kind == "PNG" and page == 0 else None
        if found is not None:
            return orient(found[0], header.orientation), found[1]
        if _plain_photo(header, page):
            photo = _opencv(header.path, header.kind == "PNG")
            if photo is not None and photo.shape[:2] == header.raw_size:
                return orient(photo, header.orientation), _is_alpha(photo)
        try:
            pixels = _pillow(header, page)
        except (OSError, ValueError):
            if layout is None:
                raise
            return orient(decode_tiff(header, layout, page), header.orientation), layout.alpha
        return pixels, _is_alpha(pixels)


def _rare_bmp(header: Header) -> tuple[Raw, bool]:
    about = bmp.rare_bmp(header.path)
    if about is None or about.size != header.size:
        raise EngineError(f"{header.path.name} was changed while it was opened. Open it again.")
    pixels = bmp.read_bmp(header.path, about)
    return pixels, _is_alpha(pixels)


def keeps_too_little(header: Header, layout: Layout) -> bool:
    """Whether Pillow would cut bits, signs or channels of a TIFF without a word."""
    if layout.split or not header.mode or header.bits > 8:
        return True
    if header.mode == "CMYK":
        return False
    stored = layout.channels + layout.alpha
    return header.mode == "RGBX" or Image.getmodebands(header.mode) != stored


def _png(header: Header) -> tuple[Raw, bool] | None:
    """The first picture of a PNG that is large or deep; None where it is another reader's turn."""
    from engine.images import png_rows

    deep = header.bits > 8
    if not deep and header.size[0] * header.size[1] < FAST_FROM:
        return None
    try:
        png = png_rows.open_png(header.path)
        if png is not None:
            return png_rows.whole(png), png.alpha
    except ValueError:
        pass  # libpng repairs some damage; what it cannot repair it refuses
    if not deep or header.mode in DEEP:
        return None
    pixels = _opencv(header.path, keep_all=True)
    return None if pixels is None else (pixels, _is_alpha(pixels))


def _is_alpha(pixels: Raw) -> bool:
    """Whether pixels of a reader that knows grey and colour only end with their opacity."""
    return pixels.ndim == 3 and pixels.shape[2] in (2, 4)


def _plain_photo(header: Header, page: int) -> bool:
    pixels = header.size[0] * header.size[1]
    plain = header.kind in ("JPEG", "PNG") and header.mode in ("RGB", "L") and page == 0
    return plain and header.pages == 1 and header.bits == 8 and FAST_FROM <= pixels <= _FAST_TO


def _opencv(path: Path, keep_all: bool) -> Raw | None:
    """Decoded by OpenCV in stored orientation, RGB order; None where it cannot.

    Args:
        path: a JPEG or PNG.
        keep_all: keep depth and opacity; for PNG.
    """
    import cv2

    data = np.fromfile(path, np.uint8)
    if keep_all:
        pixels = cv2.imdecode(_still(data), cv2.IMREAD_UNCHANGED)
        if pixels is None or pixels.ndim == 2:
            return pixels
        order = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
        code = order.get(pixels.shape[2])
        return pixels if code is None else np.asarray(cv2.cvtColor(pixels, code))
    pixels = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if pixels is None else np.asarray(pixels)


def _still(data: Raw) -> Raw:
    """A PNG without the chunks that animate it."""
    whole = data.tobytes()
    at, kept = 8, [whole[:8]]
    while at + 8 <= len(whole):
        length, kind = struct.unpack_from(">I4s", whole, at)
        if kind not in _ANIMATION:
            kept.append(whole[at : at + 12 + length])
        at += 12 + length
    return np.frombuffer(b"".join(kept), np.uint8)


def _pillow(header: Header, page: int) -> Raw:
    at = page if header.layout is None else header.layout.planes(page)[0]
    with Image.open(header.path, formats=READ) as image:
        if at:
            image.seek(at)
        image.load()
        pixels = with_key(image, np.asarray(known_mode(image)), header.bits)
    # Pillow turns a TIFF while it loads it, and leaves every other kind as stored.
    return pixels if header.kind == "TIFF" else orient(pixels, header.orientation)
