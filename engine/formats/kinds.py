"""Count what some formats cannot carry, image by image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from engine.document.taxonomy import BACKGROUND, UNLABELLED, Taxonomy
from engine.formats.base import Sheet, live_classes
from engine.formats.format import Kinds
from engine.formats.resolve import regions, taking_part
from engine.masks.contours import outlines
from engine.masks.mask import Mask


def count_kinds(sheets: Iterable[Sheet], taxonomy: Taxonomy) -> Kinds:
    """Go through the work once and count.

    Args:
        sheets: The images that will be written.
        taxonomy: The project's classes.
    """
    classes = {each.id for each in live_classes(taxonomy)}
    total: Counter[str] = Counter()
    for sheet in sheets:
        total.update(_of_sheet(sheet, classes))
    return Kinds(**total)


def _of_sheet(sheet: Sheet, classes: set[int]) -> dict[str, int]:
    objects = taking_part(sheet, classes)
    above, shared = Mask.EMPTY, 0
    for each in reversed(objects):
        shared += bool(each.mask & above)
        above = above | each.mask
    areas = sheet.layer.areas()
    layer = regions(sheet, classes)
    height, width = sheet.image.size
    unlabelled = areas.get(UNLABELLED, height * width - sum(areas.values()))
    masks = [each.mask for each in objects] + [mask for _, mask in layer]
    nobody = unlabelled and bool(sheet.layer.mask(UNLABELLED) - above)
    return {
        "objects": len(objects),
        "regions": len(layer),
        "shared": shared,
        "rings": sum(len(outlines(mask)) > 1 for mask in masks),
        "crowds": sum(each.crowd for each in objects),
        "scored": sum(each.score is not None for each in objects),
        "fielded": sum(bool(each.extra) for each in objects),
        "told": int(bool(areas.get(BACKGROUND)) and bool(unlabelled)),
        "nobody": int(nobody),
    }
