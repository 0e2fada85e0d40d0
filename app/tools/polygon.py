"""The polygon: points one by one, or drawn by hand while a button is down; with holes."""

from math import hypot

import numpy as np

from app.tools.base import Desk, Gesture, Point, Pointer
from app.tools.figure import Figure
from app.tools.painting import aimed, kept_inside, painted
from engine.masks.raster import polygons

NEAR = 9.0
"""Device pixels within which a press on the first point closes."""

APART = 4.0
"""Device pixels between points of a line drawn by hand."""


class Polygon:
    """Adds the inside of outlines; begun with the right button it takes away.

    Enter, a double click or a press on the first point closes; Backspace takes back a point. The
    other button, or Shift and Enter, closes the outline and begins another of the same polygon:
    inside it a hole, beside it a further part (even-odd). Option: ``KEEP_INSIDE``.
    """

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture."""
        target = aimed(press, desk)
        rings = _Rings(press, desk)
        event = press
        while True:
            rings.show(event)
            event = yield
            if event.kind in ("enter", "double") or rings.closes(event):
                break
            if not rings.take(event):
                return None
        closed = rings.closed()
        if not closed:
            return None
        region = desk.allowed(polygons(closed, desk.document.size))
        region = kept_inside(desk, target, press, region)
        return painted(desk, region, target, press, event, "Polygon")


class _Rings:
    """The outlines so far; the last one is being drawn."""

    def __init__(self, press: Pointer, desk: Desk) -> None:
        self._all: list[list[Point]] = [[press.at]]
        self._preview, self._scale, self._erase = desk.preview, desk.scale, press.erase

    def take(self, event: Pointer) -> bool:
        """A point more, or one less, or the next outline; False when nothing is left."""
        points = self._all[-1]
        if event.kind == "backspace":
            return self._take_back()
        if event.kind == "ring":
            self._begin_another(None)
        elif event.kind == "press" and event.erase != self._erase:
            self._begin_another(event)
        elif event.kind == "press" or (_by_hand(event) and self._apart(event, points)):
            points.append(event.at)
        return True

    def _begin_another(self, event: Pointer | None) -> None:
        if len(self._all[-1]) > 2:
            self._all.append([])
        if event is not None and not self._all[-1]:
            self._all[-1].append(event.at)

    def _take_back(self) -> bool:
        if self._all[-1]:
            self._all[-1].pop()
        if not self._all[-1]:
            self._all.pop()  # the outline before is open again
        return bool(self._all)

    def closes(self, event: Pointer) -> bool:
        """Whether a press is on the first point of the outline being drawn."""
        points = self._all[-1]
        if event.kind != "press" or event.erase != self._erase or len(points) < 3:
            return False
        return hypot(event.x - points[0][0], event.y - points[0][1]) * self._scale <= NEAR

    def closed(self) -> list[list[Point]]:
        """The outlines that have an inside."""
        return [points for points in self._all if len(points) > 2]

    def show(self, event: Pointer) -> None:
        """Show all of it, with the line to the pointer."""
        points, before = self._all[-1], self._all[:-1]
        line = [*points, event.at] if points else []
        self._preview.outline(line, closed=not before and len(points) > 1)
        if before:
            rings = [*before, line] if len(line) > 2 else before
            self._preview.figure(Figure(rings=[np.array(ring) for ring in rings]))
        else:
            self._preview.figure(None)

    def _apart(self, event: Pointer, points: list[Point]) -> bool:
        if not points:
            return False
        x, y = points[-1]
        return hypot(event.x - x, event.y - y) * self._scale >= APART


def _by_hand(event: Pointer) -> bool:
    return event.kind == "move" and event.down
