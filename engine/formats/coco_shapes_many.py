"""Many COCO segmentations at once: sound ones together, others one by one.

What `coco_shapes` says of a segmentation holds here too; a shape that is usual in every respect is
read in numpy, or drawn by pycocotools, with the others. Anything else goes the careful way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from engine.formats import rle_decode
from engine.formats.coco_shapes import FAR, MAX_LENGTH, Shape, Size, read_segmentation
from engine.formats.report import Report

TOGETHER = 128
"""Segmentations that are worth reading at once; more are no quicker."""

_FAST_POINTS = 4096
"""Numbers in one polygon that is drawn with others."""


class Asked(NamedTuple):
    """A segmentation to read.

    Attributes:
        entry: The annotation.
        size: (height, width) its image has in the file.
        where: Its name in the report.
    """

    entry: dict[str, Any]
    size: Size
    where: str


def read_segmentations(asked: Sequence[Asked], report: Report) -> list[Shape]:
    """The masks of many annotations, in order; see `coco_shapes.read_segmentation`."""
    texts: dict[int, str] = {}
    outlines: dict[int, list[list[float]]] = {}
    for at, each in enumerate(asked):
        value = each.entry.get("segmentation")
        if isinstance(value, dict):
            counts, size = value.get("counts"), value.get("size")
            if type(counts) is str and size == [*each.size]:
                texts[at] = counts
        elif type(value) is list and value and type(value[0]) is list:
            outlines[at] = value
    texts |= _drawn(asked, outlines)
    masks = rle_decode.decode([*texts.values()], [asked[at].size for at in texts])
    found: list[Shape | None] = [None] * len(asked)
    for at, mask in zip(texts, masks, strict=True):
        if mask:
            found[at] = Shape(mask, asked[at].size)
    return [
        read_segmentation(each.entry, each.size, report, each.where) if shape is None else shape
        for each, shape in zip(asked, found, strict=True)
    ]


def _drawn(asked: Sequence[Asked], outlines: dict[int, list[list[float]]]) -> dict[int, str]:
    """The run-length strings of those outlines that are drawn without a question."""
    from pycocotools import mask as reference

    texts: dict[int, str] = {}
    by_size: dict[Size, list[int]] = {}
    for at in _sound(asked, outlines):
        by_size.setdefault(asked[at].size, []).append(at)
    for size, places in by_size.items():
        parts = [part for at in places for part in outlines[at]]
        drawn = iter(reference.frPyObjects(parts, *size))
        for at in places:
            own = [next(drawn) for _ in outlines[at]]
            together = own[0] if len(own) == 1 else reference.merge(own)
            texts[at] = together["counts"].decode("ascii")
    return texts


def _sound(asked: Sequence[Asked], outlines: dict[int, list[list[float]]]) -> list[int]:
    """Which outlines are nothing but polygons of numbers in reach of their images."""
    parts: list[list[float]] = []
    owners: list[int] = []
    for at, polygons in outlines.items():
        if all(
            type(p) is list and 6 <= len(p) <= _FAST_POINTS and not len(p) % 2 for p in polygons
        ):
            parts += polygons
            owners += [at] * len(polygons)
    numbers = [*chain.from_iterable(parts)]
    if not numbers or not set(map(type, numbers)) <= {int, float}:
        return _sound_alone(asked, outlines) if len(outlines) > 1 else []
    try:
        points = np.array(numbers, np.float64).reshape(-1, 2)
    except OverflowError:
        return _sound_alone(asked, outlines) if len(outlines) > 1 else []
    counts = np.array([len(part) // 2 for part in parts], np.int64)
    begins = np.cumsum(counts) - counts
    with np.errstate(invalid="ignore"):  # infinities and NaN compare as out of reach
        low, high = np.minimum.reduceat(points, begins), np.maximum.reduceat(points, begins)
        sides = np.array([asked[at].size[::-1] for at in owners], np.float64)
        near = (low >= -FAR * sides).all(1) & (high <= (FAR + 1) * sides).all(1)
        near &= counts * (high - low).max(1) <= MAX_LENGTH
        # Numbers beyond every side may be run lengths, which only the careful way tells.
        near &= high.max(1) <= sides.max(1)
    bad = {owners[place] for place in np.flatnonzero(~near).tolist()}
    return [at for at in dict.fromkeys(owners) if at not in bad]


def _sound_alone(asked: Sequence[Asked], outlines: dict[int, list[list[float]]]) -> list[int]:
    """As `_sound`, where one of them holds something that is no usable number."""
    return [at for each in outlines.items() for at in _sound(asked, dict([each]))]
