"""COCO stuff: instances files in which every annotation is the region of a class in an image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from engine.formats.base import FoundObject, Reading, Sheet, Written, live_classes
from engine.formats.coco_read import CocoReading
from engine.formats.coco_shapes import Shape
from engine.formats.coco_shapes_many import Asked
from engine.formats.coco_write import CocoWriter
from engine.formats.find_text import holds
from engine.formats.format import READ_BACK, SURE, Format, Option, ReadOptions, Work
from engine.formats.frames import Frame
from engine.formats.read_back import read_back, watched
from engine.formats.reading import make_room
from engine.formats.resolve import semantic


class CocoStuff(Format):
    """The format; see the module."""

    name = "coco-stuff"
    words = "COCO stuff"
    folder = False
    suffixes = (".json",)
    cannot: ClassVar[tuple[str, ...]] = ("objects", "shared", "crowds", "scored", "fielded", "told")
    detail = "one JSON, areas of classes"
    options: ClassVar[tuple[Option, ...]] = ("deep", "overlap", "refuse_void")

    def detect(self, path: Path) -> float:
        """Sure of a JSON file of annotations whose name begins with "stuff"."""
        named = path.suffix.lower() == ".json" and path.name.lower().startswith("stuff")
        return SURE if named and holds(path, b'"annotations"') else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the file."""
        found = StuffReading(path, options.images, options.exif, options.known)
        return found.named_only() if options.names_only else found

    def write(self, target: Path, work: Work) -> Written:
        """Write one annotation for each class in an image, things above regions."""
        make_room(target, "stuff.json")
        writer = CocoWriter(work.taxonomy, work.images, work.fields, work.report)

        def check(written: Written, at: Path) -> int:
            work.say(READ_BACK)
            everything = writer.again(written, _flat(work)) if work.deep else None
            return read_back(written, everything, watched(work), at)

        return writer.write(target, _flat(work), work.watch, check)


class StuffReading(CocoReading):
    """As `CocoReading`, with regions in the place of objects."""

    def open_classes(self) -> None:
        """Every class is one of regions, unless the file says that it has objects."""
        self.classes[:] = [
            replace(each, thing=each.extra.get("isthing") in (1, True)) for each in self.classes
        ]
        self._stuff = {each.key for each in self.classes}

    def _object(self, asked: Asked, shape: Shape, frame: Frame) -> FoundObject | None:
        found = super()._object(asked, shape, frame)
        if found is None:
            return None
        self._stuff.add(found.class_key)
        return replace(found, crowd=False)


def _flat(work: Work) -> Iterator[Sheet]:
    classes = {each.id for each in live_classes(work.taxonomy)}
    return (semantic(sheet, classes, work.resolver) for sheet in work.sheets())
