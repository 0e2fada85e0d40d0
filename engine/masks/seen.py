"""Which parts of an image were looked at, as a coarse grid of cells."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.masks.box import Box

SMALLEST: Final = 32
"""Side of a cell in pixels, where the image is not large."""

MOST: Final = 512
"""Cells along the longer side of an image; larger images have larger cells."""


class Seen:
    """A cell counts as seen once its middle was; counting costs the cells in view, no more.

    Attributes:
        size: (height, width) of the image.
        side: of a cell, in pixels: a power of two.
        cells: bool (rows, columns).
        count: cells seen.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.side = SMALLEST
        while math.ceil(max(size) / self.side) > MOST:
            self.side *= 2
        rows, columns = math.ceil(size[0] / self.side), math.ceil(size[1] / self.side)
        self.cells: NDArray[np.bool_] = np.zeros((max(1, rows), max(1, columns)), np.bool_)
        self.count = 0

    @property
    def share(self) -> float:
        """How much of the image was seen, 0..1, by cells."""
        return self.count / self.cells.size

    @property
    def is_whole(self) -> bool:
        """Whether all of it was."""
        return self.count == self.cells.size

    def see(self, box: Box) -> bool:
        """A box of the image (pixels) was looked at; answers whether any of it was new."""
        part = self.cells[self._part(box)]
        fresh = part.size - int(np.count_nonzero(part))
        if fresh == 0:
            return False
        part[...] = True
        self.count += fresh
        return True

    def _part(self, box: Box) -> tuple[slice, slice]:
        """The cells whose middle lies in the box; those cut by the image's edge by what is left."""
        height, width = self.size
        left, right = self._along(box[0], box[2], width)
        top, bottom = self._along(box[1], box[3], height)
        return slice(top, bottom), slice(left, right)

    def _along(self, start: int, stop: int, length: int) -> tuple[int, int]:
        """The first cell and the one after the last; ``stop`` itself is not looked at."""
        half, last = self.side / 2, -(-length // self.side) - 1
        first = max(0, math.ceil((start - half) / self.side))
        end = min(last, math.ceil((stop - half) / self.side))
        if start <= self._last_middle(length) < stop:
            return min(first, last), last + 1
        return first, max(first, end)

    def _last_middle(self, length: int) -> float:
        """Of the last cell; where the image cuts it, of the part that is left."""
        start = (-(-length // self.side) - 1) * self.side
        return (start + min(length, start + self.side)) / 2

    def take(self, cells: NDArray[np.bool_], side: int) -> None:
        """Take over a grid with cells of another size: a cell is seen where its middle was."""
        if side != self.side or cells.shape != self.cells.shape:
            rows, columns = self.cells.shape
            middle_rows = np.arange(rows) * self.side + self.side // 2
            middle_columns = np.arange(columns) * self.side + self.side // 2
            at_rows = np.minimum(middle_rows // side, cells.shape[0] - 1)
            at_columns = np.minimum(middle_columns // side, cells.shape[1] - 1)
            cells = cells[np.ix_(at_rows, at_columns)]
        self.cells = np.array(cells, np.bool_)
        self.count = int(np.count_nonzero(self.cells))

    def forget(self) -> None:
        """Nothing was seen."""
        self.cells[...] = False
        self.count = 0

    def next_unseen(self, box: Box, wanted: tuple[int, int]) -> Box | None:
        """A part that was not seen, near ``box``, as large as a view.

        Args:
            box: what is seen now; the unseen cell nearest to its middle is taken.
            wanted: (height, width) in pixels of the part.

        Returns:
            A box of that size, where the image has room for it, that holds the cell and as much of
            what lies unseen behind it as fits; None where all was seen.
        """
        rows, columns = np.nonzero(~self.cells)
        if rows.size == 0:
            return None
        middle = ((box[1] + box[3]) / 2, (box[0] + box[2]) / 2)
        down, across = (rows + 0.5) * self.side - middle[0], (columns + 0.5) * self.side - middle[1]
        nearest = int(np.argmin(np.hypot(down, across)))
        top = self._place(int(rows[nearest]), wanted[0], self.size[0], middle[0])
        left = self._place(int(columns[nearest]), wanted[1], self.size[1], middle[1])
        right, bottom = min(self.size[1], left + wanted[1]), min(self.size[0], top + wanted[0])
        return left, top, right, bottom

    def _place(self, cell: int, wanted: int, length: int, here: float) -> int:
        """Where a part begins along one axis: the cell at the near side of it."""
        start, stop = cell * self.side, min(length, (cell + 1) * self.side)
        if start <= here < stop or wanted < stop - start:
            begin = (start + stop - wanted) // 2
        else:
            begin = start if start > here else stop - wanted
        return max(0, min(begin, length - wanted))
