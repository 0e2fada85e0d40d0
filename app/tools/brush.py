"""The brush and the eraser."""

from collections.abc import Generator
from dataclasses import dataclass, replace

from app.tools.base import Desk, Gesture, Pointer, Result
from app.tools.options import Choice, Switch, is_on
from engine.document import edits
from engine.document.edits import Target
from engine.masks.bitmap import Bitmap
from engine.masks.mask import Mask
from engine.masks.raster import Stroke, capsule
from engine.masks.reduce import step_at

Strip = Generator[None, Pointer, tuple[Mask, Pointer]]
"""A part of a gesture that ends with what was covered and the release."""

PEN_PRESSURE = Switch(
    "pen_pressure", "Pen pressure sets size", "A lighter pen paints down to 35 % of the size", True
)
SIZE_ON = Choice(
    "size_on",
    "Size in",
    "What the size is measured in: pixels of the image, or of the screen whatever the zoom",
    (("image", "Image pixels"), ("screen", "Screen pixels")),
)
KEEP_INSIDE = Switch("keep_inside", "Keep inside free area", "Paint only where no other object is")

LIGHTEST = 0.35
"""Share of the radius at no pressure; full pressure gives all of it (SCREEN.md §9)."""


@dataclass(frozen=True, slots=True)
class Brush:
    """Adds, or takes away, the pixels whose centre the round tip covers.

    Options: ``PEN_PRESSURE`` and ``KEEP_INSIDE``.
    """

    erase: bool = False

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture. Shift begins a straight line from where the last stroke ended."""
        press = replace(press, erase=press.erase or self.erase)
        target = edits.press(
            desk.document,
            desk.taxonomy,
            desk.class_id,
            press.at,
            desk.selection,
            force_new=desk.force_new,
            erase=press.erase,
        )
        desk.preview.begin(target.class_id, erase=press.erase)
        if press.shift:
            region, end = yield from _line(press, desk)
        else:
            region, end = yield from _freehand(press, desk)
        desk.mark(end.at)
        region = desk.allowed(region)
        if is_on(desk.options, KEEP_INSIDE) and not press.erase:
            region -= _others(desk, target, region)
        return _done(desk, region, target, press, end)


def _freehand(press: Pointer, desk: Desk) -> Strip:
    stroke = Bitmap(desk.document.size, step_at(desk.scale))
    steady = not (press.pen and is_on(desk.options, PEN_PRESSURE))
    tip = Stroke(desk.radius, desk.document.size) if steady else None
    size, full = desk.document.size, desk.radius
    last, event = press, press
    while True:
        radius = full if tip else _radius(event, full)
        fresh = tip.to(event.at) if tip else capsule(last.at, event.at, radius, size)
        fresh = desk.allowed(fresh)
        stroke.add(fresh)
        desk.preview.cover(fresh, last.at, event.at, radius)
        if event.kind == "release":
            return stroke.to_mask(), event
        last, event = event, (yield)


def _line(press: Pointer, desk: Desk) -> Strip:
    start = desk.last_point or press.at
    event = press
    while True:
        region = capsule(start, event.at, desk.radius, desk.document.size)
        desk.preview.clear()
        desk.preview.cover(desk.allowed(region), start, event.at, desk.radius)
        if event.kind == "release":
            return region, event
        event = yield


def _radius(event: Pointer, full: float) -> float:
    return full * (LIGHTEST + (1 - LIGHTEST) * min(1.0, max(0.0, event.pressure)))


def _others(desk: Desk, target: Target, region: Mask) -> Mask:
    """Pixels of the region that belong to other accepted objects."""
    taken = Mask.EMPTY
    for each in desk.shown():
        if not each.proposal and each.id != target.annotation:
            taken |= each.mask & region
    return taken


def _done(desk: Desk, region: Mask, target: Target, press: Pointer, end: Pointer) -> Result:
    command = edits.paint(
        desk.document,
        region,
        target,
        press.erase,
        desk.taxonomy,
        seconds=max(0.0, end.time - press.time),
    )
    chosen = (target.annotation,) if target.annotation is not None and command else None
    return Result(command, chosen)
