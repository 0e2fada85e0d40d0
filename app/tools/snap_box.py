"""Snap in a box: the object in a box that is drawn around it."""

from collections.abc import Callable
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.tools.base import Desk, Gesture, Pointer, Watch
from app.tools.offered import EDGE
from app.tools.options import amount
from app.tools.painting import result
from app.tools.sight import at_level
from engine.document import edits
from engine.document.annotation import Annotation
from engine.document.commands import Command
from engine.document.edits import Target
from engine.errors import EngineError
from engine.masks import reduce
from engine.masks.box import Box, area, clip, grow, intersect
from engine.masks.components import drop_specks, fill_holes
from engine.masks.grabcut import cut_out
from engine.masks.guided import follow_edges
from engine.masks.mask import Mask
from engine.masks.tiles import Bits

MOST_CELLS: Final = 90_000
"""Of the picture in which the object is told apart; 0.5 s of one core."""

AROUND: Final = 0.25
"""Share of the box's sides that is looked at around it, to know what is not the object."""

LEAST: Final = 4.0
"""Device pixels of a box that is meant as one."""

SPECK: Final = 0.01
"""Share of what is found that a part of it has at least, and that a gap in it has."""

_BLOCK: Final = 2048
"""Side of what is enlarged at once; a box may be the whole image."""

NOTHING_FOUND = (
    "Nothing in this box differs from what is around it. Draw the box closer, or use the brush."
)


class SnapBox:
    """Finds the object in the box that is dragged, and adds it; the right button takes it away.

    Where the box meets the selected object, that object is found anew inside the box, its pixels
    being taken as likely, and stays as it is outside. Else a new object of the current class is
    made, or pixels of a class of areas are painted. Option: ``EDGE``.
    """

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture."""
        event = press
        while event.kind != "release":
            desk.preview.outline(_corners(press, event), closed=False)
            event = yield
        box = _box(press, event, desk)
        if box is None:
            return None
        target = _target(press, box, desk)
        desk.preview.begin(target.class_id, erase=press.erase)
        desk.preview.outline(_corners(press, event), closed=False)
        old = _edited(target, desk)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        coming = desk.later(_work(desk, box, old.mask if old else None, press.erase), middle)
        while not coming.done:
            yield
        found = coming.answer()
        if not found:
            raise EngineError(NOTHING_FOUND)
        seconds = max(0.0, event.time - press.time)
        command = _command(found, target, old, box, press, desk, seconds)
        return result(command, target)


def _box(press: Pointer, event: Pointer, desk: Desk) -> Box | None:
    """The pixels of the dragged box inside the image; None for one too small to be meant."""
    across, down = abs(event.x - press.x), abs(event.y - press.y)
    if min(across, down) * desk.scale < LEAST:
        return None
    left, right = sorted((press.x, event.x))
    top, bottom = sorted((press.y, event.y))
    whole = round(left), round(top), max(round(right), round(left) + 1), round(bottom)
    return clip((*whole[:3], max(whole[3], whole[1] + 1)), desk.document.size)


def _corners(press: Pointer, event: Pointer) -> list[tuple[float, float]]:
    a, b, c, d = press.x, press.y, event.x, event.y
    return [(a, b), (c, b), (c, d), (a, d), (a, b)]


def _target(press: Pointer, box: Box, desk: Desk) -> Target:
    """The selected object where the box meets it; else a new one, wherever the drag began."""
    met = [
        number
        for number in desk.selection
        if (found := desk.document.find(number)) is not None
        and intersect(found.mask.box, box) is not None
        and found.mask.clip(box)
    ]
    return edits.press(
        desk.document,
        desk.taxonomy,
        desk.class_id,
        ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2),
        met,
        force_new=desk.force_new or not met,
        erase=press.erase,
    )


def _edited(target: Target, desk: Desk) -> Annotation | None:
    """The object that is found anew."""
    return None if target.annotation is None else desk.document.find(target.annotation)


def _command(
    found: Mask,
    target: Target,
    old: Annotation | None,
    box: Box,
    press: Pointer,
    desk: Desk,
    seconds: float,
) -> Command | None:
    label = "Snap in a box, cut" if press.erase else "Snap in a box"
    if old is None or press.erase:
        region = desk.allowed(found)
        return edits.paint(
            desk.document, region, target, press.erase, desk.taxonomy, seconds=seconds, label=label
        )
    wanted = (old.mask - Mask.rectangle(box)) | found
    mask = (old.mask | desk.allowed(wanted - old.mask)) - desk.allowed(old.mask - wanted)
    return edits.set_mask(desk.document, old.id, mask, desk.taxonomy, label=label, seconds=seconds)


def _work(desk: Desk, box: Box, prior: Mask | None, erase: bool) -> Callable[[Watch], Mask]:
    """What is worked out on another thread."""
    photo, edge = desk.photo, int(amount(desk.options, EDGE))
    size = photo.size
    # An eraser looks for anything in the box; what it takes from the object is cut out later.
    known = None if erase else prior

    def work(watch: Watch) -> Mask:
        reach = max(8, round(AROUND * max(box[2] - box[0], box[3] - box[1])))
        around = clip(grow(box, reach), size) or box
        level = 0
        while level < photo.levels - 1 and area(around) >> (2 * level) > 16 * MOST_CELLS:
            level += 1
        sight = at_level(around, level, size)
        pixels, factor = _shrunk(photo.read(sight.cells, level))
        step = sight.step * factor
        left, top = sight.cells[0] * sight.step, sight.cells[1] * sight.step
        inner = _scaled(box, left, top, step, pixels.shape)
        likely = None if known is None else _reduced(known, pixels, left, top, step)
        watch.report(0.2)
        bits = cut_out(pixels, inner, likely, watch.check)
        watch.report(0.8)
        mask = _enlarged(_tidy(bits), box, left, top, step)
        reach = max(edge, round(step)) if edge else 0
        if mask and reach:
            mask = follow_edges(mask, photo.read, size, reach, watch.check)
        return mask.clip(box)

    return work


def _tidy(bits: Bits) -> Bits:
    """Without specks and pinholes: they are noise of the colours, not parts of an object."""
    mask = Mask.from_bits(bits)
    least = max(2, round(SPECK * mask.area))
    mask = fill_holes(drop_specks(mask, least) or mask, least)
    return mask.read((0, 0, bits.shape[1], bits.shape[0]))


def _shrunk(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """At most ``MOST_CELLS`` pixels, and how many old ones are one new one across."""
    height, width = pixels.shape[:2]
    factor = max(1.0, float(np.sqrt(height * width / MOST_CELLS)))
    if factor == 1.0:
        return pixels, factor
    import cv2

    wanted = max(1, round(width / factor)), max(1, round(height / factor))
    small = cv2.resize(pixels, wanted, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), factor


def _scaled(box: Box, left: int, top: int, step: float, shape: tuple[int, ...]) -> Box:
    """A box of the image in the small picture, at least a pixel of it."""
    x, y = round((box[0] - left) / step), round((box[1] - top) / step)
    right = min(shape[1], max(x + 1, round((box[2] - left) / step)))
    bottom = min(shape[0], max(y + 1, round((box[3] - top) / step)))
    return min(x, right - 1), min(y, bottom - 1), right, bottom


def _reduced(mask: Mask, pixels: NDArray[Any], left: int, top: int, step: float) -> Bits:
    """A mask in the small picture: set where it covers the middle of a pixel there."""
    height, width = pixels.shape[:2]
    fine = 1
    while fine * 2 <= step:
        fine *= 2
    box = (left, top, left + int(width * step) + 1, top + int(height * step) + 1)
    bits, first, row = reduce.read(mask, box, fine)
    columns = ((np.arange(width) + 0.5) * step + left) // fine - first
    rows = ((np.arange(height) + 0.5) * step + top) // fine - row
    across = np.clip(columns.astype(int), 0, bits.shape[1] - 1)
    lines = bits[np.clip(rows.astype(int), 0, bits.shape[0] - 1)]
    return np.asarray(lines[:, across])


def _enlarged(bits: Bits, box: Box, left: int, top: int, step: float) -> Mask:
    """What was found in the small picture, as pixels of the image inside the box."""
    if not bits.any():
        return Mask.EMPTY
    if step == 1:
        return Mask.from_bits(bits, left, top)
    import cv2

    soft, mask = bits.astype(np.float32), Mask.EMPTY
    for x, y in product(range(box[0], box[2], _BLOCK), range(box[1], box[3], _BLOCK)):
        xs = (np.arange(x, min(box[2], x + _BLOCK)) + 0.5 - left) / step - 0.5
        ys = (np.arange(y, min(box[3], y + _BLOCK)) + 0.5 - top) / step - 0.5
        across, down = np.meshgrid(xs.astype(np.float32), ys.astype(np.float32))
        part = cv2.remap(soft, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        mask |= Mask.from_bits(np.asarray(part >= 0.5), x, y)
    return mask
