"""Fill: a press inside a gap, or an unlabelled area, closes it."""

from app.tools.base import Desk, Gesture, Pointer
from app.tools.painting import result
from engine.document import edits


class Fill:
    """On a stuff class fills the area of one value; else the gap that an object encloses.

    With no object selected, the gap belongs to the smallest shown object of the current class
    whose box is around the press.
    """

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture; it acts on the release, where the pointer still is."""
        event = press
        while event.kind != "release":
            event = yield
        target = edits.press(
            desk.document, desk.taxonomy, desk.class_id, press.at, _around(press, desk), erase=True
        )
        command = edits.fill(desk.document, press.at, target, desk.taxonomy, desk.allowed)
        return result(command, target)


def _around(press: Pointer, desk: Desk) -> frozenset[int]:
    if desk.selection:
        return desk.selection
    found = []
    for each in desk.shown():
        left, top, right, bottom = each.mask.box
        inside = left <= press.x < right and top <= press.y < bottom
        if inside and each.class_id == desk.class_id and not each.mask.at(*_pixel(press)):
            found.append(((right - left) * (bottom - top), each.id))
    return frozenset({min(found)[1]}) if found else frozenset()


def _pixel(press: Pointer) -> tuple[int, int]:
    return int(press.x // 1), int(press.y // 1)
