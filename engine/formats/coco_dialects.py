"""COCO's dialects, written: outlines instead of RLE, LVIS, and lists of results.

LVIS says for each image which classes were looked for and not found, and for each class how
common it is (https://www.lvisdataset.org/dataset, "Data format"; rare: at most 10 images, common:
at most 100). Results are a bare list of {image_id, category_id, segmentation, score}
(https://cocodataset.org/#format-results).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from engine.document.annotation import Annotation
from engine.document.taxonomy import LabelClass
from engine.formats import rle_batch
from engine.formats.base import Sheet, SheetImage, Written, live_classes
from engine.formats.coco_polygons import drawn, exact_polygons
from engine.formats.coco_write import numbers_for
from engine.formats.format import Work
from engine.formats.reading import read_json, write_check
from engine.formats.resolve import regions, taking_part
from engine.formats.whole import whole_file
from engine.masks.mask import Mask

INSTANCES, LVIS, RESULTS = "instances", "lvis", "results"

SURE = 1.0
"""Score in a list of results of an object that has none: a person drew it."""

RARE, COMMON = 10, 100
"""Images up to which a class of LVIS is rare, and common."""

_LVIS_LISTS = ("neg_category_ids", "not_exhaustive_category_ids")
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class _Numbers:
    """Ids in the file, by ids of the project."""

    images: dict[int, int]
    classes: dict[int, int]
    taken: set[int]
    fresh: Iterator[int]

    def of(self, each: Annotation | None) -> int:
        """The number an object came with, where it is free; else one above all."""
        wanted = each.coco_id if each is not None else None
        if wanted is None or wanted not in self.taken:
            return next(self.fresh)
        self.taken.discard(wanted)
        return wanted


@dataclass(slots=True)
class _Seen:
    """What was met while writing.

    Attributes:
        of_image: Image key → ids of the classes in it.
        objects: Class id → masks.
    """

    of_image: dict[int, set[int]] = field(default_factory=dict)
    objects: Counter[int] = field(default_factory=Counter)

    def images_with(self, class_id: int) -> int:
        return sum(class_id in there for there in self.of_image.values())


def write_dialect(target: Path, work: Work) -> Written:
    """Write a file in `work.dialect`, and read every mask back.

    Raises:
        EngineError: It cannot be written, or a mask came back different.
    """
    writer = _Writer(work)
    masks = writer.write(target)
    compared = _compare(target, work)
    write_check(target, compared == masks, target.name)
    return Written(path=target, images=len(work.images), masks=masks, decoded=compared)


class _Writer:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._classes = live_classes(work.taxonomy)
        self._numbers = _numbers(work, self._classes)
        self._seen = _Seen()

    def write(self, target: Path) -> int:
        """Write the file; how many masks it has."""
        with whole_file(target) as file:
            if self._work.dialect == RESULTS:
                return self._list(file, b"[", b"\n]\n")
            file.write(b"{\n")
            for key, value in self._work.fields.items():
                if key not in ("images", "annotations", "categories"):
                    file.write(_encode(str(key)) + b": " + _encode(value) + b",\n")
            written = self._list(file, b'"annotations": [', b"\n],\n")
            images = [_encode(self._image(each)) for each in self._work.images]
            file.write(b'"images": [\n' + b",\n".join(images) + b"\n],\n")
            classes = [_encode(self._category(each)) for each in self._classes]
            file.write(b'"categories": [\n' + b",\n".join(classes) + b"\n]\n}\n")
        return written

    def _list(self, file: BinaryIO, begin: bytes, end: bytes) -> int:
        written = 0
        file.write(begin)
        for done, sheet in enumerate(self._work.sheets()):
            self._work.watch(done, sheet.image.file_name)
            entries = list(self._entries(sheet))
            if entries:
                file.write((b",\n" if written else b"\n") + b",\n".join(map(_encode, entries)))
            written += len(entries)
        file.write(end)
        return written

    def _entries(self, sheet: Sheet) -> Iterator[dict[str, Any]]:
        there = list(masks_of(sheet, self._numbers.classes))
        self._seen.of_image[sheet.image.key] = {class_id for class_id, _, _ in there}
        self._seen.objects.update(class_id for class_id, _, _ in there)
        texts = rle_batch.encode([(mask, sheet.image.size) for _, _, mask in there])
        for (class_id, each, mask), counts in zip(there, texts, strict=True):
            shape: Any = {"size": sheet.image.size, "counts": counts}
            if self._work.polygons and not (each and each.crowd):
                exact = exact_polygons(mask, sheet.image.size)
                if exact is None:
                    self._work.report.add("kept rle", sheet.image.file_name)
                shape = exact or shape
            yield self._entry(sheet.image, each, class_id, mask, shape)

    def _entry(
        self, image: SheetImage, each: Annotation | None, class_id: int, mask: Mask, shape: Any
    ) -> dict[str, Any]:
        left, top, right, bottom = mask.box
        dialect = self._work.dialect
        named = {
            "image_id": self._numbers.images[image.key],
            "category_id": self._numbers.classes[class_id],
            "segmentation": shape,
            "bbox": (left, top, right - left, bottom - top),
        }
        score = each.score if each is not None else None
        if dialect == RESULTS:
            return {**named, "score": SURE if score is None else score}
        entry = {**(each.extra if each else {}), "id": self._numbers.of(each), **named}
        entry["area"] = mask.area
        if dialect != LVIS or (each and each.crowd):
            entry["iscrowd"] = int(each.crowd) if each else 0
        if self._work.scores and score is not None:
            entry["score"] = score
        return entry

    def _image(self, image: SheetImage) -> dict[str, Any]:
        kept = {key: value for key, value in image.extra.items() if key != "original_id"}
        entry: dict[str, Any] = {
            **kept,
            "id": self._numbers.images[image.key],
            "file_name": image.file_name,
            "height": image.size[0],
            "width": image.size[1],
        }
        if self._work.dialect == LVIS:
            there = self._seen.of_image.get(image.key, set())
            looked = image.key in self._work.done
            absent = [n for key, n in self._numbers.classes.items() if looked and key not in there]
            for name, own in zip(_LVIS_LISTS, (absent, []), strict=True):
                entry.setdefault(name, own)
        return entry

    def _category(self, each: LabelClass) -> dict[str, Any]:
        entry: dict[str, Any] = {
            **each.extra,
            "id": self._numbers.classes[each.id],
            "name": each.name,
        }
        if each.supercategory:
            entry["supercategory"] = each.supercategory
        if not each.thing or "isthing" in entry:
            entry["isthing"] = int(each.thing)
        if self._work.dialect == LVIS:
            images = self._seen.images_with(each.id)
            entry["image_count"], entry["instance_count"] = images, self._seen.objects[each.id]
            entry.setdefault(
                "frequency", "r" if images <= RARE else "c" if images <= COMMON else "f"
            )
            entry.setdefault("synset", f"{each.name}.n.01")
            entry.setdefault("synonyms", [each.name])
            entry.setdefault("def", "")
        return entry


def masks_of(
    sheet: Sheet, classes: Mapping[int, int]
) -> Iterator[tuple[int, Annotation | None, Mask]]:
    """(class id, object or None for a region, pixels) of all that is written of an image."""
    for each in taking_part(sheet, classes):
        yield each.class_id, each, each.mask
    for class_id, mask in regions(sheet, classes):
        yield class_id, None, mask


def _numbers(work: Work, classes: Iterable[LabelClass]) -> _Numbers:
    given = numbers_for([(each.id, each.coco_id) for each in classes], work.report, "class")
    images = numbers_for([(each.key, each.coco_id) for each in work.images], work.report, "image")
    taken: set[int] = set()
    if work.dialect != RESULTS:  # whose entries have no numbers
        for sheet in work.sheets():
            for each in taking_part(sheet, given):
                if each.coco_id in taken:
                    work.report.add("no number", f"annotation {each.coco_id}")
                elif each.coco_id is not None:
                    taken.add(each.coco_id)
    return _Numbers(images, given, taken, count(max(taken, default=0) + 1))


def _compare(target: Path, work: Work) -> int:
    """How many masks of the file, read anew, are those of the project; they stand in its order."""
    work.say("Reading the file back")
    top = read_json(target)
    entries = iter(top if isinstance(top, list) else top["annotations"])
    classes = {each.id: 0 for each in live_classes(work.taxonomy)}
    same = 0
    for sheet in work.sheets():
        for _, _, mask in masks_of(sheet, classes):
            back = drawn(next(entries, {}), sheet.image.size)
            same += back is not None and back.same(mask)
    return same
