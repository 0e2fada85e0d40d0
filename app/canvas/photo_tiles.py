"""The parts of a photo that is read by region: those in view, and what shows until they come."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from app.canvas.loader import Loader
from app.canvas.resample import Mapping, smooth
from app.canvas.tiles import Shelf, share
from engine.images.convert import RGB, Box, Raw
from engine.images.pyramid import level_size

if TYPE_CHECKING:
    from engine.images.look import Look
    from engine.images.source import Source

SIDE = 512
"""Pixels along the side of a tile."""

LEAST = 0.025
"""Part of the budget of memory for tiles; more where those in view need more."""


class PhotoTiles:
    """Tiles of one image, as stored, so that another tone needs no reading."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._tiles: Shelf[Hashable, Raw] = Shelf(
            share(LEAST), lambda tile: tile.nbytes, "Pictures, in parts"
        )

    def put(self, key: Hashable, tile: Raw) -> None:
        """A tile came."""
        self._tiles.put(key, tile)

    def clear(self) -> None:
        """Let go of all."""
        self._tiles.clear()
        self._tiles.budget = share(LEAST)

    def __len__(self) -> int:
        return len(self._tiles)

    def chosen(
        self, image: Hashable, source: Source, look: Look, level: int, box: Box
    ) -> Raw | None:
        """A box of a level as ``Look.choose`` answers; None where tiles are missing.

        Those are asked for.
        """
        left, top, right, bottom = box
        found, missing = self._find(image, source, level, box)
        if missing:
            return None
        out: Raw | None = None
        for y, x, tile in found:
            a, b = max(left, x), max(top, y)
            c, d = min(right, x + tile.shape[1]), min(bottom, y + tile.shape[0])
            part = look.choose(tile[b - y : d - y, a - x : c - x])
            if out is None:
                out = np.empty((bottom - top, right - left, *part.shape[2:]), part.dtype)
            out[b - top : d - top, a - left : c - left] = part
        return out

    def read(
        self, image: Hashable, source: Source, look: Look, level: int, box: Box, coarse: RGB | None
    ) -> RGB:
        """A box of a level in colour, coarse where tiles are missing; these are asked for."""
        left, top, right, bottom = box
        found, missing = self._find(image, source, level, box)
        out = _coarsely(source, look, level, box, coarse) if missing else _room(box)
        for y, x, tile in found:
            a, b = max(left, x), max(top, y)
            c, d = min(right, x + tile.shape[1]), min(bottom, y + tile.shape[0])
            part = tile[b - y : d - y, a - x : c - x]
            out[b - top : d - top, a - left : c - left] = look.picture(part)
        return out

    def _find(
        self, image: Hashable, source: Source, level: int, box: Box
    ) -> tuple[list[tuple[int, int, Raw]], bool]:
        """The tiles of a box that are there, each with its place, and whether some are not."""
        left, top, right, bottom = box
        self._make_room(source, box)
        found: list[tuple[int, int, Raw]] = []
        missing = False
        for row in range(top // SIDE, -(-bottom // SIDE)):
            for column in range(left // SIDE, -(-right // SIDE)):
                key = ("tile", image, level, row, column)
                tile = self._tiles.get(key)
                if tile is None:
                    missing = True
                    self._loader.ask(key, _read_tile(source, level, row, column))
                else:
                    found.append((row * SIDE, column * SIDE, tile))
        return found, missing

    def _make_room(self, source: Source, box: Box) -> None:
        """All tiles in view fit, whatever a pixel weighs; else they would chase each other."""
        tile = SIDE * SIDE * source.channels * source.dtype.itemsize
        self._tiles.budget = max(self._tiles.budget, tile * (_tiles_in(box) + 4))


def _tiles_in(box: Box) -> int:
    left, top, right, bottom = box
    return (-(-right // SIDE) - left // SIDE) * (-(-bottom // SIDE) - top // SIDE)


def _coarsely(source: Source, look: Look, level: int, box: Box, coarse: RGB | None) -> RGB:
    """A box of a level from what is in memory of coarser ones."""
    left, top, right, bottom = box
    height, width = level_size(source.size, level)
    finest = source.finest_kept
    kept = source.loaded and finest < source.levels
    if not kept and coarse is None:
        return _room(box)
    size = level_size(source.size, finest) if kept or coarse is None else coarse.shape[:2]
    columns = Mapping(left, right, 0, width / size[1], size[1])
    rows = Mapping(top, bottom, 0, height / size[0], size[0])
    if kept or coarse is None:
        raw = source.raw(finest, (columns.first, rows.first, columns.last, rows.last))
        cut = look.picture(raw)
    else:
        cut = coarse[rows.first : rows.last, columns.first : columns.last]
    return smooth(np.ascontiguousarray(cut), columns, rows)


def _read_tile(source: Source, level: int, row: int, column: int) -> Any:
    height, width = level_size(source.size, level)
    left, top = column * SIDE, row * SIDE
    box = (left, top, min(width, left + SIDE), min(height, top + SIDE))
    return lambda: np.ascontiguousarray(source.raw(level, box))


def _room(box: Box) -> RGB:
    return np.zeros((box[3] - box[1], box[2] - box[0], 3), np.uint8)
