"""Label Studio: exported tasks (JSON, JSON-MIN or CSV), with brushes, polygons and ellipses.

Source: https://labelstud.io/guide/export, "JSON", "JSON_MIN" and "CSV".
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import EngineError
from engine.formats.base import FoundImage, FoundObject, Reading
from engine.formats.coco_file import size_of
from engine.formats.find_text import holds
from engine.formats.format import SURE, Format, ReadOptions
from engine.formats.frames import Size
from engine.formats.label_png import png_bits
from engine.formats.label_studio_rle import decode
from engine.formats.label_studio_tasks import image_names, inner_of, regions_of, tasks_of
from engine.formats.pictures import Pictures
from engine.formats.polygons import draw, ellipse_points, placed, points_of, rotated
from engine.formats.reading import ClassBook, ListReading, head
from engine.formats.report import Report
from engine.masks.mask import Mask


class LabelStudio(Format):
    """The format; see the module."""

    name = "label-studio"
    words = "Label Studio"
    folder = False
    suffixes = (".json", ".csv")
    writes = False

    def detect(self, path: Path) -> float:
        """Sure of JSON or a table in which labels with original sizes, or of a tag, stand."""
        kind = path.suffix.lower()
        if kind == ".csv":
            return SURE if holds(path, b'""original_width""') else 0.0
        if kind != ".json" or not head(path, 64).lstrip().startswith((b"[", b"{")):
            return 0.0
        told = holds(path, b'"original_width"')
        return SURE if told or (holds(path, b'"from_name"') and holds(path, b'"result"')) else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the file of tasks."""
        return _Reader(path, options).reading()


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        self._tasks = tasks_of(path)
        if not self._tasks:
            raise EngineError(f"{path.name} holds no tasks of Label Studio. Choose another file.")
        self._book = ClassBook()
        around = [path.parent / "images", path.parent.parent / "images"]
        self._pictures = Pictures(around, options, self.report, beside=[path.parent])

    def reading(self) -> Reading:
        return ListReading(
            self._tasks, self._image, self._book.classes, self._pictures, self.report
        )

    def _image(self, task: dict[str, Any]) -> FoundImage | None:
        regions = regions_of(task, self.report)
        names = image_names(task)
        size = next((found for each in regions if (found := _size(each.result))), None)
        if not names:
            self.report.add("bad entry", f"task {task.get('id', '?')}")
            return None
        if size is None and not self._pictures.has(*names):
            # A task without labels says nothing of its image's size.
            self.report.add("no size", names[-1])
            return None
        picture = self._pictures.any_of(names, size)
        if picture is None:
            return None
        objects = []
        for each in regions:
            where = f"{picture.name}, {each.result.get('id', 'label')}"
            mask = self._mask(each.result, picture.frame.drawn, where)
            if mask is not None:
                objects.append(
                    FoundObject(
                        class_key=self._book.key(each.label),
                        mask=mask,
                        score=_score(each.result.get("score")),
                        extra=each.extra,
                    )
                )
        return self._pictures.found(picture, objects)

    def _mask(self, each: dict[str, Any], size: Size, where: str) -> Mask | None:
        value = inner_of(each)
        if "rle" in value or "imageDataURL" in value:
            if (_size(each) or size) != size:
                self.report.add("rle size", where)
                return None
            bits = _bits(value, size)
            if bits is None or bits.shape != size:
                self.report.add("bad rle" if "rle" in value else "bad shape", where)
                return None
            return placed(np.ascontiguousarray(bits), 0, 0, size, self.report, where)
        scale = np.array([size[1], size[0]]) / 100
        if "points" in value:
            points = points_of(value["points"], self.report, where)
            return (
                None
                if points is None
                else draw([(points * scale).tolist()], size, self.report, where)
            )
        if "radiusX" in value:
            return self._ellipse(value, scale, size, where)
        # A box has two sides, a point only the width it is shown with.
        self.report.add("box only" if "height" in value else "no area", where)
        return None

    def _ellipse(self, value: dict[str, Any], scale: Any, size: Size, where: str) -> Mask | None:
        try:
            x, y, across, down, turning = (
                float(value.get(key) or 0) for key in ("x", "y", "radiusX", "radiusY", "rotation")
            )
        except (TypeError, ValueError):
            self.report.add("bad shape", where)
            return None
        centre = (x * scale[0], y * scale[1])
        ring = ellipse_points(*centre, across * scale[0], down * scale[1])
        return draw([rotated(ring, turning, centre).tolist()], size, self.report, where)


def _bits(value: dict[str, Any], size: Size) -> Any:
    """The pixels of a brush or a bitmask, (height, width); None where it is damaged."""
    if "rle" in value:
        return decode(value["rle"], size)
    head_, _, data = str(value["imageDataURL"]).partition(",")
    try:
        return png_bits(base64.b64decode(data)) if head_.endswith("base64") else None
    except ValueError:
        return None


def _score(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and type(value) is not bool else None


def _size(each: dict[str, Any]) -> Size | None:
    return size_of(each.get("original_height"), each.get("original_width"))
