"""What the loader's threads do for the photo: open, decode, look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.images import room
from engine.images.convert import RGB
from engine.images.tone import Tone

if TYPE_CHECKING:
    from engine.images.look import Look
    from engine.images.source import Source

OVERVIEW = 1000
"""Longest side of the first look; a camera's 12 megapixel JPEG is decoded at a quarter for it."""

AHEAD_MOST = 120_000_000
"""Pixels up to which the neighbours of an image are decoded ahead."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What the loader answers.

    Attributes:
        coarse: a first look.
        look: how the samples become colours, where that is known.
    """

    source: Source
    coarse: RGB | None
    look: Look | None


def warm() -> None:
    """Import what the first paint needs, while another thread decodes."""
    import cv2  # noqa: F401


def opened(path: Path, page: int, tone: Tone) -> Opened:
    """The source, and a first look where one is cheap."""
    from engine.images.source import open_source  # decoders: not before there is a file

    source = open_source(path, page)
    if source.quick:
        return first_look(source, tone)
    if source.finest_kept == 0 and not source.need:
        whole(source, tone)
        return Opened(source, None, source.look(tone))
    return Opened(source, None, None)  # large: what is made of it is shown as it comes


def first_look(source: Source, tone: Tone) -> Opened:
    """What there is to see of an image before it is loaded."""
    if not source.quick:
        return Opened(source, source.so_far(OVERVIEW, tone), None)
    coarse = source.overview(OVERVIEW, tone)
    return Opened(source, coarse, source.look(tone) if source.finest_kept else None)


def whole(source: Source, tone: Tone) -> Source:
    """Load it, and take the sample that its look may need here, not where the window waits."""
    source.load()
    if source.loaded:
        source.look(tone)
    return source


def ahead(path: Path, page: int, tone: Tone) -> Source | None:
    """An image that may be opened next, loaded; None for one that takes long or much memory."""
    from engine.images.source import open_source

    source = open_source(path, page)
    height, width = source.size
    long = source.finest_kept and not source.quick
    if long or source.need or height * width > AHEAD_MOST:
        return None
    return whole(source, tone)


def question(source: Source) -> str:
    """What to say before an image is loaded that takes much memory."""
    return (
        f"{source.path.name} has {room.pixels(source.size)}. Opening it uses about "
        f"{room.words(source.need)} of memory, and {room.words(room.available())} are free."
    )
