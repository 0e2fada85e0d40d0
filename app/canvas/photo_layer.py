"""The photo: what is there at once, the rest as it comes."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.canvas import light
from app.canvas.camera import PIXELS_FROM, Camera
from app.canvas.loader import Loader
from app.canvas.resample import ARGB, Mapping, pack, pick, smooth
from app.canvas.tiles import Shelf, share
from app.session import ViewOptions
from engine.errors import EngineError
from engine.images.convert import RGB
from engine.images.pyramid import level_size
from engine.images.source import Source, open_source

Box = tuple[int, int, int, int]

SIDE = 512
"""Pixels along the side of a tile of a file that is read in parts."""

OVERVIEW = 1000
"""Longest side of the first look; a camera's 12 megapixel JPEG is decoded at a quarter for it."""


class PhotoLayer(QObject):
    """Draws one image at any camera from what is in memory, and asks for the rest.

    Files that are decoded as a whole are kept with all their levels; a few of them stay for when
    one comes back, and the next of the queue is decoded ahead. Files that are read in parts
    (large TIFF) are kept as tiles. Nothing here waits for a file.

    Signals:
        changed: more of the picture can be drawn.
        failed: the image cannot be shown; a sentence.
        ready: the image is there in full.
    """

    changed = Signal()
    failed = Signal(str)
    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.loader = Loader(self)
        self.loader.arrived.connect(self._on_arrived)
        self.path: Path | None = None
        self.source: Source | None = None
        self.problem = ""
        self._coarse: RGB | None = None
        self._kept: Shelf[Path, Source] = Shelf(share(0.5), _weight, "Pictures, whole")
        self._tiles: Shelf[Hashable, RGB] = Shelf(
            share(0.12), lambda tile: tile.nbytes, "Pictures, in parts"
        )
        self._wanted: list[Hashable] = []

    # -- which image -------------------------------------------------------------------------

    def open(self, path: Path | None) -> None:
        """Show another image, or none."""
        self.path, self.source, self._coarse, self.problem = path, None, None, ""
        self._tiles.clear()
        self.loader.clear()
        if path is None:
            return
        kept = self._kept.get(path)
        if kept is not None:
            self.source, self._coarse = kept, kept.overview(OVERVIEW)
            self.ready.emit()
            return
        self.loader.ask(("open", path), lambda: _opened(path))

    def prefetch(self, path: Path) -> None:
        """Have an image ready for when it is opened; done when nothing else is to do."""
        if path != self.path and path not in self._kept:
            self.loader.ask_later(("ahead", path), lambda: _whole(open_source(path)))

    def forget(self, path: Path) -> None:
        """The file changed: read it again when it is opened next."""
        self._kept.drop(path)

    def _on_arrived(self, key: tuple[Any, ...], answer: Any) -> None:
        kind, path = key[0], key[1]
        if isinstance(answer, EngineError):
            if path == self.path and kind != "ahead":
                self.problem = str(answer)
                self.failed.emit(self.problem)
            return
        if kind == "ahead" or (kind == "whole" and path != self.path):
            self._kept.put(path, answer)
        elif path == self.path:
            self._take(kind, key, answer)

    def _take(self, kind: str, key: tuple[Any, ...], answer: Any) -> None:
        if kind == "open":
            source, self._coarse = answer
            self.source = source
            if source.loaded:
                self._done(source)
            else:
                self.loader.ask(("whole", self.path), lambda: _whole(source))
        elif kind == "whole":
            self._done(answer)
        else:
            self._tiles.put(key, answer)
        self.changed.emit()

    def _done(self, source: Source) -> None:
        if self.path is not None:
            self._kept.put(self.path, source)
        if self._coarse is None:
            self._coarse = source.overview(OVERVIEW)
        self.ready.emit()

    @property
    def has_overview(self) -> bool:
        """Whether a coarse picture, at least, can be drawn."""
        return self._coarse is not None

    @property
    def settled(self) -> bool:
        """Whether nothing more will come for this image and place, other than ahead of time."""
        if self.path is None or self.problem:
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
        source = self.source
        if source is None or (self._coarse is None and not source.loaded):
            out[...] = empty
            return
        level = min(camera.level, source.levels - 1)
        parts = level < source.finest_kept
        if source.loaded or parts:
            size = level_size(source.size, level)
            scale = camera.scale * (1 << level)
            columns, rows = _mappings(rect, camera, scale, scale, size)
            box = (columns.first, rows.first, columns.last, rows.last)
            cut = self._parts(source, level, box) if parts else source.read(level, box)
        else:
            coarse = self._coarse
            assert coarse is not None
            size = (coarse.shape[0], coarse.shape[1])
            across = camera.scale * source.size[1] / size[1]
            down = camera.scale * source.size[0] / size[0]
            scale = min(across, down)
            columns, rows = _mappings(rect, camera, across, down, size)
            cut = coarse[rows.first : rows.last, columns.first : columns.last]
        if camera.scale >= PIXELS_FROM or (columns.whole is not None and rows.whole is not None):
            pixels = pick(cut, columns, rows)
        else:
            pixels = smooth(np.ascontiguousarray(cut), columns, rows)
        if not light.is_neutral(view):
            pixels = light.apply(pixels, view)
        out[...] = pack(pixels)

    def want(self, camera: Camera) -> None:
        """The camera moved: tiles that were asked for and are out of sight are dropped."""
        self._wanted = []
        self.loader.keep({("open", self.path), ("whole", self.path)})

    def _parts(self, source: Source, level: int, box: Box) -> RGB:
        """A box of a level of a file read in parts, coarse where tiles are missing."""
        left, top, right, bottom = box
        found: list[tuple[int, int, RGB]] = []
        missing = False
        for row in range(top // SIDE, -(-bottom // SIDE)):
            for column in range(left // SIDE, -(-right // SIDE)):
                key = ("tile", self.path, level, row, column)
                tile = self._tiles.get(key)
                if tile is None:
                    missing = True
                    self.loader.ask(key, _read_tile(source, level, row, column))
                else:
                    found.append((row * SIDE, column * SIDE, tile))
        out = self._from_coarse(source, level, box) if missing else _room(box)
        for y, x, tile in found:
            a, b = max(left, x), max(top, y)
            c, d = min(right, x + tile.shape[1]), min(bottom, y + tile.shape[0])
            out[b - top : d - top, a - left : c - left] = tile[b - y : d - y, a - x : c - x]
        return out

    def _from_coarse(self, source: Source, level: int, box: Box) -> RGB:
        left, top, right, bottom = box
        height, width = level_size(source.size, level)
        finest = source.finest_kept
        if source.loaded and finest < source.levels:
            rows_there, columns_there = level_size(source.size, finest)
            coarse = source.read(finest, (0, 0, columns_there, rows_there))
        elif self._coarse is not None:
            coarse = self._coarse
        else:
            return _room(box)
        columns = Mapping(left, right, 0, width / coarse.shape[1], coarse.shape[1])
        rows = Mapping(top, bottom, 0, height / coarse.shape[0], coarse.shape[0])
        cut = coarse[rows.first : rows.last, columns.first : columns.last]
        return smooth(np.ascontiguousarray(cut), columns, rows)

    def close(self) -> None:
        """Stop the threads."""
        self.loader.close()


def _mappings(
    rect: Box, camera: Camera, across: float, down: float, size: tuple[int, int]
) -> tuple[Mapping, Mapping]:
    return (
        Mapping(rect[0], rect[2], camera.left, across, size[1]),
        Mapping(rect[1], rect[3], camera.top, down, size[0]),
    )


def _opened(path: Path) -> tuple[Source, RGB | None]:
    """The source, and a first look where one is cheap."""
    source = open_source(path)
    if source.quick:
        return source, source.overview(OVERVIEW)
    source.load()
    return source, None


def _whole(source: Source) -> Source:
    source.load()
    return source


def _read_tile(source: Source, level: int, row: int, column: int) -> Any:
    height, width = level_size(source.size, level)
    left, top = column * SIDE, row * SIDE
    box = (left, top, min(width, left + SIDE), min(height, top + SIDE))
    return lambda: source.read(level, box)


def _room(box: Box) -> RGB:
    return np.zeros((box[3] - box[1], box[2] - box[0], 3), np.uint8)


def _weight(source: Source) -> int:
    """Bytes a loaded source keeps."""
    return source.nbytes
