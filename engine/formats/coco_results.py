"""COCO results: a bare list of {image_id, category_id, segmentation, score}, read for a project.

The list names images and classes by numbers only; what they are, the project knows from the
instances file it was made from. Source: https://cocodataset.org/#format-results.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.formats.base import FoundClass, FoundImage, FoundObject, Reading, add_region
from engine.formats.coco_file import read_results, size_of, whole
from engine.formats.coco_shapes import read_segmentation
from engine.formats.coco_write import numbers_for
from engine.formats.format import ReadOptions
from engine.formats.name_index import folded
from engine.formats.pictures import Pictures
from engine.formats.reading import ListReading, head
from engine.formats.report import Report
from engine.masks.mask import Mask

_OBJECT_FIELDS = frozenset(
    ("id", "image_id", "file_name", "category_id", "segmentation", "area", "bbox")
)
_OTHER_FIELDS = frozenset(("iscrowd", "score"))


def are_results(path: Path) -> bool:
    """Whether a JSON file is a list whose first entry is that of a result."""
    data = head(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    return data.startswith(b"[") and b'"image_id"' in data and b'"images"' not in data


def read_result_list(path: Path, options: ReadOptions) -> Reading:
    """Open a list of results.

    Raises:
        EngineError: It cannot be read, or names no image of the project.
    """
    return _Reader(path, options).reading()


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        self._names = options.numbers
        self._called = _by_name(self._names)
        self._by_image: dict[int, list[dict[str, Any]]] = {}
        for entry in read_results(path, self.report):
            image = self._image_of(entry)
            if image is None:
                self.report.add("dangling image", f"image {entry.get('image_id')}")
            else:
                self._by_image.setdefault(image, []).append(entry)
        if not self._by_image:
            raise EngineError(
                f"{path.name} is a list of results, and none of its image numbers is one of this "
                "project. Import the annotations it belongs to first; they bring the numbers."
            )
        self._classes = _classes(options)
        self._things = {each.key: each.thing for each in self._classes}
        self._pictures = Pictures([path.parent], options, self.report)

    def reading(self) -> Reading:
        entries = list(self._by_image.items())
        return ListReading(entries, self._image, self._classes, self._pictures, self.report)

    def _image_of(self, entry: dict[str, Any]) -> int | None:
        """The number of the image of a result; None for none of the project.

        Ultralytics writes the image's name, as a number where it is one, and its file beside it.
        """
        for given in (entry.get("file_name"), entry.get("image_id")):
            if isinstance(given, str):
                named = self._called.get(folded(given.replace("\\", "/").rpartition("/")[2]))
                if named is not None:
                    return named
        image = whole(entry.get("image_id"))
        return image if image in self._names else None

    def _image(self, entry: tuple[int, list[dict[str, Any]]]) -> FoundImage | None:
        number, results = entry
        name = self._names[number]
        picture = self._pictures.of_project(name, _size(results))
        if picture is None:
            return None
        objects: list[FoundObject] = []
        layer: dict[int, Mask] = {}
        for nth, result in enumerate(results, 1):
            where = f"{name}, result {nth}"
            shape = read_segmentation(result, picture.frame.drawn, self.report, where)
            if shape.mask is None:
                continue
            if shape.size != picture.frame.drawn:
                self.report.add("rle size", where)
                continue
            self._take(result, shape.mask, objects, layer, where)
        return self._pictures.found(picture, objects, layer, number)

    def _take(
        self,
        result: dict[str, Any],
        mask: Mask,
        objects: list[FoundObject],
        layer: dict[int, Mask],
        where: str,
    ) -> None:
        key = self._key(result.get("category_id"), where)
        score = result.get("score")
        scored = isinstance(score, int | float) and not isinstance(score, bool)
        if not self._things[key]:
            add_region(layer, key, mask)
            return
        objects.append(
            FoundObject(
                class_key=key,
                mask=mask,
                score=float(score) if scored and score is not None else None,
                extra={
                    name: value
                    for name, value in result.items()
                    if name not in _OBJECT_FIELDS | _OTHER_FIELDS
                },
            )
        )

    def _key(self, value: Any, where: str) -> int:
        key = whole(value)
        if key is None or key not in self._things:
            self.report.add("dangling class", where)
            key = key if key is not None else max(self._things, default=0) + 1
            self._classes.append(FoundClass(key=key, name=f"class {key}", coco_id=key))
            self._things[key] = True
        return key


def _by_name(names: Mapping[int, str]) -> dict[str, int]:
    """Last parts of names, with and without their endings, that one image alone has → its number.

    Those that are numbers themselves, or could be, are none without an ending.
    """
    found: dict[str, int] = {}
    twice: set[str] = set()
    for number, name in names.items():
        last = folded(name.rpartition("/")[2])
        for each in {last, last.rpartition(".")[0] or last}:
            if each != last and whole(each) is not None:
                continue
            twice |= {each} & found.keys()
            found[each] = number
    return {name: number for name, number in found.items() if name not in twice}


def _classes(options: ReadOptions) -> list[FoundClass]:
    """The project's classes under the numbers a file of it would give them."""
    live = [each for each in options.taxonomy.classes if not each.deleted]
    numbers = numbers_for([(each.id, each.coco_id) for each in live], Report(), "class")
    return [
        FoundClass(
            key=numbers[each.id],
            name=each.name,
            coco_id=numbers[each.id],
            color=each.color,
            thing=each.thing,
        )
        for each in live
    ]


def _size(results: list[dict[str, Any]]) -> tuple[int, int] | None:
    """(height, width) as the first run-length mask states it."""
    for result in results:
        shape = result.get("segmentation")
        sides = shape.get("size") if isinstance(shape, dict) else None
        if isinstance(sides, list) and len(sides) == 2:
            return size_of(*sides)
    return None
