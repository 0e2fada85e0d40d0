"""Picks a range of the photo's values: a press takes one, a drag all that it passes over."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.limit_rules import channel_of
from app.tools.base import Desk, Gesture, Point, Pointer

SLACK = 1 / 24
"""A press takes values up to this share of the whole range away from the one under it."""


class ValuePick:
    """See the module; changes nothing but what ``done`` is told."""

    def __init__(
        self, channel: int, span: float, done: Callable[[float, float, bool], None]
    ) -> None:
        """Pick of a channel.

        Args:
            channel: as in ``app.state.ValueRange``.
            span: from the smallest to the largest value there is.
            done: takes low, high, and whether this is the end of the gesture.
        """
        self._channel, self._span, self._done = channel, span, done

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture; what is picked acts while the pointer moves."""
        low, high = math.inf, -math.inf
        last, event, moved = press.at, press, False
        while True:
            found = self._along(last, event.at, desk)
            if found.size:
                low, high = min(low, float(found.min())), max(high, float(found.max()))
            moved = moved or math.dist(event.at, press.at) * desk.scale > 3
            slack = 0.0 if moved else self._span * SLACK
            if low <= high:
                room = float(round(slack)) if low.is_integer() and high.is_integer() else slack
                self._done(low - room, high + room, event.kind == "release")
            if event.kind == "release":
                return None
            last, event = event.at, (yield)

    def _along(self, start: Point, stop: Point, desk: Desk) -> NDArray[Any]:
        """Values of the pixels on a line, each read from the box around it."""
        height, width = desk.document.size
        count = int(math.dist(start, stop)) + 1
        xs = np.floor(np.linspace(start[0], stop[0], count + 1)).astype(int)
        ys = np.floor(np.linspace(start[1], stop[1], count + 1)).astype(int)
        inside = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
        xs, ys = xs[inside], ys[inside]
        if not xs.size:
            return np.zeros(0)
        left, top = int(xs.min()), int(ys.min())
        raw = desk.photo.raw((left, top, int(xs.max()) + 1, int(ys.max()) + 1))
        values = channel_of(raw, self._channel)
        if values is None:
            return np.zeros(0)
        found: NDArray[Any] = values[ys - top, xs - left]
        return found[np.isfinite(found)] if found.dtype.kind == "f" else found
