"""The part of the image in view, at the level that the screen shows."""

import math
from dataclasses import dataclass

from app.tools.base import Desk, Point
from engine.images.pyramid import level_size
from engine.masks.box import Box, clip, grow


@dataclass(frozen=True, slots=True)
class Sight:
    """A box of a level of the image.

    Attributes:
        box: in image pixels.
        level: its pixels are ``step`` image pixels wide.
        cells: the box in pixels of the level.
    """

    box: Box
    level: int
    cells: Box

    @property
    def step(self) -> int:
        """Image pixels along one of the level."""
        return 1 << self.level

    def place(self, point: Point) -> tuple[int, int] | None:
        """Column and row of an image point among the cells; None outside."""
        x, y = int(point[0] // self.step), int(point[1] // self.step)
        left, top, right, bottom = self.cells
        return (x - left, y - top) if left <= x < right and top <= y < bottom else None


def level_of(scale: float) -> int:
    """The coarsest level whose pixels are not larger than those of the screen."""
    return max(0, math.floor(math.log2(1 / scale) + 1e-9))


def in_view(desk: Desk, most: int, margin: float = 0.0) -> Sight:
    """What is in view.

    Args:
        desk: knows where and how large the image is shown.
        most: cells; a coarser level is taken where there would be more.
        margin: how much more on each side, as a share of the longer one.
    """
    left, top, right, bottom = desk.visible
    wide = grow(desk.visible, round(margin * max(right - left, bottom - top)))
    box = clip(wide, desk.photo.size) or (0, 0, 1, 1)
    level = min(level_of(desk.scale), desk.photo.levels - 1)
    while level < desk.photo.levels - 1 and _area(box, level) > most:
        level += 1
    return at_level(box, level, desk.photo.size)


def at_level(box: Box, level: int, size: tuple[int, int]) -> Sight:
    """A box of the image (inside it) at a level."""
    step = 1 << level
    cells = box[0] // step, box[1] // step, -(-box[2] // step), -(-box[3] // step)
    return Sight(box, level, clip(cells, level_size(size, level)) or (0, 0, 1, 1))


def _area(box: Box, level: int) -> int:
    return ((box[2] - box[0]) >> level) * ((box[3] - box[1]) >> level)
