"""Cells of similar colour that follow the edges of a picture."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.masks.blocks import Check, no_check
from engine.masks.tiles import Piece

PASSES: Final = 6
COMPACT: Final = 14.0
"""How much nearness counts against colour: larger makes rounder cells."""

LEAST_SIDE: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A picture parted into cells, each connected.

    Attributes:
        labels: int32 (height, width), the number of each pixel's cell, from 0 on.
        order: the flat indices of all pixels, sorted by cell.
        first: where each cell begins in ``order``; one more at the end.
    """

    labels: NDArray[np.int32]
    order: NDArray[Any]
    first: NDArray[Any]

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.first) - 1

    def at(self, x: int, y: int) -> int | None:
        """The cell of the pixel in column ``x`` and row ``y``; None outside."""
        height, width = self.labels.shape
        return int(self.labels[y, x]) if 0 <= x < width and 0 <= y < height else None

    def piece(self, cell: int) -> Piece:
        """The pixels of a cell, tight."""
        flat = self.order[self.first[cell] : self.first[cell + 1]]
        rows, columns = np.divmod(flat, self.labels.shape[1])
        top, left = int(rows.min()), int(columns.min())
        bits = np.zeros((int(rows.max()) - top + 1, int(columns.max()) - left + 1), np.bool_)
        bits[rows - top, columns - left] = True
        return Piece(left, top, bits)


def cells(pixels: NDArray[np.uint8], side: int, check: Check = no_check) -> Cells:
    """Part a picture into cells of about ``side`` × ``side`` pixels.

    Achanta et al., "SLIC Superpixels Compared to State-of-the-Art", 2012, in CIELAB.

    Args:
        pixels: uint8 RGB (height, width, 3).
        side: at least ``LEAST_SIDE``; smaller ones are taken as that.
        check: called between passes; what it raises ends the work.
    """
    height, width = pixels.shape[:2]
    side = min(max(LEAST_SIDE, side), height, width)
    if side < LEAST_SIDE:
        return _sorted(np.zeros((height, width), np.int32))
    import cv2

    lab = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2Lab)
    lab = cv2.GaussianBlur(lab, (3, 3), 0)
    slic = cv2.ximgproc.createSuperpixelSLIC(lab, cv2.ximgproc.SLIC, side, COMPACT)
    for _ in range(PASSES):
        check()
        slic.iterate(1)
    check()
    slic.enforceLabelConnectivity(25)
    return _sorted(np.asarray(slic.getLabels(), np.int32))


def _sorted(labels: NDArray[np.int32]) -> Cells:
    count = int(labels.max()) + 1
    small = labels.astype(np.uint16) if count <= 0xFFFF else labels  # 16 bits sort by radix
    order = np.argsort(small, axis=None, kind="stable").astype(np.int32)
    sizes = np.bincount(labels.ravel(), minlength=count)
    return Cells(labels, order, np.concatenate([[0], np.cumsum(sizes)]))
