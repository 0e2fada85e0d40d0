"""What changed since the proposal: what the person added, took away, and gave another class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QImage, QPainter

from app.bridge import Relay
from app.places.error_paint import HATCHES, color_of, fill
from app.workers import Workers
from engine.document.annotation import PERSON
from engine.document.document import State, height
from engine.document.taxonomy import FIRST_CLASS
from engine.errors import EngineError
from engine.masks.contours import step_at
from engine.masks.flatten import slots
from engine.masks.mask import Mask

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from app.canvas.camera import Camera
    from app.canvas.picture import Picture
    from app.session import Session
    from engine.masks.box import Box
    from engine.masks.class_map import ClassMap
    from engine.store.origins import Origin
    from engine.store.project_origin import FirstLayer

ADDED, REMOVED, OTHER = 1, 2, 3
KINDS: Final = {ADDED: "missed", REMOVED: "extra", OTHER: "wrong"}
"""Looks shared with Inspect: what is yours alone rises, what is the model's alone is dotted."""

ALPHA: Final = 0.34


class Sides(NamedTuple):
    """What is there now and what was proposed or imported, as (class, mask) from the bottom up."""

    now: list[tuple[int, Mask]]
    then: list[tuple[int, Mask]]

    @property
    def proposed(self) -> bool:
        """Whether a model proposed, or a file brought, anything here."""
        return bool(self.then)


def sides(
    state: State,
    origins: Sequence[Origin],
    stuff: Collection[int] = (),
    first: FirstLayer | None = None,
) -> Sides:
    """Both sides of an image.

    A proposal that waits is on both; an object of a model or a file stands for what it was unless
    a copy was kept when it was first changed; what a person drew is on one side only.

    Args:
        state: what the document holds.
        origins: objects as models or files made them, see ``engine.store.origins``.
        stuff: classes that are painted as pixels; they lie below all others.
        first: the class map as a file brought it, None where none did; one that is forgotten is
            taken for what is there now, so that nobody is said to have changed it.
    """
    layer = _areas(state.layer)
    stack = sorted(state.annotations.values(), key=height)
    waiting = sorted(state.proposals.values(), key=height)
    objects = [*stack, *waiting]
    now = layer + [(each.class_id, each.mask) for each in objects]
    kept = {each.annotation for each in origins}
    came = first.layer if first is not None and first.layer is not None else state.layer
    then = [] if first is None else _areas(came)
    then += [(each.class_id, each.mask) for each in origins]
    then += [
        (each.class_id, each.mask)
        for each in objects
        if each.source != PERSON and each.id not in kept
    ]

    def above(entry: tuple[int, Mask]) -> bool:
        return entry[0] not in stuff

    return Sides(sorted(now, key=above), sorted(then, key=above))


def _areas(layer: ClassMap) -> list[tuple[int, Mask]]:
    found = sorted(number for number in layer.areas() if number >= FIRST_CLASS)
    return [(number, layer.mask(number)) for number in found]


def kinds(both: Sides, box: Box, step: int) -> NDArray[np.uint8]:
    """The kind of change of each drawn pixel that ``box`` touches; 0 where there is none.

    Args:
        both: see ``sides``.
        box: image pixels.
        step: image pixels along a drawn pixel's side, a power of two.
    """
    now, then = slots(both.now, box, step), slots(both.then, box, step)
    out = np.zeros(now.shape, np.uint8)
    out[(now > 0) & (now != then)] = ADDED
    out[(now == 0) & (then > 0)] = REMOVED
    out[(now > 0) & (then > 0) & (now != then)] = OTHER
    return out


class Changes(QObject):
    """Draws the changes over the bare photo while its key is held."""

    def __init__(self, session: Session, picture: Picture) -> None:
        super().__init__(picture)
        self._session, self._picture = session, picture
        self._sides: Sides | None = None
        self._of: State | None = None  # what the sides were made of
        self._drawn: tuple[object, QImage] | None = None
        self._workers = Workers(self)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_sides)
        session.view_changed.connect(self.begin)
        session.document_changed.connect(lambda _change: self.begin())
        session.image_changed.connect(self._forget)

    def _forget(self) -> None:
        self._sides, self._of, self._drawn = None, None, None

    def begin(self) -> None:
        """Look up what changed, if it is to be seen and not known yet."""
        session, document = self._session, self._session.document
        if not session.view.changes_alone or document is None or session.project is None:
            return
        state, project = document.state, session.project
        if state is self._of:
            self._tell()
            return
        self._of = state
        number, size = document.image_id, document.size
        stuff = {each.id for each in session.taxonomy.everything if not each.thing}

        def work() -> None:
            try:
                first = project.first_layer(number, size)
                answer: Sides | EngineError = sides(
                    state, project.origins(number, size), stuff, first
                )
            except EngineError as problem:
                answer = problem
            self._relay.send((state, answer))

        self._workers.run(work)

    def _on_sides(self, news: tuple[State, Sides | EngineError]) -> None:
        state, answer = news
        if state is not self._of:
            return
        if isinstance(answer, EngineError):
            self._session.say(str(answer), "error")
            self._of = None
            return
        self._sides, self._drawn = answer, None
        self._tell()
        self._picture.stale.emit(None)

    def _tell(self) -> None:
        if self._sides is not None and not self._sides.proposed:
            self._session.say("Nothing was proposed or imported in this image.")

    @property
    def ready(self) -> bool:
        """Whether what changed is known for what the document holds now."""
        document = self._session.document
        return self._sides is not None and document is not None and self._of is document.state

    def paint(self, painter: QPainter, rect: QRect) -> None:
        """Draw a rectangle, in device pixels of the viewport."""
        if not self._session.view.changes_alone or self._sides is None or not self._sides.proposed:
            return
        key = self._picture.camera, self._picture.ratio, self._of
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = key, drawn(self._sides, self._picture.camera, self._picture.ratio)
        painter.drawImage(rect.topLeft(), self._drawn[1], rect)


def drawn(both: Sides, camera: Camera, ratio: float) -> QImage:
    """Fills, hatches and edges of the changes; the viewport's size, ARGB premultiplied."""
    out = np.zeros((camera.height, camera.width), np.uint32)
    found = _on_screen(both, camera)
    edges = _edges(found)
    for kind, name in KINDS.items():
        there = found == kind
        if there.any():
            fill(out, there, color_of(name), ALPHA, HATCHES[name], camera, ratio)
            out[there & edges] = np.uint32(0xFF000000 | color_of(name).rgb() & 0xFFFFFF)
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(out.data, camera.width, camera.height, camera.width * 4, form).copy()


def _on_screen(both: Sides, camera: Camera) -> NDArray[np.uint8]:
    """The kind under each device pixel of the viewport."""
    out = np.zeros((camera.height, camera.width), np.uint8)
    box = camera.visible
    if box[2] <= box[0] or box[3] <= box[1]:
        return out
    step = step_at(camera.scale)
    found = kinds(both, box, step)
    left, top, right, bottom = camera.view_rect(box)
    left, top = max(0, left), max(0, top)
    right, bottom = min(camera.width, right), min(camera.height, bottom)
    side = camera.scale * step
    columns = np.floor((np.arange(left, right) + 0.5 - camera.left) / side).astype(np.intp)
    rows = np.floor((np.arange(top, bottom) + 0.5 - camera.top) / side).astype(np.intp)
    columns = np.clip(columns - box[0] // step, 0, found.shape[1] - 1)
    rows = np.clip(rows - box[1] // step, 0, found.shape[0] - 1)
    out[top:bottom, left:right] = found[rows][:, columns]
    return out


def _edges(found: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Pixels beside one of another kind."""
    edge = np.zeros(found.shape, np.bool_)
    across, down = found[:, 1:] != found[:, :-1], found[1:] != found[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    return edge
