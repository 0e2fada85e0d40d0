"""The brush and the eraser."""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

from app.tools.base import Desk, Gesture, Point, Pointer
from app.tools.offered import PEN_PRESSURE
from app.tools.options import is_on
from app.tools.painting import aimed, kept_inside, painted
from engine.document import edits
from engine.document.edits import Target
from engine.masks.bitmap import Bitmap
from engine.masks.mask import Mask
from engine.masks.raster import Stroke, capsule
from engine.masks.reduce import step_at

Strip = Generator[None, Pointer, tuple[Mask, Pointer]]
"""A part of a gesture that ends with what may be painted, and the release where the tip was."""

SNAP = math.radians(15)
"""Straight lines under Ctrl keep to multiples of this."""


LIGHTEST = 0.35
"""Share of the radius at no pressure; full pressure gives all of it (SCREEN.md §9)."""


@dataclass(frozen=True, slots=True)
class Brush:
    """Adds, or takes away, the pixels whose centre the round tip covers.

    Shift at the press draws a straight line from where the last stroke ended; Shift held while
    painting makes the way from there to the pointer straight. Ctrl turns either to steps of 15°.

    Options: ``PEN_PRESSURE``, ``ON_SCREEN`` (which the desk has made good) and ``KEEP_INSIDE``.
    """

    erase: bool = False

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture."""
        press = replace(press, erase=press.erase or self.erase)
        target = aimed(press, desk)
        if press.shift:
            region, end = yield from _line(press, desk)
        else:
            region, end = yield from _freehand(press, desk, target)
        desk.mark(end.at)
        region = kept_inside(desk, target, press, region)
        return painted(desk, region, target, press, end)


def _freehand(press: Pointer, desk: Desk, target: Target) -> Strip:
    ahead = edits.foretelling(desk.document, target, press.erase, desk.taxonomy)
    stroke = Bitmap(desk.document.size, step_at(desk.scale), ahead)
    steady = not (press.pen and is_on(desk.options, PEN_PRESSURE))
    tip = Stroke(desk.radius, desk.document.size) if steady else None
    size, full = desk.document.size, desk.radius
    last, event = press, press
    while True:
        if event.shift and event is not press:
            event = yield from _straight(last, event, desk)
        radius = full if tip else _radius(event, full)
        fresh = tip.to(event.at) if tip else capsule(last.at, event.at, radius, size)
        stroke.add(_shown(fresh, last.at, event.at, radius, desk))
        if event.kind == "release":
            return stroke.to_mask(), event
        last, event = event, (yield)


def _straight(last: Pointer, event: Pointer, desk: Desk) -> Generator[None, Pointer, Pointer]:
    """As long as Shift is down only a line is shown; ends with the event that ends it.

    Of a pen the line has the pressure it was begun with: that of lifting it says nothing.
    """
    while True:
        at = turned(last.at, event.at) if event.ctrl else event.at
        if not event.shift or event.kind == "release":
            desk.preview.outline((), closed=False)
            x, y = at
            return replace(event, x=x, y=y, pressure=last.pressure)
        desk.preview.outline((last.at, at), closed=False)
        event = yield


def _line(press: Pointer, desk: Desk) -> Strip:
    start = desk.last_point or press.at
    event = press
    while True:
        x, y = turned(start, event.at) if event.ctrl else event.at
        region = capsule(start, (x, y), desk.radius, desk.document.size)
        desk.preview.clear()
        part = _shown(region, start, (x, y), desk.radius, desk)
        if event.kind == "release":
            return part, replace(event, x=x, y=y)
        event = yield


def _shown(region: Mask, start: Point, stop: Point, radius: float, desk: Desk) -> Mask:
    """The part of a capsule that may be painted, shown."""
    part = desk.allowed(region)
    if part is region:
        desk.preview.cover(region, start, stop, radius)
    elif part:  # from afar a way is drawn as a line, which would show more than is painted
        desk.preview.fill(part)
    return part


def turned(start: Point, stop: Point) -> Point:
    """The point as far from ``start`` as ``stop``, in the nearest direction of ``SNAP``."""
    dx, dy = stop[0] - start[0], stop[1] - start[1]
    angle = round(math.atan2(dy, dx) / SNAP) * SNAP
    length = math.hypot(dx, dy)
    return start[0] + length * math.cos(angle), start[1] + length * math.sin(angle)


def _radius(event: Pointer, full: float) -> float:
    return full * (LIGHTEST + (1 - LIGHTEST) * min(1.0, max(0.0, event.pressure)))
