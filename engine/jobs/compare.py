"""Compare a COCO file, mask by mask, with the project it should hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import numpy as np

from engine.document.taxonomy import FIRST_CLASS
from engine.formats.base import Sheet
from engine.formats.coco_read import CocoReading
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


def compare(project: Project, file: Path) -> Compared:
    """Compare all masks of the file's images with the project's accepted ones.

    Images are matched by name, masks by class name and pixels.

    Raises:
        EngineError: The file is no COCO annotation file.
    """
    rows = project.images()
    images, _ = sheet_images(rows, file_names(rows))
    mine = {image.file_name: image for image in images}
    theirs, unknown = _theirs(project, file, set(mine))
    compared = Compared()
    different: list[str] = []
    for sheet in sheets(project, [mine[name] for name in theirs]):
        name = sheet.image.file_name
        ours = _ours(project, sheet)
        same = (ours & theirs[name]).total()
        compared.identical += same
        if same != ours.total() or same != theirs[name].total():
            different.append(name)
    _tell(compared, different, "holds other masks than", "hold other masks than")
    _tell(compared, unknown, "is not in", "are not in")
    return compared


def _theirs(project: Project, file: Path, known: set[str]) -> tuple[dict[str, Masks], list[str]]:
    """The masks of each image of the file, and the images that are not `known`."""
    rows = project.images()
    folder = rows[0].path.parent if rows else None
    folder = folder if folder and folder.is_dir() else None
    reading = CocoReading(file, folder, known=places(rows))
    names = {each.key: each.name.casefold() for each in reading.classes}
    theirs: dict[str, Masks] = {}
    unknown: list[str] = []
    for found in reading.images():
        if found.file_name not in known:
            unknown.append(found.file_name)
            continue
        masks = [(each.class_key, each.mask) for each in found.objects]
        masks += found.layer.items()
        theirs[found.file_name] = Counter(
            (names.get(key, ""), _fingerprint(mask, found.size)) for key, mask in masks
        )
    return theirs, unknown


def _ours(project: Project, sheet: Sheet) -> Masks:
    masks = [(each.class_id, each.mask) for each in sheet.objects if each.mask]
    masks += [(c, sheet.layer.mask(c)) for c in sheet.layer.areas() if c >= FIRST_CLASS]
    taxonomy = project.taxonomy
    return Counter(
        (taxonomy.name(class_id).casefold(), _fingerprint(mask, sheet.image.size))
        for class_id, mask in masks
        if class_id in taxonomy
    )


def _fingerprint(mask: Mask, size: tuple[int, int]) -> bytes:
    """The same for the same pixels of an image of that size only: a mask's form is canonical."""
    digest = blake2b(b"%d,%d;" % size, digest_size=16)
    for left, top, bits in sorted(mask.pieces, key=lambda piece: piece[:2]):
        digest.update(b"%d,%d,%d;" % (left, top, bits.shape[1]))
        digest.update(np.packbits(bits).tobytes())
    return digest.digest()


def _tell(compared: Compared, names: list[str], one: str, many: str) -> None:
    if names:
        few = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
        what = f"1 image {one}" if len(names) == 1 else f"{len(names):,} images {many}"
        compared.problems.append(f"{what} the project: {few}.")
