"""Read an exported COCO file back and compare it with what was meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engine.errors import EngineError
from engine.formats.base import Written
from engine.formats.rle_judge import judge
from engine.masks import rle
from engine.masks.mask import Mask

NAMED = 3
"""Images named when masks came back different."""


class _Shape(msgspec.Struct):
    size: tuple[int, int]
    counts: str


class _Entry(msgspec.Struct):
    id: int
    image_id: int
    category_id: int
    segmentation: _Shape
    area: int
    bbox: tuple[int, int, int, int]
    iscrowd: int


class _Image(msgspec.Struct):
    id: int
    file_name: str
    height: int
    width: int


class _Class(msgspec.Struct):
    id: int


class _File(msgspec.Struct):
    images: list[_Image]
    annotations: list[_Entry]
    categories: list[_Class]


def read_back(written: Written, everything: Iterable[tuple[int, Mask]] | None = None) -> int:
    """Compare a written file with what was written, and with itself.

    For every mask: its text is what was written and canonical, its pixels fill its image, area
    and box follow from it, its image and class are listed. A sample is decoded and compared with
    the masks that were written; with `everything`, all are.

    Args:
        written: What the writer says it wrote.
        everything: (annotation number, mask) of every mask, for a full comparison.

    Returns:
        How many masks were decoded.

    Raises:
        EngineError: Something differs; the file must not be used.
    """
    file = _load(written.path)
    wrong = set(_differences(file, written))
    by_number = {each.id: each for each in file.annotations}
    pairs = written.samples.items() if everything is None else everything
    decoded = 0
    for number, mask in pairs:
        decoded += 1
        entry = by_number.get(number)
        if entry is None or number in wrong:
            wrong.add(number)
            continue
        try:
            same = rle.decode(entry.segmentation.counts, entry.segmentation.size).same(mask)
        except EngineError:
            same = False
        if not same:
            wrong.add(number)
    if wrong:
        _refuse(wrong, by_number, file, written.path)
    return decoded


def _load(path: Path) -> _File:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EngineError(
            f"{path.name} could not be read back after it was written: {error}. Do not use this "
            "file. Export to another disk."
        ) from error


def _differences(file: _File, written: Written) -> Iterator[int]:
    """The numbers of annotations that are not what was written."""
    sizes = {each.id: (each.height, each.width) for each in file.images}
    classes = {each.id for each in file.categories}
    seen: set[int] = set()
    entries = file.annotations
    texts = [each.segmentation.counts for each in entries]
    heights = np.array([max(each.segmentation.size[0], 1) for each in entries], np.int64)
    judged = judge(texts, heights)
    rows = zip(
        entries,
        (judged.well_formed & judged.canonical).tolist(),
        judged.pixels.tolist(),
        judged.area.tolist(),
        map(tuple, judged.boxes.tolist()),
        strict=True,
    )
    for each, canonical, pixels, area, box in rows:
        size: Any = each.segmentation.size
        if not (
            canonical
            and written.digests.get(each.id) == hash(each.segmentation.counts)
            and pixels == size[0] * size[1]
            and sizes.get(each.image_id) == size
            and area == each.area
            and box == each.bbox
            and each.category_id in classes
            and each.id not in seen
        ):
            yield each.id
        seen.add(each.id)
    yield from written.digests.keys() - seen


def _refuse(wrong: set[int], entries: dict[int, _Entry], file: _File, path: Path) -> None:
    names = {each.id: each.file_name for each in file.images}
    where = []
    for number in sorted(wrong):
        entry = entries.get(number)
        name = names.get(entry.image_id, "?") if entry else f"annotation {number}"
        if name not in where:
            where.append(name)
    more = " …" if len(where) > NAMED else ""
    masks = "1 mask" if len(wrong) == 1 else f"{len(wrong):,} masks"
    raise EngineError(
        f"{masks} came back different after export, in {', '.join(where[:NAMED])}{more}. Do not "
        f"use {path.name}. Export to another disk, and report it if it happens again."
    )
