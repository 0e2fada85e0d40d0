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
from engine.formats.fingerprint import fingerprint
from engine.formats.format import Format, ReadOptions
from engine.formats.label_masks import value_masks
from engine.formats.resolve import Resolver, class_values, flatten, regions, taking_part
from engine.jobs.import_files import numbers, targets
from engine.jobs.snapshot import file_names, places, sheet_images, sheets
from engine.masks.mask import Mask
from engine.store import Project

NAMED = 3

Masks = Counter[tuple[str, bytes]]
"""(class name, fingerprint of the pixels) → how often."""


@dataclass(slots=True)
class Compared:
    """What a comparison found.

    Attributes:
        identical: Masks that are the same in both.
        problems: Differences, as sentences.
    """

    identical: int = 0
    problems: list[str] = field(default_factory=list)


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
    theirs, unknown = _theirs(form, reading, set(mine))
    compared = Compared()
    different: list[str] = []
    classes = {each.id for each in live_classes(project.taxonomy)}
    for sheet in sheets(project, [mine[name] for name in theirs]):
        name = sheet.image.file_name
        ours = _told(
            expected(form, sheet, classes, resolver or Resolver()),
            {each: project.taxonomy.name(each).casefold() for each in classes},
            sheet.image.size,
        )
        same = (ours & theirs[name]).total()
        compared.identical += same
        if same != ours.total() or same != theirs[name].total():
            different.append(name)
    _tell(compared, different, "holds other masks than", "hold other masks than")
    _tell(compared, unknown, "is not in", "are not in")
    return compared


def expected(
    form: Format, sheet: Sheet, classes: set[int], resolver: Resolver
) -> Iterator[tuple[int, Mask]]:
    """(class id, pixels) of every mask that a file of the format holds of an image."""
    if "shared" not in form.cannot:
        yield from ((each.class_id, each.mask) for each in taking_part(sheet, classes))
        yield from regions(sheet, classes)
        return
    flat = flatten(sheet, classes, replace(resolver, refuse=False))
    values = class_values(sheet, flat, classes)
    if "objects" not in form.cannot:
        values = np.where(flat.owner > 0, np.uint16(0), values)
        for place, mask in value_masks(flat.owner).items():
            yield flat.objects[place - 1].class_id, mask
    if "regions" not in form.cannot:
        for class_id, mask in value_masks(values).items():
            if class_id >= FIRST_CLASS:
                yield class_id, mask


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


def _theirs(form: Format, reading: Reading, known: set[str]) -> tuple[dict[str, Masks], list[str]]:
    """The masks of each image of the file, and the images that are not `known`."""
    theirs: dict[str, Masks] = {}
    unknown: list[str] = []
    for found in reading.images():
        name = _named(found, known)
        if name is None:
            unknown.append(found.file_name)
            continue
        names = {each.key: each.name.casefold() for each in reading.classes}
        theirs[name] = _told(_masks(form, found), names, found.size)
    return theirs, unknown


def _named(found: FoundImage, known: set[str]) -> str | None:
    """What the project calls an image; some formats keep its name without the suffix only."""
    if found.file_name in known:
        return found.file_name
    return found.path.name if found.path.name in known else None


def _masks(form: Format, found: FoundImage) -> Iterator[tuple[int, Mask]]:
    pairs = [(each.class_key, each.mask) for each in found.objects]
    pairs += [(key, mask) for key, mask in found.layer.items() if key >= 0]
    if "objects" not in form.cannot:
        yield from pairs
        return
    together: dict[int, Mask] = {}  # a class is one region, however the file parts it
    for key, mask in pairs:
        together[key] = together[key] | mask if key in together else mask
    yield from together.items()


def _told(
    masks: Iterator[tuple[int, Mask]], names: Mapping[int, str], size: tuple[int, int]
) -> Masks:
    return Counter((names.get(key, ""), fingerprint(mask, size)) for key, mask in masks)


def _tell(compared: Compared, names: list[str], one: str, many: str) -> None:
    if names:
        few = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
        what = f"1 image {one}" if len(names) == 1 else f"{len(names):,} images {many}"
        compared.problems.append(f"{what} the project: {few}.")
