"""Datumaro's own JSON: a file for each subset in `annotations/`, images in `images/<subset>/`.

Masks, polygons and ellipses are read; annotations of one group and class are one object.
Source: https://open-edge-platform.github.io/datumaro/, "Datumaro format".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import EngineError
from engine.formats.base import FoundImage, FoundObject, Reading
from engine.formats.coco_file import size_of, whole
from engine.formats.coco_shapes import read_segmentation
from engine.formats.find_text import holds
from engine.formats.format import SURE, Format, ReadOptions
from engine.formats.frames import Size
from engine.formats.pictures import Pictures
from engine.formats.polygons import draw, ellipse_points
from engine.formats.reading import ClassBook, ListReading, read_json
from engine.formats.report import Report
from engine.masks.mask import Mask

Entry = tuple[str, dict[str, Any], list[int]]
"""Subset, item, class keys of the file in the order of its labels."""

_OF_IMAGE = ("label", "caption", "feature_vector", "hash_key", "super_resolution_annotation")
_NONE = ("points", "polyline", "cuboid_3d", "cuboid_2d", "skeleton")


class Datumaro(Format):
    """The format; see the module."""

    name = "datumaro"
    words = "Datumaro"
    suffixes = (".json",)
    writes = False

    def detect(self, path: Path) -> float:
        """Sure of JSON with `items` and `categories`, or of a folder with such in `annotations`."""
        if path.is_dir():
            first = next(iter(sorted((path / "annotations").glob("*.json"))), None)
            return 0.0 if first is None else self.detect(first)
        if path.suffix.lower() != ".json" or not holds(path, b'"items"'):
            return 0.0
        return SURE if holds(path, b'"categories"') and not holds(path, b'"images"') else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open a file, or the folder above `annotations`."""
        return _Reader(path, options).reading()


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        self._book = ClassBook()
        files = sorted((path / "annotations").glob("*.json")) if path.is_dir() else [path]
        root = path if path.is_dir() else path.parent.parent
        self._entries: list[Entry] = []
        for file in files:
            self._entries += self._open(file)
        if not files:
            raise EngineError(f"There are no files in {path / 'annotations'}. Choose another.")
        subsets = [root / "images" / file.stem for file in files]
        self._pictures = Pictures([root / "images", *subsets], options, self.report, beside=[root])

    def reading(self) -> Reading:
        return ListReading(
            self._entries, self._image, self._book.classes, self._pictures, self.report
        )

    def _open(self, file: Path) -> list[Entry]:
        data = read_json(file)
        items = data.get("items") if isinstance(data, dict) else None
        if not isinstance(items, list):
            raise EngineError(f"{file.name} has no list “items”, so it is no file of Datumaro.")
        categories = data.get("categories")
        label = categories.get("label") if isinstance(categories, dict) else None
        labels = label.get("labels") if isinstance(label, dict) else None
        keys = []
        for each in labels if isinstance(labels, list) else ():
            name = each.get("name") if isinstance(each, dict) else each
            keys.append(self._book.key(str(name)))
        found: list[Entry] = []
        for item in items:
            if isinstance(item, dict):
                found.append((file.stem, item, keys))
            else:
                self.report.add("bad entry", file.name)
        return found

    def _image(self, entry: Entry) -> FoundImage | None:
        subset, item, keys = entry
        media = item.get("image") or item.get("media")
        media = media if isinstance(media, dict) else {}
        sides = media.get("size")
        given = size_of(*sides) if isinstance(sides, list) and len(sides) == 2 else None
        name = str(media.get("path") or item.get("id"))
        # An image lies in the folder of its subset; those of several may have one name.
        picture = self._pictures.any_of([f"{subset}/{name}", name], given)
        if picture is None:
            return None
        annotations = item.get("annotations")
        listed = annotations if isinstance(annotations, list) else []
        rows = [each for each in listed if isinstance(each, dict)]
        rows.sort(key=lambda each: whole(each.get("z_order")) or 0)
        objects: dict[tuple[Any, ...], FoundObject] = {}
        for place, each in enumerate(rows):
            where = f"{name}, annotation {each.get('id', place)}"
            mask = self._mask(each, picture.frame.drawn, where)
            if mask is None:
                continue
            key = self._key(each.get("label_id"), keys, where)
            group = whole(each.get("group")) or 0
            slot = (key, group) if group else (key, 0, place)
            known = objects.get(slot)
            attributes = each.get("attributes")
            extra = {"attributes": attributes} if attributes else {}
            objects[slot] = FoundObject(
                class_key=key,
                mask=mask if known is None else known.mask | mask,
                crowd=isinstance(attributes, dict) and attributes.get("is_crowd") is True,
                extra=extra if known is None else known.extra,
            )
        told = {"attributes": item.get("attr")} if item.get("attr") else {}
        return self._pictures.found(picture, objects.values(), extra={"subset": subset, **told})

    def _key(self, value: Any, keys: list[int], where: str) -> int:
        number = whole(value)
        if number is not None and 0 <= number < len(keys):
            return keys[number]
        if number is not None:
            self.report.add("dangling class", where)
        return self._book.key("no class" if number is None else f"class {number}")

    def _mask(self, each: dict[str, Any], size: Size, where: str) -> Mask | None:
        kind, points = each.get("type"), each.get("points")
        if kind == "mask":
            shape = read_segmentation({"segmentation": each.get("rle")}, size, self.report, where)
            if shape.mask is not None and shape.size != size:
                self.report.add("rle size", where)
                return None
            return shape.mask
        if kind == "polygon":
            return draw([points], size, self.report, where)
        if kind == "ellipse" and isinstance(points, list) and len(points) == 4:
            try:
                x0, y0, x1, y1 = np.array(points, np.float64).tolist()
            except (TypeError, ValueError):
                self.report.add("bad shape", where)
                return None
            ring = ellipse_points((x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2)
            return draw([ring.tolist()], size, self.report, where)
        if kind in ("bbox", "rotated_bbox"):
            self.report.add("box only", where)
        elif kind in _OF_IMAGE:
            self.report.add("image tag", where)
        else:
            self.report.add("no area" if kind in _NONE else "bad shape", where)
        return None
