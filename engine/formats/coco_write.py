"""COCO instances, written exactly: compressed RLE, true area and box, everything kept."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count as count_from
from pathlib import Path
from typing import IO, Any, BinaryIO

import msgspec

from engine.document.annotation import Annotation
from engine.document.taxonomy import FIRST_CLASS, LabelClass, Taxonomy
from engine.formats import rle_batch
from engine.formats.base import Sheet, SheetImage, Written, live_classes
from engine.formats.report import Report
from engine.formats.whole import whole_file
from engine.masks.mask import Mask

BATCH = 128
"""Masks turned into strings at once."""

SAMPLES = 64
"""Masks remembered to be compared, pixel by pixel, with what the file gives back."""

SPOOL = 64 << 20
"""Bytes of annotations without a number that wait in memory, before they go to the disk."""

Item = tuple[SheetImage, Annotation | None, int, Mask]
"""Image, object (None for the region of a class), class id, mask."""

_encode = msgspec.json.Encoder().encode


class CocoWriter:
    """Writes one COCO file, image by image."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        images: Sequence[SheetImage],
        fields: Mapping[str, Any],
        report: Report,
        *,
        scores: bool = False,
    ) -> None:
        """Prepare the ids.

        Args:
            taxonomy: The project's classes; all live ones are listed.
            images: All images that will be written, in this order.
            fields: Top-level fields kept from an import ("info", "licenses" …).
            report: Takes what had to be renumbered.
            scores: Write the score of objects that have one.
        """
        self._report = report
        self._scores = scores
        self._fields = dict(fields)
        self._classes = live_classes(taxonomy)
        self._categories = numbers_for(
            [(each.id, each.coco_id) for each in self._classes], report, "class"
        )
        self._images = images
        self._image_ids = numbers_for(
            [(each.key, each.coco_id) for each in images], report, "image"
        )
        self._used: set[int] = set()
        self._first = True
        self._count = 0
        self._chance = random.Random(0)
        self._numbers: list[int] = []  # by item; the place among the unnumbered, as -1 - place
        self._digests: list[int] = []  # by item
        self._samples: dict[int, Mask] = {}  # by item

    def write(
        self,
        path: Path,
        sheets: Iterable[Sheet],
        watch: Callable[[int, str], None] = lambda done, name: None,
    ) -> Written:
        """Write the file, whole or not at all.

        Args:
            path: The file.
            sheets: One for each image given before, in any order.
            watch: Called with the number of finished images and the name of the next; an
                exception it raises ends the writing and leaves no file.

        Raises:
            EngineError: The file cannot be written.
        """
        with whole_file(path) as file, tempfile.SpooledTemporaryFile(SPOOL) as later:
            self._head(file)
            for batch in _batches(self._items(sheets, watch)):
                self._batch(file, later, batch)
            fresh = max(self._used, default=0) + 1
            self._rest(file, later, fresh)
            file.write(b'\n],\n"categories": ')
            file.write(_encode([self._category(each) for each in self._classes]))
            file.write(b"\n}\n")
        numbers = [n if n >= 0 else fresh - 1 - n for n in self._numbers]
        return Written(
            path=path,
            images=len(self._images),
            masks=len(numbers),
            digests=dict(zip(numbers, self._digests, strict=True)),
            samples={numbers[item]: mask for item, mask in self._samples.items()},
        )

    def _head(self, file: BinaryIO) -> None:
        file.write(b"{\n")
        for key, value in self._fields.items():
            if key not in ("images", "annotations", "categories"):
                file.write(_encode(str(key)) + b": " + _encode(value) + b",\n")
        file.write(b'"images": [\n')
        file.write(
            b",\n".join(
                _encode(
                    {
                        **{k: v for k, v in each.extra.items() if k != "original_id"},
                        "id": self._image_ids[each.key],
                        "file_name": each.file_name,
                        "height": each.size[0],
                        "width": each.size[1],
                    }
                )
                for each in self._images
            )
        )
        file.write(b'\n],\n"annotations": [')

    def again(self, written: Written, sheets: Iterable[Sheet]) -> Iterator[tuple[int, Mask]]:
        """(number in the file, mask) of everything that was written, from the sheets anew."""
        items = self._items(sheets, lambda done, name: None)
        for number, item in zip(written.digests, items, strict=True):
            yield number, item[3]

    def _items(self, sheets: Iterable[Sheet], watch: Callable[[int, str], None]) -> Iterator[Item]:
        for done, sheet in enumerate(sheets):
            watch(done, sheet.image.file_name)
            for each in sheet.objects:
                if each.mask and not each.proposal and each.class_id in self._categories:
                    yield sheet.image, each, each.class_id, each.mask
            for class_id in sorted(sheet.layer.areas()):
                if class_id >= FIRST_CLASS and class_id in self._categories:
                    yield sheet.image, None, class_id, sheet.layer.mask(class_id)

    def _batch(self, file: BinaryIO, later: IO[bytes], batch: list[Item]) -> None:
        strings = rle_batch.encode([(mask, image.size) for image, _, _, mask in batch])
        numbered: list[bytes] = []
        waiting: list[bytes] = []
        for (image, each, class_id, mask), counts in zip(batch, strings, strict=True):
            tail = self._annotation(image, each, class_id, mask, counts)
            number = each.coco_id if each is not None else None
            if number is not None and number in self._used:
                self._report.add("no number", f"annotation {number}")
                number = None
            self._note(number, counts, mask)
            if number is None:
                waiting.append(tail + b"\n")
            else:
                numbered.append(b'{"id":%d,%b' % (number, tail))
        self._put(file, numbered)
        later.write(b"".join(waiting))

    def _note(self, number: int | None, counts: str, mask: Mask) -> None:
        """Remember what the reading back will look for; samples by reservoir."""
        item = len(self._numbers)
        if number is None:
            self._count += 1
            self._numbers.append(-self._count)
        else:
            self._used.add(number)
            self._numbers.append(number)
        self._digests.append(hash(counts))
        if item < SAMPLES:
            self._samples[item] = mask
        elif (place := int(self._chance.random() * (item + 1))) < SAMPLES:
            del self._samples[list(self._samples)[place]]
            self._samples[item] = mask

    def _annotation(
        self, image: SheetImage, each: Annotation | None, class_id: int, mask: Mask, counts: str
    ) -> bytes:
        """The JSON of one annotation after its id and its first comma."""
        left, top, right, bottom = mask.box
        entry: dict[str, Any] = {k: v for k, v in each.extra.items() if k != "id"} if each else {}
        entry["image_id"] = self._image_ids[image.key]
        entry["category_id"] = self._categories[class_id]
        entry["segmentation"] = {"size": image.size, "counts": counts}
        entry["area"] = mask.area
        entry["bbox"] = (left, top, right - left, bottom - top)
        entry["iscrowd"] = int(each.crowd) if each else 0
        if self._scores and each is not None and each.score is not None:
            entry["score"] = each.score
        return _encode(entry)[1:]

    def _rest(self, file: BinaryIO, later: IO[bytes], fresh: int) -> None:
        """Number and write what came without an id, after all that had one."""
        later.seek(0)
        lines: list[bytes] = []
        for number, tail in enumerate(later, fresh):
            lines.append(b'{"id":%d,%b' % (number, tail[:-1]))
            if len(lines) == BATCH:
                self._put(file, lines)
                lines = []
        self._put(file, lines)

    def _put(self, file: BinaryIO, lines: list[bytes]) -> None:
        if lines:
            file.write(b"\n" if self._first else b",\n")
            file.write(b",\n".join(lines))
            self._first = False

    def _category(self, each: LabelClass) -> dict[str, Any]:
        entry: dict[str, Any] = {
            **each.extra,
            "id": self._categories[each.id],
            "name": each.name,
        }
        if each.supercategory:
            entry["supercategory"] = each.supercategory
        if not each.thing or "isthing" in entry:
            entry["isthing"] = int(each.thing)  # as in COCO panoptic; others pass over it
        return entry


def numbers_for(
    wanted: Sequence[tuple[int, int | None]], report: Report, what: str
) -> dict[int, int]:
    """Own key → number in the file: the one it came with where free, else one above all.

    Args:
        wanted: (own key, number it came with or None), in order.
        report: Takes numbers that were used twice.
        what: What is numbered, for the report.
    """
    given: dict[int, int] = {}
    taken: set[int] = set()
    for key, number in wanted:
        if number is None:
            continue
        if number in taken:
            report.add("no number", f"{what} {number}")
            continue
        given[key] = number
        taken.add(number)
    fresh = count_from(max(taken, default=0) + 1)
    return {key: given[key] if key in given else next(fresh) for key, _ in wanted}


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
