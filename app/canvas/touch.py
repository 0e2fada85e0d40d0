"""Fingers: one paints or pans, two pan and pinch, taps of two and three undo and redo."""

import math
import time
from dataclasses import dataclass, field
from typing import Literal, Protocol

from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QEventPoint, QTouchEvent

TAP_SECONDS, TAP_REACH = 0.3, 12.0
MEANT_SECONDS = 0.6
"""A stroke that is older is kept when a second finger comes."""

PALM_SECONDS = 0.6
"""Fingers are ignored this long after the pen was last near."""


class Hand(Protocol):
    """What fingers do to the canvas; places in logical pixels of the widget."""

    def finger(self, kind: Literal["press", "move", "release"], at: QPointF) -> None:
        """One finger, as the tool's pointer."""

    def drop(self) -> None:
        """What the first finger began is not meant."""

    def move_by(self, by: QPointF) -> None:
        """Pan."""

    def pinch(self, factor: float, at: QPointF) -> None:
        """Zoom around a place."""

    def tapped(self, fingers: int) -> None:
        """Two or three fingers tapped."""


@dataclass
class Touch:
    """Follows the fingers of one sequence.

    Attributes:
        pen_seen: a pen was used since the program started; fingers no longer paint.
        pen_at: when the pen was last near, ``time.monotonic`` seconds.
    """

    hand: Hand
    pen_seen: bool = False
    pen_at: float = -math.inf
    _began: float = 0.0
    _most: int = 0
    _moved: float = 0.0
    _painting: bool = False
    _last: list[QPointF] = field(default_factory=list)

    def pen(self) -> None:
        """A pen event came."""
        self.pen_seen, self.pen_at = True, time.monotonic()

    def handle(self, event: QTouchEvent) -> bool:
        """Take an event; False leaves it to others (a palm beside the pen is swallowed)."""
        now = time.monotonic()
        if now - self.pen_at < PALM_SECONDS:
            return True
        kind = event.type()
        places = [
            point.position()
            for point in event.points()
            if point.state() != QEventPoint.State.Released
        ]
        if kind == QEvent.Type.TouchBegin:
            self._began, self._most, self._moved, self._last = now, 0, 0.0, []
        if kind == QEvent.Type.TouchCancel:
            self._drop()
        elif kind == QEvent.Type.TouchEnd:
            self._end(event, now)
        else:
            self._follow(places, now)
        return True

    def _follow(self, places: list[QPointF], now: float) -> None:
        if len(places) > self._most:
            self._most = len(places)
            if self._most == 1 and not self.pen_seen:
                self._painting = True
                self.hand.finger("press", places[0])
            elif self._most > 1:
                self._second(now)
        elif len(places) == len(self._last) and places:
            self._shift(places)
        self._last = places

    def _shift(self, places: list[QPointF]) -> None:
        before, after = _middle(self._last), _middle(places)
        by = after - before
        self._moved += math.hypot(by.x(), by.y())
        if self._painting:
            self.hand.finger("move", places[0])
            return
        self.hand.move_by(by)
        if len(places) == 2:
            wide, wider = _apart(self._last), _apart(places)
            if wide > 1 and wider > 1:
                self._moved += abs(wider - wide)
                self.hand.pinch(wider / wide, after)

    def _end(self, event: QTouchEvent, now: float) -> None:
        if self._painting:
            self._painting = False
            points = event.points()
            at = points[0].position() if points else self._last[-1]
            self.hand.finger("release", at)
        elif self._most >= 2 and now - self._began < TAP_SECONDS and self._moved < TAP_REACH:
            self.hand.tapped(self._most)
        self._last = []

    def _second(self, now: float) -> None:
        """Another finger: what the first has just begun was not meant, what it did before was."""
        if self._painting and self._last and now - self._began > MEANT_SECONDS:
            self._painting = False
            self.hand.finger("release", self._last[0])
        self._drop()

    def _drop(self) -> None:
        if self._painting:
            self._painting = False
            self.hand.drop()


def _middle(places: list[QPointF]) -> QPointF:
    total = QPointF()
    for place in places:
        total += place
    return total / len(places)


def _apart(places: list[QPointF]) -> float:
    by = places[1] - places[0]
    return math.hypot(by.x(), by.y())
