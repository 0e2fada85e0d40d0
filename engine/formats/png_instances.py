"""Instance maps: one PNG an image, whose pixel values number the objects (8 or 16 bits).

The values alone say nothing of classes; `instances.json` beside the maps, written here, does:
{"classes": [{"name", "color", "thing"}], "images": {"a.png": {"1": "cat"}}}.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np

from engine.errors import EngineError
from engine.formats.base import (
    FoundImage,
    FoundObject,
    Reading,
    SheetImage,
    Written,
    live_classes,
)
from engine.formats.format import LIKELY, SURE, Format, Option, ReadOptions, Work
from engine.formats.label_masks import kind_of, label_masks
from engine.formats.label_png import Names, paired_names, read_labels, write_labels
from engine.formats.pictures import Pictures
from engine.formats.png_read import ENDINGS, mask_files
from engine.formats.reading import ClassBook, ListReading, head, make_folder, read_bytes
from engine.formats.report import Report
from engine.formats.resolve import flatten
from engine.formats.verify_maps import examine_instances
from engine.formats.whole import write_whole

TABLE = "instances.json"
MOST = 65_535


class _Class(msgspec.Struct, omit_defaults=True):
    name: str
    color: str | None = None
    thing: bool = True


class _Table(msgspec.Struct):
    classes: list[_Class] = []
    images: dict[str, dict[str, str]] = {}


class PngInstances(Format):
    """The format; see the module."""

    name = "png-instances"
    words = "Instance maps (PNG)"
    suffixes = (".png",)
    cannot: ClassVar[tuple[str, ...]] = ("regions", "shared", "crowds", "scored", "fielded")
    detail = "a 16-bit PNG for each image"
    options: ClassVar[tuple[Option, ...]] = ("overlap", "refuse_void")

    def detect(self, path: Path) -> float:
        """Sure where `instances.json` is; likely where the first PNG has 16 bits."""
        if (path / TABLE).is_file():
            return SURE
        first = next(iter(sorted(path.glob("*.png"))), None) if path.is_dir() else None
        if first is None:
            return 0.0
        data = head(first, 26)  # bits and colour type: PNG specification, 11.2.2
        return LIKELY if len(data) == 26 and data[24] == 16 and data[25] == 0 else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open a folder of maps, or one map."""
        return _Reader(path, options).reading()

    def examine(self, path: Path, options: ReadOptions, report: Report) -> None:
        """See `verify_maps`."""
        if (path / TABLE).is_file():
            table = _read_table(path / TABLE)
            examine_instances(path, table.images, {each.name for each in table.classes}, report)

    def picture_names(self, images: Sequence[SheetImage]) -> dict[int, str]:
        """Programs find one by the other's name."""
        return paired_names(images)

    def write(self, target: Path, work: Work) -> Written:
        """Write a map for every image, and `instances.json` when all are there."""
        return _write(target, work)


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        self._folder = path if path.is_dir() else path.parent
        self._files = mask_files(path)
        self._table = _read_table(self._folder / TABLE)
        self._book = ClassBook()
        for each in self._table.classes:
            self._book.key(each.name, color=each.color, thing=each.thing)
        things = [each for each in live_classes(options.taxonomy) if each.thing]
        self._only = things[0].name if len(things) == 1 else "object"
        if not self._table.images:
            self._book.key(self._only)
        around = [self._folder.parent / "images", self._folder / "images"]
        self._pictures = Pictures(
            around, options, self.report, beside=[self._folder.parent], masks=[self._folder]
        )

    def reading(self) -> Reading:
        return ListReading(
            self._files, self._image, self._book.classes, self._pictures, self.report
        )

    def _image(self, file: Path) -> FoundImage | None:
        inner = file.relative_to(self._folder)
        try:
            labels = read_labels(file)
            masks = {} if labels.colors else label_masks(labels.values)
        except EngineError as problem:
            self.report.add(kind_of(problem), inner.as_posix())
            return None
        if labels.colors:
            self.report.add("bad file", inner.as_posix())
            return None
        stem = inner.with_suffix("").as_posix()
        if inner.as_posix() not in self._table.images:
            ending = next((each for each in ENDINGS if stem.lower().endswith(each)), "")
            stem = stem[: len(stem) - len(ending)]
        picture = self._pictures.of_stem(stem, given=labels.size)
        if picture is None:
            return None
        names = self._table.images.get(inner.as_posix(), {})
        objects = []
        for value, mask in masks.items():
            name = names.get(str(value))
            if name is None and names:
                self.report.add("unknown value", f"{value} in {inner.as_posix()}")
            objects.append(FoundObject(class_key=self._book.key(name or self._only), mask=mask))
        return self._pictures.found(picture, objects)


def _read_table(path: Path) -> _Table:
    if not path.is_file():
        return _Table()
    try:
        return msgspec.json.decode(read_bytes(path), type=_Table)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EngineError(
            f"{path} is no list of instances: {error}. Take it out of the folder, or put the one "
            "back that belongs to these maps."
        ) from error


def _write(target: Path, work: Work) -> Written:
    make_folder(target)
    classes = {each.id: each for each in live_classes(work.taxonomy)}
    table = _Table([_Class(each.name, each.color, each.thing) for each in classes.values()], {})
    names, masks = Names(), 0
    for done, sheet in enumerate(work.sheets()):
        work.watch(done, sheet.image.file_name)
        flat = flatten(sheet, classes, work.resolver)
        if len(flat.objects) > MOST:
            raise EngineError(
                f"{sheet.image.file_name} has {len(flat.objects):,} objects, and a map has numbers "
                f"for {MOST:,}. Export with --tile."
            )
        path = target / f"{names.of(sheet.image)}.png"
        array = flat.owner.astype(np.uint16)
        write_labels(path, array, sheet.image.file_name)
        there = np.unique(array[array > 0]).tolist()
        table.images[path.relative_to(target).as_posix()] = {
            str(value): classes[flat.objects[value - 1].class_id].name for value in there
        }
        masks += len(there)
    write_whole(target / TABLE, msgspec.json.encode(table))
    return Written(path=target, images=len(table.images), masks=masks, decoded=masks)
