"""Uncompressed TIFF: read where it lies, however large it is."""

import threading
from typing import Any

import numpy as np

from engine.images.convert import RGB, Raw, Window, orient, to_rgb, window_of
from engine.images.header import Header, reading
from engine.images.pyramid import halve, level_count, level_size, shrink

_KEPT_LEVEL = 2
"""Levels from here on are kept in memory (1/12 of the image); finer ones are read from the file."""

_STRIP = 256
"""Rows of the kept level made at a time while loading."""

_OVERVIEW = 1024


def can_map(header: Header, page: int) -> bool:
    """Whether the page lies in the file as one plain array of grey or RGB samples."""
    import tifffile

    try:
        with tifffile.TiffFile(header.path) as file:
            one = file.pages[page]
            return bool(
                one.is_memmappable
                and one.planarconfig == 1
                and one.photometric in (1, 2)
                and one.dtype is not None
                and len(one.shape) in (2, 3)
                and one.imagedepth == 1
                and (one.shape[0], one.shape[1]) == header.raw_size
                and one.samplesperpixel in (1, 2, 3, 4)
            )
    except Exception:  # tifffile is stricter than other readers; they get their turn
        return False


class TiffSource:
    """See ``Source``. The file is mapped for each read and let go, so it never counts as memory."""

    def __init__(self, header: Header, page: int = 0) -> None:
        import tifffile

        self.path, self.size = header.path, header.size
        self.orientation, self.pages = header.orientation, header.pages
        self.levels = level_count(header.size)
        with reading(header.path), tifffile.TiffFile(header.path) as file:
            one = file.pages[page]
            self._offset = int(one.dataoffsets[0])
            self._shape = tuple(int(side) for side in one.shape)
            assert one.dtype is not None
            self._stored = np.dtype(one.dtype).newbyteorder(file.byteorder)
        self.dtype: np.dtype[Any] = self._stored.newbyteorder("=")
        self.channels = self._shape[2] if len(self._shape) == 3 else 1
        self.quick, self.finest_kept = True, min(_KEPT_LEVEL, self.levels)
        self._coarse: list[RGB] | None = None
        self._sample: Raw | None = None
        self._window: Window | None = None
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """See Source."""
        return sum(level.nbytes for level in self._coarse or ())

    @property
    def loaded(self) -> bool:
        """See Source; levels 0 and 1 are always ready."""
        return self._coarse is not None or self.levels <= _KEPT_LEVEL

    @property
    def window(self) -> Window | None:
        """What is shown as black and white; None for 8 bits."""
        if self.dtype in (np.uint8, np.bool_):
            return None
        if self._window is None:
            self._window = window_of(self._quick())
        return self._window

    def load(self) -> None:
        """See Source; makes the kept levels, strip by strip."""
        if self.levels <= _KEPT_LEVEL:
            return
        with self._lock:
            if self._coarse is None:
                self._coarse = self._make_coarse()

    def read(self, level: int, box: tuple[int, int, int, int]) -> RGB:
        """See Source."""
        left, top, right, bottom = box
        if level >= _KEPT_LEVEL:
            self.load()
            assert self._coarse is not None
            kept = self._coarse[level - _KEPT_LEVEL]
            return np.ascontiguousarray(kept[top:bottom, left:right])
        if level == 0:
            return self._fine(left, top, right, bottom)
        height, width = self.size
        return halve(self._fine(left * 2, top * 2, min(right * 2, width), min(bottom * 2, height)))

    def overview(self, max_side: int) -> RGB:
        """See Source; before loading, every n-th pixel of every n-th row."""
        if self._coarse is not None:
            fitting = [each for each in self._coarse if max(each.shape[:2]) >= max_side]
            if fitting:
                return shrink(fitting[-1], max_side)
        if max(self.size) <= 2 * max_side:
            height, width = self.size
            return shrink(self._fine(0, 0, width, height), max_side)
        return shrink(to_rgb(self._quick(max(max_side, _OVERVIEW)), self.window), max_side)

    def value(self, x: int, y: int) -> tuple[float, ...]:
        """See Source."""
        height, width = self.size
        if not (0 <= x < width and 0 <= y < height):
            return ()
        return tuple(np.atleast_1d(np.array(self._map()[y, x])).tolist())

    def close(self) -> None:
        """See Source."""
        with self._lock:
            self._coarse = self._sample = None

    def _map(self) -> Raw:
        with reading(self.path):
            stored = np.memmap(self.path, self._stored, "r", self._offset, self._shape)
        pixels = stored[..., 0] if self.channels == 1 and stored.ndim == 3 else stored
        return orient(pixels, self.orientation)

    def _fine(self, left: int, top: int, right: int, bottom: int) -> RGB:
        pixels = np.array(self._map()[top:bottom, left:right], self.dtype)
        return to_rgb(pixels, self.window)

    def _quick(self, side: int = _OVERVIEW) -> Raw:
        if self._sample is None or max(self._sample.shape) < side:
            step = max(1, max(self.size) // side)
            self._sample = np.array(self._map()[::step, ::step], self.dtype)
        return self._sample

    def _make_coarse(self) -> list[RGB]:
        rows, columns = level_size(self.size, _KEPT_LEVEL)
        first = np.empty((rows, columns, 3), np.uint8)
        step = 1 << _KEPT_LEVEL
        for top in range(0, rows, _STRIP):
            bottom = min(rows, top + _STRIP)
            strip = self._fine(0, top * step, self.size[1], min(bottom * step, self.size[0]))
            for _ in range(_KEPT_LEVEL):
                strip = halve(strip)
            first[top:bottom] = strip
        levels = [first]
        for _ in range(self.levels - _KEPT_LEVEL - 1):
            levels.append(halve(levels[-1]))
        return levels
