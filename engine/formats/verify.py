"""Check a COCO file against the rules of the format, and its masks against their own figures.

Every run-length mask is judged (canonical text, pixels, area, box) without native code; a sample,
or all with `deep`, is decoded pixel by pixel by this program and by hotcoco besides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.formats.coco_file import MAX_ID, MAX_SIDE, whole
from engine.formats.json_file import Blocks, JsonFile
from engine.formats.report import Remark, Report
from engine.formats.rle_judge import Judged, judge
from engine.formats.verify_lists import MOST_SCORE, Against, check_classes, check_images
from engine.formats.verify_outlines import Entry, check_outlines, near, same_box, where
from engine.formats.verify_twins import Twins
from engine.formats.verify_words import SENTENCES
from engine.masks import rle

MOST_PIXELS = 1 << 28
"""Pixels of a mask that another program is let write out one by one."""

SAMPLE = 64
"""Masks decoded when not all are."""

SLACK_BOX = 1.0
"""Pixels by which a box of an RLE mask may differ: two conventions are in use."""


_ENTRIES = Blocks(Entry)


@dataclass(slots=True)
class Verdict:
    """What a check found.

    Attributes:
        path: The file.
        images: Images listed.
        masks: Annotations with a mask.
        decoded: Masks decoded pixel by pixel.
        problems: What is wrong; empty for a sound file.
        hints: What is worth knowing but allowed.
    """

    path: Path
    images: int = 0
    masks: int = 0
    decoded: int = 0
    problems: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Checked:
    """The run-length masks of a file: entries, texts, what judging them gave."""

    entries: list[Entry]
    strings: list[str]
    sizes: list[tuple[int, int]]
    judged: Judged


def verify_file(
    path: Path,
    *,
    deep: bool = False,
    images: Path | None = None,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Verdict:
    """Check a COCO file of instances, or of panoptic segments with its PNGs.

    Annotations are read and checked some thousands at a time, whatever the size of the file.

    Args:
        path: The JSON file.
        deep: Decode every mask, not a sample.
        images: Folder in which the images must be, with the sizes that the file states.
        watch: Called with the annotations that are checked and their number; what it raises ends
            the check.

    Raises:
        EngineError: It cannot be read, or is no COCO annotation file.
    """
    report = Report(SENTENCES)
    file = JsonFile(path)
    if file.is_list:
        raise EngineError(
            f"{path.name} is a list of results without images and classes; only a whole "
            "annotation file can be verified."
        )
    if b'"segments_info"' in file.begins("annotations", 1 << 16):
        from engine.formats.verify_panoptic import verify_panoptic

        return verify_panoptic(path, deep=deep, images=images, watch=watch)
    if "images" not in file or "annotations" not in file:
        raise EngineError(f"{path.name} has no “images” and “annotations” lists to verify.")
    classes = check_classes(file.entries("categories"), report)
    against = Against()
    sizes = check_images(file.entries("images"), report, images, classes, against)
    total = file.count("annotations")
    check = _Check(sizes, classes, against, range_of(total, deep), report)
    for found, strange in file.blocks("annotations", _ENTRIES):
        if strange or None in found:
            raise EngineError(f"The annotations in {path.name} are not a list of entries.")
        check.some([each for each in found if each is not None])
        watch(check.seen, total)
    check.numbers.tell(report)
    check.twins.tell(report)
    remarks = report.remarks()
    return Verdict(
        path,
        images=file.count("images"),
        masks=check.masks,
        decoded=check.decoded,
        problems=texts(remarks, "warning"),
        hints=texts(remarks, "info"),
    )


class _Check:
    """The annotations of a file, checked as they are read.

    Attributes:
        seen: Annotations checked.
        masks: Those with a mask.
        decoded: Masks decoded pixel by pixel.
        numbers: Their numbers.
        twins: Those that are there twice.
    """

    def __init__(
        self,
        sizes: dict[int, tuple[int, int]],
        classes: set[int],
        against: Against,
        sample: Sequence[int],
        report: Report,
    ) -> None:
        self.seen = self.masks = self.decoded = 0
        self.numbers = Numbers()
        self.twins = Twins()
        self._sizes, self._classes, self._report = sizes, classes, report
        self._sample = sample
        self._against = against

    def some(self, entries: list[Entry]) -> None:
        """Check the next ones."""
        report, sizes = self._report, self._sizes
        _check_ids(entries, sizes, self._classes, report)
        self.numbers.add(entries, report)
        self._against.check(entries, report)
        for each in entries:
            if not each.segmentation:
                report.add("no mask", where(each))
            if each.score is not None and not near(each.score, 0, MOST_SCORE):
                report.add("score", where(each))
        masks = [each for each in entries if each.segmentation]
        self.masks += len(masks)
        self.twins.add(masks)
        checked = _runs_of(masks, sizes, report)
        _check_figures(checked, report)
        self.decoded += _decode(checked, self._chosen(entries, checked), report)
        self.decoded += check_outlines(masks, sizes, report)
        self.seen += len(entries)

    def _chosen(self, entries: list[Entry], checked: Checked) -> Sequence[int]:
        """Places of the compressed masks that are in the sample."""
        first, last = self.seen, self.seen + len(entries)
        if isinstance(self._sample, range):
            return range(len(checked.entries))
        wanted = {id(entries[at - first]) for at in self._sample if first <= at < last}
        return [at for at, each in enumerate(checked.entries) if id(each) in wanted]


class Numbers:
    """The numbers of all annotations, to find those that are used twice."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.int64]] = []

    def add(self, entries: list[Entry], report: Report) -> None:
        """Note those of some entries; those that are none go into the report."""
        found = []
        for each in entries:
            if type(each.id) is int and abs(each.id) < MAX_ID:
                found.append(each.id)
            else:
                report.add("id", where(each))
        self._parts.append(np.array(found, np.int64))

    def tell(self, report: Report) -> None:
        """Report those used twice."""
        every = np.concatenate([np.zeros(0, np.int64), *self._parts])
        numbers, counts = np.unique(every, return_counts=True)
        for number in numbers[counts > 1].tolist():
            report.add("twice annotation", str(number))


def range_of(total: int, deep: bool) -> Sequence[int]:
    """Places of the masks to decode: all, or `SAMPLE` spread evenly."""
    if deep or total <= SAMPLE:
        return range(total)
    return [each * (total - 1) // (SAMPLE - 1) for each in range(SAMPLE)]


def texts(remarks: list[Remark], level: str) -> list[str]:
    """The sentences of one level."""
    return [each.text for each in remarks if each.level == level]


def _check_ids(
    entries: list[Entry], sizes: dict[int, tuple[int, int]], classes: set[int], report: Report
) -> None:
    for each in entries:
        if whole(each.image_id) not in sizes:
            report.add("dangling image", where(each))
        elif isinstance(each.image_id, str):  # which other programs find nowhere
            report.add("text for number", where(each))
        if whole(each.category_id) not in classes:
            report.add("dangling class", where(each))
        elif isinstance(each.category_id, str):
            report.add("text for number", where(each))
        if each.iscrowd not in (0, 1) or isinstance(each.iscrowd, bool):
            report.add("crowd", where(each))


def _runs_of(entries: list[Entry], sizes: dict[int, tuple[int, int]], report: Report) -> Checked:
    """The compressed masks whose size is that of their image."""
    kept: list[Entry] = []
    strings: list[str] = []
    shapes: list[tuple[int, int]] = []
    for each in entries:
        value = each.segmentation
        if not isinstance(value, dict) or not isinstance(value.get("counts"), str):
            continue
        size = value.get("size")
        image = sizes.get(whole(each.image_id) or 0)
        if not (
            isinstance(size, list)
            and len(size) == 2
            and all(isinstance(side, int) and 0 < side <= MAX_SIDE for side in size)
        ):
            report.add("damaged", where(each))
        elif image is not None and min(image) > 0 and tuple(size) != image:
            report.add("other size", where(each))
        else:
            kept.append(each)
            strings.append(value["counts"])
            shapes.append((size[0], size[1]))
    heights = np.array([size[0] for size in shapes], np.int64)
    return Checked(kept, strings, shapes, judge(strings, heights))


def _check_figures(checked: Checked, report: Report) -> None:
    """Soundness, area and box of the compressed masks."""
    judged = checked.judged
    want = np.array([size[0] * size[1] for size in checked.sizes], np.int64)
    whole_masks = judged.well_formed & (judged.pixels == want)
    areas, boxes = judged.area.tolist(), judged.boxes.tolist()
    for index, each in enumerate(checked.entries):
        if not whole_masks[index]:
            report.add("damaged", where(each))
            continue
        if not judged.canonical[index]:
            report.add("not canonical", where(each))
        if not areas[index]:
            report.add("empty", where(each))
            continue
        if not near(each.area, areas[index], 0.5):
            report.add("area", where(each))
        if not same_box(each.bbox, boxes[index], SLACK_BOX):
            report.add("box", where(each))


def _decode(checked: Checked, places: Sequence[int], report: Report) -> int:
    """Decode some masks by two programs and compare pixels and figures."""
    from hotcoco import mask as reference

    done = 0
    for index in places:
        size = checked.sizes[index]
        if checked.judged.pixels[index] != size[0] * size[1]:
            continue  # damaged; it would not be safe to hand on
        if size[0] * size[1] > MOST_PIXELS:
            continue  # the other program writes out every pixel
        done += 1
        mask = rle.decode(checked.strings[index], size)
        other = reference.decode({"size": list(size), "counts": checked.strings[index]})
        left, top, right, bottom = mask.box
        same = mask.area == int(checked.judged.area[index]) == int(np.count_nonzero(other))
        crop = other[top:bottom, left:right].astype(bool)
        if not same or not np.array_equal(mask.read(mask.box), crop):
            report.add("decoded", where(checked.entries[index]))
    return done
