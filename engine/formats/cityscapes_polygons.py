"""Cityscapes' `*_gtFine_polygons.json`: outlines with labels, from the bottom up.

{"imgHeight", "imgWidth", "objects": [{"label", "polygon": [[x, y], …]}]}; a group of objects has
"group" behind its label. Source: the data set's tools, cityscapesscripts, annotation.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.document.taxonomy import FIRST_CLASS, Taxonomy
from engine.formats.base import Sheet
from engine.formats.label_masks import value_masks
from engine.formats.polygons import INSET, draw, one_ring, parts_of
from engine.formats.reading import make_folder, read_json, write_check
from engine.formats.report import Report
from engine.formats.resolve import Flat
from engine.formats.whole import write_whole
from engine.masks.mask import Mask


def write_polygons(
    file: Path, sheet: Sheet, flat: Flat, values: NDArray[np.uint16], taxonomy: Taxonomy
) -> None:
    """Write the outlines of an image and read them back.

    Args:
        file: The JSON file.
        sheet: The image.
        flat: Its objects with every pixel decided.
        values: The class of every pixel; see `resolve.class_values`.
        taxonomy: The project's classes.

    Raises:
        EngineError: It cannot be written, or came back different.
    """
    parts = list(_labelled(flat, values, taxonomy))
    entries = [
        {"label": name, "polygon": np.round(one_ring(mask, INSET), 3).tolist()}
        for name, mask in parts
    ]
    height, width = sheet.image.size
    data = {"imgHeight": height, "imgWidth": width, "objects": entries}
    make_folder(file.parent)
    write_whole(file, msgspec.json.encode(data))
    back = read_json(file)["objects"]
    same = all(
        (drawn := draw([entry["polygon"]], sheet.image.size, Report(), "")) is not None
        and drawn.same(mask)
        for entry, (_, mask) in zip(back, parts, strict=True)
    )
    write_check(file, same, sheet.image.file_name)


def _labelled(
    flat: Flat, values: NDArray[np.uint16], taxonomy: Taxonomy
) -> Iterator[tuple[str, Mask]]:
    """(label, pixels): regions first, then objects from the bottom up.

    What is no single object, regions and groups, has a polygon for each of its parts.
    """
    alone = np.where(flat.owner > 0, np.uint16(0), values)
    for class_id, mask in value_masks(alone).items():
        if class_id >= FIRST_CLASS:
            for part in parts_of(mask):
                yield taxonomy.name(class_id), part
    for place, mask in value_masks(flat.owner).items():
        each = flat.objects[place - 1]
        if not each.crowd:
            yield taxonomy.name(each.class_id), mask
            continue
        for part in parts_of(mask):
            yield f"{taxonomy.name(each.class_id)}group", part
