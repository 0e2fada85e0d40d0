"""The objects of the document as slots with looks; fills, hatches and the quick lines."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from app.canvas import patterns
from app.canvas.camera import Camera
from app.canvas.colors import CASING, HATCH, LINE, Look, tables
from app.canvas.looks import Around, class_look, look_of
from app.canvas.resample import ARGB
from app.canvas.slot_map import MOST, SlotMap
from engine.document.annotation import Annotation
from engine.document.document import Changed, Document
from engine.document.taxonomy import FIRST_CLASS, Taxonomy
from engine.masks.box import Box, union

TINY = 6
"""Device-independent pixels below which an object has a line and no fill."""

_CLEAR = Look(0, 0.0)


class MaskLayer:
    """Keeps the slot map in step with the document, and paints from it.

    Every ``sync`` answers with the image boxes that look different now, so that the widget draws
    those and no more.
    """

    def __init__(self) -> None:
        self.map = SlotMap()
        self.shown: dict[int, Annotation] = {}  # by annotation id
        self.by_slot: dict[int, Annotation] = {}
        self._slots: dict[int, int] = {}  # annotation id → slot
        self._class_slots: dict[int, int] = {}  # class id → slot
        self._free: list[int] = []
        self._next = 1
        self._looks: list[Look] = [_CLEAR]
        self._table: NDArray[np.uint32] | None = None
        self._small: NDArray[np.bool_] | None = None
        self._small_at = 0.0
        self._sides = np.zeros(1, np.float32)

    # -- following the document --------------------------------------------------------------

    def open(self, document: Document | None, taxonomy: Taxonomy, around: Around) -> None:
        """Show another document, or none."""
        self.shown, self.by_slot, self._slots, self._class_slots = {}, {}, {}, {}
        self._free, self._next, self._looks = [], 1, [_CLEAR]
        self._sides = np.zeros(1, np.float32)
        self._table = self._small = None
        if document is not None:
            self.map.clear(document.size, document.layer)
            self.sync(document, taxonomy, around)

    def sync(self, document: Document, taxonomy: Taxonomy, around: Around) -> list[Box]:
        """Take over everything that is different from what is shown."""
        wanted = _wanted(document, taxonomy, around)
        boxes: list[Box] = []
        for gone in self.shown.keys() - wanted.keys():
            boxes += self._remove(gone)
        for each in wanted.values():
            boxes += self._show(each, taxonomy, around)
        self._order(wanted.values())
        boxes += self._sync_classes(document, taxonomy, around)
        self._touch(boxes)
        return boxes

    def follow(
        self, change: Changed, document: Document, taxonomy: Taxonomy, around: Around
    ) -> list[Box]:
        """Take over what a change of the document touched."""
        boxes: list[Box] = []
        restack = False
        for number in change.objects:
            after = document.find(number)
            before = self.shown.get(number)
            if after is None or not _is_shown(after, taxonomy, around):
                restack |= before is not None
                boxes += self._remove(number)
                continue
            restack |= before is None or (before.order, before.proposal) != (
                after.order,
                after.proposal,
            )
            boxes += self._show(after, taxonomy, around)
        if restack:
            self._order(_wanted(document, taxonomy, around).values())
        if document.layer is not self.map.layer:
            self.map.layer = document.layer
            boxes += self._sync_classes(document, taxonomy, around)
            boxes += [change.box] if change.box is not None else []
        self._touch(boxes)
        return boxes

    def restyle(self, ids: Iterable[int], taxonomy: Taxonomy, around: Around) -> list[Box]:
        """Give these objects the look they have now."""
        boxes: list[Box] = []
        for number in ids:
            each = self.shown.get(number)
            if each is not None:
                look = look_of(each, taxonomy.get(each.class_id), around)
                if self._set_look(self._slots[number], look):
                    boxes.append(each.mask.box)
        return boxes

    def restyle_all(self, document: Document, taxonomy: Taxonomy, around: Around) -> None:
        """Likewise for everything."""
        self.restyle(self.shown, taxonomy, around)
        self._sync_classes(document, taxonomy, around)

    def _show(self, each: Annotation, taxonomy: Taxonomy, around: Around) -> list[Box]:
        before = self.shown.get(each.id)
        look = look_of(each, taxonomy.get(each.class_id), around)
        if before is None:
            slot = self._new_slot()
            if slot is None:
                return []
            self._slots[each.id] = slot
        slot = self._slots[each.id]
        restyled = self._set_look(slot, look)
        self.shown[each.id] = self.by_slot[slot] = each
        if before is not None and before.mask is each.mask:
            moved = before.order != each.order or before.proposal != each.proposal
            return [each.mask.box] if restyled or moved else []
        self.map.put(slot, each.mask)
        left, top, right, bottom = each.mask.box
        self._sides[slot] = max(right - left, bottom - top)
        self._small = None
        if before is None or restyled:
            return [each.mask.box] + ([before.mask.box] if before is not None else [])
        return _difference(before, each)

    def _remove(self, number: int) -> list[Box]:
        gone = self.shown.pop(number, None)
        if gone is None:
            return []
        slot = self._slots.pop(number)
        del self.by_slot[slot]
        self.map.remove(slot)
        self._free.append(slot)
        self._set_look(slot, _CLEAR)
        return [gone.mask.box]

    def _order(self, bottom_first: Iterable[Annotation]) -> None:
        self.map.set_order(self._slots[each.id] for each in bottom_first if each.id in self._slots)

    def _sync_classes(self, document: Document, taxonomy: Taxonomy, around: Around) -> list[Box]:
        """Slots and looks of the stuff classes; a class that comes or goes touches everything."""
        for class_id in document.layer.areas():
            if class_id >= FIRST_CLASS and class_id not in self._class_slots:
                slot = self._new_slot()
                if slot is not None:
                    self._class_slots[class_id] = slot
                    self.map.set_class_slot(class_id, slot)
                    self._sides[slot] = np.inf
        changed = False
        for class_id, slot in self._class_slots.items():
            changed |= self._set_look(slot, class_look(taxonomy.get(class_id), around))
        return [document.box] if changed else []

    def _new_slot(self) -> int | None:
        if self._free:
            return self._free.pop()
        if self._next > MOST:
            return None
        slot, self._next = self._next, self._next + 1
        self._looks.append(_CLEAR)
        if slot >= len(self._sides):
            self._sides = np.concatenate([self._sides, np.zeros(len(self._sides) + 64, np.float32)])
        self._table = self._small = None
        return slot

    def _set_look(self, slot: int, look: Look) -> bool:
        if self._looks[slot] == look:
            return False
        self._looks[slot] = look
        self._table = None
        return True

    def _touch(self, boxes: list[Box]) -> None:
        if len(boxes) > 64:
            self.map.touch(None)
            return
        for box in boxes:
            self.map.touch(box)

    # -- reading -----------------------------------------------------------------------------

    def under(self, x: int, y: int) -> list[Annotation]:
        """Objects and proposals shown at a pixel, topmost first."""
        return [self.by_slot[slot] for slot in self.map.under(x, y)]

    def in_view(self, box: Box) -> list[Annotation]:
        """Objects and proposals that may have a pixel in the box, bottom first."""
        return [self.by_slot[slot] for slot in self.map.touching(box)]

    def look(self, each: Annotation) -> Look:
        """The look of an object that is shown."""
        return self._looks[self._slots[each.id]]

    # -- painting ----------------------------------------------------------------------------

    def paint(self, rect: Box, camera: Camera, ratio: float, lines: int) -> ARGB | None:
        """Fills and hatches of a rectangle of the screen; None where there is nothing.

        Args:
            rect: device pixels, within the image's rectangle.
            camera: where the image stands.
            ratio: device pixels per logical pixel.
            lines: width in device pixels of lines along the borders of the slots; 0 draws none
                (they are drawn as paths).

        Returns:
            uint32 premultiplied ARGB, (height, width) of ``rect``.
        """
        margin = lines + 2 if lines else 0
        wide = _grown(rect, margin, camera.image_rect)
        cells = self.map.cut(wide, camera)
        if not cells.any():
            return None
        count = len(self._looks)
        zones = self._hatched(cells, wide, camera, ratio)
        if lines:
            zones = self._lined(cells, zones, lines, wide, camera, ratio)
        x, y = rect[0] - wide[0], rect[1] - wide[1]
        part = slice(y, y + rect[3] - rect[1]), slice(x, x + rect[2] - rect[0])
        cells = cells[part]
        table = self._tables(camera.scale / ratio)
        if zones is None:
            return np.take(table, cells)
        index = zones[part].astype(np.int32)
        index *= count
        index += cells
        return np.take(table, index)

    def _tables(self, scale: float) -> NDArray[np.uint32]:
        """The colour tables; objects that are tiny at this scale have no fill."""
        small = self._sides[: len(self._looks)] * scale < TINY
        if self._small is None or not np.array_equal(small, self._small):
            self._small, self._table = small, None
        if self._table is None:
            looks = [
                look._replace(alpha=0.0) if tiny else look
                for look, tiny in zip(self._looks, small.tolist(), strict=True)
            ]
            self._table = tables(looks)
        return self._table

    def _hatched(
        self, cells: NDArray[np.uint16], rect: Box, camera: Camera, ratio: float
    ) -> NDArray[np.uint8] | None:
        """1 where a hatch stroke covers the slot; None where no slot has a hatch."""
        kinds = np.array([look.hatch for look in self._looks], np.uint8)
        if not kinds.any():
            return None
        here = np.take(kinds, cells)
        present = np.flatnonzero(np.bincount(here.reshape(-1), minlength=8))
        zones: NDArray[np.uint8] | None = None
        x, y = rect[0] - round(camera.left), rect[1] - round(camera.top)
        for kind in present.tolist():
            if kind:
                on = patterns.spread(kind, ratio, x, y, here.shape[1], here.shape[0])
                on &= here == kind
                if zones is None:
                    zones = np.zeros(here.shape, np.uint8)
                zones[on] = HATCH
        return zones

    def _lined(
        self,
        cells: NDArray[np.uint16],
        zones: NDArray[np.uint8] | None,
        lines: int,
        rect: Box,
        camera: Camera,
        ratio: float,
    ) -> NDArray[np.uint8]:
        """Lines on the inner side of every border between slots, on a casing."""
        import cv2

        edge = np.zeros(cells.shape, np.uint8)
        across, down = cells[:, 1:] != cells[:, :-1], cells[1:] != cells[:-1]
        edge[:, 1:] |= across
        edge[:, :-1] |= across
        edge[1:] |= down
        edge[:-1] |= down
        kernel = np.ones((3, 3), np.uint8)
        casing = cv2.dilate(edge, kernel)
        inner = edge & (cells != 0).view(np.uint8)
        if lines > 1:
            inner = cv2.dilate(inner, kernel, iterations=lines - 1) & (cells != 0).view(np.uint8)
            casing = cv2.dilate(inner, kernel)
        if zones is None:
            zones = np.zeros(cells.shape, np.uint8)
        zones[casing != 0] = CASING
        inner = self._dashed(cells, np.asarray(inner), rect, camera, ratio)
        zones[inner != 0] = LINE
        return zones

    def _dashed(
        self,
        cells: NDArray[np.uint16],
        inner: NDArray[np.uint8],
        rect: Box,
        camera: Camera,
        ratio: float,
    ) -> NDArray[np.uint8]:
        dashed = np.array([look.dashed for look in self._looks])
        if not dashed.any():
            return inner
        height, width = cells.shape
        x = rect[0] - round(camera.left) + np.arange(width)
        y = rect[1] - round(camera.top) + np.arange(height)
        gap = (x[None, :] + y[:, None]) % round(14 * ratio) >= round(8 * ratio)
        inner[gap & np.take(dashed, cells)] = 0
        return inner


def _wanted(document: Document, taxonomy: Taxonomy, around: Around) -> dict[int, Annotation]:
    """What is shown, bottom first: accepted objects, then proposals."""
    proposals = sorted(document.proposals.values(), key=lambda each: (each.order, each.id))
    return {
        each.id: each
        for each in [*document.ordered(), *proposals]
        if _is_shown(each, taxonomy, around)
    }


def _is_shown(each: Annotation, taxonomy: Taxonomy, around: Around) -> bool:
    label = taxonomy.get(each.class_id)
    visible = label is None or (label.visible and not label.deleted)
    passes = not each.proposal or around.filter.shows(each)
    return visible and passes and not each.hidden and bool(each.mask)


def _difference(before: Annotation, after: Annotation) -> list[Box]:
    """Where two masks of one object differ: changed tiles, or the box of a small one."""
    if not (before.mask.is_tiled and after.mask.is_tiled):
        return [union(before.mask.box, after.mask.box)]
    old, new = before.mask.tiles(), after.mask.tiles()
    keys = {key for key in old.keys() | new.keys() if old.get(key) is not new.get(key)}
    return _rows_of_tiles(keys)


def _rows_of_tiles(keys: set[tuple[int, int]]) -> list[Box]:
    """Boxes of tiles, neighbours in a row joined."""
    boxes: list[Box] = []
    for row, column in sorted(keys):
        left, top = column * 256, row * 256
        last = boxes[-1] if boxes else None
        if last is not None and last[1] == top and last[2] == left:
            boxes[-1] = (last[0], top, left + 256, top + 256)
        else:
            boxes.append((left, top, left + 256, top + 256))
    return boxes


def _grown(rect: Box, margin: int, inside: Box) -> Box:
    return (
        max(inside[0], rect[0] - margin),
        max(inside[1], rect[1] - margin),
        min(inside[2], rect[2] + margin),
        min(inside[3], rect[3] + margin),
    )
