"""What the steps of a gesture covered, in bounded memory."""

import math
from collections import deque
from collections.abc import Iterator

from engine.masks.bitmap import Bitmap
from engine.masks.box import Box, intersect
from engine.masks.mask import Mask
from engine.masks.raster import Point, capsule

Line = tuple[Point, Point, float]
"""Where a round tip came from, where it went, its radius; image pixels."""

HELD = 8 << 20
"""Bytes of steps kept as they came; older ones are added up."""


class Covered:
    """Masks that overlap by the thousand: the newest as they came, the others added up.

    A step that was seen from afar is kept as the way of the tip, a few numbers instead of up to
    megabytes; its pixels are worked out when somebody looks at it from near.
    """

    def __init__(self) -> None:
        self._afar: list[Line] = []
        self._steps: deque[Mask] = deque()
        self._held = 0
        self._sum: Bitmap | None = None

    def add(self, region: Mask, size: tuple[int, int]) -> None:
        """Keep a step; ``size`` (height, width) is that of the image."""
        self._steps.append(region)
        self._held += region.nbytes
        while self._held > HELD and len(self._steps) > 1:
            oldest = self._steps.popleft()
            self._held -= oldest.nbytes
            if self._sum is None:
                self._sum = Bitmap(size)
            self._sum.add(oldest)

    def add_line(self, line: Line) -> None:
        """Keep a step as the way of the tip."""
        self._afar.append(line)

    def work_out(self, box: Box, size: tuple[int, int]) -> None:
        """Have the pixels of every step that reaches into ``box``."""
        afar, self._afar = self._afar, []
        for line in afar:
            if intersect(_box_of(line), box) is None:
                self._afar.append(line)
            else:
                self.add(capsule(*line, size), size)

    @property
    def held(self) -> int:
        """How many steps it holds by themselves."""
        return len(self._afar) + len(self._steps)

    def masks(self) -> Iterator[Mask]:
        """Masks that together are what was covered, as far as its pixels are known."""
        if self._sum is not None:
            yield self._sum.to_mask()
        yield from tuple(self._steps)


def _box_of(line: Line) -> Box:
    (x0, y0), (x1, y1), radius = line
    reach = radius + 2
    left, top = math.floor(min(x0, x1) - reach), math.floor(min(y0, y1) - reach)
    return left, top, math.ceil(max(x0, x1) + reach), math.ceil(max(y0, y1) + reach)
