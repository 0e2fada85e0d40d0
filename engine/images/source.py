"""Images by level and box, oriented, whatever the file."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engine.images import room
from engine.images.convert import RGB, Box, Raw
from engine.images.header import read_header
from engine.images.large import open_large
from engine.images.look import Look
from engine.images.plain import PlainSource
from engine.images.sample import Sample
from engine.images.tone import Tone

_STRIP = 1024
"""Rows of a file read by region that are mapped at a time."""


class Source(Protocol):
    """One page of one image file.

    Opening reads the header only. All methods may be called from any thread; those that decode
    take time and let other threads run meanwhile.

    Attributes:
        path: the file.
        page: which of its images, from 0.
        size: (height, width), EXIF orientation applied.
        levels: number of levels; level k is the image at 1 / 2**k.
        names: what to call the channels of a pixel, alpha not counted. These, ``channels``,
            ``colour`` and ``dtype`` of a file that is decoded as a whole are known for good once it
            is loaded.
        colour: the first three channels are red, green and blue.
        dtype: type of a stored sample.
        orientation: EXIF orientation of the file, 1..8.
        pages: images in the file.
        quick: whether an overview costs much less than loading.
        finest_kept: the finest level that is in memory once loaded; finer ones are read from the
            file, part by part, at any time.
    """

    path: Path
    page: int
    size: tuple[int, int]
    levels: int
    names: tuple[str, ...]
    colour: bool
    dtype: np.dtype[Any]
    orientation: int
    pages: int
    quick: bool
    finest_kept: int

    @property
    def channels(self) -> int:
        """Samples of a pixel, alpha not counted."""

    @property
    def nbytes(self) -> int:
        """Bytes kept in memory."""

    @property
    def need(self) -> int:
        """Bytes that loading will hold at its peak, where they are many; 0 where they are few."""

    @property
    def loaded(self) -> bool:
        """Whether every level can be read without making it first."""

    def load(self) -> None:
        """Make every level ready; takes as long as the file needs.

        Raises:
            EngineError: the file is damaged.
        """

    def raw(self, level: int, box: Box) -> Raw:
        """Stored samples of a level; ``box`` in that level's pixels, inside it.

        Level 0 is as stored, but oriented and without alpha (``convert.flat``); each further one is
        the mean of four, of the same type. Loads when needed; may be a view of what is kept.

        Raises:
            EngineError: the file is damaged.
        """

    def read(self, level: int, box: Box, tone: Tone | None = None) -> RGB:
        """Pixels of a level as a tone shows them, the automatic one by default.

        Raises:
            EngineError: the file is damaged.
        """

    def overview(self, max_side: int, tone: Tone | None = None) -> RGB:
        """The whole image in at most ``max_side`` pixels a side, as fast as the file allows.

        Before an image is loaded its values may be known only roughly, so windows that depend on
        them may be a little off.

        Raises:
            EngineError: the file is damaged.
        """

    def so_far(self, max_side: int, tone: Tone | None = None) -> RGB | None:
        """What another thread that loads has made so far, the rest black; None for nothing."""

    def sample(self) -> Sample:
        """Some of the values, the same whenever the same file is asked; loads when needed.

        Raises:
            EngineError: the file is damaged.
        """

    def look(self, tone: Tone | None = None) -> Look:
        """A tone made good on this image; asks for the sample only where the tone needs it.

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
    return open_large(header, page) or PlainSource(header, page)


def read_rgb(path: Path, page: int = 0, tone: Tone | None = None) -> RGB:
    """The whole image, uint8 (height, width, 3), oriented; what models and training read.

    It is what the screen shows: stored samples through the window, channels and gamma of the tone;
    transparent parts lie on white paper.

    Args:
        path: the file.
        page: which of its images.
        tone: None shows 8 bits as they are, and more from the 0.1st to the 99.9th percentile.

    Raises:
        EngineError: it is no image that can be read, or too large for the memory.
    """
    source = open_source(path, page)
    height, width = source.size
    room.check(path, source.size, 3, 1)
    if not source.finest_kept:
        return source.read(0, (0, 0, width, height), tone)
    out = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP):
        bottom = min(height, top + _STRIP)
        out[top:bottom] = source.read(0, (0, top, width, bottom), tone)
    return out
