"""Files that must be decoded as a whole: JPEG, PNG, compressed TIFF and the rest."""

import threading

import numpy as np

from engine.images import jpeg, previews
from engine.images.channel_names import shown_names
from engine.images.convert import RGB, Box, Raw, flat
from engine.images.decode import decode
from engine.images.header import Header
from engine.images.look import Look, look_of
from engine.images.pyramid import level_count, pyramid, shrink
from engine.images.sample import Sample, sample_of
from engine.images.tone import Tone


class PlainSource:
    """See ``Source``. Once loaded holds 4/3 of the stored pixels, in the type they have."""

    def __init__(self, header: Header, page: int = 0) -> None:
        self.path, self.size, self.page = header.path, header.size, page
        self.orientation, self.pages = header.orientation, header.pages
        self.levels = level_count(header.size)
        self.dtype = np.dtype(_dtype(header))
        self.colour = header.mode not in _GREY
        self.names = shown_names(("",) * (3 if self.colour else 1), self.colour)
        draftable = header.kind in ("JPEG", "MPO")
        self._slow = not draftable and header.size[0] * header.size[1] >= previews.SLOW_FROM
        self.quick = draftable or (self._slow and previews.has(header.path, page))
        self.finest_kept = 0
        self._header = header
        self._levels: list[Raw] | None = None
        self._sample: Sample | None = None
        self._lock = threading.Lock()

    @property
    def channels(self) -> int:
        """See Source."""
        return len(self.names)

    @property
    def nbytes(self) -> int:
        """See Source."""
        return sum(level.nbytes for level in self._levels or ())

    @property
    def need(self) -> int:
        """See Source; what is too large to hold is another source's."""
        return 0

    @property
    def loaded(self) -> bool:
        """See Source."""
        return self._levels is not None

    def load(self) -> None:
        """See Source."""
        self._all()

    def raw(self, level: int, box: Box) -> Raw:
        """See Source."""
        left, top, right, bottom = box
        return self._all()[level][top:bottom, left:right]

    def read(self, level: int, box: Box, tone: Tone | None = None) -> RGB:
        """See Source."""
        pixels = self.raw(level, box)
        return self.look(tone).picture(pixels)

    def overview(self, max_side: int, tone: Tone | None = None) -> RGB:
        """See Source."""
        levels = self._levels
        if levels is None:
            quick = jpeg.draft(self._header, max_side)
            if quick is not None:
                return shrink(self._drafted(quick, tone), max_side)
            kept = self._kept_preview(max_side, tone)
            if kept is not None:
                return kept
            levels = self._all()
        fitting = [each for each in levels if max(each.shape[:2]) >= max_side]
        chosen = self.look(tone).choose(fitting[-1] if fitting else levels[0])
        return self.look(tone).rgb(shrink(chosen, max_side))

    def so_far(self, max_side: int, tone: Tone | None = None) -> RGB | None:
        """See Source."""
        return None

    def sample(self) -> Sample:
        """See Source."""
        pixels = self._all()[0]
        if self._sample is None:
            self._sample = sample_of(pixels, self.colour)
        return self._sample

    def look(self, tone: Tone | None = None) -> Look:
        """See Source."""
        if self._levels is None and self.dtype != np.uint8:
            self._all()  # only now the channels and their type are known for good
        return look_of(tone or Tone(), self.channels, self.colour, self.dtype, self.sample)

    def value(self, x: int, y: int) -> tuple[float, ...]:
        """See Source."""
        height, width = self.size
        levels = self._levels
        if levels is None or not (0 <= x < width and 0 <= y < height):
            return ()
        return tuple(np.atleast_1d(levels[0][y, x]).tolist())

    def close(self) -> None:
        """See Source."""
        with self._lock:
            self._levels = None

    def _drafted(self, quick: Raw, tone: Tone | None) -> RGB:
        """A smaller decoded copy as the tone shows it, its values taken for those of the image."""
        pixels = flat(quick, alpha=False)
        colour = pixels.ndim == 3
        channels = pixels.shape[2] if colour else 1
        look = look_of(
            tone or Tone(), channels, colour, pixels.dtype, lambda: sample_of(pixels, colour)
        )
        return look.picture(pixels)

    def _kept_preview(self, max_side: int, tone: Tone | None) -> RGB | None:
        """The picture of an earlier session, made with the automatic tone.

        Of a plain photo that is what is stored, and can be mapped like it.
        """
        layout = self._header.layout
        photo = self.dtype == np.uint8 and (layout is None or layout.channels in (1, 3))
        usable = photo or tone is None or tone.as_is
        if not self._slow or max_side > previews.SIDE or not usable:
            return None
        previews.wait(self.path)
        kept = previews.find(self.path, self.page)
        if kept is None:
            return None
        return shrink(self._drafted(kept, tone) if photo else kept, max_side)

    def _all(self) -> list[Raw]:
        levels = self._levels
        if levels is not None:
            return levels
        with self._lock:
            if self._levels is None and self._slow:
                with previews.loading(self.path):
                    levels = self._decoded()
                    if not previews.has(self.path, self.page):
                        self._keep_preview(levels)
                    self._levels = levels
            elif self._levels is None:
                self._levels = self._decoded()
            return self._levels

    def _decoded(self) -> list[Raw]:
        photo = jpeg.levels(self._header)
        if photo is not None:
            return photo
        pixels, alpha = decode(self._header, self.page)
        pixels = flat(pixels, alpha)
        self.dtype = pixels.dtype
        layout = self._header.layout
        count = 1 if pixels.ndim == 2 else pixels.shape[2]
        known = layout.names if layout is not None and layout.channels == count else ("",) * count
        self.colour = count >= 3 and (layout.colour if layout is not None else True)
        self.names = shown_names(known, self.colour)
        return pyramid(pixels)

    def _keep_preview(self, levels: list[Raw]) -> None:
        large = [each for each in levels if max(each.shape[:2]) >= previews.SIDE]
        pixels = levels[0]
        look = look_of(
            Tone(),
            self.channels,
            self.colour,
            self.dtype,
            lambda: sample_of(pixels, self.colour),
        )
        previews.keep(self.path, self.page, look.picture((large or levels)[-1]))


_GREY = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N", "")


def _dtype(header: Header) -> str:
    if header.mode == "F":
        return "float32"
    return {16: "uint16", 32: "int32", 64: "float64"}.get(header.bits, "uint8")
