"""Files that must be decoded as a whole: JPEG, PNG, compressed TIFF and the rest."""

import threading

import numpy as np

from engine.images import previews
from engine.images.convert import RGB, Raw, Window, to_rgb, window_of
from engine.images.decode import decode, draft
from engine.images.header import Header
from engine.images.pyramid import level_count, pyramid, shrink


class PlainSource:
    """See ``Source``. Once loaded holds 4/3 of the image, and the stored pixels if not 8-bit."""

    def __init__(self, header: Header, page: int = 0) -> None:
        self.path, self.size = header.path, header.size
        self.orientation, self.pages = header.orientation, header.pages
        self.levels = level_count(header.size)
        self.dtype = np.dtype(_dtype(header))
        self.channels = {"RGB": 3, "RGBA": 4, "LA": 2, "CMYK": 4, "YCbCr": 3}.get(header.mode, 1)
        draftable = header.kind in ("JPEG", "MPO")
        self._slow = not draftable and header.size[0] * header.size[1] >= previews.SLOW_FROM
        self.quick = draftable or (self._slow and previews.has(header.path, page))
        self.finest_kept = 0
        self.window: Window | None = None
        self._header, self._page = header, page
        self._levels: list[RGB] | None = None
        self._raw: Raw | None = None
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """See Source."""
        raw = 0 if self._raw is None else self._raw.nbytes
        return raw + sum(level.nbytes for level in self._levels or ())

    @property
    def loaded(self) -> bool:
        """See Source."""
        return self._levels is not None

    def load(self) -> None:
        """See Source."""
        self._all()

    def read(self, level: int, box: tuple[int, int, int, int]) -> RGB:
        """See Source."""
        left, top, right, bottom = box
        pixels = self._all()[level]
        whole = (left, top) == (0, 0) and (bottom, right) == pixels.shape[:2]
        return pixels if whole else np.ascontiguousarray(pixels[top:bottom, left:right])

    def overview(self, max_side: int) -> RGB:
        """See Source."""
        levels = self._levels
        if levels is None:
            quick = draft(self._header, max_side)
            if quick is not None:
                return shrink(to_rgb(quick), max_side)
            if self._slow and max_side <= previews.SIDE:
                previews.wait(self.path)
                kept = previews.find(self.path, self._page)
                if kept is not None:
                    return shrink(kept, max_side)
            levels = self._all()
        fitting = [each for each in levels if max(each.shape[:2]) >= max_side]
        return shrink(fitting[-1] if fitting else levels[0], max_side)

    def value(self, x: int, y: int) -> tuple[float, ...]:
        """See Source."""
        height, width = self.size
        raw, levels = self._raw, self._levels
        pixels = raw if raw is not None else levels[0] if levels else None
        if pixels is None or not (0 <= x < width and 0 <= y < height):
            return ()
        return tuple(np.atleast_1d(pixels[y, x]).tolist())

    def close(self) -> None:
        """See Source."""
        with self._lock:
            self._levels = self._raw = None

    def _all(self) -> list[RGB]:
        levels = self._levels
        if levels is not None:
            return levels
        with self._lock:
            if self._levels is None and self._slow:
                with previews.loading(self.path):
                    levels = self._levels = self._decoded()
                    if not previews.has(self.path, self._page):
                        large = [each for each in levels if max(each.shape) >= previews.SIDE]
                        previews.keep(self.path, self._page, (large or levels)[-1])
            elif self._levels is None:
                self._levels = self._decoded()
            return self._levels

    def _decoded(self) -> list[RGB]:
        raw = decode(self._header, self._page)
        self.dtype = raw.dtype
        self.channels = 1 if raw.ndim == 2 else raw.shape[2]
        if raw.dtype not in (np.uint8, np.bool_):
            self._raw, self.window = raw, window_of(raw)
        return pyramid(to_rgb(raw, self.window))


def _dtype(header: Header) -> str:
    if header.mode == "F":
        return "float32"
    if header.mode == "1":
        return "bool"
    return {16: "uint16", 32: "int32", 64: "float64"}.get(header.bits, "uint8")
