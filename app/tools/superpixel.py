"""Superpixels: cells that follow the edges of the photo, painted one by one or in a sweep."""

import math
from dataclasses import dataclass
from typing import Final

from app.tools.base import (
    Desk,
    Gesture,
    Hover,
    Later,
    Mosaic,
    Point,
    Pointer,
    Tint,
    Watch,
)
from app.tools.offered import CELL, SHOW_CELLS
from app.tools.options import amount, is_on
from app.tools.painting import aimed, painted
from app.tools.sight import Sight, in_view
from engine.masks.bitmap import Bitmap
from engine.masks.box import clip, contains
from engine.masks.mask import Mask
from engine.masks.superpixels import LEAST_SIDE, Cells, cells

MOST: Final = 1_200_000
"""Pixels that are parted at once; 0.4 s of one core."""

MARGIN: Final = 0.12
"""How much more than what is in view, so that a small pan needs no new cells."""

KEPT: Final = 4
_KEY: Final = "superpixels"


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The cells of a part of the image.

    Attributes:
        sight: the part.
        side: of a cell, in pixels of the level.
        cells: they.
        mosaic: they as they are shown.
    """

    sight: Sight
    side: int
    cells: Cells
    mosaic: Mosaic

    def at(self, point: Point) -> int | None:
        """The cell at a place of the image; None outside the part."""
        place = self.sight.place(point)
        return None if place is None else self.cells.at(*place)

    def mask(self, cell: int) -> Mask:
        """The image pixels of a cell."""
        step, (left, top, bits) = self.sight.step, self.cells.piece(cell)
        left, top = left + self.sight.cells[0], top + self.sight.cells[1]
        if step > 1:
            bits = bits.repeat(step, 0).repeat(step, 1)
        return Mask.from_bits(bits, left * step, top * step)


class Superpixels:
    """Adds the cells that the pointer touches; with the right button it takes them away.

    Options: ``CELL`` and ``SHOW_CELLS``.
    """

    def hover(self, at: Pointer, desk: Desk) -> Hover:
        """See Hovers: the cell under the pointer, and the borders of all."""
        source, shown = _Source(desk), None
        while True:
            grid = source.grid()
            _show_lines(desk, grid)
            cell = None if grid is None else grid.at(at.at)
            now = grid, cell, at.erase
            if now != shown:
                shown = now
                desk.glass.show(_tint(desk, grid, cell, at))
            at_next = yield
            at = at if at_next.kind == "ready" else at_next

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture."""
        target = aimed(press, desk)
        source, taken = _Source(desk), Bitmap(desk.document.size)
        grid, seen = None, set[int]()
        path, event = [press.at], press
        while True:
            grid = grid or source.grid(press.at)
            if grid is not None:
                _show_lines(desk, grid)
                _take(grid, path, seen, taken, desk)
                path = path[-1:]
                if event.kind == "release":
                    break
            fresh = yield
            if fresh.kind != "ready":
                event = fresh
                path.append(event.at)
        return painted(desk, taken.to_mask(), target, press, event, "Superpixels")


class _Source:
    """The cells of what is in view: kept ones, or new ones asked for once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asked: tuple[int, Later[Grid]] | None = None
        self._last: Grid | None = None

    def grid(self, at: Point | None = None) -> Grid | None:
        """The cells, or those of another size until new ones are there; None before the first.

        Args:
            at: where a ring shows while one waits for them.

        Raises:
            EngineError: the photo cannot be read.
        """
        desk = self._desk
        sight = in_view(desk, MOST)
        across = amount(desk.options, CELL) / (desk.scale * sight.step)
        side = max(LEAST_SIDE, round(across))
        kept: list[Grid] = desk.kept.setdefault(_KEY, [])
        for grid in kept:
            fits = (grid.sight.level, grid.side) == (sight.level, side)
            if fits and contains(grid.sight.box, sight.box):
                self._last = grid
                return grid
        if self._asked is not None and self._asked[0] != side:
            self._asked[1].drop()
            self._asked = None
        if self._asked is None:
            self._asked = side, desk.later(lambda watch: _made(desk, side, watch), at)
        elif self._asked[1].done:
            self._last = self._asked[1].answer()
            self._asked = None
            kept.append(self._last)
            del kept[:-KEPT]
        return self._last


def _made(desk: Desk, side: int, watch: Watch) -> Grid:
    sight = in_view(desk, MOST, MARGIN)
    level = in_view(desk, MOST).level
    if sight.level != level:  # with the margin it would be coarser than what is in view
        sight = in_view(desk, MOST)
    pixels = desk.photo.read(sight.cells, sight.level)
    watch.check()
    found = cells(pixels, side, watch.check)
    mosaic = Mosaic(found.labels, sight.cells[0], sight.cells[1], sight.step)
    return Grid(sight, side, found, mosaic)


def _show_lines(desk: Desk, grid: Grid | None) -> None:
    wanted = grid is not None and is_on(desk.options, SHOW_CELLS)
    desk.glass.grid(grid.mosaic if wanted and grid is not None else None)


def _tint(desk: Desk, grid: Grid | None, cell: int | None, at: Pointer) -> list[Tint]:
    if grid is None or cell is None:
        return []
    region = clip_to(grid.mask(cell), desk.document.size)
    return [Tint(region, None if at.erase else desk.class_id)]


def clip_to(mask: Mask, size: tuple[int, int]) -> Mask:
    """The part inside an image of that size; blocks at its edge may reach beyond it."""
    inside = clip(mask.box, size)
    return mask.clip(inside) if inside is not None else Mask.EMPTY


def _take(grid: Grid, path: list[Point], seen: set[int], taken: Bitmap, desk: Desk) -> None:
    """Add the cells along a path that are not taken yet."""
    for start, stop in zip(path, path[1:] or path, strict=False):
        apart = max(1.0, grid.sight.step * grid.side / 4)
        count = math.ceil(math.dist(start, stop) / apart)
        for turn in range(count + 1):
            share = turn / max(1, count)
            x, y = (a + (b - a) * share for a, b in zip(start, stop, strict=True))
            cell = grid.at((x, y))
            if cell is not None and cell not in seen:
                seen.add(cell)
                region = desk.allowed(clip_to(grid.mask(cell), desk.document.size))
                taken.add(region)
                desk.preview.fill(region)
