"""Cutting: a line across an object parts it, a closed one takes a piece out of it."""

from collections.abc import Callable, Generator
from itertools import pairwise
from math import hypot

import numpy as np

from app.tools.base import Desk, Gesture, Point, Pointer, Result
from app.tools.drawing import Line, draw
from app.tools.offered import GAP
from app.tools.options import amount
from engine.document import edits
from engine.document.annotation import Annotation
from engine.document.commands import Command
from engine.document.painting import at_once
from engine.document.taxonomy import FIRST_CLASS
from engine.errors import EngineError
from engine.masks.bitmap import Bitmap
from engine.masks.box import intersect
from engine.masks.cutting import split, thread
from engine.masks.mask import Mask
from engine.masks.raster import capsule

SHORT = 16.0
"""Device pixels that a line may end short of the edge: it is drawn out that far."""

CLOSED = 14.0
"""Device pixels within which the ends of a line meet: it is closed."""

ROUND = 0.6
"""Distance of the ends by the line's length, below which a line inside an object is closed too."""

LARGE = 8_000_000
"""Pixels from which a mask is cut on another thread."""

NOTHING_THERE = "Draw the line across an object, or around a part of it."
UNDIVIDED = "The line divides nothing. Draw it from edge to edge, or around a part."

Split = Generator[None, Pointer, tuple[list[Mask], Mask]]
"""A part of a gesture that ends with the pieces that come off and the pixels in no piece."""


class Cut:
    """Parts the selected objects under a line, or the object that the line runs through longest.

    Where there is none it cuts the area of a class that is painted as pixels: the smaller side
    gets the current class. Option: ``GAP``.
    """

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture; ``app.tools.drawing.draw`` says how the line is drawn."""
        desk.preview.begin(desk.class_id or 0, erase=True)
        line = yield from draw(press, desk, clicks=True)
        if line is None or len(line.points) < 2:
            return None
        seconds = max(0.0, line.end.time - press.time)
        targets = _targets(line, desk)
        if not targets:
            return (yield from _cut_class(line, desk))
        steps: list[Command | None] = []
        made: tuple[int, ...] = ()
        for target in targets:
            pieces, gone = yield from _split(target.mask, line, desk)
            parted = edits.cut(
                desk.document, target.id, pieces, desk.taxonomy, gone=gone, seconds=seconds
            )
            if parted is not None:
                steps.append(parted.command)
                made += parted.made
        if not steps:
            raise EngineError(UNDIVIDED)
        only = steps[0]
        return Result(only if len(steps) == 1 else at_once(desk.document, steps, "Cut"), made)


def _targets(line: Line, desk: Desk) -> list[Annotation]:
    """The objects to cut; none where the line meets no object."""
    track = thread(line.points, desk.document.size)
    near = [each for each in desk.shown() if intersect(each.mask.box, track.box) is not None]
    met = [(each, pixels) for each in near if (pixels := (each.mask & track).area)]
    chosen = [each for each, _ in met if each.id in desk.selection]
    if chosen or not met:
        return chosen
    return [max(reversed(met), key=lambda pair: pair[1])[0]]  # the topmost of equals


def _cut_class(line: Line, desk: Desk) -> Gesture:
    """Cut the area of the class map that the line runs through longest."""
    layer, counts = desk.document.layer, dict[int, int]()
    for left, top, bits in thread(line.points, desk.document.size).pieces:
        box = (left, top, left + bits.shape[1], top + bits.shape[0])
        for class_id, pixels in enumerate(np.bincount(layer.read(box)[bits]).tolist()):
            counts[class_id] = counts.get(class_id, 0) + pixels
    areas = {number: pixels for number, pixels in counts.items() if number >= FIRST_CLASS}
    if not areas or desk.class_id is None:
        raise EngineError(NOTHING_THERE)
    class_id = max(areas, key=lambda number: areas[number])
    pieces, gone = yield from _split(layer.mask(class_id), line, desk)
    if not pieces:
        raise EngineError(UNDIVIDED)
    parted = edits.cut_class(
        desk.document, class_id, pieces, desk.class_id, desk.taxonomy, gone=gone
    )
    return None if parted is None else Result(parted.command, parted.made or None)


def _split(mask: Mask, line: Line, desk: Desk) -> Split:
    """The pieces that come off a mask along the line."""
    size, wide = desk.document.size, amount(desk.options, GAP)

    def work() -> tuple[list[Mask], Mask]:
        for points in ways(mask, line.points, desk.scale):
            track = thread(points, size)
            gap = track | _band(points, wide / 2, size) if wide else Mask.EMPTY
            pieces = split(mask, gap or track, keep_line=not gap)
            if pieces:
                return pieces, gap & mask
        return [], Mask.EMPTY

    pieces, gone = (yield from _aside(work, desk, line.end)) if mask.area > LARGE else work()
    pieces = [piece for piece in map(desk.allowed, pieces) if piece]
    return pieces, desk.allowed(gone) if pieces else Mask.EMPTY


def _aside(
    work: Callable[[], tuple[list[Mask], Mask]], desk: Desk, end: Pointer
) -> Generator[None, Pointer, tuple[list[Mask], Mask]]:
    asked = desk.later(lambda _watch: work(), end.at)
    while not asked.done:
        yield
    return asked.answer()


def _band(points: list[Point], radius: float, size: tuple[int, int]) -> Mask:
    """What a round tip covers along a line."""
    band = Bitmap(size)
    for start, stop in pairwise(points):
        band.add(capsule(start, stop, radius, size))
    return band.to_mask()


def ways(mask: Mask, points: list[Point], scale: float) -> list[list[Point]]:
    """What a line may be meant as, the likeliest first: as it is, drawn out, or closed.

    Args:
        mask: what is to be cut.
        points: the line.
        scale: device pixels per image pixel.
    """
    first, last = points[0], points[-1]
    apart = hypot(first[0] - last[0], first[1] - last[1])
    length = sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points))
    closed = [*points, first]
    if apart * scale <= CLOSED and length > 3 * apart:
        return [closed]
    start = _drawn_out(mask, points[::-1], scale)
    stop = _drawn_out(mask, points, scale)
    found = [[*start[::-1], *points, *stop]]
    inside = _holds(mask, first) and _holds(mask, last)
    return [*found, closed] if inside and apart < ROUND * length else found


def _drawn_out(mask: Mask, points: list[Point], scale: float) -> list[Point]:
    """The point just outside the mask where the end of a line points to, if that is near."""
    last = points[-1]
    if not _holds(mask, last):
        return []
    behind = next(
        (at for at in reversed(points) if hypot(last[0] - at[0], last[1] - at[1]) * scale >= 6),
        points[0],
    )
    dx, dy = last[0] - behind[0], last[1] - behind[1]
    length = hypot(dx, dy)
    if not length:
        return []
    for step in range(1, int(2 * SHORT / scale) + 2):
        at = last[0] + dx / length * step / 2, last[1] + dy / length * step / 2
        if not _holds(mask, at):
            return [(at[0] + dx / length, at[1] + dy / length)]
    return []


def _holds(mask: Mask, at: Point) -> bool:
    return mask.at(int(at[0] // 1), int(at[1] // 1))
