"""Masks from runs of pixels: many [start, stop) in rows or in columns.

The common ground of drawn shapes (rows) and COCO run lengths (columns). Cost follows the pixels
of small masks and, for large ones, the tiles that the runs begin or end in.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.masks.box import Box
from engine.masks.mask import SMALL, Mask
from engine.masks.tiles import FULL, PIXELS, SIDE, Bits, Piece, Tiles, freeze

Ints = NDArray[np.int64]


class Spans(NamedTuple):
    """Disjoint runs of pixels, none empty, sorted by line and then start.

    Attributes:
        lines: int64, (n,), the row of each run (the column when they run down columns).
        starts: int64, (n,), the first pixel along the line.
        stops: int64, (n,), the pixel after the last.
    """

    lines: Ints
    starts: Ints
    stops: Ints


def to_mask(spans: Spans, *, down: bool = False) -> Mask:
    """The mask of ``spans``; ``down`` says that they run down columns."""
    lines, starts, stops = spans
    if lines.size == 0:
        return Mask.EMPTY
    first, last = int(lines[0]), int(lines[-1]) + 1
    low, high = int(starts.min()), int(stops.max())
    area = int((stops - starts).sum())
    box: Box = (first, low, last, high) if down else (low, first, high, last)
    if last - first <= SMALL and high - low <= SMALL:
        bits = _fill(Spans(lines - first, starts - low, stops - low), last - first, high - low)
        upright = np.ascontiguousarray(bits.T) if down else bits
        return Mask(crop=Piece(box[0], box[1], freeze(upright)), area=area)
    tiles: Tiles = {}
    for band in range(first // SIDE, (last - 1) // SIDE + 1):
        a, b = np.searchsorted(lines, (band * SIDE, (band + 1) * SIDE))
        part = Spans(lines[a:b] - band * SIDE, starts[a:b], stops[a:b])
        for place, tile in _band(part):
            key = (place, band) if down else (band, place)
            tiles[key] = FULL if tile is FULL else freeze(tile.T.copy() if down else tile)
    return Mask(tiles=tiles, area=area, box=box)


def _band(spans: Spans) -> list[tuple[int, Bits]]:
    """The tiles of one band of ``SIDE`` lines, by their place along the lines."""
    lines, starts, stops = spans
    if lines.size == 0:
        return []
    out: list[tuple[int, Bits]] = []
    low, high = int(starts.min()) // SIDE, (int(stops.max()) - 1) // SIDE
    inside = _common(spans)
    for place in range(low, high + 1):
        at = place * SIDE
        if inside[0] <= at and at + SIDE <= inside[1]:
            out.append((place, FULL))
            continue
        touched = np.flatnonzero((starts < at + SIDE) & (stops > at))
        if touched.size == 0:
            continue
        part = Spans(
            lines[touched],
            np.maximum(starts[touched] - at, 0),
            np.minimum(stops[touched] - at, SIDE),
        )
        full = int((part.stops - part.starts).sum()) == PIXELS
        out.append((place, FULL if full else _fill(part, SIDE, SIDE)))
    return out


def _common(spans: Spans) -> tuple[int, int]:
    """What every line of a band has, if each has one run; tiles inside are full."""
    lines, starts, stops = spans
    if lines.size != SIDE or np.any(lines != np.arange(SIDE)):
        return 0, 0
    return int(starts.max()), int(stops.min())


def _fill(spans: Spans, height: int, width: int) -> Bits:
    """Bool, (height, width), set along the runs, one line a row."""
    lines, starts, stops = spans
    if lines.size == height and int(lines[0]) == 0 and np.all(lines[1:] > lines[:-1]):
        # one run in each line: two comparisons are faster than laying out runs
        along = np.arange(width, dtype=np.int32)
        begin, end = starts.astype(np.int32)[:, None], stops.astype(np.int32)[:, None]
        out: Bits = np.less_equal(begin, along)
        out &= along < end
        return out
    edges = np.empty(2 * lines.size + 2, np.int64)
    edges[0], edges[-1] = 0, height * width
    edges[1:-1:2] = lines * width + starts
    edges[2:-1:2] = lines * width + stops
    values = np.zeros(edges.size - 1, np.bool_)
    values[1::2] = True
    return np.repeat(values, np.diff(edges)).reshape(height, width)
