"""The magic wand: what is like the pixel under a press; the drag says how like."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.tools.base import Coarse, Desk, Gesture, Pointer, Tint, Watch
from app.tools.offered import CHANNEL, CONNECTED, HOLES, SMOOTH, TOLERANCE
from app.tools.options import amount, chosen, is_on
from app.tools.painting import aimed, painted
from app.tools.sight import Sight, at_level, in_view
from app.tools.values import Values
from engine.masks import reduce, wand
from engine.masks.components import fill_holes
from engine.masks.mask import Mask
from engine.masks.morphology import smooth
from engine.masks.tiles import Bits, Key
from engine.masks.wand import Like

PER_PIXEL: Final = 0.25
"""Tolerance for each device pixel of a drag to the right or down."""

MOST_CELLS: Final = 2_000_000
"""Of the look that a drag is answered from."""

LARGE: Final = 1 << 27
"""Pixels from which all that is alike is looked for where a coarse look finds some."""


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """What a drag is answered from.

    Attributes:
        sight: the part in view.
        seen: its values, one a cell.
        value: of the pixel pressed on.
        span: what 100 % of tolerance are.
        allowed: bool like ``seen``, what may be touched; None for all.
    """

    sight: Sight
    seen: NDArray[Any]
    value: tuple[float, ...]
    span: float
    allowed: Bits | None

    def like(self, tolerance: float) -> Like:
        """What is alike at a tolerance in %."""
        return Like(self.value, tolerance / 100 * self.span)


class Wand:
    """Adds what is like the pixel under the press; with the right button it takes it away.

    While the button is down the part in view is answered at the level that is shown; the release
    works it out for the image's own pixels. Options: ``TOLERANCE``, ``CONNECTED``, ``CHANNEL``,
    ``HOLES`` and ``SMOOTH``.
    """

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture."""
        seed = int(press.x // 1), int(press.y // 1)
        height, width = desk.document.size
        if not (0 <= seed[0] < width and 0 <= seed[1] < height):
            return None
        target = aimed(press, desk)
        sight = in_view(desk, MOST_CELLS)
        values = Values(desk.photo, chosen(desk.options, CHANNEL), sight.level)
        coming = desk.later(lambda watch: _look(desk, values, sight, seed, watch), press.at)
        drag, view, event = _Drag(press, desk), None, press
        shown = None if press.erase else target.class_id
        while event.kind != "release" or view is None:
            fresh = yield
            event = event if fresh.kind == "ready" else fresh
            drag.move(event, desk)
            if view is None and coming.done:
                view = coming.answer()
            if view is not None:
                bits = _preview(view, drag.tolerance, seed, desk)
                left, top, *_ = view.sight.cells
                desk.glass.show([Tint(Coarse(bits, left, top, view.sight.step), shown)])
        work = _exactly(view, values, drag.tolerance, seed, desk)
        whole = desk.later(work, press.at)
        while not whole.done:
            yield
        return painted(desk, whole.answer(), target, press, event, "Magic wand")


class _Drag:
    """The tolerance, as the wheel and the way of the pointer change it."""

    def __init__(self, press: Pointer, desk: Desk) -> None:
        self._press = press
        self._base = self.tolerance = amount(desk.options, TOLERANCE)
        self._way = 0.0

    def move(self, event: Pointer, desk: Desk) -> None:
        """The pointer moved, or the wheel turned."""
        now = amount(desk.options, TOLERANCE)
        if now != self.tolerance:  # by the wheel: the drag goes on from there
            self._base += now - self.tolerance
        self._way = event.x - self._press.x + event.y - self._press.y
        wanted = TOLERANCE.held(self._base + self._way * desk.scale * PER_PIXEL)
        if wanted != now:
            desk.set_option(TOLERANCE.name, wanted)
        self.tolerance = wanted


def _look(desk: Desk, values: Values, sight: Sight, seed: tuple[int, int], watch: Watch) -> _View:
    x, y = seed
    value = np.atleast_1d(values.read((x, y, x + 1, y + 1))[0, 0])
    seen = values.look(sight, watch.check)
    watch.check()
    region = Mask.rectangle(sight.box)
    allowed = desk.allowed(region)
    bits = None
    if allowed is not region:
        bits, left, top = reduce.read(allowed, sight.box, sight.step)
        rows = slice(sight.cells[1] - top, sight.cells[3] - top)
        bits = bits[rows, sight.cells[0] - left : sight.cells[2] - left]
    return _View(sight, seen, tuple(float(v) for v in value), values.span(seen), bits)


def _preview(view: _View, tolerance: float, seed: tuple[int, int], desk: Desk) -> Bits:
    """About what the release will give, in view: bool, one for each cell."""
    bits, step = view.like(tolerance)(view.seen), view.sight.step
    place = view.sight.place((float(seed[0]), float(seed[1])))
    if is_on(desk.options, CONNECTED) and place is not None:
        bits = wand.spread(bits, place)
    holes, even = amount(desk.options, HOLES), amount(desk.options, SMOOTH)
    if even >= step:
        import cv2

        side = 2 * (int(even) // step) + 1  # a square where the release takes a disc
        share = cv2.blur(bits.view(np.uint8) * np.uint8(255), (side, side))
        bits = np.asarray(share >= 128)
    if holes >= step * step:
        bits = wand.without_holes(bits, int(holes) // step**2)
    return bits if view.allowed is None else bits & view.allowed


def _exactly(
    view: _View, values: Values, tolerance: float, seed: tuple[int, int], desk: Desk
) -> Callable[[Watch], Mask]:
    """The work that a release begins."""
    like, size = view.like(tolerance), desk.document.size
    holes, even = int(amount(desk.options, HOLES)), int(amount(desk.options, SMOOTH))
    connected = is_on(desk.options, CONNECTED)

    def work(watch: Watch) -> Mask:
        if connected:
            found = wand.connected(values.read, size, seed, like, watch.check)
        else:
            keys = _tiles(desk, values, like, watch) if size[0] * size[1] > LARGE else None
            found = wand.everywhere(values.read, size, like, keys, watch.check)
        watch.check()
        found = smooth(found, even, size, watch.check)
        return desk.allowed(fill_holes(found, holes) if holes else found)

    return work


def _tiles(desk: Desk, values: Values, like: Like, watch: Watch) -> list[Key]:
    """Where to look in an image too large to be read whole."""
    height, width = desk.photo.size
    level = 0
    while level < min(desk.photo.levels - 1, 6) and (height * width) >> (2 * level) > MOST_CELLS:
        level += 1
    sight = at_level((0, 0, width, height), level, desk.photo.size)
    return wand.likely(values.look(sight, watch.check), sight.step, like)
