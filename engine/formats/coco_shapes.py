"""One COCO segmentation, of whatever shape it has come in, read as a mask.

Sound shapes are read as pycocotools reads them, bit for bit. Broken ones that users report are
repaired where only one reading is possible, and the report says so; else they are left out.
Nothing reaches native code before its length, range and type are known to be harmless.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import EngineError
from engine.formats.coco_file import whole
from engine.formats.report import Report
from engine.masks import rle
from engine.masks.mask import Mask

Size = tuple[int, int]

FAR = 4
"""A polygon may reach this many image sides beyond the image (its edges are walked pixel by
pixel by pycocotools, at five steps a pixel, so a wild coordinate would cost all memory)."""

_SHOWN = re.compile(r"b(['\"])(.*)\1", re.DOTALL)

MAX_POINTS = 2_000_000
"""Numbers in one polygon."""

MAX_LENGTH = 4_000_000
"""Pixels along one polygon; pycocotools needs about 100 bytes for each."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What one annotation's segmentation gave.

    Attributes:
        mask: The pixels; None when there is none to be had (the report says why).
        size: (height, width) the mask is drawn in.
    """

    mask: Mask | None
    size: Size


def read_segmentation(entry: dict[str, Any], size: Size, report: Report, where: str) -> Shape:
    """The mask of one annotation.

    Args:
        entry: The annotation.
        size: (height, width) its image has in the file.
        report: Takes repairs and omissions.
        where: The annotation's name in the report.
    """
    value = entry.get("segmentation")
    if isinstance(value, list):
        return _from_list(value, entry, size, report, where)
    if isinstance(value, dict) and value:
        return _from_rle(value, size, report, where)
    if isinstance(value, str) and value:
        return _from_rle({"counts": value}, size, report, where)
    report.add(_nothing(entry), where)
    return Shape(None, size)


def _nothing(entry: dict[str, Any]) -> str:
    """The remark for an annotation without a mask."""
    return "box only" if entry.get("bbox") else "no mask"


def _from_list(
    value: list[Any], entry: dict[str, Any], size: Size, report: Report, where: str
) -> Shape:
    if not value:
        report.add(_nothing(entry), where)
        return Shape(None, size)
    if all(isinstance(part, dict) for part in value):
        return _from_rle_list(value, size, report, where)
    if _numbers(value):
        if _are_counts(value, size):
            report.add("counts polygon", where)
            return _from_rle({"counts": value, "size": list(size)}, size, report, where)
        report.add("flat polygon", where)
        value = [value]
    elif len(value) == 1 and _numbers(value[0]) and _are_counts(value[0], size):
        report.add("counts polygon", where)
        return _from_rle({"counts": value[0], "size": list(size)}, size, report, where)
    elif len(value) > 2 and all(map(_is_point, value)):  # of two numbers each, none is a polygon
        value = [value]
    elif _is_wrapped(value):
        report.add("nested polygon", where)
        value = value[0]
    return Shape(_from_polygons(value, entry, size, report, where), size)


def _from_rle_list(value: list[dict[str, Any]], size: Size, report: Report, where: str) -> Shape:
    report.add("listed rle", where)
    shapes = [_from_rle(part, size, report, where) for part in value]
    masks = [shape.mask for shape in shapes if shape.mask is not None]
    if not masks or len({shape.size for shape in shapes}) != 1:
        return Shape(None, size)
    together = masks[0]
    for mask in masks[1:]:
        together = together | mask
    return Shape(together, shapes[0].size)


def _from_rle(value: dict[str, Any], size: Size, report: Report, where: str) -> Shape:
    own = value.get("size")
    if own is None:
        report.add("bare rle", where)
        own = list(size)
    sides = [whole(side) for side in own] if isinstance(own, list) else []
    if len(sides) != 2 or any(side is None or side < 1 for side in sides):
        report.add("bad rle", where)
        return Shape(None, size)
    own_size = (int(sides[0] or 0), int(sides[1] or 0))
    if own_size not in (size, size[::-1]):
        report.add("rle size", where)
        return Shape(None, size)
    counts = value.get("counts")
    if isinstance(counts, list):
        runs = [whole(run) for run in counts]
        if any(run is None or run < 0 for run in runs):
            report.add("bad rle", where)
            return Shape(None, size)
        counts = np.array(runs, dtype=np.int64)
    elif not isinstance(counts, str):
        report.add("bad rle", where)
        return Shape(None, size)
    else:
        counts = _unquoted(counts)
    try:
        mask = rle.decode(counts, own_size)
    except EngineError:
        report.add("bad rle", where)
        return Shape(None, size)
    if not mask:
        report.add("empty mask", where)
        return Shape(None, size)
    return Shape(mask, own_size)


def _unquoted(counts: str) -> str:
    """Run lengths that were written as Python shows bytes, b'…'; a quote is none of their signs."""
    found = _SHOWN.fullmatch(counts)
    return found[2].replace("\\\\", "\\") if found is not None else counts


def _is_point(value: Any) -> bool:
    """Whether a value is [x, y], or as OpenCV's outlines have it, [[x, y]]."""
    inner = value[0] if isinstance(value, list) and len(value) == 1 else value
    return isinstance(inner, list) and len(inner) == 2 and _numbers(inner)


def _is_wrapped(value: list[Any]) -> bool:
    """Whether polygons stand in a list too many; numbers in pairs would be points."""
    inner = value[0] if len(value) == 1 and isinstance(value[0], list) else []
    return bool(inner) and all(_numbers(each) and len(each) > 2 for each in inner)


def _numbers(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, int | float) and not isinstance(each, bool) for each in value)
    )


def _are_counts(value: list[float], size: Size) -> bool:
    """Whether a list of numbers can only be run lengths.

    They add up to the image's pixels, are whole, and at least one lies beyond the image's sides,
    where no polygon of it would have a point.
    """
    return (
        sum(value) == size[0] * size[1]
        and all(each >= 0 and each == int(each) for each in value)
        and max(value) > max(size)
    )


def _from_polygons(
    parts: list[Any], entry: dict[str, Any], size: Size, report: Report, where: str
) -> Mask | None:
    alone = len(parts) == 1
    polygons = []
    box = False
    for part in parts:
        polygon = _flat(part, report, where)
        fault = _fault(polygon, size)
        if polygon is not None and len(polygon) == 4 and alone and fault == "short polygon":
            # What pycocotools does too: four numbers that stand alone are a box.
            report.add("box polygon", where)
            box = True
            polygon = _box_outline(polygon)
            fault = _fault(polygon, size)
        if fault:
            report.add(fault, where)
        elif polygon is not None:
            polygons.append(polygon)
    mask = _draw(polygons, size) if polygons else None
    if not mask:
        report.add("empty mask" if polygons or box else _nothing(entry), where)
        return None
    return mask


def _box_outline(box: list[float]) -> list[float]:
    """The corners of [x, y, width, height] in pycocotools' order (maskApi.c, rleFrBbox)."""
    x, y, width, height = box
    return [x, y, x, y + height, x + width, y + height, x + width, y]


def _fault(polygon: list[float] | None, size: Size) -> str:
    """What keeps a polygon from being drawn, as a kind of remark; "" for nothing."""
    if polygon is None:
        return "bad polygon"
    if len(polygon) % 2:
        return "odd polygon"
    if len(polygon) < 6:
        return "short polygon"
    return "far polygon" if _too_far(polygon, size) else ""


def _flat(part: Any, report: Report, where: str) -> list[float] | None:
    """One polygon as [x, y, x, y, …]; None when it is none."""
    if not isinstance(part, list):
        return None
    points = part
    if part and all(map(_is_point, part)):
        report.add("nested points", where)
        points = [n for point in part for n in (point[0] if len(point) == 1 else point)]
    if len(points) > MAX_POINTS:
        return None
    try:
        numbers = [float(each) for each in points if not isinstance(each, bool | str)]
    except (TypeError, OverflowError):
        return None
    if len(numbers) != len(points) or not all(map(math.isfinite, numbers)):
        return None
    return numbers


def _too_far(polygon: list[float], size: Size) -> bool:
    """Whether drawing the polygon would walk further than any drawn outline does."""
    height, width = size
    points = np.array(polygon).reshape(-1, 2)
    sides = np.array([width, height])
    if ((points < -FAR * sides) | (points > (FAR + 1) * sides)).any():
        return True
    steps = np.abs(points - np.roll(points, 1, axis=0)).max(axis=1)
    return float(steps.sum()) > MAX_LENGTH


def _draw(polygons: list[list[float]], size: Size) -> Mask:
    """The union of polygons as pycocotools draws them (maskApi.c, rleFrPoly and rleMerge)."""
    from pycocotools import mask as reference

    drawn = reference.frPyObjects(polygons, *size)
    together = drawn[0] if len(drawn) == 1 else reference.merge(drawn)
    return rle.decode(together["counts"].decode("ascii"), size)
