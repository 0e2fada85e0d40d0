"""Images by level and box, oriented, whatever the file."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engine.images.convert import RGB
from engine.images.header import read_header
from engine.images.plain import PlainSource
from engine.images.tiff import TiffSource, can_map

Box = tuple[int, int, int, int]


class Source(Protocol):
    """One page of one image file.

    Opening reads the header only. All methods may be called from any thread; those that decode
    take time and let other threads run meanwhile.

    Attributes:
        path: the file.
        size: (height, width), EXIF orientation applied.
        levels: number of levels; level k is the image at 1 / 2**k.
        channels: samples of a stored pixel.
        dtype: type of a stored sample.
        orientation: EXIF orientation of the file, 1..8.
        pages: images in the file.
        quick: whether an overview costs much less than loading.
        finest_kept: the finest level that is in memory once loaded; finer ones are read from the
            file, part by part, at any time.
    """

    path: Path
    size: tuple[int, int]
    levels: int
    channels: int
    dtype: np.dtype[Any]
    orientation: int
    pages: int
    quick: bool
    finest_kept: int

    @property
    def nbytes(self) -> int:
        """Bytes kept in memory."""

    @property
    def loaded(self) -> bool:
        """Whether every level can be read without making it first."""

    def load(self) -> None:
        """Make every level ready; takes as long as the file needs.

        Raises:
            EngineError: the file is damaged.
        """

    def read(self, level: int, box: Box) -> RGB:
        """Pixels of a level; ``box`` in that level's pixels, inside it. Loads when needed.

        Raises:
            EngineError: the file is damaged.
        """

    def overview(self, max_side: int) -> RGB:
        """The whole image in at most ``max_side`` pixels a side, as fast as the file allows.

        Raises:
            EngineError: the file is damaged.
        """

    def value(self, x: int, y: int) -> tuple[float, ...]:
        """The stored samples of a pixel; empty outside and until loaded."""

    def close(self) -> None:
        """Let go of the pixels."""


def open_source(path: Path, page: int = 0) -> Source:
    """Open one page of an image file; reads the header only.

    Raises:
        EngineError: it is no image that can be read, or it has no such page.
    """
    header = read_header(path, page)
    if header.kind == "TIFF" and can_map(header, page):
        return TiffSource(header, page)
    return PlainSource(header, page)


def read_rgb(path: Path, page: int = 0) -> RGB:
    """The whole image, uint8 (height, width, 3), oriented; what models and training read.

    More than 8 bits are shown through the window of ``convert.window_of``; transparent parts lie
    on white paper, as on screen.

    Raises:
        EngineError: it is no image that can be read.
    """
    source = open_source(path, page)
    height, width = source.size
    return source.read(0, (0, 0, width, height))
