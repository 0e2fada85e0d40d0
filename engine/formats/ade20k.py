"""ADE20K (2017 and 2021): `*_seg.png` beside each photo, and a text or JSON file of names.

The blue channel of `_seg.png` numbers the objects; `*_atr.txt` (2017) or `*.json` (2021) says what
they are. Parts of objects lie in further files and are not read.
Source: https://github.com/CSAILVision/ADE20K, README.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.errors import EngineError
from engine.formats.base import FoundImage, FoundObject, Reading
from engine.formats.coco_file import whole
from engine.formats.format import SURE, Format, ReadOptions
from engine.formats.label_masks import kind_of, label_masks
from engine.formats.label_png import read_colors
from engine.formats.pictures import Pictures
from engine.formats.reading import ClassBook, ListReading, read_json, read_text
from engine.formats.report import Report

_SEG = "_seg"


class Ade20k(Format):
    """The format; see the module."""

    name = "ade20k"
    words = "ADE20K"
    writes = False

    def detect(self, path: Path) -> float:
        """Sure of a folder with `*_seg.png` that has names beside it."""
        first = next(path.rglob("*_seg.png"), None) if path.is_dir() else None
        if first is None:
            return 0.0
        stem = first.stem.removesuffix(_SEG)
        names = (f"{stem}_atr.txt", f"{stem}.json")
        return SURE if any((first.parent / name).is_file() for name in names) else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the folder, with all below it."""
        return _Reader(path, options).reading()


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        self._folder = path
        self._files = sorted(path.rglob("*_seg.png"))
        if not self._files:
            raise EngineError(f"There are no files *_seg.png in {path}. Choose another folder.")
        self._book = ClassBook()
        self._pictures = Pictures([path], options, self.report)

    def reading(self) -> Reading:
        return ListReading(
            self._files, self._image, self._book.classes, self._pictures, self.report
        )

    def _image(self, file: Path) -> FoundImage | None:
        inner = file.relative_to(self._folder)
        stem = inner.with_name(inner.stem.removesuffix(_SEG)).as_posix()
        try:
            colors = read_colors(file)
            masks = label_masks(np.asarray(colors >> 16, np.int32))
            names = self._names(file.parent, Path(stem).name)
        except EngineError as problem:
            self.report.add(kind_of(problem), inner.as_posix())
            return None
        size = int(colors.shape[0]), int(colors.shape[1])
        picture = self._pictures.of_stem(stem, given=size)
        if picture is None:
            return None
        # Files whose numbers have gaps are numbered by rank, as the authors' own reader does.
        direct = set(masks) <= set(names)
        objects = []
        for rank, (value, mask) in enumerate(masks.items(), 1):
            name = names.get(value if direct else rank)
            if name is None:
                self.report.add("unknown value", f"{value} in {inner.as_posix()}")
            objects.append(FoundObject(class_key=self._book.key(name or "no name"), mask=mask))
        return self._pictures.found(picture, objects)

    def _names(self, folder: Path, stem: str) -> dict[int, str]:
        """Number of an object → its class, parts left out."""
        text, data = folder / f"{stem}_atr.txt", folder / f"{stem}.json"
        found: dict[int, str] = {}
        if text.is_file():
            for line in read_text(text, 1 << 26).splitlines():
                parts = [part.strip() for part in line.split("#")]
                number = whole(parts[0]) if len(parts) >= 5 and parts[1] == "0" else None
                if number is not None:
                    # Classes are lists of words that mean the same; the first stands for all.
                    found[number] = parts[3].split(",")[0].strip() or parts[4]
        elif data.is_file():
            content = read_json(data, 1 << 28)
            entries = content.get("annotation", {}) if isinstance(content, dict) else {}
            listed = entries.get("object") if isinstance(entries, dict) else None
            for each in listed if isinstance(listed, list) else ():
                number = whole(each.get("id")) if isinstance(each, dict) else None
                parts_ = each.get("parts") if isinstance(each, dict) else None
                level = parts_.get("part_level", 0) if isinstance(parts_, dict) else 0
                if number is not None and whole(level) == 0:
                    found[number] = str(each.get("name") or "no name").split(",")[0].strip()
        return found
