"""Where the rows of a picture come from when its levels are made: from the top, in parts."""

from collections.abc import Generator
from typing import Any, Final, Protocol

import numpy as np

from engine.errors import EngineError
from engine.images import png_rows
from engine.images.ahead import ahead
from engine.images.convert import Raw, flat
from engine.images.decode import decode
from engine.images.header import Header
from engine.images.png_rows import Png
from engine.images.tiff_levels import Level

_PART: Final = 16 << 20
"""Bytes handed on at a time."""


class Feed(Protocol):
    """Rows without alpha, in native byte order; see ``convert.flat``.

    Attributes:
        need: bytes it holds at most, where that follows the image; 0 where it does not.
        oriented: whether the rows are those of the image as seen, not as stored.
        dtype, samples: of the rows; may be known for good only once the first came.
    """

    need: int
    oriented: bool
    dtype: np.dtype[Any]
    samples: int

    def rows(self) -> Generator[Raw]:
        """All rows in order; may be asked again.

        Raises:
            OSError, ValueError, SyntaxError: the file is damaged.
        """


class LevelFeed:
    """The rows of a stored level of a TIFF."""

    need, oriented = 0, False

    def __init__(self, level: Level, alpha: bool) -> None:
        self._level, self._alpha = level, alpha
        one = level.planes[0]
        self.dtype = one.dtype
        self.samples = one.samples * len(level.planes) - alpha
        line = one.size[1] * one.pixel_bytes * len(level.planes)
        rows = one.tile[0] if one.whole is None else 1
        self._step = max(1, _PART // (line * rows)) * rows

    def rows(self) -> Generator[Raw]:
        """See Feed."""
        return ahead(self._rows(), 1) if self._level.compressed else self._rows()

    def _rows(self) -> Generator[Raw]:
        height, width = self._level.size
        for top in range(0, height, self._step):
            rows = self._level.read((0, top, width, min(height, top + self._step)))
            yield flat(rows, self._alpha)


class PngFeed:
    """The rows of a PNG."""

    need, oriented = 0, False

    def __init__(self, png: Png) -> None:
        self._png = png
        self.dtype: np.dtype[Any] = png.dtype
        self.samples = png.channels - png.alpha

    def rows(self) -> Generator[Raw]:
        """See Feed."""
        for part in png_rows.parts(self._png):
            yield flat(part, self._png.alpha)


class WholeFeed:
    """The rows of a file that no reader here takes apart: decoded as a whole, then handed on."""

    oriented = True

    def __init__(self, header: Header, page: int, dtype: np.dtype[Any], samples: int) -> None:
        self._header, self._page = header, page
        self.dtype, self.samples = dtype, samples
        # Pillow holds colour in four bytes a pixel, and the array is a second copy.
        pixels = header.size[0] * header.size[1]
        self.need = pixels * (4 + samples * dtype.itemsize)

    def rows(self) -> Generator[Raw]:
        """See Feed.

        Raises:
            EngineError: the file is damaged.
        """
        decoded, alpha = decode(self._header, self._page)
        pixels = flat(decoded, alpha)
        self.dtype = pixels.dtype
        self.samples = 1 if pixels.ndim == 2 else pixels.shape[2]
        if pixels.shape[:2] != self._header.size:
            raise EngineError(
                f"{self._header.path.name} holds another picture than it says. Save it again."
            )
        step = max(1, _PART // max(1, pixels[:1].nbytes))
        for top in range(0, len(pixels), step):
            yield np.ascontiguousarray(pixels[top : top + step])
