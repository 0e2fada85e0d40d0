"""Count what some formats cannot carry, image by image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from engine.document.annotation import Annotation
from engine.document.taxonomy import BACKGROUND, UNLABELLED, Taxonomy
from engine.formats.base import Sheet, live_classes
from engine.formats.format import Kinds
from engine.formats.resolve import Overlap, order_of, regions, taking_part
from engine.masks.components import fill_holes
from engine.masks.contours import Outline, outlines
from engine.masks.mask import Mask

ATTRIBUTES = frozenset(each.name for each in fields(Kinds))


def count_kinds(
    sheets: Iterable[Sheet],
    taxonomy: Taxonomy,
    wanted: Collection[str] = ATTRIBUTES,
    keeps: Callable[[Mapping[str, Any]], bool] = bool,
    overlap: Overlap = "order",
) -> Kinds:
    """Go through the work once and count.

    Args:
        sheets: The images that will be written.
        taxonomy: The project's classes.
        wanted: Attributes of `Kinds` that are counted; the others stay 0. Holes and shared pixels
            are dear, the others cost next to nothing.
        keeps: See `Format.keeps`.
        overlap: Who gets pixels of several objects; see `resolve.Resolver`.
    """
    classes = {each.id for each in live_classes(taxonomy)}
    total: Counter[str] = Counter()
    for sheet in sheets:
        counted = _of_sheet(sheet, classes, wanted, overlap)
        unkept = (each.extra and not keeps(each.extra) for each in taking_part(sheet, classes))
        total.update({**counted, "unkept": sum(map(bool, unkept))})
    return Kinds(**{each: total[each] for each in wanted})


def _of_sheet(
    sheet: Sheet, classes: set[int], wanted: Collection[str], overlap: Overlap
) -> dict[str, int]:
    objects = taking_part(sheet, classes)
    layer = regions(sheet, classes) if {"regions", "holes"} & {*wanted} else []
    masks = [each.mask for each in objects] + [mask for _, mask in layer]
    dear = {"shared", "nobody"} & {*wanted}
    shared, above, void = _shared(objects, overlap) if dear else (0, Mask.EMPTY, Mask.EMPTY)
    areas = sheet.layer.areas()
    height, width = sheet.image.size
    unlabelled = areas.get(UNLABELLED, height * width - sum(areas.values()))
    free = "nobody" in wanted and unlabelled and bool(sheet.layer.mask(UNLABELLED) - above)
    free = free or bool(void)
    return {
        "objects": len(objects),
        "regions": len(layer),
        "shared": shared,
        "rings": sum(has_parts(each.mask) for each in objects) if "rings" in wanted else 0,
        "holes": sum(has_holes(mask) for mask in masks) if "holes" in wanted else 0,
        "crowds": sum(each.crowd for each in objects),
        "joined": _joined(objects),
        "scored": sum(each.score is not None for each in objects),
        "fielded": sum(bool(each.extra) for each in objects),
        "told": int(bool(areas.get(BACKGROUND)) and bool(unlabelled)),
        "nobody": int(free),
    }


def _joined(objects: Sequence[Annotation]) -> int:
    """How many crowds are not the first of their class."""
    crowds = [each.class_id for each in objects if each.crowd]
    return len(crowds) - len(set(crowds))


def _shared(objects: Sequence[Annotation], overlap: Overlap) -> tuple[int, Mask, Mask]:
    """How many objects lose pixels they share, what all cover together, and what nobody gets."""
    places = order_of(objects, overlap)
    above, twice, shared = Mask.EMPTY, Mask.EMPTY, 0
    for place in reversed(places):
        mask = objects[place].mask
        both = mask & above
        shared += bool(both)
        twice, above = twice | both, above | mask
    if overlap != "void":
        return shared, above, Mask.EMPTY
    return sum(bool(each.mask & twice) for each in objects), above, twice


def has_parts(mask: Mask) -> bool:
    """Whether a mask has parts that touch nowhere, not even at a corner."""
    rings = outlines(mask)
    return len(rings) > 1 and sum(_goes_round(ring) for ring in rings) > 1


def _goes_round(ring: Outline) -> bool:
    """Whether an outline has the mask within it, so that it is no hole's (the shoelace formula)."""
    x, y = ring.T.astype(np.float64)
    return bool((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() < 0)


def has_holes(mask: Mask) -> bool:
    """Whether a mask encloses pixels that are not its own."""
    return len(outlines(mask)) > 1 and not fill_holes(mask).same(mask)
