"""Class scores at the network's resolution → a class number for every image pixel.

Scores are interpolated bilinearly between cell centres (edges repeat) and the largest wins. A
67-megapixel image times 21 classes of float32 would be 5.6 GB, so this goes tile by tile and works
out only the classes that can win there: within a tile an interpolated score is never above the
largest and never below the smallest of its cells, so a class whose largest is below another's
smallest is out. The result is exactly that of interpolating everything.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int]
Extent = tuple[float, float]
Floats = NDArray[np.float32]


def weights_along(start: int, stop: int, scale: float, cells: int) -> tuple[int, int, Floats]:
    """Interpolation matrix for output pixels start..stop along one axis.

    Output pixel i lies at (i + 0.5) * scale - 0.5 in cells, clamped to the outer centres.

    Args:
        start: First output pixel.
        stop: After the last.
        scale: Cells per output pixel.
        cells: Number of cells along the axis.

    Returns:
        (first cell, after the last cell, (stop - start, last - first) float32 of rows that sum
        to 1).
    """
    at = np.clip((np.arange(start, stop) + 0.5) * scale - 0.5, 0, cells - 1)
    low = np.minimum(at.astype(np.intp), cells - 1)
    high = np.minimum(low + 1, cells - 1)
    first, last = int(low[0]), int(high[-1]) + 1
    matrix = np.zeros((stop - start, last - first), np.float32)
    rows = np.arange(stop - start)
    part = (at - low).astype(np.float32)
    np.add.at(matrix, (rows, low - first), 1 - part)
    np.add.at(matrix, (rows, high - first), part)
    return first, last, matrix


def tile_side(scale: float) -> int:
    """Side of an output tile that covers about 16 cells, 64 to 512 pixels."""
    return int(min(max(16 / max(scale, 1e-6), 64), 512))


def classes_at(scores: Floats, extent: Extent, size: Size) -> NDArray[np.uint8 | np.uint16]:
    """The winning channel for each pixel of the image.

    Args:
        scores: (C, h, w) float32, larger is likelier.
        extent: (height, width) in cells that the image covers, from the top left.
        size: (height, width) of the image.

    Returns:
        (height, width), uint8 up to 256 channels, else uint16. The lower channel wins a tie.
    """
    dtype = np.uint8 if scores.shape[0] <= 256 else np.uint16
    result = np.zeros(size, dtype)
    if scores.shape[1:] == size == extent:
        rows = max(1, (4 << 20) // max(1, scores[:, 0].size))
        for top in range(0, size[0], rows):
            result[top : top + rows] = scores[:, top : top + rows].argmax(axis=0)
        return result

    def winner(tile: Floats, place: tuple[slice, slice], blend: Callable[[Floats], Floats]) -> None:
        lower = tile.min(axis=(1, 2)).max()
        able = np.flatnonzero(tile.max(axis=(1, 2)) >= lower)
        if len(able) == 1:
            result[place] = able[0]
        elif len(able) == 2:
            result[place] = able[(blend(tile[able[1]]) > blend(tile[able[0]])).view(np.uint8)]
        else:
            result[place] = able[blend(tile[able]).argmax(axis=0)]

    _each_tile(scores, extent, size, winner)
    return result


def above(values: Floats, threshold: float, extent: Extent, size: Size) -> NDArray[np.bool_]:
    """Where one channel, interpolated, reaches a threshold.

    Args:
        values: (h, w) float32.
        threshold: In the same unit.
        extent: See `classes_at`.
        size: See `classes_at`.

    Returns:
        (height, width) bool.
    """
    result = np.zeros(size, np.bool_)

    def compare(
        tile: Floats, place: tuple[slice, slice], blend: Callable[[Floats], Floats]
    ) -> None:
        if tile.min() >= threshold:
            result[place] = True
        elif tile.max() >= threshold:
            result[place] = blend(tile[0]) >= threshold

    _each_tile(values[None], extent, size, compare)
    return result


def _each_tile(
    scores: Floats,
    extent: Extent,
    size: Size,
    work: Callable[[Floats, tuple[slice, slice], Callable[[Floats], Floats]], None],
) -> None:
    """Call `work` with the cells of each output tile, its place, and what interpolates cells."""
    scale = (extent[0] / size[0], extent[1] / size[1])
    side = tile_side(min(scale))
    columns = [
        (left, *weights_along(left, min(left + side, size[1]), scale[1], scores.shape[2]))
        for left in range(0, size[1], side)
    ]
    for top in range(0, size[0], side):
        bottom = min(top + side, size[0])
        first, last, down = weights_along(top, bottom, scale[0], scores.shape[1])
        band = scores[:, first:last]
        for left, low, high, across in columns:
            place = (slice(top, bottom), slice(left, left + len(across)))

            def blend(cells: Floats, down: Floats = down, across: Floats = across) -> Floats:
                return np.asarray(down @ cells @ across.T)

            work(band[:, :, low:high], place, blend)


def resampled(
    values: Floats, extent: Extent, size: Size, box: tuple[int, int, int, int], step: int
) -> Floats:
    """One channel at image pixels of a box, every `step`-th row and column.

    Args:
        values: (h, w) float32.
        extent: See `classes_at`.
        size: See `classes_at`.
        box: (left, top, right, bottom) in image pixels.
        step: 1 for all.

    Returns:
        float32 of the shape of ``image[top:bottom:step, left:right:step]``.
    """
    left, top, right, bottom = box
    scale = (extent[0] / size[0], extent[1] / size[1])
    rows = _positions(top, bottom, step, scale[0], values.shape[0])
    columns = _positions(left, right, step, scale[1], values.shape[1])
    upper = values[rows[0]] * (1 - rows[2])[:, None] + values[rows[1]] * rows[2][:, None]
    return np.asarray(upper[:, columns[0]] * (1 - columns[2]) + upper[:, columns[1]] * columns[2])


def _positions(
    start: int, stop: int, step: int, scale: float, cells: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    at = np.clip((np.arange(start, stop, step) + 0.5) * scale - 0.5, 0, cells - 1)
    low = at.astype(np.intp)
    return low, np.minimum(low + 1, cells - 1), (at - low).astype(np.float32)
