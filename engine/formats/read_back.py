"""Read an exported COCO file back and compare it with what was meant, some masks at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engine.errors import EngineError
from engine.formats import rle_decode
from engine.formats.base import Written
from engine.formats.format import READ_BACK, Work
from engine.formats.json_file import Blocks, JsonFile
from engine.formats.rle_judge import Bools, Ints, judge
from engine.masks.mask import Mask

NAMED = 3
"""Images named when masks came back different."""

TOGETHER = 128
"""Masks decoded at once."""

Watch = Callable[[int, int], None]


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


_ENTRIES, _IMAGES, _CLASSES = Blocks(_Entry), Blocks(_Image), Blocks(_Class)


def read_back(
    written: Written,
    everything: Iterable[tuple[int, Mask]] | None = None,
    watch: Watch = lambda done, total: None,
    at: Path | None = None,
) -> int:
    """Compare a written file with what was written, and with itself.

    For every mask: its text is what was written and canonical, its pixels fill its image, area
    and box follow from it, its image and class are listed. A sample is decoded and compared with
    the masks that were written; with `everything`, all are.

    Args:
        written: What the writer says it wrote.
        everything: (annotation number, mask) of every mask, for a full comparison.
        watch: Called with the masks read back and their number; what it raises ends the reading.
        at: Where the file is as long as it has not taken its place; None when it has.

    Returns:
        How many masks were decoded.

    Raises:
        EngineError: Something differs; the file must not be used.
    """
    try:
        back = _Back(written, at)
        for found, strange in back.file.blocks("annotations", _ENTRIES):
            if strange or None in found:
                raise EngineError("not every annotation is one")
            back.some([each for each in found if each is not None])
            watch(back.done, len(written.numbers))
    except EngineError as error:
        raise EngineError(
            f"{written.path.name} could not be read back after it was written: {error} "
            f"{_left(written.path, at)} Export to another disk."
        ) from error
    back.end()
    decoded = back.decode(written.samples.items() if everything is None else everything)
    if back.wrong:
        raise back.refusal()
    return decoded


def watched(work: Work) -> Watch:
    """What tells how far the reading back is, in images, and asks whether it should end."""

    def watch(done: int, total: int) -> None:
        work.watch(len(work.images) * done // max(total, 1), READ_BACK)

    return watch


class _Back:
    """A file on its way back.

    Attributes:
        file: It.
        done: Annotations compared.
        wrong: Numbers of annotations that are not what was written.
    """

    def __init__(self, written: Written, at: Path | None) -> None:
        self.file = JsonFile(at or written.path)
        self.done = 0
        self.wrong: dict[int, str] = {}  # number → name of its image
        self._left = _left(written.path, at)
        self._images = {each.id: each for each in _all(self.file, "images", _IMAGES)}
        self._classes = {each.id for each in _all(self.file, "categories", _CLASSES)}
        self._sizes = {each.id: (each.height, each.width) for each in self._images.values()}
        numbers = np.array(written.numbers, np.int64)
        order = np.argsort(numbers, kind="stable")
        self._numbers = numbers[order]
        self._digests = np.array(written.digests, np.int64)[order]
        self._places = np.full(len(numbers), -1, np.int64)  # in the file, by number

    def some(self, entries: list[_Entry]) -> None:
        """Compare the next annotations of the file."""
        if not entries:  # of which numpy would not know the type
            return
        shapes = [each.segmentation for each in entries]
        texts = [each.counts for each in shapes]
        heights = np.array([max(each.size[0], 1) for each in shapes], np.int64)
        judged = judge(texts, heights)
        known = [self._sizes.get(e.image_id) == e.segmentation.size for e in entries]
        classes = [each.category_id in self._classes for each in entries]
        good = judged.well_formed & judged.canonical & np.array(known) & np.array(classes)
        try:
            good &= judged.pixels == np.array([h * w for h, w in (s.size for s in shapes)])
            good &= judged.area == np.array([each.area for each in entries])
            good &= (judged.boxes == np.array([each.bbox for each in entries])).all(1)
            numbers = np.array([each.id for each in entries], np.int64)
        except OverflowError:
            good[:] = False
            numbers = np.zeros(len(entries), np.int64)
        good &= self._as_written(numbers, np.array([*map(hash, texts)], np.int64))
        for at in np.flatnonzero(~good).tolist():
            image = self._images.get(entries[at].image_id)
            self.wrong[entries[at].id] = image.file_name if image is not None else "?"
        self.done += len(entries)

    def _as_written(self, numbers: Ints, digests: Ints) -> Bools:
        """Which of the next annotations have a number and a text that were written, once."""
        if not len(self._numbers):
            return np.zeros(len(numbers), np.bool_)
        at = np.minimum(np.searchsorted(self._numbers, numbers), len(self._numbers) - 1)
        good: Bools = (self._numbers[at] == numbers) & (self._digests[at] == digests)
        good &= self._places[at] < 0
        places = np.arange(self.done, self.done + len(numbers))
        self._places[at[good]] = places[good]
        good &= self._places[at] == places  # not twice among these
        return good

    def end(self) -> None:
        """All of the file was compared: what did not come is wrong too."""
        for number in self._numbers[self._places < 0].tolist():
            self.wrong.setdefault(number, f"annotation {number}")

    def decode(self, pairs: Iterable[tuple[int, Mask]]) -> int:
        """Compare masks, by number, with those in the file; how many there were."""
        decoded = 0
        asked = iter(pairs)
        while some := list(islice(asked, TOGETHER)):
            decoded += len(some)
            found = {number: self._entry(number) for number, _ in some}
            sound = [(number, mask, each) for number, mask in some if (each := found[number])]
            shapes = [each.segmentation for _, _, each in sound]
            masks = rle_decode.decode([s.counts for s in shapes], [s.size for s in shapes])
            for (number, mask, each), back in zip(sound, masks, strict=True):
                if back is None or not back.same(mask):
                    image = self._images.get(each.image_id)
                    self.wrong[number] = image.file_name if image is not None else "?"
        return decoded

    def _entry(self, number: int) -> _Entry | None:
        """The annotation of a number; None where it is known to be wrong."""
        at = int(np.searchsorted(self._numbers, number))
        span = self.file.span("annotations")
        there = at < len(self._numbers) and self._numbers[at] == number
        if not there or self._places[at] < 0 or number in self.wrong or span is None:
            self.wrong.setdefault(number, f"annotation {number}")
            return None
        place = int(self._places[at])
        text = self.file.read(int(span.starts[place]), int(span.stops[place]))
        return _ENTRIES.one(text)

    def refusal(self) -> EngineError:
        """The sentence for what is wrong."""
        where = list(dict.fromkeys(self.wrong[number] for number in sorted(self.wrong)))
        more = " …" if len(where) > NAMED else ""
        count = len(self.wrong)
        masks = "1 mask" if count == 1 else f"{count:,} masks"
        return EngineError(
            f"{masks} came back different after export, in {', '.join(where[:NAMED])}{more}. "
            f"{self._left} Export to another disk, and report it if it happens again."
        )


def _left(path: Path, at: Path | None) -> str:
    """What became of the file."""
    return f"Do not use {path.name}." if at is None else f"{path.name} was not written."


def _all(file: JsonFile, name: str, kind: Blocks[Any]) -> Sequence[Any]:
    found = [each for entries, _ in file.blocks(name, kind) for each in entries]
    if None in found:
        raise EngineError(f"not every one of its {name} is one.")
    return found
