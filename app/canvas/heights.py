"""Where objects lie and which lies above which, as arrays that are asked all at once."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.masks.box import NOTHING, Box

_NOWHERE = (1 << 30, 1 << 30, -(1 << 30), -(1 << 30))
"""A box that meets no other."""

Slots = NDArray[np.intp]
Boxes = NDArray[np.int32]


class Heights:
    """Boxes and heights by slot. Asking costs microseconds up to ten thousand objects."""

    def __init__(self) -> None:
        self._boxes = _nowhere(64)  # left, top, right, bottom of each slot
        self._heights = np.zeros(64, np.int64)
        self._used = 0  # slots from here on have never had a box

    def put(self, slot: int, box: Box) -> None:
        """Give a slot the tight box of its object."""
        while slot >= len(self._heights):
            self._boxes = np.concatenate([self._boxes, _nowhere(len(self._heights))], axis=1)
            self._heights = np.concatenate([self._heights, np.zeros_like(self._heights)])
        self._boxes[:, slot] = box if box != NOTHING else _NOWHERE
        self._used = max(self._used, slot + 1)

    def remove(self, slot: int) -> None:
        """The slot has no object."""
        self._boxes[:, slot] = _NOWHERE

    def order(self, bottom_first: Iterable[int]) -> None:
        """The slots from the bottom of the stack to its top."""
        slots = np.fromiter(bottom_first, np.intp)
        self._heights[slots] = np.arange(len(slots))

    def touching(self, box: Box) -> list[int]:
        """Slots whose box meets ``box``, bottom first."""
        found = self._meeting(box)
        order: list[int] = found[np.argsort(self._heights[found])].tolist()
        return order

    def touching_each(self, boxes: Sequence[Box], whole: Box) -> list[list[int]]:
        """The answers to ``touching`` for several boxes, which lie in ``whole``."""
        if len(boxes) == 1:
            return [self.touching(boxes[0])]
        found = self._meeting(whole)
        found = found[np.argsort(self._heights[found])]
        some = np.array(boxes, np.int32).T[:, :, None]
        which, slots = np.nonzero(_meets(self._boxes[:, None, found], some))
        cuts = np.searchsorted(which, np.arange(1, len(boxes)))
        return [each.tolist() for each in np.split(found[slots], cuts)]

    def count(self, box: Box) -> int:
        """How many those are."""
        return len(self._meeting(box))

    def _meeting(self, box: Box) -> Slots:
        return np.flatnonzero(_meets(self._boxes[:, : self._used], box))


def _meets(boxes: Boxes, others: Box | Boxes) -> NDArray[np.bool_]:
    """Whether boxes (left, top, right, bottom by row) meet others, as numpy broadcasts them."""
    left, top, right, bottom = boxes
    meets = (left < others[2]) & (right > others[0])
    meets &= top < others[3]
    meets &= bottom > others[1]
    return np.asarray(meets)


def _nowhere(count: int) -> NDArray[np.int32]:
    return np.repeat(np.array(_NOWHERE, np.int32)[:, None], count, axis=1)
