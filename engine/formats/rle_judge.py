"""Check and measure many COCO run-length strings at once, in numpy alone.

The form is that of `rle_batch`. Because no native code is involved, strings of strangers can be
judged here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHUNK = 1 << 15
"""Characters judged at once, so that the arrays stay in the processor's cache."""

_FOREIGN = re.compile(r"[^\x00-\x7f]")
_NO_GROUP = "~"
"""A character that stands for no group, put in the place of those outside ASCII."""

GROUPS = 8
"""Most groups of one run: 40 bits, far above the pixels of any image."""


class Judged(NamedTuple):
    """What n strings hold; every array has one entry a string.

    Attributes:
        well_formed: Characters in range, groups ended, no negative run.
        canonical: Nothing could be written shorter: no run of 0 but the first, no idle group.
        pixels: Sum of all runs; height × width in a sound mask.
        area: Pixels set.
        boxes: (n, 4) left, top, width, height of the set pixels, as pycocotools.toBbox.
    """

    well_formed: Bools
    canonical: Bools
    pixels: Ints
    area: Ints
    boxes: Ints


def judge(strings: Sequence[str], heights: Ints) -> Judged:
    """Check and measure many strings, of images with the given heights (pixels, above 0).

    Nothing is raised for a bad string: it comes back not well formed, its numbers 0.
    """
    parts = []
    begin = length = 0
    for at, text in enumerate(strings):
        length += len(text)
        if length > CHUNK or at == len(strings) - 1:
            parts.append(_judge(strings[begin : at + 1], heights[begin : at + 1]))
            begin, length = at + 1, 0
    if not parts:
        return _judge([], heights)
    return Judged(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def groups_of(strings: Sequence[str]) -> tuple[NDArray[np.uint8], Ints, Bools]:
    """The groups of many strings one behind another, where each string ends, and which are whole.

    A string is whole when it is not empty, its characters are in range, and it does not break off.
    """
    joined = "".join(strings)
    if not joined.isascii():
        joined = _FOREIGN.sub(_NO_GROUP, joined)
    # Below "0" it wraps around to above 63.
    groups = np.frombuffer(joined.encode("ascii"), np.uint8) - np.uint8(48)
    ends = np.cumsum(np.array([len(each) for each in strings], np.int64))
    whole = np.diff(ends, prepend=0) > 0
    whole[np.searchsorted(ends, np.flatnonzero(groups > 63), side="right")] = False
    whole[whole] = groups[ends[whole] - 1] < 32
    return groups, ends, whole


def _judge(strings: Sequence[str], heights: Ints) -> Judged:
    groups, ends, whole = groups_of(strings)
    if whole.all():
        return _judge_whole(groups, ends, heights)
    places = np.flatnonzero(whole)
    some = _judge([strings[at] for at in places.tolist()], heights[whole])
    n = len(strings)
    judged = Judged(
        np.zeros(n, np.bool_),
        np.zeros(n, np.bool_),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros((n, 4), np.int64),
    )
    for to, part in zip(judged, some, strict=True):
        to[places] = part
    return judged


def _judge_whole(groups: NDArray[np.uint8], ends: Ints, heights: Ints) -> Judged:
    """Judge strings of characters in range, none of them empty or broken off.

    Args:
        groups: Of all strings, one behind another; bit 6 says that another follows.
        ends: Where each string ends in them.
        heights: As `judge`.
    """
    pairs, runs, good, idle = read_runs(groups, ends)
    canonical = good & ~idle
    canonical[pairs.owners(pairs.empty(runs))] = False
    return _measure(runs, pairs, good, canonical, heights)


def read_runs(groups: NDArray[np.uint8], ends: Ints) -> tuple[Pairs, Ints, Bools, Bools]:
    """The runs of whole strings; see `groups_of`.

    Returns:
        How they are laid out; (rows, 2) runs; by string whether no run is negative or endless, and
        whether any number has an idle group.
    """
    stop = np.flatnonzero(groups < 32)
    numbers = np.searchsorted(stop, ends)  # of the strings up to each
    good = np.ones(len(ends), np.bool_)
    dull = np.zeros(len(ends), np.bool_)
    values, idle, endless = _numbers(groups, stop)
    good[np.searchsorted(numbers, endless, side="right")] = False
    dull[np.searchsorted(numbers, idle, side="right")] = True
    pairs = Pairs(np.diff(numbers, prepend=0))
    runs = pairs.undo_differences(values)
    good[pairs.owners(np.flatnonzero((runs < 0).any(1)))] = False
    return pairs, runs, good, dull


def _numbers(groups: NDArray[np.uint8], stop: Ints) -> tuple[Ints, Ints, Ints]:
    """The numbers that end at `stop`, and which have an idle group or too many groups."""
    start = np.empty_like(stop)
    start[:1], start[1:] = 0, stop[:-1] + 1
    first = groups[start]
    # Most have one group: its lower four bits, less its fifth.
    values = (((first & 31) ^ 16).view(np.int8) - np.int8(16)).astype(np.int64)
    long = np.flatnonzero(first > 31)
    length = stop[long] - start[long] + 1
    sums = (first[long] & 31).astype(np.int64)
    for group in range(1, min(int(length.max(initial=1)), GROUPS)):
        there = np.flatnonzero(length > group)
        more = groups[start[long[there]] + group] & 31
        sums[there] += more.astype(np.int64) << (5 * group)
    last, before = groups[stop[long]], groups[stop[long] - 1]
    sums -= (last > 15).astype(np.int64) << (5 * np.minimum(length, GROUPS))
    values[long] = sums
    idle = last == np.where(before & 16, 31, 0)
    return values, long[idle], long[length > GROUPS]


class Pairs:
    """Runs laid out in rows of two, of zeros and of ones; each string begins a row.

    Attributes:
        begins: The first row of each string.
        rows: How many rows each has.
        odd: Strings whose last row lacks its run of ones.
    """

    def __init__(self, counts: Ints) -> None:
        self.rows = (counts + 1) // 2
        self.odd = counts % 2 == 1
        self.begins = np.cumsum(self.rows) - self.rows
        self._counts = counts

    def owners(self, rows: Ints) -> Ints:
        """The string of each row."""
        owners: Ints = np.searchsorted(self.begins, rows, side="right") - 1
        return owners

    def owners_of_all(self) -> Ints:
        """The string of every row there is."""
        return np.repeat(np.arange(len(self.rows)), self.rows)

    def undo_differences(self, values: Ints) -> Ints:
        """The runs, (rows, 2), from what is written; a run that is lacking is 0."""
        counts = self._counts
        laid = np.zeros((int(self.rows.sum()), 2), np.int64)
        shifts = 2 * self.begins - (np.cumsum(counts) - counts)
        laid.reshape(-1)[np.arange(len(values)) + np.repeat(shifts, counts)] = values
        # The first number stands for itself; the others are sums down their column.
        firsts = laid[self.begins, 0]
        laid[self.begins, 0] = 0
        runs: Ints = np.cumsum(laid, axis=0)
        runs -= np.repeat(_before(runs, self.begins), self.rows, axis=0)
        runs[self.begins, 0] = firsts
        runs[(self.begins + self.rows - 1)[self.odd], 1] = 0
        return runs

    def empty(self, runs: Ints) -> Ints:
        """Rows with a run of 0 that may not be: only the first of a string may."""
        zeros, ones = (np.flatnonzero(column == 0) for column in runs.T)
        lacking = (self.begins + self.rows - 1)[self.odd]
        return np.concatenate(
            [
                zeros[~np.isin(zeros, self.begins, assume_unique=True)],
                ones[~np.isin(ones, lacking, assume_unique=True)],
            ]
        )


def _before(sums: Ints, begins: Ints) -> Ints:
    """Running sums as they stood before each of `begins`, of which the first is 0."""
    before = sums[begins - 1]
    before[:1] = 0
    return before


def _measure(runs: Ints, pairs: Pairs, good: Bools, canonical: Bools, heights: Ints) -> Judged:
    begins, rows = pairs.begins, pairs.rows
    n = len(begins)
    boxes = np.zeros((n, 4), np.int64)
    if not n:
        none = np.zeros(0, np.int64)
        return Judged(good, canonical, none, none, boxes)
    ends = np.cumsum(runs).reshape(-1, 2)
    base = _before(ends[:, 1], begins)
    pixels = ends[begins + rows - 1, 1] - base
    area = np.add.reduceat(runs[:, 1], begins)
    ends -= np.repeat(base, rows)[:, np.newaxis]
    there = np.flatnonzero(runs[:, 1] > 0)
    if len(there):
        who = pairs.owners_of_all()[there]
        start, stop = ends[there, 0], ends[there, 1] - 1
        # One height for all is the usual, and dividing by one number is quicker.
        height = heights[0] if (heights == heights[0]).all() else heights[who]
        left, right = start // height, stop // height
        across = left != right  # a run over a column's end covers its last and its first row
        top = np.where(across, 0, start - left * height)
        bottom = np.where(across, height - 1, stop - right * height)
        first = np.flatnonzero(np.diff(who, prepend=-1))
        index = who[first]
        boxes[index, 0] = l_ = np.minimum.reduceat(left, first)
        boxes[index, 1] = t_ = np.minimum.reduceat(top, first)
        boxes[index, 2] = np.maximum.reduceat(right, first) - l_ + 1
        boxes[index, 3] = np.maximum.reduceat(bottom, first) - t_ + 1
    pixels[~good] = 0
    area[~good] = 0
    boxes[~good] = 0
    return Judged(good, canonical, pixels, area, boxes)
