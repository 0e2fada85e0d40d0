"""Editing the points of an outline, of any object or painted class."""

from app.tools import grip
from app.tools.base import Desk, Gesture, Hover, Pointer, Result
from app.tools.figure import Figure
from app.tools.pick import choose_layer_class


class Points:
    """Handles on the outline of the selected object, or of the current class if it is stuff.

    A drag moves one, a press on the line makes one, the right button takes one away. Elsewhere a
    press selects.
    """

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture."""
        of = grip.subject(desk)
        held = grip.grip_at(press, of, desk, new=not press.erase) if of is not None else None
        if held is None:
            return (yield from _pick(press, desk))
        grip.refuse(held.subject, desk)
        if press.erase:
            return (yield from _remove(held, desk))
        others = held.outlines.corners[held.outlines.movable]
        command, _ = yield from grip.drag(held, press, desk, others)
        return Result(command)

    def hover(self, at: Pointer, desk: Desk) -> Hover:
        """See Hovers: all handles, and the one that a press would take or make."""
        shown: tuple[object, Figure] | None = None
        while True:
            of = grip.subject(desk)
            if of is None:
                desk.preview.figure(None)
            else:
                held = grip.grip_at(at, of, desk)
                found = grip.outlines(of, desk)
                if shown is None or shown[0] is not found:
                    shown = found, Figure(handles=found.corners[found.movable])
                desk.preview.figure(_with(shown[1], held))
            at = yield

    def holds(self, at: Pointer, desk: Desk) -> bool:
        """Whether a handle is at the pointer."""
        of = grip.subject(desk)
        return of is not None and grip.grip_at(at, of, desk, new=False) is not None


def _with(figure: Figure, held: grip.Grip | None) -> Figure:
    """Likewise with what a press would take."""
    if held is None:
        return figure
    return Figure(handles=figure.handles, spot=held.at)


def _remove(held: grip.Grip, desk: Desk) -> Gesture:
    event = yield
    while event.kind not in ("release", "enter"):
        event = yield
    return Result(grip.remove(held, desk))


def _pick(press: Pointer, desk: Desk) -> Gesture:
    """Choose the object whose outline is to be edited, or the class of the pixel."""
    stack = desk.under(press.at)
    desk.choose([each.id for each in stack[:1]])
    if not stack:
        choose_layer_class(press, desk)
    event = press
    while event.kind not in ("release", "enter"):
        event = yield
    return None
