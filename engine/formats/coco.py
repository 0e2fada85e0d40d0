"""COCO instances (and files of its dialects: LVIS, Roboflow, results with images) as a format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from engine.formats.base import Reading, Written
from engine.formats.coco_read import CocoReading
from engine.formats.coco_write import CocoWriter
from engine.formats.find_text import holds
from engine.formats.format import LIKELY, READ_BACK, Format, ReadOptions, Work
from engine.formats.read_back import read_back
from engine.formats.reading import make_room

ROBOFLOW = "_annotations.coco.json"
"""What Roboflow calls the file that lies among the images."""

_SEEN = 0.8


class Coco(Format):
    """The format; see the module."""

    name = "coco"
    words = "COCO instances"
    folder = False
    suffixes = (".json",)
    cannot: ClassVar[tuple[str, ...]] = ("told",)

    def detect(self, path: Path) -> float:
        """Rather sure of JSON with `annotations`; likely of any JSON, and of Roboflow's folders."""
        if path.is_dir():
            return _SEEN if (path / ROBOFLOW).is_file() else 0.0
        if path.suffix.lower() != ".json":
            return 0.0
        return _SEEN if holds(path, b'"annotations"') else LIKELY / 2

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the file, or Roboflow's file in a folder."""
        file = path / ROBOFLOW if path.is_dir() else path
        return CocoReading(file, options.images, options.exif, options.known)

    def write(self, target: Path, work: Work) -> Written:
        """Write the file and read it back."""
        make_room(target, "instances.json")
        writer = CocoWriter(
            work.taxonomy, work.images, work.fields, work.report, scores=work.scores
        )
        written = writer.write(target, work.sheets(), work.watch)
        work.say(READ_BACK)
        everything = writer.again(written, work.sheets()) if work.deep else None
        return replace(written, decoded=read_back(written, everything))
