"""Cityscapes' `*_gtFine_polygons.json`: outlines with labels, from the bottom up.

{"imgHeight", "imgWidth", "objects": [{"label", "polygon": [[x, y], …]}]}; a group of objects has
"group" behind its label. Source: the data set's tools, cityscapesscripts, annotation.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.document.taxonomy import FIRST_CLASS, Taxonomy
from engine.formats.base import FoundImage, Sheet
from engine.formats.fingerprint import fingerprint
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


def examine_polygons(
    files: Mapping[str, Mapping[str, Path]],
    image: Callable[[tuple[str, Mapping[str, Path]]], FoundImage | None],
    report: Report,
    *,
    exact: bool,
) -> None:
    """Whether files of outlines can be read, and hold what the pictures beside them do.

    Args:
        files: Name of an image → kind of file → file.
        image: Reads an image from the fullest of the files it is given.
        report: Takes those that do not.
        exact: Compare masks too; the outlines of others run through pixels.
    """
    for stem, there in sorted(files.items()):
        pictures = {kind: file for kind, file in there.items() if kind != "polygons"}
        shown = image((stem, pictures)) if pictures and "polygons" in there else None
        if shown is None:
            continue
        drawn = image((stem, {"polygons": there["polygons"]}))
        same = drawn is not None and drawn.size == shown.size
        if drawn is not None and exact and "instanceIds" in pictures:
            same = same and _marks(drawn) == _marks(shown)
        if not same:
            report.add("outlines", there["polygons"].name)


def _marks(found: FoundImage) -> Counter[tuple[int, bool, bytes]]:
    """Class, whether it is a crowd, and pixels of all masks."""
    masks = [(each.class_key, each.crowd, each.mask) for each in found.objects]
    masks += [(key, False, mask) for key, mask in found.layer.items()]
    return Counter((key, crowd, fingerprint(mask, found.size)) for key, crowd, mask in masks)
