"""Images that are never in memory as a whole: read by region, or from levels prepared on disk."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np

from engine.errors import EngineError
from engine.images import prepare
from engine.images.channel_names import shown_names
from engine.images.convert import RGB, Box, Raw, flat, orient
from engine.images.feeds import Feed
from engine.images.header import Header, reading
from engine.images.look import Look, look_of
from engine.images.pyramid import halve, level_count, level_size, shrink
from engine.images.sample import Sample, sample_of, stride
from engine.images.tiff_levels import Level
from engine.images.tone import Tone
from engine.images.turned import odd_first, stored_box

_OVERVIEW: Final = 1024
_SAMPLE_FROM: Final = 250_000
"""Pixels of a stored level from which its values stand for those of the image."""


class RegionSource:
    """See ``Source``. Coarse levels are in memory once loaded, finer ones are read when asked for.

    Levels that neither lie in the file nor follow from a finer one at little cost are prepared in
    the cache folder (engine.images.cache), once for each image; ``plan`` says which.
    """

    def __init__(
        self, header: Header, page: int, stored: Sequence[Level], feed: Feed, alpha: bool
    ) -> None:
        """Open; nothing is read.

        Args:
            header: of the file.
            page: which of its images.
            stored: levels that lie in the file, finest first; none where it is not read by region.
            feed: gives the rows of the image.
            alpha: the last sample of a stored pixel is opacity.
        """
        self.path, self.page = header.path, page
        self.size, self.orientation, self.pages = header.size, header.orientation, header.pages
        self.turn = 1 if feed.oriented else header.orientation
        self.raw_size = header.size if feed.oriented else header.raw_size
        self.levels = level_count(header.size)
        layout, samples = header.layout, feed.samples
        known = layout.names if layout and layout.channels == samples else ("",) * samples
        self.colour = samples >= 3 and (layout.colour if layout else True)
        self.names = shown_names(known, self.colour)
        self.dtype: np.dtype[Any] = feed.dtype
        self._stored, self._feed, self._alpha = list(stored), feed, alpha
        self._plan = prepare.plan(self.raw_size, samples * feed.dtype.itemsize, self._stored)
        self.finest_kept = self._plan.kept_from
        self._cached: list[Level] = []
        small = len(self._stored) > 1 or (bool(stored) and stored[0].in_one_piece)
        self.quick = small or self._find_prepared()
        self._kept: dict[int, Raw] = {}
        self._whole = self.finest_kept >= self.levels and self._plan.cached_from is None
        self._sample: Sample | None = None
        self._lock, self._stop = threading.Lock(), threading.Event()

    @property
    def channels(self) -> int:
        """See Source."""
        return len(self.names)

    @property
    def need(self) -> int:
        """See Source."""
        return 0 if self._cached or self._whole else self._feed.need

    @property
    def nbytes(self) -> int:
        """See Source."""
        return sum(level.nbytes for level in self._kept.values())

    @property
    def loaded(self) -> bool:
        """See Source."""
        return self._whole

    def load(self) -> None:
        """See Source; returns early, not loaded, when the source is closed meanwhile."""
        if self._whole:
            return
        with self._lock:
            try:
                with reading(self.path):
                    if not self._whole:
                        self._load()
            finally:
                if self._stop.is_set():
                    self._drop()

    def _load(self) -> None:
        if self._plan.cached_from is not None and not self._find_prepared():
            if not prepare.make(self, self._feed, self._plan, self._kept, self._stop):
                return
            self._settle(self._feed.dtype, self._feed.samples)
            self._whole = self._find_prepared()
            return
        self._whole = prepare.keep(self, self._plan, self._kept, self._stop)

    def _find_prepared(self) -> bool:
        """Whether levels lie in the cache folder; they are taken up."""
        if not self._cached and self._plan.cached_from is not None:
            self._cached = prepare.found(
                self.path, self.page, self.raw_size, self._plan.cached_from
            )
            if self._cached:
                first = self._cached[0].planes[0]
                self._settle(first.dtype, first.samples)
        return bool(self._cached)

    def _settle(self, dtype: np.dtype[Any], samples: int) -> None:
        """What a file really held."""
        self.dtype = dtype
        if samples != self.channels:
            self.colour = samples >= 3
            self.names = shown_names(("",) * samples, self.colour)

    # -- reading -----------------------------------------------------------------------------

    def raw(self, level: int, box: Box) -> Raw:
        """See Source."""
        size = level_size(self.size, level)
        with reading(self.path):
            found = self._read(level, stored_box(box, size, self.turn))
        return orient(found, self.turn)

    def _read(self, level: int, box: Box) -> Raw:
        """A box of a level as stored, without alpha."""
        if level >= self.finest_kept or not self._has(level):
            self.load()
            if not self._whole:
                raise EngineError(f"{self.path.name} is not prepared yet. Open it again.")
        if level in self._kept:
            left, top, right, bottom = box
            return self._kept[level][top:bottom, left:right]
        return self.stored(level, box)

    def _has(self, level: int) -> bool:
        return any(prepare.ratio(each, self.raw_size) <= 1 << level for each in self._all)

    @property
    def _all(self) -> list[Level]:
        return [*self._stored, *self._cached]

    def stores(self, level: int) -> bool:
        """Whether a level lies in the file or the cache."""
        return any(prepare.is_level(each, self.raw_size, level) for each in self._all)

    def stored(self, level: int, box: Box) -> Raw:
        """A box of a level as stored, without alpha, from the file or the cache; no lock is taken.

        Raises:
            OSError, ValueError, SyntaxError: the file is damaged.
        """
        size = level_size(self.raw_size, level)
        ratios = [(prepare.ratio(each, self.raw_size), each) for each in self._all]
        usable = [pair for pair in ratios if pair[0] < (1 << level) * 1.01]
        best = max(usable, key=lambda pair: pair[0])[1]
        alpha = self._alpha and best not in self._cached
        if prepare.is_level(best, self.raw_size, level):
            return flat(_clamped(best, box), alpha)
        if any(prepare.is_level(best, self.raw_size, k) for k in range(level)):
            finer = level_size(self.raw_size, level - 1)
            first = odd_first(self.turn)
            return halve(self.stored(level - 1, _doubled(box, finer, first)), first)
        return flat(_scaled(best, box, size), alpha)

    def read(self, level: int, box: Box, tone: Tone | None = None) -> RGB:
        """See Source."""
        pixels = self.raw(level, box)
        return self.look(tone).picture(pixels)

    def overview(self, max_side: int, tone: Tone | None = None) -> RGB:
        """See Source."""
        pixels = self._small(max(1, max_side))
        if self._whole or self.quick or self._sample is not None:
            look = self.look(tone)
        else:
            look = self._rough_look(pixels, tone)
        return look.rgb(shrink(look.choose(orient(pixels, self.turn)), max_side))

    def so_far(self, max_side: int, tone: Tone | None = None) -> RGB | None:
        """See Source."""
        pixels = self._kept.get(self.finest_kept)
        if pixels is None:
            return None
        look = self._rough_look(pixels, tone)
        return look.rgb(shrink(look.choose(orient(pixels, self.turn)), max_side))

    def _rough_look(self, pixels: Raw, tone: Tone | None) -> Look:
        """With the values of a part of the image taken for those of all."""
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]
        return look_of(
            tone or Tone(),
            channels,
            self.colour,
            pixels.dtype,
            lambda: sample_of(pixels, self.colour),
        )

    def _small(self, wanted: int) -> Raw:
        """The whole image as stored, small but at least ``wanted`` long where that is there."""
        if not self._whole and not self.quick:
            self.load()
        for level in sorted(self._kept, reverse=True) if self._whole else ():
            if max(self._kept[level].shape[:2]) >= wanted or level == self.finest_kept:
                return self._kept[level]
        with reading(self.path):
            if len(self._all) == 1 and self._stored and self._stored[0].in_one_piece:
                step = max(1, max(self.size) // max(wanted, _OVERVIEW))
                return flat(self._stored[0].every(step), self._alpha)
            level = self.levels - 1
            while level and max(level_size(self.raw_size, level)) < wanted:
                level -= 1
            height, width = level_size(self.raw_size, level)
            return self.stored(level, (0, 0, width, height))

    def sample(self) -> Sample:
        """See Source.

        Of a picture in one piece a regular sample of its pixels; else of its smallest stored level
        that is large enough, or of the finest level that is kept. Which one follows from the file
        alone. Smallest and largest values are those of the sample.
        """
        if self._sample is None:
            self._sample = sample_of(self._sampled(), self.colour)
        return self._sample

    def _sampled(self) -> Raw:
        stored = self._stored
        with reading(self.path):
            if stored and stored[0].in_one_piece:
                return flat(stored[0].every(stride(*self.raw_size)), self._alpha)
            enough = [e for e in stored[1:] if e.size[0] * e.size[1] >= _SAMPLE_FROM]
            if enough:
                height, width = enough[-1].size
                return flat(enough[-1].read((0, 0, width, height)), self._alpha)
        level = min(self.finest_kept, self.levels - 1)
        height, width = level_size(self.raw_size, level)
        return self._read(level, (0, 0, width, height))

    def look(self, tone: Tone | None = None) -> Look:
        """See Source."""
        return look_of(tone or Tone(), self.channels, self.colour, self.dtype, self.sample)

    def value(self, x: int, y: int) -> tuple[float, ...]:
        """See Source; empty where a tile would have to be decoded first that takes long."""
        height, width = self.size
        if not (0 <= x < width and 0 <= y < height and self._all and self._has(0)):
            return ()
        with suppress(EngineError):
            return tuple(np.atleast_1d(self.raw(0, (x, y, x + 1, y + 1))[0, 0]).tolist())
        return ()

    def close(self) -> None:
        """See Source; ends what is being prepared, without waiting for it."""
        self._stop.set()
        if self._lock.acquire(blocking=False):  # else the one who loads lets go
            try:
                self._drop()
            finally:
                self._lock.release()

    def _drop(self) -> None:
        self._stop.clear()
        self._kept.clear()
        self._whole = self.finest_kept >= self.levels and self._plan.cached_from is None
        for level in self._all:
            for each in level.planes:
                each.forget()


def _doubled(box: Box, finer: tuple[int, int], first: tuple[bool, bool]) -> Box:
    """The pixels of the next finer level (height, width) that a box is made of."""
    down, across = finer[0] % 2 * first[0], finer[1] % 2 * first[1]
    left, top, right, bottom = box
    return (
        max(0, 2 * left - across),
        max(0, 2 * top - down),
        min(finer[1], 2 * right - across),
        min(finer[0], 2 * bottom - down),
    )


def _clamped(level: Level, box: Box) -> Raw:
    """A box of a level that may be a pixel short of the size it should have."""
    left, top, right, bottom = box
    height, width = level.size
    inside = (min(left, width - 1), min(top, height - 1), min(right, width), min(bottom, height))
    found = level.read(inside)
    short = (bottom - top - found.shape[0], right - left - found.shape[1])
    if short == (0, 0):
        return found
    pad = [(0, short[0]), (0, short[1])] + [(0, 0)] * (found.ndim - 2)
    return np.pad(found, pad, mode="edge")


def _scaled(level: Level, box: Box, size: tuple[int, int]) -> Raw:
    """A box of a level (height, width) from a stored picture that is no power of two finer."""
    import cv2

    down, across = level.size[0] / size[0], level.size[1] / size[1]
    left, top, right, bottom = box
    inside = (
        int(left * across),
        int(top * down),
        max(int(left * across) + 1, min(level.size[1], round(right * across))),
        max(int(top * down) + 1, min(level.size[0], round(bottom * down))),
    )
    found = level.read(inside)
    kind = found.dtype
    if kind.name not in ("uint8", "uint16", "int16", "float32", "float64"):
        found = found.astype(np.float64)
    wanted = (right - left, bottom - top)
    small = np.asarray(cv2.resize(found, wanted, interpolation=cv2.INTER_AREA))
    return (np.rint(small) if kind.kind in "iu" else small).astype(kind)
