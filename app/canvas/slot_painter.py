"""Fills, hatches and quick lines of a part of the screen, from the slot under each pixel."""

import numpy as np
from numpy.typing import NDArray

from app.canvas import patterns
from app.canvas.camera import Camera
from app.canvas.colors import CASING, HATCH, LINE, SOFT, Look, tables
from app.canvas.resample import ARGB
from app.canvas.scratch import SCREEN, Scratch, look_up
from app.canvas.slot_map import SlotMap
from engine.masks.box import Box

TINY = 6
"""Device-independent pixels below which an object has a line and no fill."""

CLEAR = Look(0, 0.0)

Cells = NDArray[np.uint16]
Zones = NDArray[np.uint8]


class SlotPainter:
    """Holds the look of every slot, and turns slots into colours by one lookup.

    Attributes:
        looks: by slot; slot 0 is nothing.
    """

    def __init__(self, slots: SlotMap) -> None:
        self._map = slots
        self._scratch = Scratch()
        self.looks: list[Look] = [CLEAR]
        self._sides = np.zeros(64, np.float32)
        self._table: NDArray[np.uint32] | None = None
        self._small: NDArray[np.bool_] | None = None
        self._kinds: NDArray[np.uint8] | None = None
        self._hatches: tuple[int, ...] = ()
        self._dashed: NDArray[np.uint8] | None = None

    def clear(self) -> None:
        """Begin anew."""
        self.looks = [CLEAR]
        self._sides[:] = 0
        self._forget()

    def add(self, slot: int) -> None:
        """A slot is given out for the first time; they come in turn."""
        self.looks.append(CLEAR)
        if slot >= len(self._sides):
            self._sides = np.concatenate([self._sides, np.zeros(len(self._sides), np.float32)])
        self._forget()

    def set_side(self, slot: int, side: float) -> None:
        """The longer side of an object, image pixels; tiny ones have no fill."""
        self._sides[slot] = side

    def set_look(self, slot: int, look: Look) -> bool:
        """Give a slot its look; answers whether it is another."""
        if self.looks[slot] == look:
            return False
        self.looks[slot] = look
        self._forget()
        return True

    def _forget(self) -> None:
        self._table = self._small = self._kinds = self._dashed = None

    # -- painting ----------------------------------------------------------------------------

    def paint(self, rect: Box, camera: Camera, ratio: float, lines: bool) -> ARGB | None:
        """Fills and hatches of a rectangle of the screen; None where there is nothing.

        Args:
            rect: device pixels, within the image's rectangle.
            camera: where the image stands.
            ratio: device pixels per logical pixel.
            lines: also draw lines along the borders of the slots; else they are drawn apart.

        Returns:
            uint32 premultiplied ARGB, (height, width) of ``rect``; lies in ``scratch.SCREEN``.
        """
        margin = 2 + 2 * round(ratio) if lines else 0
        wide = _grown(rect, margin, camera.image_rect)
        cells = self._map.cut(wide, camera)
        if not cells.any():
            return None
        zones = self._hatched(cells, wide, camera, ratio)
        if lines:
            zones = self._lined(cells, zones, wide, camera, ratio)
        x, y = rect[0] - wide[0], rect[1] - wide[1]
        part = slice(y, y + rect[3] - rect[1]), slice(x, x + rect[2] - rect[0])
        cells = cells[part]
        table = self._tables(camera.scale / ratio)
        height, width = cells.shape
        out = SCREEN.room("out", height, width, np.uint32)
        if zones is None:
            return look_up(table, cells, out)
        number = np.uint16 if len(table) <= 65_536 else np.uint32
        index = self._scratch.room("index", height, width, number)
        np.multiply(zones[part], number(len(self.looks)), out=index)
        index += cells
        return look_up(table, index, out)

    def _tables(self, scale: float) -> NDArray[np.uint32]:
        """The colour tables; objects that are tiny at this scale have no fill."""
        small = self._sides[: len(self.looks)] * scale < TINY
        if self._small is None or not np.array_equal(small, self._small):
            self._small, self._table = small, None
        if self._table is None:
            looks = self.looks
            if small.any():
                pairs = zip(looks, small.tolist(), strict=True)
                looks = [
                    look._replace(alpha=0.0, hatch=0) if tiny else look for look, tiny in pairs
                ]
            self._table = tables(looks)
        return self._table

    def _hatched(self, cells: Cells, rect: Box, camera: Camera, ratio: float) -> Zones | None:
        """``HATCH`` where a stroke of a hatch covers the slot; None where no slot has a hatch."""
        if self._kinds is None:
            hatches = [look.hatch for look in self.looks]
            self._hatches = tuple(sorted({*hatches} - {0}))
            self._kinds = np.array([1 << hatch if hatch else 0 for hatch in hatches], np.uint8)
        if not self._hatches:
            return None
        height, width = cells.shape
        zones = look_up(self._kinds, cells, self._scratch.room("zones", height, width, np.uint8))
        x, y = rect[0] - round(camera.left), rect[1] - round(camera.top)
        zones &= patterns.planes(self._hatches, ratio, x, y, width, height)
        np.minimum(zones, np.uint8(HATCH), out=zones)
        assert HATCH == 1
        return zones

    def _lined(
        self, cells: Cells, zones: Zones | None, rect: Box, camera: Camera, ratio: float
    ) -> Zones:
        """Lines on the inner side of every border between slots, on a casing."""
        import cv2

        height, width = cells.shape
        edge, inside = (
            self._scratch.room(name, height, width, np.uint8) for name in ("edge", "inside")
        )
        self._find_edges(cells, edge)
        np.not_equal(cells, 0, out=inside.view(np.bool_))
        kernel = np.ones((3, 3), np.uint8)
        inner = edge & inside
        if round(ratio) > 1:
            inner = cv2.dilate(inner, kernel, iterations=round(ratio) - 1) & inside
        soft = cv2.dilate(inner, kernel)
        casing = edge | soft
        inner = np.asarray(inner)
        gaps = self._gaps(cells, rect, camera, ratio)
        if gaps is not None:
            inner = inner & (1 - gaps)
            soft = soft & (1 - gaps)
        soft = soft & inside
        # Each lies within the one before, so that they add up to the uppermost.
        found = np.asarray(casing)
        found *= np.uint8(CASING)
        found += soft
        found += inner
        assert (SOFT, LINE) == (CASING + 1, CASING + 2)
        return found if zones is None else np.maximum(found, zones, out=found)

    def _find_edges(self, cells: Cells, edge: Zones) -> None:
        """Put 1 where a pixel has another slot than one beside, above or below it, else 0."""
        height, width = cells.shape
        differs = self._scratch.room("differs", height, width, np.uint8)
        across, down = differs[:, 1:], differs[1:]
        np.not_equal(cells[:, 1:], cells[:, :-1], out=across.view(np.bool_))
        edge[:, :1] = 0
        edge[:, 1:] = across
        edge[:, :-1] |= across
        np.not_equal(cells[1:], cells[:-1], out=down.view(np.bool_))
        edge[1:] |= down
        edge[:-1] |= down

    def _gaps(self, cells: Cells, rect: Box, camera: Camera, ratio: float) -> Zones | None:
        """1 where a dashed line pauses: along diagonals that stand still on the picture."""
        if self._dashed is None:
            self._dashed = np.array([look.dashed for look in self.looks], np.uint8)
        if not self._dashed.any():
            return None
        height, width = cells.shape
        x = rect[0] - round(camera.left) + np.arange(width)
        y = rect[1] - round(camera.top) + np.arange(height)
        gap = (x[None, :] + y[:, None]) % round(14 * ratio) >= round(8 * ratio)
        return gap.view(np.uint8) & np.take(self._dashed, cells)


def _grown(rect: Box, margin: int, inside: Box) -> Box:
    return (
        max(inside[0], rect[0] - margin),
        max(inside[1], rect[1] - margin),
        min(inside[2], rect[2] + margin),
        min(inside[3], rect[3] + margin),
    )
