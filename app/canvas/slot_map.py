"""Which object is on top at each pixel, at the level drawn, for the part that is seen."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from app.canvas.camera import Camera
from app.canvas.heights import Heights
from app.canvas.resample import Mapping
from app.canvas.runs import picked, runs
from app.canvas.scratch import Scratch, look_up
from app.canvas.tiles import Shelf, share
from engine.masks.box import Box, area, intersect, union
from engine.masks.class_map import ClassMap
from engine.masks.flatten import Slots, lay
from engine.masks.mask import Mask
from engine.masks.tiles import SIDE as MASK_SIDE

SIDE = 512
"""Level pixels along the side of a kept tile (512 KiB)."""

MOST = 65_000
"""Slots given out; objects beyond are not drawn (none of the formats comes near)."""

TileKey = tuple[int, int, int]
"""Level, row, column."""

_COARSEST = 8

_TOUCHED = 1024
"""Boxes remembered for the tiles to catch up with; a tile further behind is drawn anew."""

_APART = 32
"""Boxes of a tile up to which they are drawn again one by one; more are drawn as one."""


class Kept:
    """A tile.

    Attributes:
        slots: uint16, (SIDE, SIDE).
        touched: how many boxes had been touched when it was drawn.
    """

    __slots__ = ("slots", "touched")

    def __init__(self) -> None:
        self.slots: Slots = np.empty((SIDE, SIDE), np.uint16)
        self.touched = -1


class SlotMap:
    """Objects and stuff classes by slot, flattened on demand and kept as tiles by level.

    Slot 0 is nothing. A slot is given to an object or a class when it is first seen and stays its
    own until it is removed.
    """

    def __init__(self) -> None:
        self.size = (1, 1)
        self.layer = ClassMap((1, 1))
        self.masks: dict[int, Mask] = {}  # by slot
        self.heights = Heights()
        self._class_slots = np.zeros(65_536, np.uint16)
        self._tiles: Shelf[TileKey, Kept] = Shelf(
            share(0.06), lambda tile: tile.slots.nbytes, "Masks as drawn"
        )
        self._scratch = Scratch()
        self._touched: list[Box] = []
        self._forgotten = 0  # boxes touched before those

    def clear(self, size: tuple[int, int], layer: ClassMap) -> None:
        """Begin anew for another image."""
        self.size, self.layer = size, layer
        self.masks, self.heights = {}, Heights()
        self._class_slots[:] = 0
        self._tiles.clear()

    # -- what is there -----------------------------------------------------------------------

    def put(self, slot: int, mask: Mask) -> None:
        """Give a slot its mask; the caller says with ``touch`` where that shows."""
        self.masks[slot] = mask
        self.heights.put(slot, mask.box)

    def remove(self, slot: int) -> None:
        """Take an object away; likewise."""
        if self.masks.pop(slot, None) is not None:
            self.heights.remove(slot)

    def set_order(self, bottom_first: Iterable[int]) -> None:
        """The stack, from the bottom."""
        self.heights.order(bottom_first)

    def set_class_slot(self, class_id: int, slot: int) -> None:
        """Draw the pixels of a stuff class as this slot; 0 hides them."""
        self._class_slots[class_id] = slot

    def touch(self, box: Box | None) -> None:
        """Pixels of the image in ``box`` (None: all) may have another slot now."""
        if box is None:
            self._tiles.clear()
            return
        self._touched.append(box)  # tiles catch up when they are looked at
        if len(self._touched) > _TOUCHED:
            half = _TOUCHED // 2
            self._touched, self._forgotten = self._touched[half:], self._forgotten + half

    def touching(self, box: Box) -> list[int]:
        """Slots of objects that may have a pixel in the box, bottom first."""
        return self.heights.touching(box)

    def under(self, x: int, y: int) -> list[int]:
        """Slots of the objects that hold a pixel, topmost first."""
        near = self.touching((x, y, x + 1, y + 1))
        return [slot for slot in reversed(near) if self.masks[slot].at(x, y)]

    # -- flattened ---------------------------------------------------------------------------

    def prepare(self, height: int, width: int) -> None:
        """Have room for a cut of this size."""
        self._scratch.prepare("cut", height, width, np.uint16)

    def cut(self, rect: Box, camera: Camera) -> NDArray[np.uint16]:
        """The slot under each device pixel of ``rect``, which lies within the image's rectangle.

        To be read before the next call.
        """
        level = min(camera.level, _COARSEST)
        scale = camera.scale * (1 << level)
        height, width = -(-self.size[0] // (1 << level)), -(-self.size[1] // (1 << level))
        columns = Mapping(rect[0], rect[2], camera.left, scale, width)
        rows = Mapping(rect[1], rect[3], camera.top, scale, height)
        across = runs(columns.nearest() + columns.first, SIDE)
        down = runs(rows.nearest() + rows.first, SIDE)
        if len(across) == len(down) == 1:
            return picked(self._tile(level, down[0].tile, across[0].tile), down[0], across[0])
        out = self._scratch.room("cut", rect[3] - rect[1], rect[2] - rect[0], np.uint16)
        for y in down:
            for x in across:
                found = picked(self._tile(level, y.tile, x.tile), y, x)
                out[y.start : y.start + found.shape[0], x.start : x.start + found.shape[1]] = found
        return out

    def _tile(self, level: int, row: int, column: int) -> Slots:
        key, covered = (level, row, column), SIDE << level
        x, y = column * covered, row * covered
        whole = x, y, x + covered, y + covered
        tile = self._tiles.get(key)
        if tile is None:
            tile = Kept()
            self._tiles.put(key, tile)
        news = [whole]
        if tile.touched >= self._forgotten:
            news = _joined(self._touched[tile.touched - self._forgotten :], whole)
        self._renew(tile.slots, (x >> level, y >> level), news, whole, level)
        tile.touched = self._forgotten + len(self._touched)
        return tile.slots

    def _renew(
        self, tile: Slots, corner: tuple[int, int], boxes: list[Box], whole: Box, level: int
    ) -> None:
        """Flatten again what of a tile lies in ``boxes`` (image pixels, within the tile)."""
        if not boxes:
            return
        step, (x, y), masks = 1 << level, corner, self.masks
        # What lies under the drawn pixels: a box may begin or end within one.
        boxes = [
            (a // step * step, b // step * step, -(-c // step) * step, -(-d // step) * step)
            for a, b, c, d in boxes
        ]
        has_layer = bool(self.layer.tiles())
        for box, slots in zip(boxes, self.heights.touching_each(boxes, whole), strict=True):
            left, top = box[0] >> level, box[1] >> level
            part = tile[top - y : (box[3] >> level) - y, left - x : (box[2] >> level) - x]
            if has_layer:
                look_up(self._class_slots, sample(self.layer, box, step), part)
            else:
                part[...] = 0
            lay([(slot, masks[slot]) for slot in slots], part, (left, top), step)


def _joined(boxes: list[Box], whole: Box) -> list[Box]:
    """The parts of boxes that lie in ``whole``, few of them."""
    left, top, right, bottom = whole
    near = [b for b in boxes if b[0] < right and b[2] > left and b[1] < bottom and b[3] > top]
    found = [shared for box in near if (shared := intersect(box, whole)) is not None]
    if len(found) < 2:
        return found
    around = found[0]
    for box in found[1:]:
        around = union(around, box)
    apart = len(found) <= _APART and 3 * sum(map(area, found)) < 2 * area(around)
    return found if apart else [around]


def sample(layer: ClassMap, box: Box, step: int) -> NDArray[np.uint16]:
    """The class of the middle pixel of each drawn pixel that ``box`` touches.

    Returns:
        uint16, (rows, columns) from ``(top // step, left // step)``.
    """
    left, top = box[0] // step, box[1] // step
    right, bottom = -(-box[2] // step), -(-box[3] // step)
    out = np.zeros((bottom - top, right - left), np.uint16)
    side, tiles, middle = MASK_SIDE // step, layer.tiles(), step // 2
    rows = range(top // side, -(-bottom // side))
    columns = range(left // side, -(-right // side))
    for row in rows:
        for column in columns:
            tile = tiles.get((row, column))
            if tile is None:
                continue
            y, x = row * side - top, column * side - left
            part = out[max(0, y) : y + side, max(0, x) : x + side]
            if isinstance(tile, int):
                part[...] = tile
                continue
            here = tile[middle::step, middle::step]
            if here.shape != part.shape:
                here = here[max(0, -y) : part.shape[0] - min(0, y)]
                here = here[:, max(0, -x) : part.shape[1] - min(0, x)]
            part[...] = here
    return out
