"""Large images in overlapping windows, blended where they overlap, in bounded memory.

Neighbouring windows share a seam of fixed width in which one fades out as the other fades in; the
two always sum to 1. Only the seams of one row of windows are held back: everything else is final,
and handed on, as soon as its window was answered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.models.upscale import Floats

Size = tuple[int, int]
DEFAULT_SIDE = 1024
_WHOLE = 1.25
"""An image of up to this many sides each way is read whole."""


@dataclass(frozen=True, slots=True)
class Span:
    """A window along one axis, in image pixels.

    Attributes:
        start: Where the window begins.
        stop: Where it ends.
        own: Where its answer begins to count.
        lead: Width of the seam at `own`, 0 for the first.
        tail: Width of the seam that ends at `stop`, 0 for the last.
    """

    start: int
    stop: int
    own: int
    lead: int
    tail: int

    def ramp(self) -> Floats:
        """Weight of each pixel from `own` to `stop`, float32."""
        weight = np.ones(self.stop - self.own, np.float32)
        if self.lead:
            weight[: self.lead] *= (np.arange(self.lead) + 0.5) / self.lead
        if self.tail:
            weight[-self.tail :] *= ((np.arange(self.tail) + 0.5) / self.tail)[::-1]
        return weight.astype(np.float32)


def spans(length: int, side: int) -> list[Span]:
    """Evenly spaced windows over one axis; seams are an eighth of the side.

    Args:
        length: Of the image.
        side: Of a window; an image that is not longer has one window.
    """
    if length <= side:
        return [Span(0, length, 0, 0, 0)]
    seam = max(1, side // 8)
    number = math.ceil((length - seam) / (side - seam))
    starts = [round(index * (length - side) / (number - 1)) for index in range(number)]
    found = []
    for index, start in enumerate(starts):
        first, last = index == 0, index == number - 1
        own = 0 if first else starts[index - 1] + side - seam
        found.append(Span(start, start + side, own, 0 if first else seam, 0 if last else seam))
    return found


def sides(image: Size, net: Size | None, tile: int) -> Size:
    """(height, width) of a window.

    Args:
        image: Of the image.
        net: The network's fixed size, None where it is free.
        tile: The card's, 0 for the default.
    """
    if net is not None:
        return net
    side = tile or DEFAULT_SIDE
    if max(image) <= side * _WHOLE:
        return image
    return side, side


Ask = Callable[[int, int, int, int], Floats]
"""(left, top, right, bottom) → (C, bottom - top, right - left) float32 of the window."""


def blended(image: Size, window: Size, ask: Ask) -> Iterator[tuple[int, int, Floats]]:
    """Answer window by window; yields finished blocks that together tile the image exactly.

    Args:
        image: (height, width).
        window: (height, width) of a window.
        ask: Gives a window's scores at the image's resolution.

    Yields:
        (top, left, (C, h, w) float32), each pixel of the image once.
    """
    across = spans(image[1], window[1])
    above: Floats | None = None
    for row in spans(image[0], window[0]):
        below: Floats | None = None
        right: Floats | None = None
        for column in across:
            scores = ask(column.start, row.start, column.stop, row.stop)
            part = scores[:, row.own - row.start :, column.own - column.start :]
            part = part * row.ramp()[:, None] * column.ramp()
            if column.lead and right is not None:
                part[:, :, : column.lead] += right
            if column.tail:
                right = part[:, :, -column.tail :].copy()
                part = part[:, :, : -column.tail]
            place = slice(column.own, column.own + part.shape[2])
            if row.lead and above is not None:
                part[:, : row.lead] += above[:, :, place]
            if row.tail:
                if below is None:
                    below = np.zeros((len(part), row.tail, image[1]), np.float32)
                below[:, :, place] = part[:, -row.tail :]
                part = part[:, : -row.tail]
            yield row.own, column.own, part
        above = below


def abutting(image: Size, window: Size) -> Iterator[tuple[Span, Span, slice, slice]]:
    """For class maps, which cannot be blended: windows cut at the middle of their seams.

    Yields:
        (row window, column window, rows of the image to take from it, columns likewise).
    """
    for row in spans(image[0], window[0]):
        for column in spans(image[1], window[1]):
            yield row, column, _middle(row), _middle(column)


def _middle(span: Span) -> slice:
    return slice(span.own + span.lead // 2, span.stop - span.tail + span.tail // 2)
