"""Index or colour PNGs, one an image: the class of every pixel, things above regions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.document.taxonomy import BACKGROUND, FIRST_CLASS, UNLABELLED, Taxonomy
from engine.formats.base import Sheet, Written, live_classes
from engine.formats.label_png import Names, lookup, png_bytes, unpack
from engine.formats.png_colors import read_indices, read_values
from engine.formats.png_values import COLOR, VOID, VOID_COLOR, color_value, value_name
from engine.formats.reading import make_folder, write_check
from engine.formats.report import Report
from engine.formats.resolve import Resolver, class_values, flatten
from engine.formats.sidecar import write_classes
from engine.formats.whole import write_whole


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


def index_image(
    sheet: Sheet, values: Mapping[int, int], resolver: Resolver | None = None
) -> NDArray[np.integer]:
    """The values of one image, (height, width) uint8 or uint16.

    Objects cover regions, later objects cover earlier ones, unless the resolver says otherwise.
    """
    if resolver is not None and resolver != Resolver():
        live = [each for each in values if each >= FIRST_CLASS]
        classes = class_values(sheet, flatten(sheet, live, resolver), live)
    else:
        classes = _stacked(sheet, values)
    wide = values[UNLABELLED] > VOID[1]
    indices = lookup(values, values[UNLABELLED], np.uint16)[classes]
    return indices if wide else indices.astype(np.uint8)


def _stacked(sheet: Sheet, values: Mapping[int, int]) -> NDArray[np.uint16]:
    """The class of every pixel, with no more memory than that takes."""
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
    return classes


def write_png(
    folder: Path,
    taxonomy: Taxonomy,
    sheets: Iterable[Sheet],
    *,
    consecutive: bool = False,
    colored: bool = False,
    resolver: Resolver | None = None,
    report: Report | None = None,
    watch: Callable[[int, str], None] = lambda done, name: None,
) -> Written:
    """Write one mask for each image, and `classes.json`; each file whole or not at all.

    Every mask is read back and compared before the next is written.

    Args:
        folder: Made where it is missing; other files in it are left alone.
        taxonomy: The project's classes.
        sheets: The images.
        consecutive: See `value_table`.
        colored: Write the colours of classes.
        resolver: Who gets pixels of several objects; the upper one where not given.
        report: Takes colours that had to be changed.
        watch: Called with the number of finished images and the name of the next.

    Raises:
        EngineError: The folder cannot be written, or a mask comes back different.
    """
    values = value_table(taxonomy, consecutive)
    colors = distinct_colors(taxonomy, report or Report()) if colored else None
    shown = {key: value_name(color) for key, color in colors.items()} if colors else None
    make_folder(folder)
    void = values[UNLABELLED]
    write_classes(folder, taxonomy, values, zero="background", void=void, colors=shown)
    of_value = {values[key]: color - COLOR for key, color in (colors or {}).items()}
    painted = lookup(of_value, 0, np.uint32)
    names, written = Names(), 0
    for done, sheet in enumerate(sheets):
        watch(done, sheet.image.file_name)
        path = folder / f"{names.of(sheet.image)}.png"
        make_folder(path.parent)
        array = index_image(sheet, values, resolver)
        if colored:
            wide = painted[array]
            write_whole(path, png_bytes(unpack(wide)))
            same = np.array_equal(read_values(path, colored=True), wide + np.uint32(COLOR))
        else:
            # Grey, without a palette: OpenCV, scikit-image, TensorFlow and others turn pictures
            # with one into colours, and shades of these into numbers.
            write_whole(path, png_bytes(array))
            same = np.array_equal(read_indices(path), array)
        write_check(path, same, sheet.image.file_name)
        written += 1
    return Written(path=folder, images=written, masks=written)


def distinct_colors(taxonomy: Taxonomy, report: Report) -> dict[int, int]:
    """Class id → colour (see `png_values.COLOR`), no two alike; the report names changed ones.

    Background is black and unlabelled pixels have the colour of void, so classes have neither.
    """
    red, green, blue = VOID_COLOR
    found = {BACKGROUND: COLOR, UNLABELLED: COLOR + (red | green << 8 | blue << 16)}
    for each in live_classes(taxonomy):
        color = color_value(each.color)
        while color in found.values():
            color = COLOR + (color - COLOR + 1) % COLOR  # one step redder: no eye sees it
        if color != color_value(each.color):
            report.say(f"“{each.name}” is written as {value_name(color)}; its own colour is taken.")
        found[each.id] = color
    return found
