"""Polygons and uncompressed runs of a COCO file, checked as loosely as COCO keeps its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.formats.coco_file import whole
from engine.formats.coco_shapes_many import TOGETHER, Asked, read_segmentations
from engine.formats.report import Report
from engine.masks.mask import Mask


class Entry(msgspec.Struct):
    """An annotation as far as it is checked."""

    id: Any = None
    image_id: Any = None
    category_id: Any = None
    segmentation: Any = None
    area: Any = None
    bbox: Any = None
    iscrowd: Any = 0
    score: Any = None


def where(each: Entry) -> str:
    """How an annotation is named in a report."""
    if each.id is None:
        return f"an annotation of {numbered('image', each.image_id)}"
    return numbered("annotation", each.id)


def numbered(what: str, number: Any) -> str:
    """How something with a number is named in a report; a number that is text is in quotes."""
    return f"{what} “{number}”" if isinstance(number, str) else f"{what} {number}"


def near(value: Any, true: float, slack: float) -> bool:
    """Whether `value` is a number no farther than `slack` from the true one."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value - true) <= slack
    )


def same_box(box: Any, true: Sequence[float], slack: float) -> bool:
    """Whether `box` is four numbers, each near the true one."""
    return (
        isinstance(box, list)
        and len(box) == 4
        and all(near(a, b, slack) for a, b in zip(box, true, strict=True))
    )


def check_outlines(entries: list[Entry], sizes: dict[int, tuple[int, int]], report: Report) -> int:
    """Polygons and uncompressed runs: shape, bounds, area and box; how many were drawn."""
    outlines = []
    for each in entries:
        value = each.segmentation
        size = sizes.get(whole(each.image_id) or 0, (0, 0))
        compressed = isinstance(value, dict) and isinstance(value.get("counts"), str)
        if not compressed and min(size) > 0:
            outlines.append((each, size))
    return sum(
        _check_some(outlines[first : first + TOGETHER], report)
        for first in range(0, len(outlines), TOGETHER)
    )


def _check_some(outlines: list[tuple[Entry, tuple[int, int]]], report: Report) -> int:
    asked = [Asked({"segmentation": each.segmentation}, size, "") for each, size in outlines]
    repairs = Report()
    shapes = read_segmentations(asked, repairs)
    if repairs.counts and len(outlines) > 1:  # which of them it was shows when each is read alone
        return sum(_check_some([each], report) for each in outlines)
    done = 0
    for (each, size), shape in zip(outlines, shapes, strict=True):
        if repairs.counts:
            report.add("shape", where(each))
        if shape.mask is not None:
            done += 1
            _check_outline(each, shape.mask, size, report)
    return done


def _check_outline(each: Entry, mask: Mask, size: tuple[int, int], report: Report) -> None:
    """Figures of one outline, as loosely as COCO's own files keep them.

    There, areas are those of the drawn figure, not of its pixels, crowd areas are up to a sixth
    too large, and boxes are those of the drawn points.
    """
    if not near(each.area, mask.area, 0.05 * mask.area + 4 * mask.area**0.5 + 4):
        loose = near(each.area, mask.area, 0.25 * mask.area + 4)
        report.add("loose area" if loose else "area", where(each))
    left, top, right, bottom = mask.box
    true: tuple[float, ...] = (left, top, right - left, bottom - top)
    same = same_box(each.bbox, true, 1.5)
    points = _points(each.segmentation)
    if points is not None:
        low, high = points.min(axis=0), points.max(axis=0)
        same = same or same_box(each.bbox, (*low, *(high - low)), 1.5)
        if (low < -1).any() or high[0] > size[1] + 1 or high[1] > size[0] + 1:
            report.add("bounds", where(each))
    if not same:
        report.add("box", where(each))


def _points(value: Any) -> NDArray[np.float64] | None:
    """All points of an outline of usual shape, (n, 2) as x, y; None for other shapes."""
    if not isinstance(value, list):
        return None
    try:
        numbers = [float(each) for part in value for each in part]
    except (TypeError, ValueError, OverflowError):
        return None
    if not numbers or len(numbers) % 2:
        return None
    return np.array(numbers).reshape(-1, 2)
