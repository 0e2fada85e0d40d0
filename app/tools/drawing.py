"""Drawing a line by hand, with straight stretches where wanted: what lasso and cut share."""

from collections.abc import Generator
from math import hypot
from typing import NamedTuple

from app.tools.base import Desk, Point, Pointer

APART = 1.0
"""Device pixels between points of a line drawn by hand."""

DRAGGED = 4.0
"""Device pixels from which a press that moved is a drag."""

NEAR = 9.0
"""Device pixels within which the end of a line is at its beginning."""


class Line(NamedTuple):
    """What was drawn.

    Attributes:
        points: image pixels; at least one.
        end: the event that ended it.
    """

    points: list[Point]
    end: Pointer


def draw(
    press: Pointer, desk: Desk, *, clicks: bool = False
) -> Generator[None, Pointer, Line | None]:
    """Follow the pointer from a press on.

    A drag draws by hand and ends with the release. While Shift is held the line goes straight to
    the pointer, and a release leaves it open: the next press goes on from there. Enter, a double
    click or a press on the first point end it; Backspace takes back the last stretch.

    Args:
        press: where it begins.
        desk: for its preview.
        clicks: a click that was no drag leaves the line open too, so that it can be made of
            clicks alone.

    Returns:
        The line; None where Backspace took all of it.
    """
    hand = _Hand(press, desk)
    while True:
        event = yield
        if event.kind == "backspace":
            if not hand.take_back():
                return None
        elif event.kind in ("enter", "double") or hand.closes(event):
            return Line(hand.points, event)
        elif event.kind == "press":
            hand.begin(event)
        elif event.kind == "move":
            hand.move(event)
        elif event.kind == "release":
            hand.end(event)
            if not event.shift and (hand.dragged or not clicks):
                return Line(hand.points, event)


class _Hand:
    """The points so far, and the stretches they came in."""

    def __init__(self, press: Pointer, desk: Desk) -> None:
        self.points = [press.at]
        self.dragged = False
        self._begun = [0]  # how many points there were before each stretch
        self._from = press.at
        self._preview, self._scale = desk.preview, desk.scale
        self._preview.trail([press.at])

    def closes(self, event: Pointer) -> bool:
        """Whether a press is on the first point of a line with an inside."""
        return (
            event.kind == "press" and len(self.points) > 2 and self._near(event, NEAR, first=True)
        )

    def begin(self, event: Pointer) -> None:
        """A further press: straight from where the line was left."""
        self._begun.append(len(self.points))
        self._from, self.dragged = event.at, False
        self._add(event)

    def move(self, event: Pointer) -> None:
        """The pointer moved: draw, or show where the line would go."""
        if event.down and hypot(event.x - self._from[0], event.y - self._from[1]) * self._scale > (
            DRAGGED
        ):
            self.dragged = True
        if event.down and not event.shift:
            self._add(event)
            self._preview.outline((), closed=False)
        else:
            self._preview.outline((self.points[-1], event.at), closed=False)

    def end(self, event: Pointer) -> None:
        """The button is up; what Shift held back is drawn."""
        self._preview.outline((), closed=False)
        if self.dragged:
            self._add(event)

    def take_back(self) -> bool:
        """Drop the last stretch; False when it was the first."""
        keep = self._begun.pop()
        if not self._begun:
            return False
        del self.points[keep:]
        self._preview.clear()
        self._preview.trail(self.points)
        return True

    def _add(self, event: Pointer) -> None:
        if not self._near(event, APART):
            self.points.append(event.at)
            self._preview.trail([event.at])

    def _near(self, event: Pointer, reach: float, *, first: bool = False) -> bool:
        x, y = self.points[0 if first else -1]
        return hypot(event.x - x, event.y - y) * self._scale < reach
