"""Joining: objects clicked one after the other, or met by a line, become one."""

from math import hypot

from app.tools.base import Desk, Gesture, Pointer, Result
from app.tools.drawing import DRAGGED
from engine.document import edits
from engine.document.annotation import Annotation
from engine.errors import EngineError
from engine.masks.box import intersect
from engine.masks.cutting import thread


class Join:
    """The selected object takes in what is clicked; without one, the first click selects.

    A drag joins all objects of one class that the line runs across: the line is quick and meets
    what it was not meant for. A click joins an object of another class too, which then has the
    class of the first.
    """

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture. Ctrl begins anew with the object under the pointer."""
        event, points, dragged = press, [press.at], False
        desk.preview.begin(desk.class_id or 0, erase=True)
        while event.kind not in ("release", "enter"):
            event = yield
            if event.kind == "move" and event.down:
                points.append(event.at)
                if dragged:
                    desk.preview.trail([event.at])
                elif hypot(event.x - press.x, event.y - press.y) * desk.scale > DRAGGED:
                    dragged = True
                    desk.preview.trail(points)
        if dragged:
            return _across(points, desk, press, event)
        under = [each for each in desk.under(press.at) if _is_thing(each, desk)]
        into = _first(desk)
        if into is None or press.ctrl or not under:
            desk.choose([each.id for each in under[:1]])
            return None
        return _joined(desk, into, under[:1], press, event)


def _across(points: list[tuple[float, float]], desk: Desk, press: Pointer, end: Pointer) -> Result:
    """Join what a line met, into the selected object or the one the line began on.

    Raises:
        EngineError: there is nothing to join; the text says why.
    """
    track = thread(points, desk.document.size)
    near = [each for each in desk.shown() if intersect(each.mask.box, track.box) is not None]
    met = [each for each in near if _is_thing(each, desk) and each.mask & track]
    begun = [each for each in desk.under(press.at) if _is_thing(each, desk)]
    into = _first(desk) or next(iter(begun), None) or next(iter(met), None)
    if into is None:
        raise EngineError("There is no object on the line. Draw it across those to be joined.")
    same = [each for each in met if each.class_id == into.class_id]
    if not any(each.id != into.id for each in same):
        name = desk.taxonomy.name(into.class_id)
        raise EngineError(
            f"The line met no other “{name}”. A click joins objects of another class, too."
        )
    return _joined(desk, into, same, press, end)


def _joined(
    desk: Desk, into: Annotation, others: list[Annotation], press: Pointer, end: Pointer
) -> Result:
    ids = [each.id for each in others if each.id != into.id]
    seconds = max(0.0, end.time - press.time)
    command = edits.join(desk.document, into.id, ids, desk.taxonomy, seconds=seconds)
    return Result(command, (into.id,))


def _first(desk: Desk) -> Annotation | None:
    """The object that takes others in: the selected one, of several the topmost."""
    found = [desk.document.find(number) for number in desk.selection]
    seen = [each for each in found if each is not None and not each.hidden]
    things = [each for each in seen if _is_thing(each, desk)]
    return max(things, key=lambda each: (not each.proposal, each.order, each.id), default=None)


def _is_thing(each: Annotation, desk: Desk) -> bool:
    return desk.taxonomy.is_thing(each.class_id)
