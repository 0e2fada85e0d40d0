"""Taking hold of a point of an outline and moving it; Edit points and Select share it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import hypot

import numpy as np

from app.tools.base import Desk, Point, Pointer
from app.tools.figure import Figure
from app.tools.figure import Points as AnyPoints
from engine.document import edits
from engine.document.annotation import Annotation
from engine.document.commands import Command
from engine.document.targets import refuse_locked, refuse_locked_class
from engine.masks.handles import Points
from engine.masks.mask import Mask
from engine.masks.reshape import changed, dragged
from engine.masks.vertices import NOTHING, Vertices, vertices

REACH = 9.0
"""Device pixels within which a handle is taken."""

LINE = 6.0
"""Device pixels within which an outline is, for a new handle."""

MOVED = 3.0
"""Device pixels from which a press that moved is a drag."""

_SUBJECT, _SHOWN = "points.class", "points.shown"


@dataclass(frozen=True, slots=True)
class Subject:
    """What has handles: an object or proposal, or a class that is painted as pixels.

    Attributes:
        annotation: None for a class.
        class_id: of the object, or the class.
        mask: its pixels.
    """

    annotation: Annotation | None
    class_id: int
    mask: Mask

    @property
    def key(self) -> tuple[str, int]:
        """Names it, whatever its pixels."""
        if self.annotation is None:
            return "class", self.class_id
        return "object", self.annotation.id


@dataclass(frozen=True, slots=True)
class Grip:
    """A handle, and what it belongs to.

    Attributes:
        subject: whose outline.
        outlines: all its handles in view.
        handle: number of the one; of a new one it is in ``outlines`` already.
        fresh: it is not on the outline yet.
    """

    subject: Subject
    outlines: Vertices
    handle: int
    fresh: bool = False

    @property
    def at(self) -> Point:
        """Where it is."""
        x, y = self.outlines.corners[self.handle]
        return float(x), float(y)


def subject(desk: Desk) -> Subject | None:
    """The selected object, of several the topmost; without one the current class, if stuff."""
    found = [desk.document.find(number) for number in desk.selection]
    things = [each for each in found if each is not None and desk.taxonomy.is_thing(each.class_id)]
    if things:
        chosen = max(things, key=lambda each: (each.proposal, each.order, each.id))
        return Subject(chosen, chosen.class_id, chosen.mask)
    class_id = desk.class_id
    if found or class_id is None or desk.taxonomy.is_thing(class_id):
        return None
    layer = desk.document.layer
    known = desk.kept.get(_SUBJECT)
    if known is None or known[0] is not layer or known[1].class_id != class_id:
        known = layer, Subject(None, class_id, layer.mask(class_id))
        desk.kept[_SUBJECT] = known
    return known[1] if known[1].mask else None


def outlines(of: Subject, desk: Desk) -> Vertices:
    """The handles of a subject in view.

    They stay where they are while the picture does, whatever is done to the outline elsewhere.
    """
    here = of.key, desk.scale
    known = desk.kept.get(_SHOWN)
    if known is not None and known[0] == here:
        if known[1] is of.mask and known[2] == desk.visible:
            same: Vertices = known[3]
            return same
        kept: Points | None = known[3].corners[known[3].movable]
    else:
        kept = None
    found = vertices(of.mask, desk.visible, desk.scale, kept) if of.mask else NOTHING
    desk.kept[_SHOWN] = here, of.mask, desk.visible, found
    return found


def keep(grip: Grip, desk: Desk, at: Point | None) -> None:
    """Remember where handles are after one was made, moved, or (None) taken away."""
    corners = np.delete(grip.outlines.corners, grip.handle, axis=0)
    movable = np.delete(grip.outlines.movable, grip.handle)
    if at is not None:
        corners, movable = np.vstack([corners, at]), np.append(movable, True)
    everywhere = np.arange(len(corners))
    steady = Vertices(corners, everywhere, everywhere, ~movable, grip.outlines.step)
    desk.kept[_SHOWN] = (grip.subject.key, desk.scale), None, desk.visible, steady


def grip_at(at: Pointer, of: Subject, desk: Desk, *, new: bool = True) -> Grip | None:
    """The handle at the pointer, or with ``new`` the one that a press on the line would make."""
    found = outlines(of, desk)
    handle = found.near(at.x, at.y, REACH / desk.scale)
    if handle is not None:
        return Grip(of, found, handle)
    place = found.on_line(at.x, at.y, LINE / desk.scale) if new else None
    if place is None:
        return None
    more, handle = found.with_handle(*place)
    return Grip(of, more, handle, fresh=True)


def refuse(of: Subject, desk: Desk) -> None:
    """Pass if its outline may be moved.

    Raises:
        EngineError: it is locked.
    """
    if of.annotation is not None:
        refuse_locked(desk.taxonomy, of.annotation)
    else:
        refuse_locked_class(desk.taxonomy, of.class_id)


def drag(
    grip: Grip, press: Pointer, desk: Desk, handles: AnyPoints
) -> Generator[None, Pointer, tuple[Command | None, bool]]:
    """Follow the pointer with a handle; with Shift the two lines at it become straight.

    A press by the keyboard's cross picks it up, and the next one lets it go.

    Args:
        grip: the handle.
        press: what took it.
        desk: for its preview.
        handles: others to show meanwhile.

    Returns:
        The step, None for no change; and whether the pointer moved far enough to be a drag.
    """
    path, start = grip.outlines.path(grip.handle), grip.at
    moved, event = False, press
    carried = press.cross
    desk.preview.begin(grip.subject.class_id, erase=False)
    while True:
        to = start[0] + event.x - press.x, start[1] + event.y - press.y
        moved = moved or hypot(event.x - press.x, event.y - press.y) * desk.scale > MOVED
        if moved or carried:
            line = dragged(path, to, straight=event.shift)
            desk.preview.figure(Figure(lines=(line,), handles=handles, spot=to))
        event = yield
        if event.kind == "backspace":
            return None, moved
        picked = event.kind == "release" and event.cross and carried
        carried = carried and not picked
        if event.kind in ("release", "enter", "double") and not picked:
            break
        if press.cross and event.kind == "move":
            carried = False
    moved = moved or (press.cross and to != start)
    to = start[0] + event.x - press.x, start[1] + event.y - press.y
    if not moved:
        keep(grip, desk, start)
        return None, False
    command = _moved(grip, to, event.shift, desk, max(0.0, event.time - press.time))
    keep(grip, desk, to)
    return command, True


def remove(grip: Grip, desk: Desk) -> Command | None:
    """The step that takes a handle away: the outline goes straight between its neighbours."""
    command = _moved(grip, None, False, desk, 0.0)
    keep(grip, desk, None)
    return command


def _moved(
    grip: Grip, to: Point | None, straight: bool, desk: Desk, seconds: float
) -> Command | None:
    of, path = grip.subject, grip.outlines.path(grip.handle)
    size, step = desk.document.size, grip.outlines.step
    patch = changed(of.mask, path, to, step, size, straight=straight)
    # What is gained and what is lost are asked for apart: locks speak of what is painted over.
    desk.preview.begin(of.class_id, erase=False)
    gained = desk.allowed(patch - of.mask)
    desk.preview.begin(of.class_id, erase=True)
    patch = gained | desk.allowed(patch & of.mask)
    label = "Remove point" if to is None else "Move point"
    if of.annotation is None:
        return edits.reshape_class(desk.document, of.class_id, patch, desk.taxonomy, label=label)
    return edits.reshape(
        desk.document, of.annotation.id, patch, desk.taxonomy, label=label, seconds=seconds
    )
