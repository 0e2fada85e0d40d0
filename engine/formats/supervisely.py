"""Supervisely: `meta.json`, and `<dataset>/ann/*.json` beside `<dataset>/img/`, however deep.

A bitmap is a PNG, compressed with zlib, in base64, and the place of its corner; polygons have an
outline and holes. Source: https://docs.supervisely.com, "Supervisely annotation format".
"""

from __future__ import annotations

import base64
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.document.palette import is_color
from engine.errors import EngineError
from engine.formats.base import FoundImage, FoundObject, Reading
from engine.formats.coco_file import size_of, whole
from engine.formats.find_text import holds
from engine.formats.format import SURE, Format, ReadOptions
from engine.formats.frames import Size
from engine.formats.label_png import png_bits
from engine.formats.pictures import Pictures
from engine.formats.polygons import draw, placed
from engine.formats.reading import ClassBook, ListReading, read_json
from engine.formats.report import Report
from engine.masks.mask import Mask

MOST = 64 << 20
"""Bytes of one bitmap, unpacked."""

_NO_AREA = ("point", "line", "graph", "cuboid", "cuboid_2d")
_SHAPES = ("bitmap", "polygon", "rectangle", *_NO_AREA)


class Supervisely(Format):
    """The format; see the module."""

    name = "supervisely"
    words = "Supervisely"
    writes = False

    def detect(self, path: Path) -> float:
        """Sure of a folder with `meta.json`, there or above, and a folder `ann` however deep."""
        if not path.is_dir() or not holds(_meta(path), b'"classes"'):
            return 0.0
        return SURE if next(path.rglob("ann/*.json"), None) is not None else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the project's folder, or that of one of its data sets."""
        return _Reader(path, options).reading()


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        self._root = path
        self._files = sorted(each for each in path.rglob("*.json") if each.parent.name == "ann")
        if not self._files:
            raise EngineError(f"There are no files ann/*.json in {path}. Choose another folder.")
        self._book = ClassBook()
        self._kinds: dict[str, str] = {}
        meta = read_json(_meta(path))
        classes = meta.get("classes") if isinstance(meta, dict) else None
        for each in classes if isinstance(classes, list) else ():
            if isinstance(each, dict) and each.get("title"):
                color = str(each.get("color") or "").upper()
                self._book.key(str(each["title"]), color=color if is_color(color) else None)
                if isinstance(each.get("shape"), str) and each["shape"] in _SHAPES:
                    self._kinds[str(each["title"])] = each["shape"]
        self._pictures = Pictures([path], options, self.report)

    def reading(self) -> Reading:
        return ListReading(
            self._files, self._image, self._book.classes, self._pictures, self.report
        )

    def _image(self, file: Path) -> FoundImage | None:
        inner = file.relative_to(self._root)
        try:
            data = read_json(file)
        except EngineError:
            data = None
        if not isinstance(data, dict) or not isinstance(data.get("objects"), list):
            self.report.add("bad file", inner.as_posix())
            return None
        sides = _fields(data.get("size"))
        given = size_of(sides.get("height"), sides.get("width"))
        # photo.jpg.json belongs to img/photo.jpg, and in older exports photo.json did.
        folder = inner.parent.parent / "img"
        names = [(folder / inner.stem).as_posix(), inner.stem]
        picture = self._pictures.any_of(names, given)
        if picture is None:
            return None
        for _ in data["tags"] if isinstance(data.get("tags"), list) else ():
            self.report.add("image tag", inner.as_posix())
        objects = []
        for place, each in enumerate(data["objects"], 1):
            where = f"{inner.as_posix()}, object {place}"
            mask = self._mask(each, picture.frame.drawn, where) if isinstance(each, dict) else None
            if mask is not None:
                tags = each.get("tags")
                extra = {"tags": tags} if tags else {}
                key = self._book.key(str(each.get("classTitle") or ""))
                objects.append(FoundObject(class_key=key, mask=mask, extra=extra))
        return self._pictures.found(picture, objects)

    def _mask(self, each: dict[str, Any], size: Size, where: str) -> Mask | None:
        # Older exports leave the kind to the class, or to what is there.
        there = "bitmap" if isinstance(each.get("bitmap"), dict) else "polygon"
        kind = each.get("geometryType") or self._kinds.get(str(each.get("classTitle"))) or there
        if kind == "bitmap":
            return self._bitmap(each.get("bitmap"), size, where)
        points = _fields(each.get("points"))
        if kind == "polygon":
            holes = points.get("interior") or []
            rings = [points.get("exterior"), *(holes if isinstance(holes, list) else [])]
            return draw(rings, size, self.report, where)
        if kind == "rectangle":
            self.report.add("box only", where)
        else:
            self.report.add("no area" if kind in _NO_AREA else "bad shape", where)
        return None

    def _bitmap(self, value: Any, size: Size, where: str) -> Mask | None:
        value = _fields(value)
        origin = value.get("origin")
        corner = [whole(each) for each in origin] if isinstance(origin, list) else []
        bits = _unpacked(value.get("data"))
        x, y = corner if len(corner) == 2 else (None, None)
        if bits is None or x is None or y is None or max(abs(x), abs(y)) > 2 * max(size):
            self.report.add("bad shape", where)
            return None
        return placed(bits, x, y, size, self.report, where)


def _meta(path: Path) -> Path:
    """Where the classes are told: beside the data sets, which may be opened one by one."""
    own = path / "meta.json"
    return own if own.is_file() else path.parent / "meta.json"


def _fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _unpacked(value: Any) -> NDArray[np.bool_] | None:
    """The pixels of base64, zlib, PNG; see `png_bits`."""
    if not isinstance(value, str):
        return None
    try:
        packed = zlib.decompressobj()
        data = packed.decompress(base64.b64decode(value), MOST)
    except (ValueError, zlib.error):
        return None
    if packed.unconsumed_tail:
        return None
    return png_bits(data)
