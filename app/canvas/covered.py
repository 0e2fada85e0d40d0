"""What the steps of a gesture covered, in bounded memory."""

from collections import deque
from collections.abc import Iterator

from engine.masks.bitmap import Bitmap
from engine.masks.mask import Mask

HELD = 8 << 20
"""Bytes of steps kept as they came; older ones are added up."""


class Covered:
    """Masks that overlap by the thousand: the newest as they came, the others added up."""

    def __init__(self) -> None:
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

    def masks(self) -> Iterator[Mask]:
        """Masks that together are what was covered."""
        if self._sum is not None:
            yield self._sum.to_mask()
        yield from tuple(self._steps)
