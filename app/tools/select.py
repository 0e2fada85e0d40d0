"""Select, and the eyedropper that paint tools have under Ctrl."""

import numpy as np

from app.tools import grip
from app.tools.base import Desk, Gesture, Hover, Pointer, Result
from app.tools.figure import Figure, Points
from app.tools.pick import choose_layer_class, deeper

CLOSE = 60.0
"""Device pixels around the pointer in which Select shows the handles of the selected object."""


class Select:
    """A click picks the topmost object; Shift adds or takes away; Ctrl goes one deeper.

    A drag on a point of the selected object's outline moves it, as in Edit points.
    """

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture."""
        event, held = press, _handle(press, desk)
        if held is not None and not (press.shift or press.ctrl or press.cross):
            grip.refuse(held.subject, desk)
            command, moved = yield from grip.drag(held, press, desk, _around(press, held, desk))
            if moved:
                return Result(command)
            desk.preview.clear()
            _choose(press, desk)
            return None
        _choose(press, desk)
        while event.kind != "release":
            event = yield
        return None

    def hover(self, at: Pointer, desk: Desk) -> Hover:
        """See Hovers: handles near the pointer, where a drag would move one."""
        while True:
            held = _handle(at, desk)
            desk.preview.figure(
                Figure(handles=_around(at, held, desk), spot=held.at) if held is not None else None
            )
            at = yield


class Eyedropper:
    """Picks up the object under the pointer and its class, or the class of the pixel."""

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture."""
        stack = desk.under(press.at)
        if stack:
            desk.choose_class(stack[0].class_id)
            desk.choose((stack[0].id,))
        else:
            desk.choose(())
            choose_layer_class(press, desk)
        event = press
        while event.kind != "release":
            event = yield
        return Result()


def _choose(press: Pointer, desk: Desk) -> None:
    stack = [each.id for each in desk.under(press.at)]
    if press.shift:
        desk.choose(tuple(desk.selection ^ frozenset(stack[:1])))
    elif press.ctrl:
        desk.choose(deeper(stack, desk.selection))
    else:
        desk.choose(stack[:1])
        if not stack:
            choose_layer_class(press, desk)


def _handle(at: Pointer, desk: Desk) -> grip.Grip | None:
    """The handle of the one selected object at the pointer."""
    if len(desk.selection) != 1:
        return None
    of = grip.subject(desk)
    if of is None or of.annotation is None:
        return None
    left, top, right, bottom = of.mask.box
    reach = grip.REACH / desk.scale
    if not (left - reach <= at.x <= right + reach and top - reach <= at.y <= bottom + reach):
        return None
    return grip.grip_at(at, of, desk, new=False)


def _around(at: Pointer, held: grip.Grip, desk: Desk) -> Points:
    """Handles near the pointer."""
    corners = held.outlines.corners[held.outlines.movable]
    near = np.hypot(*(corners - at.at).T) * desk.scale <= CLOSE
    return np.asarray(corners[near])
