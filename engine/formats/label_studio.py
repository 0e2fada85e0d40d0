"""Label Studio: exported tasks (JSON, or JSON-MIN), with brushes, polygons and ellipses.

Source: https://labelstud.io/guide/export, "JSON" and "JSON_MIN".
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np

from engine.errors import EngineError
from engine.formats.base import FoundImage, FoundObject, Reading
from engine.formats.coco_file import size_of
from engine.formats.find_images import DEEPEST
from engine.formats.find_text import holds
from engine.formats.format import SURE, Format, ReadOptions
from engine.formats.frames import Size
from engine.formats.label_studio_rle import decode
from engine.formats.pictures import Pictures
from engine.formats.polygons import draw, ellipse_points, placed, points_of, rotated
from engine.formats.reading import ClassBook, ListReading, head, read_json
from engine.formats.report import Report
from engine.masks.mask import Mask

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
_LABELS = ("brushlabels", "polygonlabels", "ellipselabels", "rectanglelabels", "labels")


class LabelStudio(Format):
    """The format; see the module."""

    name = "label-studio"
    words = "Label Studio"
    folder = False
    suffixes = (".json",)
    writes = False

    def detect(self, path: Path) -> float:
        """Sure of a JSON list in which labels with original sizes stand."""
        if path.suffix.lower() != ".json" or not head(path, 64).lstrip().startswith((b"[", b"{")):
            return 0.0
        return SURE if holds(path, b'"original_width"') else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the file of tasks."""
        return _Reader(path, options).reading()


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        data = read_json(path)
        tasks = data if isinstance(data, list) else [data]
        self._tasks = [each for each in tasks if isinstance(each, dict)]
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
        results = self._results(task)
        names = _image_names(task)
        size = next((found for each in results if (found := _size(each))), None)
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
        for each in results:
            where = f"{picture.name}, {each.get('id', 'label')}"
            mask = self._mask(each, picture.frame.drawn, where)
            name = _label(each)
            if mask is not None:
                score = each.get("score")
                objects.append(
                    FoundObject(
                        class_key=self._book.key(name),
                        mask=mask,
                        score=float(score) if isinstance(score, float) else None,
                    )
                )
        return self._pictures.found(picture, objects)

    def _results(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        """The labels of a task, in either form of export."""
        answers = task.get("annotations", task.get("completions"))
        if not isinstance(answers, list):
            lists = (value for value in task.values() if isinstance(value, list))
            return [each for listed in lists for each in listed if _is_label(each)]
        kept = [
            each for each in answers if isinstance(each, dict) and not each.get("was_cancelled")
        ]
        if len(kept) > 1:
            self.report.add("twice mask", f"task {task.get('id', '?')}")
        result = kept[0].get("result") if kept else None
        listed = result if isinstance(result, list) else []
        return [each for each in listed if isinstance(each, dict) and _is_label(each)]

    def _mask(self, each: dict[str, Any], size: Size, where: str) -> Mask | None:
        value = _inner(each)
        if "rle" in value:
            same = (_size(each) or size) == size
            bits = decode(value["rle"], size) if same else None
            if bits is None:
                self.report.add("bad rle", where)
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
        self.report.add("box only" if "width" in value else "bad shape", where)
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


def _inner(each: dict[str, Any]) -> dict[str, Any]:
    """Where the shape stands: one level down in JSON, at once in JSON-MIN."""
    value = each.get("value")
    return value if isinstance(value, dict) else each


def _is_label(each: Any) -> bool:
    if not isinstance(each, dict):
        return False
    inner = _inner(each)
    return any(key in inner for key in ("rle", "points", "radiusX", "width"))


def _size(each: dict[str, Any]) -> Size | None:
    return size_of(each.get("original_height"), each.get("original_width"))


def _label(each: dict[str, Any]) -> str:
    """The first label of a result, whatever its kind."""
    inner = _inner(each)
    for key in _LABELS:
        labels = inner.get(key)
        if isinstance(labels, list) and labels:
            return str(labels[0])
    return "no class"


def _image_names(task: dict[str, Any]) -> list[str]:
    """What the image may be called: with folders, as uploaded, and without an upload's prefix."""
    data = task.get("data")
    fields = data if isinstance(data, dict) else task
    texts = [value for value in fields.values() if isinstance(value, str) and value]
    image = fields.get("image")
    chosen = image if isinstance(image, str) else texts[0] if texts else ""
    names = []
    for text in (chosen, task.get("file_upload")):
        if not isinstance(text, str) or not text:
            continue
        parts = urlsplit(text)
        # A served file's name stands behind "?d=", whole: tasks made by hand do not escape "&".
        given = parts.query.removeprefix("d=") if parts.query.startswith("d=") else parts.path
        folders = unquote(given).replace("\\", "/").strip("/").split("/")
        last = folders[-1]
        tails = [
            "/".join(folders[at:]) for at in range(max(0, len(folders) - DEEPEST), len(folders))
        ]
        names += [name for name in (*tails, _UPLOADED.sub("", last)) if name]
    return list(dict.fromkeys(names))
