"""Masks as COCO polygons: outlines along the edges of pixels, so that pycocotools draws them again.

pycocotools walks a polygon in fifths of a pixel, notes where it crosses the middle of a column,
and takes the pixels between every two crossings (maskApi.c, rleFrPoly). Edges on whole numbers
thus lie between pixels and come back exact. Holes are joined to the outline by a way there and
back, whose crossings cancel. Each part is a polygon of its own. Whether a mask came back is not
believed but looked at.
"""

from __future__ import annotations

from typing import Any

from engine.formats.coco_shapes import read_segmentation
from engine.formats.polygons import one_ring
from engine.formats.report import Report
from engine.masks.components import components
from engine.masks.mask import Mask


def polygons_of(mask: Mask) -> list[list[int]]:
    """A polygon [x, y, x, y, …] for each connected part of a mask, the largest part first."""
    rings = (one_ring(part) for part in components(mask))
    return [ring.astype(int).ravel().tolist() for ring in rings]


def exact_polygons(mask: Mask, size: tuple[int, int]) -> list[list[int]] | None:
    """The polygons of a mask if pycocotools draws just these pixels from them, else None.

    Args:
        mask: The pixels.
        size: (height, width) of the image.
    """
    polygons = polygons_of(mask)
    back = drawn({"segmentation": polygons}, size)
    return polygons if back is not None and back.same(mask) else None


def drawn(entry: dict[str, Any], size: tuple[int, int]) -> Mask | None:
    """The pixels of an annotation as a reader gets them; None where it would have to mend it."""
    repairs = Report()
    shape = read_segmentation(entry, size, repairs, "")
    return None if repairs.counts or shape.size != size else shape.mask
