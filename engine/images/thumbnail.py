"""Small pictures for lists."""

from pathlib import Path

from engine.images.convert import RGB
from engine.images.source import open_source


def thumbnail(path: Path, max_side: int) -> RGB:
    """The image fitted into a square of ``max_side`` pixels, oriented, uint8 RGB.

    Raises:
        EngineError: it is no image that can be read.
    """
    return open_source(path).overview(max_side)
