"""The photo: what is there at once, the rest as it comes."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.canvas import light
from app.canvas.camera import PIXELS_FROM, Camera
from app.canvas.loader import Loader
from app.canvas.photo_tiles import PhotoTiles
from app.canvas.photo_work import (
    OVERVIEW,
    Opened,
    ahead,
    first_look,
    opened,
    question,
    warm,
    whole,
)
from app.canvas.resample import ARGB, Mapping, pack, pick, smooth
from app.canvas.tiles import Shelf, share
from app.session import ViewOptions
from engine.errors import EngineError
from engine.images import room
from engine.images.convert import RGB, Raw
from engine.images.pyramid import level_size
from engine.images.tone import Tone

if TYPE_CHECKING:
    from engine.images.look import Look
    from engine.images.source import Source

Box = tuple[int, int, int, int]
Image: TypeAlias = tuple[Path, int]
"""A page of a file."""

PROGRESS_MS = 300
"""How often what has been made of a large image is shown while it is being prepared."""


class PhotoLayer(QObject):
    """Draws one image at any camera from what is in memory, and asks for the rest.

    Files that are decoded as a whole are kept with all their levels; a few of them stay for when
    one comes back, and the next of the queue is decoded ahead. Files that are read in parts
    (large TIFF, and what was prepared in the cache folder) are kept as tiles. Nothing here waits
    for a file.

    Signals:
        changed: more of the picture can be drawn.
        failed: the image cannot be shown; a sentence.
        asks: the image would take much memory; a sentence. ``go_on`` loads it.
        ready: the image is there in full.
    """

    changed = Signal()
    failed = Signal(str)
    asks = Signal(str)
    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.loader = Loader(self)
        self.loader.arrived.connect(self._on_arrived)
        self.image: Image | None = None
        self.source: Source | None = None
        self.tone = Tone()
        self.problem = ""
        self.question = ""
        self._coarse: RGB | None = None
        self._look: Look | None = None
        self._must: tuple[int, int] | None = None  # see ``open``
        self._fit: tuple[Hashable, Raw] | None = None  # mapped anew while a hand drags
        self._kept: Shelf[Image, Source] = Shelf(share(0.5), _weight, "Pictures, whole")
        self._tiles = PhotoTiles(self.loader)
        self._early: tuple[Image, Tone, Opened] | None = None
        self._expected: tuple[Image, Tone] | None = None
        self._progress = QTimer(self, interval=PROGRESS_MS)
        self._progress.timeout.connect(self._ask_progress)

    # -- which image -------------------------------------------------------------------------

    @property
    def path(self) -> Path | None:
        """The file that is shown."""
        return None if self.image is None else self.image[0]

    def expect(self, path: Path, page: int = 0) -> None:
        """Begin to read an image that will be opened in a moment."""
        image = (path, page)
        if image != self.image and image not in self._kept:
            tone = self.tone
            self._expected, self._early = (image, tone), None
            self.loader.ask(("warm", image), warm)
            self.loader.ask(("open", image), lambda: opened(path, page, tone))

    def open(
        self,
        path: Path | None,
        page: int = 0,
        tone: Tone | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        """Show another image, or none; with another tone where one is given.

        A picture of another size than ``size``, (height, width), is not shown: masks that were
        made for that size would lie on it wrongly.
        """
        self._leave()
        self._must = size
        self.tone = self.tone if tone is None else tone
        if path is None:
            return
        image = self.image = (path, page)
        early, wanted = self._early, self._expected
        self._early = self._expected = None
        coming = wanted == (image, self.tone) and self.loader.owes(("open", image))
        kept = self._kept.get(image)
        if kept is not None and not self._refuses(kept):
            self.source, self._look = kept, kept.look(self.tone)
            self._coarse = kept.overview(OVERVIEW, self.tone)
            self.ready.emit()
        elif early is not None and early[:2] == (image, self.tone):
            self._on_arrived(("open", image), early[2])
        elif not coming:
            tone = self.tone
            self.loader.ask(("open", image), lambda: opened(path, page, tone))

    def _leave(self) -> None:
        if self.source is not None and not self.source.loaded:
            self.source.close()  # what is being prepared is given up
        self.image, self.source, self._coarse, self._look = None, None, None, None
        self._fit = None
        self.problem = self.question = ""
        self._progress.stop()
        self._tiles.clear()
        self.loader.clear()

    def prefetch(self, path: Path, page: int = 0) -> None:
        """Have an image ready for when it is opened; done when nothing else is to do."""
        image, tone = (path, page), self.tone
        if image != self.image and image not in self._kept:
            self.loader.ask_later(("ahead", image), lambda: ahead(path, page, tone))

    def forget(self, path: Path | None = None) -> None:
        """The file changed (or any may have): read it again when it is opened next."""
        for image in list(self._kept):
            if path is None or image[0] == path:
                self._kept.drop(image)

    def set_tone(self, tone: Tone) -> None:
        """Show the image through another rule; what is in memory is mapped again."""
        if tone == self.tone:
            return
        self.tone, source, image = tone, self.source, self.image
        if source is None or image is None:
            return
        if source.loaded:
            self._look = source.look(tone)
            if source.finest_kept >= source.levels:  # else it is drawn no more; a drag is quick
                self._coarse = source.overview(OVERVIEW, tone)
            self.changed.emit()
        else:
            self._look = None
            self.loader.ask(("again", image), lambda: first_look(source, tone))

    def go_on(self) -> None:
        """Load the image whatever memory it takes."""
        if self.question:
            self.question = ""
            self._load()

    # -- what arrives ------------------------------------------------------------------------

    def _on_arrived(self, key: tuple[Any, ...], answer: Any) -> None:
        kind, image = key[0], key[1]
        if isinstance(answer, EngineError):
            if image == self.image and kind in ("open", "whole", "tile"):
                self._progress.stop()
                self.problem = str(answer)
                self.failed.emit(self.problem)
            return
        if kind == "warm":
            return
        if image == self.image and kind != "ahead":
            self._take(kind, key, answer)
        elif kind == "open":
            if self._expected is not None and image == self._expected[0]:
                self._early = (*self._expected, answer)
        elif kind in ("ahead", "whole") and answer is not None and answer.loaded:
            self._kept.put(image, answer)

    def _take(self, kind: str, key: tuple[Any, ...], answer: Any) -> None:
        if kind == "open" and self.source is not None:
            return  # it was expected, and came while it was asked for again
        if kind == "open" and self._refuses(answer.source):
            return
        if kind in ("open", "again"):
            self.source, self._look = answer.source, answer.look
            self._coarse = answer.coarse if answer.coarse is not None else self._coarse
            if kind == "open":
                self._begin(answer.source)
        elif kind == "whole":
            if not answer.loaded:
                return
            self._done(answer)
        elif kind == "progress":
            if answer is not None and not self.is_ready:
                self._coarse = answer
        else:
            self._tiles.put(key, answer)
        self.changed.emit()

    def _refuses(self, source: Source) -> bool:
        """Whether the picture is of another size than the masks that would lie on it."""
        if self._must is None or source.size == self._must:
            return False
        (high, wide), (height, width) = source.size, self._must
        self.problem = (
            f"{source.path.name} is {wide:,} × {high:,} pixels now, and its masks were made for "
            f"{width:,} × {height:,}. It is not shown under them."
        )
        self.failed.emit(self.problem)
        return True

    def _begin(self, source: Source) -> None:
        """The file was opened: load it, or ask first."""
        if source.loaded:
            self._done(source)
        elif source.need > room.ask_from():
            self.question = question(source)
            self.asks.emit(self.question)
        else:
            self._load()

    def _load(self) -> None:
        source, image, tone = self.source, self.image, self.tone
        if source is None or image is None:
            return
        if not source.quick:
            self._progress.start()
        self.loader.ask(("whole", image), lambda: whole(source, tone))

    def _ask_progress(self) -> None:
        source, image, tone = self.source, self.image, self.tone
        if source is not None and image is not None and not source.loaded:
            work = lambda: source.so_far(OVERVIEW, tone)  # noqa: E731
            self.loader.ask(("progress", image), work)

    def _done(self, source: Source) -> None:
        self._progress.stop()
        if self.image is not None:
            self._kept.put(self.image, source)
        self._look = source.look(self.tone)
        if self._coarse is None or not source.quick:
            self._coarse = source.overview(OVERVIEW, self.tone)
        self.ready.emit()

    # -- asking ------------------------------------------------------------------------------

    @property
    def has_overview(self) -> bool:
        """Whether a coarse picture, at least, can be drawn."""
        return self._coarse is not None

    @property
    def settled(self) -> bool:
        """Whether nothing more will come for this image and place, other than ahead of time."""
        if self.image is None or self.problem or self.question:
            return True
        return self.is_ready and self.loader.calm

    @property
    def is_ready(self) -> bool:
        """Whether the whole image is there."""
        return self.source is not None and self.source.loaded

    def value(self, x: int, y: int) -> tuple[float, ...]:
        """The samples of a pixel as stored; empty until they are known."""
        return () if self.source is None else self.source.value(x, y)

    # -- drawing -----------------------------------------------------------------------------

    def draw(self, out: ARGB, rect: Box, camera: Camera, view: ViewOptions, empty: int) -> None:
        """Draw a rectangle of the screen.

        Args:
            out: uint32 0xAARRGGBB, (height, width) of ``rect``; written in full.
            rect: device pixels of the viewport, within the image's rectangle.
            camera: where the image stands.
            view: brightness and so on.
            empty: colour where nothing is known yet.
        """
        pixels = self._pixels(rect, camera)
        if pixels is None:
            out[...] = empty
            return
        if not light.is_neutral(view):
            pixels = light.apply(pixels, view)
        out[...] = pack(pixels)

    def _pixels(self, rect: Box, camera: Camera) -> RGB | None:
        """What a rectangle of the screen shows; None where nothing is known."""
        source, look, coarse = self.source, self._look, self._coarse
        if source is None:
            return None
        level = min(camera.level, source.levels - 1)
        parts = level < source.finest_kept
        if look is None or not (source.loaded or (parts and source.quick)):
            return None if coarse is None else _coarsely(coarse, source.size, rect, camera)
        size = level_size(source.size, level)
        scale = camera.scale * (1 << level)
        columns, rows = _mappings(rect, camera, scale, scale, size)
        box = (columns.first, rows.first, columns.last, rows.last)
        key = (self.image, rect, camera, look.channels)
        if self._fit is None or self._fit[0] != key:
            if parts:
                chosen = self._tiles.chosen(self.image, source, look, level, box)
            else:
                chosen = look.choose(source.raw(level, box))
            if chosen is None:
                found = self._tiles.read(self.image, source, look, level, box, coarse)
                return np.asarray(_fitted(found, columns, rows, camera), np.uint8)
            self._fit = (key, _fitted(chosen, columns, rows, camera))
        return look.rgb(self._fit[1])

    def want(self, camera: Camera) -> None:
        """The camera moved: tiles that were asked for and are out of sight are dropped."""
        image = self.image
        kinds: set[Hashable] = {(kind, image) for kind in ("open", "whole", "again", "progress")}
        if self._expected is not None:
            kinds.add(("open", self._expected[0]))
        self.loader.keep(kinds)

    def close(self) -> None:
        """Stop the threads."""
        self._progress.stop()
        if self.source is not None:
            self.source.close()
        self.loader.close()


def _coarsely(coarse: RGB, size: tuple[int, int], rect: Box, camera: Camera) -> RGB:
    across = camera.scale * size[1] / coarse.shape[1]
    down = camera.scale * size[0] / coarse.shape[0]
    columns, rows = _mappings(rect, camera, across, down, (coarse.shape[0], coarse.shape[1]))
    cut = coarse[rows.first : rows.last, columns.first : columns.last]
    return np.asarray(_fitted(cut, columns, rows, camera), np.uint8)


def _fitted(cut: Any, columns: Mapping, rows: Mapping, camera: Camera) -> Any:
    """A cut of a level at the size of the screen."""
    if camera.scale >= PIXELS_FROM or (columns.whole is not None and rows.whole is not None):
        return pick(cut, columns, rows)
    return smooth(np.ascontiguousarray(cut), columns, rows)


def _mappings(
    rect: Box, camera: Camera, across: float, down: float, size: tuple[int, int]
) -> tuple[Mapping, Mapping]:
    return (
        Mapping(rect[0], rect[2], camera.left, across, size[1]),
        Mapping(rect[1], rect[3], camera.top, down, size[0]),
    )


def _weight(source: Source) -> int:
    """Bytes a loaded source keeps."""
    return source.nbytes
