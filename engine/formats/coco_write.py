"""COCO instances, written exactly: compressed RLE, true area and box, everything kept."""

from __future__ import annotations

import math
import random
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
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
_PLAIN = (
    b'"image_id":%d,"category_id":%d,"segmentation":{"size":[%d,%d],"counts":"%b"},"area":%d,'
    b'"bbox":[%d,%d,%d,%d],"iscrowd":%d}'
)


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
        highest: int | None = None,
    ) -> None:
        """Prepare the ids.

        Args:
            taxonomy: The project's classes; all live ones are listed.
            images: All images that will be written, in this order.
            fields: Top-level fields kept from an import ("info", "licenses" …).
            report: Takes what had to be renumbered.
            scores: Write the score of objects that have one.
            highest: See `format.Work`; where it is given, objects stand in their order.
        """
        self._report = report
        self._free = self._highest = highest
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
        self._next, self._weight = SAMPLES - 1, 1.0  # of the sampling
        # By item; of those without a number the place among them, as -1 - place.
        self._numbers = array("q")
        self._digests = array("q")
        self._samples: dict[int, Mask] = {}  # by item

    def write(
        self,
        path: Path,
        sheets: Iterable[Sheet],
        watch: Callable[[int, str], None] = lambda done, name: None,
        check: Callable[[Written, Path], int] = lambda written, at: 0,
    ) -> Written:
        """Write the file, whole or not at all.

        Args:
            path: The file.
            sheets: One for each image given before, in any order.
            watch: Called with the number of finished images and the name of the next; an
                exception it raises ends the writing and leaves no file.
            check: Called before the new file takes its place, with what was written and where it
                is still; answers with how many masks it decoded. What it raises leaves no file.

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
            file.flush()
            written = self._written(path, fresh)
            return replace(written, decoded=check(written, Path(file.name)))

    def _written(self, path: Path, fresh: int) -> Written:
        numbers = array("q", (n if n >= 0 else fresh - 1 - n for n in self._numbers))
        return Written(
            path=path,
            images=len(self._images),
            masks=len(numbers),
            numbers=numbers,
            digests=self._digests,
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
        for number, item in zip(written.numbers, items, strict=True):
            yield number, item[3]

    def _items(self, sheets: Iterable[Sheet], watch: Callable[[int, str], None]) -> Iterator[Item]:
        known = self._categories
        for done, sheet in enumerate(sheets):
            image = sheet.image
            watch(done, image.file_name)
            for each in sheet.objects:
                if each.class_id in known and not each.proposal and each.mask:
                    yield image, each, each.class_id, each.mask
            for class_id in sorted(sheet.layer.areas()):
                if class_id >= FIRST_CLASS and class_id in known:
                    mask, extra = sheet.layer.mask(class_id), sheet.areas.get(class_id)
                    area = Annotation(id=0, class_id=class_id, mask=mask, extra=extra or {})
                    yield image, area if extra else None, class_id, mask

    def _batch(self, file: BinaryIO, later: IO[bytes], batch: list[Item]) -> None:
        strings, areas = rle_batch.encode_measured([(item[3], item[0].size) for item in batch])
        self._sample(batch)
        self._digests.extend(map(hash, strings))
        numbered: list[bytes] = []
        waiting: list[bytes] = []
        for item, counts, area in zip(batch, strings, areas, strict=True):
            each = item[1]
            tail = self._annotation(item, counts, area)
            number = self._number(each.coco_id if each is not None else None)
            if number is None:
                self._count += 1
                self._numbers.append(-self._count)
                waiting.append(tail + b"\n")
            else:
                self._numbers.append(number)
                numbered.append(b'{"id":%d,%b' % (number, tail))
        self._put(file, numbered)
        later.write(b"".join(waiting))

    def _number(self, given: int | None) -> int | None:
        """The number of the next annotation; None where it gets one when all are known."""
        taken = given in self._used
        if given is not None and self._highest is not None and self._free is not None:
            taken = taken or self._highest < given <= self._free  # it came in meanwhile
        if given is not None and not taken:
            self._used.add(given)
            return given
        if given is not None:
            self._report.add("no number", f"annotation {given}")
        if self._free is None:
            return None
        self._free += 1
        while self._free in self._used:
            self._free += 1
        return self._free

    def _sample(self, batch: list[Item]) -> None:
        """Remember some masks for the reading back, each as likely as any other.

        Source: Li, "Reservoir-Sampling Algorithms of Time Complexity O(n(1 + log(N/n)))", ACM TOMS
        20 (1994), algorithm L: how many masks to pass over is drawn, not whether to take each.
        """
        first = len(self._numbers)
        for item in range(first, min(first + len(batch), SAMPLES)):
            self._samples[item] = batch[item - first][3]
        while self._next < first + len(batch):
            if self._next >= SAMPLES:
                del self._samples[self._chance.choice([*self._samples])]
                self._samples[self._next] = batch[self._next - first][3]
            self._weight *= self._chance.random() ** (1 / SAMPLES)
            skipped = math.log(self._chance.random()) / math.log1p(-self._weight)
            self._next = max(self._next, SAMPLES - 1) + 1 + int(skipped)

    def _annotation(self, item: Item, counts: str, area: int) -> bytes:
        """The JSON of one annotation after its id and its first comma."""
        image, each, class_id, mask = item
        left, top, right, bottom = mask.box
        known = (self._image_ids[image.key], self._categories[class_id])
        figures = (area, left, top, right - left, bottom - top, int(each.crowd) if each else 0)
        score = each.score if self._scores and each is not None else None
        if score is None and (each is None or not each.extra):  # as the encoder would write it
            return _PLAIN % (*known, *image.size, counts.replace("\\", "\\\\").encode(), *figures)
        entry: dict[str, Any] = {k: v for k, v in each.extra.items() if k != "id"} if each else {}
        entry["image_id"], entry["category_id"] = known
        entry["segmentation"] = {"size": image.size, "counts": counts}
        entry["area"], entry["bbox"], entry["iscrowd"] = area, figures[1:5], figures[5]
        if score is not None:
            entry["score"] = score
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
