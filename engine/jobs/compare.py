"""Compare a file of masks, mask by mask, with the project it should hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from engine.document.taxonomy import FIRST_CLASS
from engine.formats import registry
from engine.formats.base import FoundImage, Reading, Sheet, live_classes
from engine.formats.coco_dialects import RESULTS
from engine.formats.coco_results import are_results
from engine.formats.fingerprint import fingerprint
from engine.formats.format import Format, ReadOptions
from engine.formats.label_masks import value_masks
from engine.formats.panoptic_write import one_crowd_each
from engine.formats.resolve import Resolver, class_values, flatten, regions, taking_part
from engine.images.picture import split_page
from engine.jobs.import_files import numbers, targets
from engine.jobs.snapshot import file_names, places, sheet_images, sheets
from engine.masks.mask import Mask
from engine.store import Project

NAMED = 3

Masks = Counter[tuple[str, bool, bytes]]
"""(class name, whether it is a crowd, fingerprint of the pixels) → how often."""

Marked = tuple[int, Mask, bool]
"""Class, pixels, whether it is a crowd."""


@dataclass(slots=True)
class Compared:
    """What a comparison found.

    Attributes:
        identical: Masks that are the same in both.
        problems: Differences, as sentences.
        hints: What is worth knowing but may be meant.
    """

    identical: int = 0
    problems: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)


def compare(
    project: Project,
    file: Path,
    form: Format | None = None,
    options: ReadOptions | None = None,
    resolver: Resolver | None = None,
) -> Compared:
    """Compare all masks of the file's images with the project's accepted ones.

    Images are matched by name, masks by class name and pixels. What the format cannot carry is no
    difference: where a pixel is one thing only, the project's work is resolved as it is on export.

    Args:
        project: What the file should hold.
        file: File or folder.
        form: Its format; found out where not given.
        options: Of `reading_options`.
        resolver: How overlaps were resolved when it was written.

    Raises:
        EngineError: The file cannot be read.
    """
    form = form or registry.detect(file)
    rows = project.images()
    images, _ = sheet_images(rows, file_names(rows))
    mine = {image.file_name: image for image in images}
    reading = form.read(file, options or reading_options(project, ReadOptions()))
    called = {image.key: image.file_name for image in images}
    files = {(row.path, row.page): called[row.id] for row in rows if row.id in called}
    beside = (file if form.folder else file.parent) / form.pictures
    pages = {row.id: row.page for row in rows}
    for key, name in form.picture_names(images).items():  # copies that went out with the masks
        copy = split_page(name)[0] if pages[key] else name
        files.setdefault((beside / copy, pages[key]), called[key])
    crowds = "crowds" not in form.lost([RESULTS] if file.is_file() and are_results(file) else [])
    theirs, unknown = _theirs(form, reading, set(mine), files, crowds)
    compared = Compared()
    different: list[str] = []
    classes = {each.id for each in live_classes(project.taxonomy)}
    for sheet in sheets(project, [mine[name] for name in theirs]):
        name = sheet.image.file_name
        ours = _told(
            expected(form, sheet, classes, resolver or Resolver()),
            crowds,
            {each: project.taxonomy.name(each).casefold() for each in classes},
            sheet.image.size,
        )
        same = (ours & theirs[name]).total()
        compared.identical += same
        if same != ours.total() or same != theirs[name].total():
            different.append(name)
    _tell(compared, different, "holds other masks than", "hold other masks than")
    unknown += reading.report.places.get("no image", [])
    _tell(compared, unknown, "is not in", "are not in")
    held = frozenset[int]().union(*(project.images_of(each) for each in classes))
    absent = [name for key, name in called.items() if key in held and name not in theirs]
    if absent:
        what = (
            "1 image of the project has masks and is"
            if len(absent) == 1
            else (f"{len(absent):,} images of the project have masks and are")
        )
        compared.hints.append(f"{what} not in this file: {_few(absent)}.")
    return compared


def expected(form: Format, sheet: Sheet, classes: set[int], resolver: Resolver) -> Iterator[Marked]:
    """(class id, pixels, crowd) of every mask that a file of the format holds of an image."""
    if "shared" not in form.cannot:
        yield from ((each.class_id, each.mask, each.crowd) for each in taking_part(sheet, classes))
        yield from ((class_id, mask, False) for class_id, mask in regions(sheet, classes))
        return
    flat = flatten(sheet, classes, replace(resolver, refuse=False))
    values = class_values(sheet, flat, classes)
    if "objects" not in form.cannot:
        values = np.where(flat.owner > 0, np.uint16(0), values)
        owner = one_crowd_each(flat) if "joined" in form.cannot else flat.owner
        for place, mask in value_masks(owner).items():
            yield flat.objects[place - 1].class_id, mask, flat.objects[place - 1].crowd
    if "regions" not in form.cannot:
        for class_id, mask in value_masks(values).items():
            if class_id >= FIRST_CLASS:
                yield class_id, mask, False


def reading_options(project: Project, options: ReadOptions) -> ReadOptions:
    """What readers are told where the project is known: its images, classes and numbers."""
    rows = project.images()
    folder = rows[0].path.parent if rows else None
    if options.images is None and folder is not None and folder.is_dir():
        options = replace(options, images=folder)
    return replace(
        options,
        known=places(rows),
        targets=tuple(targets(rows, None)),
        taxonomy=project.taxonomy,
        numbers=numbers(rows),
    )


def _theirs(
    form: Format,
    reading: Reading,
    known: set[str],
    files: Mapping[tuple[Path, int], str],
    crowds: bool,
) -> tuple[dict[str, Masks], list[str]]:
    """The masks of each image of the file, and the images that are not `known`."""
    theirs: dict[str, Masks] = {}
    unknown: list[str] = []
    for found in reading.images():
        name = files.get((found.path, found.page)) or _named(found, known)
        if name is None:
            unknown.append(found.file_name)
            continue
        names = {each.key: each.name.casefold() for each in reading.classes}
        there = _told(_masks(form, found), crowds, names, found.size)
        theirs[name] = theirs[name] + there if name in theirs else there
    return theirs, unknown


def _named(found: FoundImage, known: set[str]) -> str | None:
    """What the project calls an image; some formats keep its name without the suffix only."""
    if found.file_name in known:
        return found.file_name
    return found.path.name if found.path.name in known else None


def _masks(form: Format, found: FoundImage) -> Iterator[Marked]:
    pairs = [(each.class_key, each.mask, each.crowd) for each in found.objects]
    pairs += [(key, mask, False) for key, mask in found.layer.items() if key >= 0]
    if "objects" not in form.cannot:
        yield from pairs
        return
    together: dict[int, Mask] = {}  # a class is one region, however the file parts it
    for key, mask, _ in pairs:
        together[key] = together[key] | mask if key in together else mask
    yield from ((key, mask, False) for key, mask in together.items())


def _told(
    masks: Iterator[Marked], crowds: bool, names: Mapping[int, str], size: tuple[int, int]
) -> Masks:
    return Counter(
        (names.get(key, ""), crowd and crowds, fingerprint(mask, size))
        for key, mask, crowd in masks
    )


def _tell(compared: Compared, names: list[str], one: str, many: str) -> None:
    if names:
        what = f"1 image {one}" if len(names) == 1 else f"{len(names):,} images {many}"
        compared.problems.append(f"{what} the project: {_few(names)}.")


def _few(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
