"""Select, and the eyedropper that paint tools have under Ctrl."""

from app.tools.base import Desk, Gesture, Pointer, Result
from engine.document.taxonomy import FIRST_CLASS


class Select:
    """A click picks the topmost object; Shift adds or takes away; Ctrl goes one deeper."""

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture."""
        stack = [each.id for each in desk.under(press.at)]
        if press.shift:
            desk.choose(tuple(_toggled(stack[:1], desk.selection)))
        elif press.ctrl:
            desk.choose(deeper(stack, desk.selection))
        else:
            desk.choose(stack[:1])
            if not stack:
                _choose_layer_class(press, desk)
        event = press
        while event.kind != "release":
            event = yield
        return None


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
            _choose_layer_class(press, desk)
        event = press
        while event.kind != "release":
            event = yield
        return Result()


def deeper(stack: list[int], selection: frozenset[int], step: int = 1) -> tuple[int, ...]:
    """The object below the selected one in a stack, topmost first; after the last the first."""
    if not stack:
        return ()
    here = [place for place, number in enumerate(stack) if number in selection]
    if not here:
        return (stack[0 if step > 0 else -1],)
    return (stack[(here[-1] + step) % len(stack)],)


def _toggled(ids: list[int], selection: frozenset[int]) -> frozenset[int]:
    return selection ^ frozenset(ids)


def _choose_layer_class(press: Pointer, desk: Desk) -> None:
    """Where a class is painted as pixels, the class is the object."""
    found = desk.document.layer.at(int(press.x // 1), int(press.y // 1))
    if found >= FIRST_CLASS:
        desk.choose_class(found)
