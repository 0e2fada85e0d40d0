"""Which images are read by region or prepared on disk, and which simply decoded."""

import numpy as np

from engine.images import room
from engine.images.feeds import PngFeed, WholeFeed
from engine.images.header import Header, reading
from engine.images.png_rows import open_png
from engine.images.region import RegionSource
from engine.images.tiff import open_tiff

_GREY = frozenset({"1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N", ""})


def open_large(header: Header, page: int) -> RegionSource | None:
    """A source for an image that is read by region or too large to hold; None for others.

    Raises:
        EngineError: the file cannot hold what it claims.
    """
    if header.kind == "TIFF":
        found = open_tiff(header, page)
        if found is not None:
            return found
    height, width = header.size
    dtype = np.dtype({16: "u2", 32: "i4", 64: "f8"}.get(header.bits, "u1"))
    samples = 1 if header.mode in _GREY else 3
    if header.layout is not None:
        samples = header.layout.channels
    with reading(header.path):
        room.check_believable(header.path, header.size, samples)
        if height * width * samples * dtype.itemsize * 4 / 3 <= room.hold():
            return None
        if header.kind == "PNG" and page == 0:
            png = open_png(header.path)
            if png is not None:
                return RegionSource(header, page, (), PngFeed(png), False)
    feed = WholeFeed(header, page, dtype, samples)
    return RegionSource(header, page, (), feed, False)
