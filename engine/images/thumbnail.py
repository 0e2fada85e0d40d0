"""Small pictures for lists."""

from pathlib import Path

from engine.images.convert import RGB
from engine.images.source import open_source
from engine.images.tone import Tone


def thumbnail(path: Path, max_side: int, page: int = 0, tone: Tone | None = None) -> RGB | None:
    """The image fitted into a square of ``max_side`` pixels, oriented, uint8 RGB.

    Returns:
        None for an image of which every pixel would have to be unpacked and that is too large to
        do that for a small picture; there is one once it was opened.

    Raises:
        EngineError: it is no image that can be read, or it has no such page.
    """
    source = open_source(path, page)
    if not source.quick and source.finest_kept:
        return None
    return source.overview(max_side, tone)
