"""Many COCO run-length strings at once, in numpy alone.

The string form is that of pycocotools (maskApi.c, rleToString and rleFrString): each run is
written as its difference to the run two before it (from the fourth run on), in groups of five
bits, lowest first; bit 6 says that another group follows, bit 5 of the last group is the sign,
and 48 is added to make it a character.

Because no native code is involved, untrusted strings can be judged here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.masks import rle
from engine.masks.mask import Mask

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHUNK = 1 << 15
"""Characters judged at once, so that the arrays stay in the processor's cache."""

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


def encode(masks: Sequence[tuple[Mask, tuple[int, int]]]) -> list[str]:
    """The strings of many masks, each with the (height, width) of its image.

    Small masks are put one behind another into one array, so that the work per mask is little
    more than a copy.

    Raises:
        EngineError: A mask leaves its image.
    """
    texts = [""] * len(masks)
    crops: list[int] = []
    others: list[int] = []
    for at, (mask, size) in enumerate(masks):
        left, top, right, bottom = mask.box
        simple = len(mask.pieces) == 1 and left >= 0 and top >= 0
        fits = simple and right <= size[1] and bottom <= size[0]
        (crops if fits else others).append(at)
    together = _strings(*_runs_of_crops([masks[at] for at in crops])) if crops else []
    alone = to_strings([rle.counts(*masks[at]) for at in others])
    for at, text in zip((*crops, *others), (*together, *alone), strict=True):
        texts[at] = text
    return texts


def _runs_of_crops(masks: Sequence[tuple[Mask, tuple[int, int]]]) -> tuple[Ints, Ints]:
    """Run lengths of masks of one piece each, one behind another, and how many each has."""
    pieces = [mask.pieces[0] for mask, _ in masks]
    rows = np.array([each.bits.shape[0] for each in pieces], np.int64)
    columns = np.array([each.bits.shape[1] for each in pieces], np.int64)
    lefts = np.array([each.left for each in pieces], np.int64)
    tops = np.array([each.top for each in pieces], np.int64)
    heights = np.array([size[0] for _, size in masks], np.int64)
    pixels = heights * np.array([size[1] for _, size in masks], np.int64)
    # Each mask: an empty cell, then its columns, each ended by an empty cell.
    cells = (rows + 1) * columns + 1
    begins = np.cumsum(cells) - cells
    flat = np.zeros(int(cells.sum()), np.bool_)
    for begin, end, each in zip(begins.tolist(), np.cumsum(cells).tolist(), pieces, strict=True):
        high, wide = each.bits.shape
        flat[begin + 1 : end].reshape(wide, high + 1)[:, :high] = each.bits.T
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    owner = np.searchsorted(begins, changes, side="right") - 1
    column, row = np.divmod(changes - begins[owner], rows[owner] + 1)
    edges = (lefts[owner] + column) * heights[owner] + tops[owner] + row
    # A run that goes on at the top of the next column is one run.
    meets = np.flatnonzero((edges[1:-1:2] == edges[2::2]) & (owner[1:-1:2] == owner[2::2])) * 2 + 1
    if len(meets):
        gone = np.concatenate([meets, meets + 1])
        edges, owner = np.delete(edges, gone), np.delete(owner, gone)
    return _lengths(edges, np.bincount(owner, minlength=len(masks)), pixels)


def _lengths(edges: Ints, counts: Ints, pixels: Ints) -> tuple[Ints, Ints]:
    """Run lengths from where runs begin and end in turn.

    Args:
        edges: Of all masks, one behind another.
        counts: How many of them each mask has, above 0.
        pixels: Pixels of each mask's image.
    """
    many = counts + 1
    last = np.cumsum(many) - 1
    stops = np.empty(int(many.sum()), np.int64)
    inner = np.ones(len(stops), np.bool_)
    inner[last] = False
    stops[inner], stops[last] = edges, pixels
    runs = np.diff(stops, prepend=0)
    runs[last[:-1] + 1] = stops[last[:-1] + 1]  # each mask counts from its own first pixel
    empty = last[runs[last] == 0]
    if len(empty):  # the image's last pixel is inside: no run of zeros follows
        many = many - (runs[last] == 0)
        runs = np.delete(runs, empty)
    return runs, many


def to_strings(counts: Sequence[NDArray[np.integer]]) -> list[str]:
    """The strings of many run-length lists (column-major runs, beginning with zeros)."""
    if not counts:
        return []
    lengths = np.array([len(each) for each in counts], np.int64)
    if not lengths.all():
        raise ValueError("a run-length list is empty")
    return _strings(np.concatenate(counts).astype(np.int64, copy=False), lengths)


def _strings(runs: Ints, lengths: Ints) -> list[str]:
    """The strings of run lengths one behind another; `lengths` says how many each mask has."""
    firsts = np.cumsum(lengths) - lengths
    place = np.arange(len(runs)) - np.repeat(firsts, lengths)
    values = runs.copy()
    late = np.flatnonzero(place > 2)
    values[late] -= runs[late - 2]
    groups = _groups_needed(values)
    ends = np.cumsum(groups)
    total = int(ends[-1])
    owner = np.repeat(np.arange(len(values)), groups)
    within = np.arange(total) - np.repeat(ends - groups, groups)
    bits = (values[owner] >> (5 * within)) & 31
    bits[within < groups[owner] - 1] |= 32
    text = (bits + 48).astype(np.uint8).tobytes().decode("ascii")
    cuts = np.concatenate(([0], ends[firsts + lengths - 1])).tolist()
    return [text[a:b] for a, b in pairwise(cuts)]


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


def _judge(strings: Sequence[str], heights: Ints) -> Judged:
    n = len(strings)
    data = np.frombuffer("".join(strings).encode("latin-1", "replace"), np.uint8)
    sizes = np.array([len(each) for each in strings], np.int64)
    string = np.repeat(np.arange(n), sizes)
    groups = data.astype(np.int64) - 48
    good = sizes > 0
    good[string[(groups < 0) | (groups > 63)]] = False
    ends = np.cumsum(sizes)
    filled = sizes > 0
    good[filled] &= (groups[ends[filled] - 1] & 32) == 0
    # From here on only strings whose groups are whole are looked at.
    keep = good[string]
    groups, string = groups[keep], string[keep]
    last = (groups & 32) == 0
    stop = np.flatnonzero(last)
    start = np.concatenate(([0], stop[:-1] + 1)) if len(stop) else stop
    length = stop - start + 1
    owner = string[stop] if len(stop) else stop
    good[owner[length > GROUPS]] = False
    shift = np.minimum(np.arange(len(groups)) - np.repeat(start, length), GROUPS)
    values = _sums((groups & 31) << (5 * shift), start)
    negative = (groups[stop] & 16) != 0
    values[negative] -= np.int64(1) << (5 * np.minimum(length[negative], GROUPS))
    idle = length != _groups_needed(values)
    runs, place = _undo_differences(values, owner)
    good[owner[runs < 0]] = False
    canonical = good.copy()
    canonical[owner[idle | ((runs == 0) & (place > 0))]] = False
    return _measure(runs, place, owner, good, canonical, heights)


def _groups_needed(values: Ints) -> Ints:
    """Groups of five bits each number needs, sign included."""
    size = np.where(values < 0, ~values, values)
    bits = np.frexp(size)[1]  # the binary exponent of a whole number is its count of bits
    groups: Ints = (bits.astype(np.int64) + 5) // 5
    return groups


def _sums(values: Ints, starts: Ints) -> Ints:
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0, np.int64)


def _undo_differences(values: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """The runs, and the place of each in its string."""
    total = len(values)
    if not total:
        return values, values
    new = np.concatenate(([True], owner[1:] != owner[:-1]))
    first = np.flatnonzero(new)
    place = np.arange(total) - np.repeat(first, np.diff(np.append(first, total)))
    runs = values.copy()
    for parity in (1, 2):  # runs 1, 3, 5 … and 2, 4, 6 … are two chains of sums
        chain = np.flatnonzero((place % 2 == parity % 2) & (place > 0))
        if not len(chain):
            continue
        sums = np.cumsum(values[chain])
        begins = place[chain] == parity
        before = np.where(begins, sums - values[chain], 0)
        at = np.maximum.accumulate(np.where(begins, np.arange(len(chain)), 0))
        runs[chain] = sums - before[at]
    return runs, place


def _measure(
    runs: Ints, place: Ints, owner: Ints, good: Bools, canonical: Bools, heights: Ints
) -> Judged:
    n = len(good)
    pixels = np.zeros(n, np.int64)
    np.add.at(pixels, owner, runs)
    area = np.zeros(n, np.int64)
    boxes = np.zeros((n, 4), np.int64)
    ends = np.cumsum(runs)
    base = np.zeros(n, np.int64)
    firsts = np.flatnonzero(place == 0)
    base[owner[firsts]] = ends[firsts] - runs[firsts]
    ones = np.flatnonzero((place % 2 == 1) & (runs > 0) & good[owner])
    if len(ones):
        who = owner[ones]
        np.add.at(area, who, runs[ones])
        stop = ends[ones] - base[who] - 1
        start = stop - runs[ones] + 1
        height = heights[who]
        left, right = start // height, stop // height
        across = left != right  # a run over a column's end covers its last and its first row
        top = np.where(across, 0, start % height)
        bottom = np.where(across, height - 1, stop % height)
        first = np.flatnonzero(np.concatenate(([True], who[1:] != who[:-1])))
        index = who[first]
        l_, t_ = np.minimum.reduceat(left, first), np.minimum.reduceat(top, first)
        boxes[index, 0], boxes[index, 1] = l_, t_
        boxes[index, 2] = np.maximum.reduceat(right, first) - l_ + 1
        boxes[index, 3] = np.maximum.reduceat(bottom, first) - t_ + 1
    pixels[~good] = 0
    return Judged(good, canonical, pixels, area, boxes)
