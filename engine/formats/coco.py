"""COCO instances and its dialects (LVIS, Roboflow, lists of results) as a format."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import ClassVar

from engine.document.taxonomy import Taxonomy
from engine.formats.base import Reading, Written, live_classes
from engine.formats.coco_dialects import INSTANCES, LVIS, RESULTS, write_dialect
from engine.formats.coco_folder import coco_files, only_file
from engine.formats.coco_read import CocoReading
from engine.formats.coco_results import are_results, read_result_list
from engine.formats.coco_write import CocoWriter
from engine.formats.find_text import holds
from engine.formats.format import (
    LIKELY,
    READ_BACK,
    Format,
    Kinds,
    Loss,
    Option,
    ReadOptions,
    Work,
)
from engine.formats.read_back import read_back, watched
from engine.formats.reading import make_room
from engine.formats.report import Report
from engine.formats.verify_lists import examine_results

_SEEN = 0.8


class Coco(Format):
    """The format; see the module."""

    name = "coco"
    words = "COCO instances"
    folder = False
    suffixes = (".json",)
    cannot: ClassVar[tuple[str, ...]] = ("told",)
    detail = "one JSON for all images, RLE masks"
    options: ClassVar[tuple[Option, ...]] = ("scores", "deep", "polygons", "provenance")
    dialects: ClassVar[Mapping[str, str]] = {
        INSTANCES: "Instances",
        LVIS: "LVIS",
        RESULTS: "A list of results",
    }

    def lost(self, asked: Collection[str] = ()) -> tuple[str, ...]:
        """Scores unless they are asked for; holes as bridges where outlines are."""
        lost = ["told"] if RESULTS not in asked else ["told", "crowds", "fielded"]
        lost += ["holes"] if "polygons" in asked else []
        return (*lost, *(["scored"] if not {"scores", RESULTS} & {*asked} else []))

    def losses(self, taxonomy: Taxonomy, kinds: Kinds, asked: Collection[str] = ()) -> list[Loss]:
        """As every format, and what a list of results is without."""
        said = super().losses(taxonomy, kinds, asked)
        if RESULTS in asked:
            names = "The list names images and classes by number only, and no image without masks."
            said.insert(0, Loss(names, len(live_classes(taxonomy))))
        return said

    def detect(self, path: Path) -> float:
        """Rather sure of JSON with `annotations`, and of folders that have such; likely of JSON."""
        if path.is_dir():
            return _SEEN if coco_files(path) else 0.0
        if path.suffix.lower() != ".json":
            return 0.0
        sure = are_results(path) or holds(path, b'"annotations"')
        return _SEEN if sure else LIKELY / 2

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the file, or the only one of a folder."""
        file = only_file(path) if path.is_dir() else path
        if are_results(file):
            return read_result_list(file, options)
        found = CocoReading(file, options.images, options.exif, options.known)
        return found.named_only() if options.names_only else found

    def examine(self, path: Path, options: ReadOptions, report: Report) -> None:
        """Whether scores are numbers; whole files are checked by `verify`."""
        if path.is_file() and are_results(path):
            examine_results(path, report)

    def write(self, target: Path, work: Work) -> Written:
        """Write the file and read it back."""
        make_room(target, "instances.json")
        if work.polygons or work.dialect not in ("", INSTANCES):
            return write_dialect(target, work)
        writer = CocoWriter(
            work.taxonomy,
            work.images,
            work.fields,
            work.report,
            scores=work.scores,
            highest=work.highest,
        )

        def check(written: Written, at: Path) -> int:
            work.say(READ_BACK)
            everything = writer.again(written, work.sheets()) if work.deep else None
            return read_back(written, everything, watched(work), at)

        return writer.write(target, work.sheets(), work.watch, check)
