"""Index PNGs, one an image: the class of every pixel, things above regions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.document.taxonomy import BACKGROUND, UNLABELLED, Taxonomy
from engine.formats.base import Sheet, Written, live_classes
from engine.formats.label_png import Names, lookup, png_bytes
from engine.formats.png_read import read_indices
from engine.formats.png_values import VOID
from engine.formats.reading import make_folder, write_check
from engine.formats.sidecar import write_classes
from engine.formats.whole import write_whole

VOID_COLOR = (224, 224, 192)
"""The colour PASCAL VOC gives to void."""


def value_table(taxonomy: Taxonomy, consecutive: bool = False) -> dict[int, int]:
    """Class id → pixel value, background and unlabelled included.

    Args:
        taxonomy: The project's classes.
        consecutive: Number the classes 1, 2, 3 … in list order; else a class keeps its id, which
            never changes.
    """
    classes = live_classes(taxonomy)
    values = {each.id: place if consecutive else each.id for place, each in enumerate(classes, 1)}
    wide = max(values.values(), default=0) >= VOID[1]
    return {UNLABELLED: VOID[2 if wide else 1], BACKGROUND: 0, **values}


def index_image(sheet: Sheet, values: Mapping[int, int]) -> NDArray[np.integer]:
    """The values of one image, (height, width) uint8 or uint16.

    Objects cover regions, later objects cover earlier ones.
    """
    height, width = sheet.image.size
    classes = sheet.layer.read((0, 0, width, height)).astype(np.uint16)
    for each in sheet.objects:
        if each.proposal or each.class_id not in values:
            continue
        for left, top, bits in each.mask.pieces:
            rows, columns = bits.shape
            # Tiles at the right and lower edge are wider than the image.
            part = classes[top : top + rows, left : left + columns]
            part[bits[: part.shape[0], : part.shape[1]]] = each.class_id
    wide = values[UNLABELLED] > VOID[1]
    indices = lookup(values, values[UNLABELLED], np.uint16)[classes]
    return indices if wide else indices.astype(np.uint8)


def write_png(
    folder: Path,
    taxonomy: Taxonomy,
    sheets: Iterable[Sheet],
    *,
    consecutive: bool = False,
    watch: Callable[[int, str], None] = lambda done, name: None,
) -> Written:
    """Write one mask for each image, and `classes.json`; each file whole or not at all.

    Every mask is read back and compared before the next is written.

    Args:
        folder: Made where it is missing; other files in it are left alone.
        taxonomy: The project's classes.
        sheets: The images.
        consecutive: See `value_table`.
        watch: Called with the number of finished images and the name of the next.

    Raises:
        EngineError: The folder cannot be written, or a mask comes back different.
    """
    values = value_table(taxonomy, consecutive)
    palette = _palette(taxonomy, values)
    make_folder(folder)
    write_classes(folder, taxonomy, values, zero="background", void=values[UNLABELLED])
    names, written = Names(), 0
    for done, sheet in enumerate(sheets):
        watch(done, sheet.image.file_name)
        path = folder / f"{names.of(sheet.image)}.png"
        make_folder(path.parent)
        array = index_image(sheet, values)
        write_whole(path, png_bytes(array, palette if array.dtype == np.uint8 else None))
        write_check(path, np.array_equal(read_indices(path), array), sheet.image.file_name)
        written += 1
    return Written(path=folder, images=written, masks=written)


def _palette(taxonomy: Taxonomy, values: Mapping[int, int]) -> bytes:
    colors = np.zeros((256, 3), np.uint8)
    colors[VOID[1]] = VOID_COLOR
    for each in live_classes(taxonomy):
        if values[each.id] < VOID[1]:
            colors[values[each.id]] = [int(each.color[at : at + 2], 16) for at in (1, 3, 5)]
    return colors.tobytes()
