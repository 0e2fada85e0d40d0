"""Shapes of CVAT's XML as masks, and masks as its run lengths.

A `mask` is a box and the lengths of its runs, row by row, beginning with outside.
Source: https://docs.cvat.ai/docs/manual/advanced/formats/format-cvat/.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.formats.frames import Size
from engine.formats.polygons import MAX_ROWS, box_points, draw, ellipse_points, placed, rotated
from engine.formats.report import Report
from engine.formats.xml_read import Node
from engine.masks.mask import Mask

NO_AREA = ("polyline", "points", "skeleton", "cuboid", "tag")


def runs_of(bits: NDArray[np.bool_]) -> list[int]:
    """The lengths of the runs of (height, width), row by row, beginning with outside."""
    flat = bits.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    lengths: list[int] = np.diff(changes, prepend=0, append=flat.size).tolist()
    return [0, *lengths] if flat.size and flat[0] else lengths


def bits_of(runs: NDArray[np.int64], height: int, width: int) -> NDArray[np.bool_] | None:
    """(height, width) from the lengths of runs; None where they do not fit."""
    if (runs < 0).any() or int(runs.sum()) != height * width:
        return None
    inside = np.zeros(len(runs), np.bool_)
    inside[1::2] = True
    return np.repeat(inside, runs).reshape(height, width)


def shape_mask(node: Node, size: Size, report: Report, where: str) -> Mask | None:
    """The pixels of a shape; None where it has none, which the report says."""
    if node.tag in NO_AREA:
        report.add("image tag" if node.tag == "tag" else "no area", where)
        return None
    try:
        if node.tag == "mask":
            return _mask(node, size, report, where)
        return draw([_outline(node)], size, report, where)
    except (ValueError, OverflowError, KeyError):
        report.add("bad shape", where)
        return None


def _outline(node: Node) -> list[list[float]]:
    """The corners of a polygon, a box or an ellipse.

    Raises:
        ValueError: Something in it is no number.
        KeyError: Something is missing.
    """
    have = node.attributes
    if node.tag == "polygon":
        pairs = (pair.split(",") for pair in have["points"].split(";") if pair.strip())
        return [[float(x), float(y)] for x, y in pairs]
    turning = float(have.get("rotation") or 0)
    if node.tag == "ellipse":
        x, y = float(have["cx"]), float(have["cy"])
        points = ellipse_points(x, y, float(have["rx"]), float(have["ry"]))
    else:
        left, top, right, bottom = (float(have[side]) for side in ("xtl", "ytl", "xbr", "ybr"))
        points = np.array(box_points(left, top, right, bottom))
        x, y = (left + right) / 2, (top + bottom) / 2
    turned: list[list[float]] = rotated(points, turning, (x, y)).tolist()
    return turned


def _mask(node: Node, size: Size, report: Report, where: str) -> Mask | None:
    left, top, width, height = (
        int(float(node.attributes[side])) for side in ("left", "top", "width", "height")
    )
    fits = 0 < width <= size[1] and 0 < height <= size[0]
    near = abs(left) <= MAX_ROWS and abs(top) <= MAX_ROWS
    runs = np.array([int(part) for part in node.get("rle").split(",") if part.strip()], np.int64)
    bits = bits_of(runs, height, width) if fits and near else None
    if bits is None:
        report.add("bad rle", where)
        return None
    return placed(bits, left, top, size, report, where)
