"""The objects of the document as slots with looks, kept in step with it."""

import math
from collections.abc import Iterable, Mapping

from app.canvas.colors import Look
from app.canvas.looks import Around, class_look, look_of
from app.canvas.remembered import Shown
from app.canvas.slot_map import MOST, SlotMap
from app.canvas.slot_painter import SlotPainter
from app.session import ProposalFilter
from engine.document.annotation import Annotation
from engine.document.document import Changed, Document
from engine.document.taxonomy import FIRST_CLASS, LabelClass, Taxonomy
from engine.masks import reduce
from engine.masks.box import Box, union
from engine.masks.class_map import ClassMap
from engine.masks.tiles import Key

SCATTERED = 500
"""Boxes that change up to which tiles are drawn again in part."""


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
        self._parked: dict[int, int] = {}  # slots of what is hidden, by annotation id
        self._free: list[int] = []
        self._next = 1
        self._labels: dict[int, LabelClass] = {}
        self._filter: ProposalFilter | None = None
        self.painter = SlotPainter(self.map)

    # -- following the document --------------------------------------------------------------

    def open(self, document: Document | None, taxonomy: Taxonomy, around: Around) -> None:
        """Show another document, or none."""
        self.shown, self.by_slot, self._slots, self._class_slots = {}, {}, {}, {}
        self._parked, self._free, self._next = {}, [], 1
        self._labels, self._filter = {}, None
        self.painter.clear()
        if document is not None:
            self.map.clear(document.size, document.layer)
            self.sync(document, taxonomy, around)

    def sync(self, document: Document, taxonomy: Taxonomy, around: Around) -> list[Box]:
        """Take over everything that is different from what is shown."""
        wanted = _wanted(document, taxonomy, around)
        touched = self._touched_classes(taxonomy)
        proposals = around.filter != self._filter
        self._filter = around.filter
        boxes: list[Box] = []
        for gone in self.shown.keys() - wanted.keys():
            boxes += self._remove(gone, hidden=document.find(gone) is not None)
        for number, each in wanted.items():
            same = self.shown.get(number) is each and each.class_id not in touched
            if not same or (proposals and each.proposal):
                boxes += self._show(each, taxonomy, around)
        self._order(wanted.values())
        boxes += self._sync_classes(document, taxonomy, around)
        self._touch(boxes)
        return boxes

    def _touched_classes(self, taxonomy: Taxonomy) -> set[int]:
        """Classes that are not what they were at the last call."""
        before, self._labels = self._labels, {each.id: each for each in taxonomy.everything}
        numbers = before.keys() | self._labels.keys()
        return {number for number in numbers if before.get(number) != self._labels.get(number)}

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
                boxes += self._remove(number, hidden=after is not None)
                continue
            restack |= before is None or (before.order, before.proposal) != (
                after.order,
                after.proposal,
            )
            boxes += self._show(after, taxonomy, around)
        if restack:
            self._order(_wanted(document, taxonomy, around).values())
        if document.layer is not self.map.layer:
            boxes += _layer_difference(self.map.layer, document.layer)
            self.map.layer = document.layer
            boxes += self._sync_classes(document, taxonomy, around)
        self._touch(boxes)
        return boxes

    def restyle(self, ids: Iterable[int], taxonomy: Taxonomy, around: Around) -> list[Box]:
        """Give these objects the look they have now."""
        boxes: list[Box] = []
        for number in ids:
            each = self.shown.get(number)
            if each is not None:
                look = look_of(each, taxonomy.get(each.class_id), around)
                if self.painter.set_look(self._slots[number], look):
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
            slot = self._parked.pop(each.id, None) or self._new_slot()
            if slot is None:
                return []
            self._slots[each.id] = slot
        slot = self._slots[each.id]
        restyled = self.painter.set_look(slot, look)
        self.shown[each.id] = self.by_slot[slot] = each
        if before is not None and before.mask is each.mask:
            moved = before.order != each.order or before.proposal != each.proposal
            return [each.mask.box] if restyled or moved else []
        self.map.put(slot, each.mask)
        left, top, right, bottom = each.mask.box
        self.painter.set_side(slot, max(right - left, bottom - top))
        if before is None or restyled:
            return [each.mask.box] + ([before.mask.box] if before is not None else [])
        return _difference(before, each)

    def _remove(self, number: int, *, hidden: bool) -> list[Box]:
        """Show an object no more; one that is hidden keeps slot and look, as it may come back."""
        gone = self.shown.pop(number, None)
        slot = self._slots.pop(number) if gone is not None else self._parked.pop(number, None)
        if slot is not None and hidden:
            self._parked[number] = slot
        elif slot is not None:
            self._free.append(slot)
        if gone is None or slot is None:
            return []
        del self.by_slot[slot]
        self.map.remove(slot)
        return [gone.mask.box]

    def _order(self, bottom_first: Iterable[Annotation]) -> None:
        self.map.set_order(self._slots[each.id] for each in bottom_first if each.id in self._slots)

    def _sync_classes(self, document: Document, taxonomy: Taxonomy, around: Around) -> list[Box]:
        """Slots and looks of the stuff classes; a class that comes or goes touches everything."""
        for class_id in document.layer.candidates():
            known = class_id >= FIRST_CLASS and taxonomy.get(class_id) is not None
            if known and class_id not in self._class_slots:
                slot = self._new_slot()
                if slot is not None:
                    self._class_slots[class_id] = slot
                    self.map.set_class_slot(class_id, slot)
                    self.painter.set_side(slot, math.inf)
        changed = False
        for class_id, slot in self._class_slots.items():
            changed |= self.painter.set_look(slot, class_look(taxonomy.get(class_id), around))
        return [document.box] if changed else []

    def _new_slot(self) -> int | None:
        if self._free:
            return self._free.pop()
        if self._next > MOST:
            return self._parked.pop(next(iter(self._parked))) if self._parked else None
        slot, self._next = self._next, self._next + 1
        self.painter.add(slot)
        return slot

    def _touch(self, boxes: list[Box]) -> None:
        if len(boxes) > SCATTERED:
            self.map.touch(None)
            return
        for box in boxes:
            self.map.touch(box)

    # -- reading -----------------------------------------------------------------------------

    def seen(self, around: Around) -> Shown:
        """All that decides what is drawn, other than where and how."""
        looks, shown = self.painter.looks, self.shown
        return Shown(
            dict(shown),
            {number: looks[slot] for number, slot in self._slots.items()},
            around.selection & shown.keys(),
            around.hovered if around.hovered in shown else None,
            self.map.layer,
            tuple((number, looks[slot]) for number, slot in self._class_slots.items()),
        )

    def under(self, x: int, y: int) -> list[Annotation]:
        """Objects and proposals shown at a pixel, topmost first."""
        return [self.by_slot[slot] for slot in self.map.under(x, y)]

    def in_view(self, box: Box) -> list[Annotation]:
        """Objects and proposals that may have a pixel in the box, bottom first."""
        return [self.by_slot[slot] for slot in self.map.touching(box)]

    def more_than(self, count: int, box: Box) -> bool:
        """Whether more than ``count`` objects have their box in ``box``."""
        return self.map.heights.count(box) > count

    def look(self, each: Annotation) -> Look:
        """The look of an object that is shown."""
        return self.painter.looks[self._slots[each.id]]


def _wanted(document: Document, taxonomy: Taxonomy, around: Around) -> dict[int, Annotation]:
    """What is shown, bottom first: accepted objects, then proposals."""
    hidden = {each.id for each in taxonomy.everything if each.deleted or not each.visible}
    shows, draws = around.filter.shows, around.draws
    proposals = sorted(document.proposals.values(), key=lambda each: (each.order, each.id))
    wanted = {
        each.id: each
        for each in document.ordered()
        if not (each.hidden or each.class_id in hidden) and each.mask and draws(each)
    }
    for each in proposals:
        drawn = each.mask and shows(each) and draws(each)
        if drawn and not (each.hidden or each.class_id in hidden):
            wanted[each.id] = each
    return wanted


def _is_shown(each: Annotation, taxonomy: Taxonomy, around: Around) -> bool:
    label = taxonomy.get(each.class_id)
    visible = label is None or (label.visible and not label.deleted)
    passes = (not each.proposal or around.filter.shows(each)) and around.draws(each)
    return visible and passes and not each.hidden and bool(each.mask)


def _difference(before: Annotation, after: Annotation) -> list[Box]:
    """Where two masks of one object differ: changed tiles, or the box of a small one."""
    if not (before.mask.is_tiled and after.mask.is_tiled):
        return [union(before.mask.box, after.mask.box)]
    keys = _changed(before.mask.kept(), after.mask.kept())
    reduce.inherit(before.mask, after.mask, keys)
    return _rows_of_tiles(keys)


def _changed(old: Mapping[Key, object], new: Mapping[Key, object]) -> set[Key]:
    """The tiles that are not the same object in both."""
    keys = {key for key, tile in new.items() if old.get(key) is not tile}
    return keys | (old.keys() - new.keys())


def _layer_difference(before: ClassMap, after: ClassMap) -> list[Box]:
    """Where two class maps of one image differ."""
    return _rows_of_tiles(_changed(before.tiles(), after.tiles()))


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
