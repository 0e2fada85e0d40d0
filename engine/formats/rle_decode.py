"""Many COCO run-length strings at once to masks, in numpy alone; the way back of `rle_batch`.

Nothing is trusted: a string that is no sound mask of its image gives None.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.formats.rle_judge import Bools, Ints, groups_of, read_runs
from engine.masks import rle
from engine.masks.mask import SMALL, Mask, Piece

Size = tuple[int, int]

PIXELS = 1 << 22
"""Pixels of crops that are filled in one buffer, and characters read at once."""


def decode(strings: Sequence[str], sizes: Sequence[Size]) -> list[Mask | None]:
    """The masks of many strings, each with the (height, width) of its image, above 0.

    Returns:
        In order; None where a string is damaged or does not fill its image.
    """
    found: list[Mask | None] = []
    begin = length = 0
    for at, text in enumerate(strings):
        length += len(text)
        if length > PIXELS or at == len(strings) - 1:
            found += _decode(strings[begin : at + 1], sizes[begin : at + 1])
            begin, length = at + 1, 0
    return found


def _decode(strings: Sequence[str], sizes: Sequence[Size]) -> list[Mask | None]:
    groups, ends, whole = groups_of(strings)
    if not whole.all():
        found: list[Mask | None] = [None] * len(strings)
        places = np.flatnonzero(whole).tolist()
        some = _decode([strings[at] for at in places], [sizes[at] for at in places])
        for at, mask in zip(places, some, strict=True):
            found[at] = mask
        return found
    if not strings:
        return []
    pairs, runs, good, _ = read_runs(groups, ends)
    heights = np.array([size[0] for size in sizes], np.int64)
    pixels = heights * np.array([size[1] for size in sizes], np.int64)
    stops = np.cumsum(runs).reshape(-1, 2)
    base = np.concatenate([np.zeros(1, np.int64), stops[(pairs.begins - 1)[1:], 1]])
    good &= stops[pairs.begins + pairs.rows - 1, 1] - base == pixels
    owner = pairs.owners_of_all()
    stops -= base[owner][:, np.newaxis]
    there = np.flatnonzero((runs[:, 1] > 0) & good[owner])
    return _Columns(owner[there], stops[there], heights).masks(strings, sizes, good)


class _Columns:
    """Runs of ones cut at the ends of columns, in order.

    Attributes:
        owner: The mask of each piece.
        column: Its column in the image.
        start, stop: Its rows.
    """

    def __init__(self, owner: Ints, edges: Ints, heights: Ints) -> None:
        """Cut runs; ``edges`` is (n, 2), first place and place after the last, column by column."""
        height = heights[owner]
        first, last = edges[:, 0] // height, (edges[:, 1] - 1) // height
        many = last - first + 1
        if len(many) and int(many.max()) > 1:
            which = np.repeat(np.arange(len(many)), many)
            column = first[which] + np.arange(len(which))
            column -= np.repeat(np.cumsum(many) - many, many)
            owner, edges, height = owner[which], edges[which], height[which]
        else:
            column = first
        self.owner, self.column = owner, column
        self.start = np.maximum(edges[:, 0] - column * height, 0)
        self.stop = np.minimum(edges[:, 1] - column * height, height)

    def masks(
        self, strings: Sequence[str], sizes: Sequence[Size], good: Bools
    ) -> list[Mask | None]:
        """The masks; large ones are decoded one by one."""
        found: list[Mask | None] = [Mask.EMPTY if each else None for each in good.tolist()]
        if not len(self.owner):
            return found
        first = np.flatnonzero(np.diff(self.owner, prepend=-1))
        who = self.owner[first]
        left, right = self.column[first], self.column[np.append(first[1:], len(self.owner)) - 1] + 1
        top = np.minimum.reduceat(self.start, first)
        bottom = np.maximum.reduceat(self.stop, first)
        area = np.add.reduceat(self.stop - self.start, first)
        wide, high = right - left, bottom - top
        small = (wide <= SMALL) & (high <= SMALL)
        for at in who[~small].tolist():
            found[at] = rle.decode(strings[at], sizes[at])
        rows = np.stack([left, top, wide, high, area], axis=1)
        begin = 0
        cells = np.cumsum(np.where(small, wide * high, 0))
        while begin < len(who):  # a buffer at a time
            done = int(cells[begin - 1]) if begin else 0
            end = max(begin + 1, int(np.searchsorted(cells, done + PIXELS, side="right")))
            self._fill(found, who[begin:end], rows[begin:end], small[begin:end])
            begin = end
        return found

    def _fill(self, found: list[Mask | None], who: Ints, rows: Ints, small: Bools) -> None:
        """Make the small ones of some masks that follow each other."""
        a, b = np.searchsorted(self.owner, [who[0], who[-1] + 1])
        place = np.searchsorted(who, self.owner[a:b])
        kept = small[place]
        place = place[kept]
        left, top, wide, high, _ = rows.T
        cells = np.where(small, wide * high, 0)
        begins = np.cumsum(cells) - cells
        at = begins[place] + (self.column[a:b][kept] - left[place]) * high[place] - top[place]
        marks = np.zeros(-(-(int(cells.sum()) + 1) // 64) * 64, np.bool_)
        marks[at + self.start[a:b][kept]] = True
        marks[at + self.stop[a:b][kept]] ^= True  # where the next begins it goes on
        flat = _between(marks)
        for number, begin, (x, y, w, h, area), fits in zip(
            who.tolist(), begins.tolist(), rows.tolist(), small.tolist(), strict=True
        ):
            if fits:
                bits = np.ascontiguousarray(flat[begin : begin + w * h].reshape(w, h).T)
                bits.flags.writeable = False
                found[number] = Mask(crop=Piece(x, y, bits), area=area)


def _between(marks: Bools) -> Bools:
    """True from each odd mark up to the next one: the running XOR, 64 cells at a time.

    Args:
        marks: (n,), n a multiple of 64.
    """
    words = np.packbits(marks, bitorder="little").view("<u8")
    for shift in (1, 2, 4, 8, 16, 32):
        words ^= words << np.uint64(shift)
    odd = np.logical_xor.accumulate(words >> np.uint64(63) != 0)
    words[1:] ^= np.where(odd[:-1], ~np.uint64(0), np.uint64(0))
    filled: Bools = np.unpackbits(words.view(np.uint8), bitorder="little").view(np.bool_)
    return filled
