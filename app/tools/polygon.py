"""The polygon: points one by one, or drawn by hand while a button is down."""

from math import hypot

from app.tools.base import Desk, Gesture, Point, Pointer, Result
from engine.document import edits
from engine.masks.raster import polygon

NEAR = 9.0
"""Device pixels within which a press on the first point closes."""

APART = 4.0
"""Device pixels between points of a line drawn by hand."""


class Polygon:
    """Adds the inside of an outline; begun with the right button it takes away.

    Enter, a double click or a press on the first point closes; Backspace takes back a point.
    """

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture."""
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
        points, event = [press.at], press
        while True:
            desk.preview.outline([*points, event.at], closed=len(points) > 1)
            event = yield
            if event.kind in ("enter", "double") or _closes(event, points, desk.scale):
                break
            if event.kind == "backspace":
                points.pop()
                if not points:
                    return None
            elif event.kind == "press" or _apart(event, points[-1], desk.scale):
                points.append(event.at)
        if len(points) < 3:
            return None
        region = desk.allowed(polygon(points, desk.document.size))
        command = edits.paint(
            desk.document,
            region,
            target,
            press.erase,
            desk.taxonomy,
            seconds=max(0.0, event.time - press.time),
            label="Polygon cut" if press.erase else "Polygon",
        )
        chosen = (target.annotation,) if target.annotation is not None and command else None
        return Result(command, chosen)


def _closes(event: Pointer, points: list[Point], scale: float) -> bool:
    if event.kind != "press" or len(points) < 3:
        return False
    return hypot(event.x - points[0][0], event.y - points[0][1]) * scale <= NEAR


def _apart(event: Pointer, last: Point, scale: float) -> bool:
    if event.kind != "move" or not event.down:
        return False
    return hypot(event.x - last[0], event.y - last[1]) * scale >= APART
