"""TIFF files that are read by region."""

from typing import Final

from engine.images.feeds import LevelFeed
from engine.images.header import Header
from engine.images.region import RegionSource
from engine.images.tiff_levels import Level, levels_of

_WHOLE_UP_TO: Final = 64 << 20
"""Bytes up to which a picture that must be unpacked is decoded as a whole."""


def open_tiff(header: Header, page: int) -> RegionSource | None:
    """A page of a TIFF, read by region; None where it is better decoded as a whole.

    That is when no reader here takes it apart, or it is small and compressed.
    """
    layout = header.layout
    if layout is None:
        return None
    try:
        levels = levels_of(header.path, layout, page)
    except Exception:  # tifffile is stricter than other readers; they get their turn
        return None
    if not levels or levels[0].size != header.raw_size or not _by_region(levels):
        return None
    return RegionSource(header, page, levels, LevelFeed(levels[0], layout.alpha), layout.alpha)


def _by_region(levels: list[Level]) -> bool:
    base = levels[0]
    height, width = base.size
    pixel = sum(each.pixel_bytes for each in base.planes)
    return base.in_one_piece or height * width * pixel > _WHOLE_UP_TO
