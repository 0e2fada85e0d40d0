"""A COCO file opened: its lists found and its ids put in order, annotations still unread.

Of annotations only the image is looked at when a file is opened, and where each lies in the file is
noted, so that a file of a million of them, in whatever order, takes little memory.

Format: https://cocodataset.org/#format-data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.document.palette import is_color
from engine.errors import EngineError
from engine.formats.base import FoundClass
from engine.formats.json_file import PLAIN, Blocks, JsonFile, plain
from engine.formats.report import Report

LISTS = ("images", "annotations", "categories")
"""Members of a COCO file that are lists of entries."""

MAX_ID = 2**62
"""Ids beyond this fit neither SQLite nor other readers."""

Ints = NDArray[np.int64]


class _Key(msgspec.Struct):
    image_id: Any = None


MAX_SIDE = 1 << 24
"""No picture has a side beyond this, and the pixels of one within it are counted in 64 bits."""

_KEYS = Blocks(_Key)
_NONE = -(2**63)  # stands for the image of an annotation that has none


class Annotations:
    """The annotations of a file by image, read when asked for."""

    def __init__(self, file: JsonFile, images: Ints) -> None:
        """Take the number of the image of each annotation, `_NONE` for none."""
        self._file = file
        self._order = np.argsort(images, kind="stable")
        self._images = images[self._order]

    def of(self, image: int) -> list[dict[str, Any] | None]:
        """The annotations of an image, in the file's order; None for a damaged one."""
        span = self._file.span("annotations")
        begin, end = np.searchsorted(self._images, (image, image + 1)).tolist()
        if span is None or begin == end:
            return []
        places = self._order[begin:end]
        starts, stops = span.starts[places].tolist(), span.stops[places].tolist()
        texts = [self._file.read(a, b) for a, b in zip(starts, stops, strict=True)]
        try:
            return [*PLAIN.many(b"[%b]" % b",".join(texts))]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return [each if isinstance(each, dict) else None for each in map(plain, texts)]


@dataclass(slots=True)
class CocoFile:
    """The lists of a COCO file.

    Attributes:
        path: Where it is.
        fields: Top-level fields other than the three lists.
        annotations: By image id.
        categories: The classes listed.
        images: Image entries with a usable id.
        ids: Ids that were not numbers → the numbers standing in for them here.
    """

    path: Path
    fields: dict[str, Any]
    annotations: Annotations
    categories: list[FoundClass] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)


def open_coco(path: Path, report: Report) -> CocoFile:
    """Open an annotation file.

    Args:
        path: The JSON file.
        report: Takes what was repaired or left out.

    Raises:
        EngineError: It cannot be read, is no JSON, or is no COCO annotation file.
    """
    source = JsonFile(path)
    if source.is_list:
        raise EngineError(
            f"{path.name} is a list of results without images and classes. Import the file with "
            "the images; to measure results, use them as predictions."
        )
    if "images" not in source or not ("annotations" in source or "categories" in source):
        raise EngineError(
            f"{path.name} has no “images” and “annotations” lists, so it is not a COCO "
            "annotation file. Choose another file."
        )
    file = CocoFile(path, source.others(LISTS), Annotations(source, np.zeros(0, np.int64)))
    file.categories = _categories(source.entries("categories"), report)
    file.images = _images(source.entries("images"), file, report)
    file.annotations = Annotations(source, _images_of(source, file, report))
    return file


def read_results(path: Path, report: Report) -> Iterable[dict[str, Any]]:
    """The annotations of a COCO file, or of a bare list of results, decoded as they are read.

    Raises:
        EngineError: It cannot be read or is neither.
    """
    source = JsonFile(path)
    if not source.is_list and "annotations" not in source:
        raise EngineError(f"{path.name} holds no results. Choose a COCO results file.")
    return _dicts(source.entries("" if source.is_list else "annotations"), report)


def read_categories(path: Path, report: Report) -> list[FoundClass]:
    """The classes a file lists; none for a bare list of results."""
    return _categories(JsonFile(path).entries("categories"), report)


def _dicts(entries: Iterable[dict[str, Any] | None], report: Report) -> Iterable[dict[str, Any]]:
    for entry in entries:
        if entry is None:
            report.add("no annotation")
        else:
            yield entry


def whole(value: Any) -> int | None:
    """The id or count in `value`: a whole number, or text or a float that is one; else None.

    "2024_01" is a name, though Python takes it for a number.
    """
    if type(value) is int:
        return value if -MAX_ID < value < MAX_ID else None
    if isinstance(value, bool) or value is None or (isinstance(value, str) and "_" in value):
        return None
    try:
        number = int(value)
        return number if number == float(value) and abs(number) < MAX_ID else None
    except (TypeError, ValueError, OverflowError):
        return None


def size_of(height: Any, width: Any) -> tuple[int, int] | None:
    """(height, width) as a file states them; None where they are no sizes of a picture."""
    sides = whole(height) or 0, whole(width) or 0
    return sides if min(sides) > 0 and max(sides) <= MAX_SIDE else None


def _categories(entries: Iterable[dict[str, Any] | None], report: Report) -> list[FoundClass]:
    """The classes listed; those with a text for a number get one above all."""
    found: dict[int, FoundClass] = {}
    unnumbered: dict[str, dict[str, Any]] = {}
    names: set[str] = set()
    for entry in _dicts(entries, report):
        key = whole(entry.get("id"))
        if key is None:
            given = entry.get("id") if entry.get("id") is not None else entry.get("name")
            if given is not None:
                unnumbered.setdefault(str(given), entry)
        elif key in found:
            if found[key].name != _class_name(entry, key):
                report.add("twice class number", _class_name(entry, key))
        else:
            if isinstance(entry.get("id"), str):
                report.add("text number", f"class {entry['id']}")
            found[key] = _class(entry, key, names, report)
    number = max(found, default=0)
    for given, entry in unnumbered.items():
        number += 1
        report.add("named class", given)
        made = _class({**entry, "original_id": given}, number, names, report)
        found[number] = replace(made, coco_id=None)
    return list(found.values())


def _class_name(entry: dict[str, Any], key: int) -> str:
    return str(entry.get("name") or f"class {key}").strip()


def _class(entry: dict[str, Any], key: int, names: set[str], report: Report) -> FoundClass:
    name = _class_name(entry, key)
    if name.casefold() in names:
        report.add("twice class", name)
    names.add(name.casefold())
    return FoundClass(
        key=key,
        name=name,
        coco_id=key,
        color=_color(entry.get("color")),
        thing=entry.get("isthing", 1) not in (0, False, "0"),
        supercategory=str(entry.get("supercategory") or ""),
        extra={k: v for k, v in entry.items() if k not in ("id", "name", "supercategory")},
    )


def keys_by_text(classes: Sequence[FoundClass]) -> dict[str, int]:
    """What annotations may name a class by that is no number → its key.

    That is an id that is none, else a name that one class alone has.
    """
    found: dict[str, int] = {}
    twice: set[str] = set()
    for each in classes:
        twice |= {each.name} & found.keys()
        found[each.name] = each.key
    found = {name: key for name, key in found.items() if name not in twice}
    originals = {str(e.extra["original_id"]): e.key for e in classes if "original_id" in e.extra}
    return found | originals


def _color(value: Any) -> str | None:
    """A colour as "#RRGGBB" or as COCO panoptic's [r, g, b]."""
    if isinstance(value, str) and is_color(value):
        return value.upper()
    if isinstance(value, list) and len(value) == 3:
        parts = [whole(each) for each in value]
        if all(part is not None and 0 <= part <= 255 for part in parts):
            return "#" + "".join(f"{part:02X}" for part in parts)
    return None


def _images(
    found: Iterable[dict[str, Any] | None], file: CocoFile, report: Report
) -> list[dict[str, Any]]:
    entries: dict[int, dict[str, Any]] = {}
    unnamed = []
    for entry in _dicts(found, report):
        given = entry.get("id")
        key = whole(given)
        if key is None:
            unnamed.append(entry)
            continue
        if isinstance(given, str):
            report.add("text number", f"image {given}")
        earlier = entries.setdefault(key, entry)
        if earlier is not entry and earlier.get("file_name") != entry.get("file_name"):
            raise EngineError(
                f"Two images in {file.path.name} share the number {key}: "
                f"{earlier.get('file_name')} and {entry.get('file_name')}. Which masks belong to "
                "which cannot be told. Give them numbers of their own and import again."
            )
    number = max(entries, default=0)
    for entry in unnamed:
        name = str(entry.get("id") if entry.get("id") is not None else entry.get("file_name"))
        if name in file.ids:
            continue
        number += 1
        file.ids[name] = number
        entries[number] = entry
        report.add("named id", name)
    return [{**entry, "id": key} for key, entry in entries.items()]


def _images_of(source: JsonFile, file: CocoFile, report: Report) -> Ints:
    """The image of each annotation, `_NONE` where it names none that is listed."""
    known = np.sort(np.array([entry["id"] for entry in file.images], np.int64))
    parts = [np.zeros(0, np.int64)]
    for entries, strange in source.blocks("annotations", _KEYS):
        given = [each if each is None else each.image_id for each in entries]
        numbers = _numbers(given, file)
        for _ in range(strange + sum(each is None for each in entries)):
            report.add("no annotation")
        lost = np.flatnonzero(~np.isin(numbers, known))
        numbers[lost] = _NONE
        for place in lost.tolist():
            if entries[place] is not None:
                report.add("dangling image", f"image {given[place]}")
        parts.append(numbers)
    return np.concatenate(parts)


def _numbers(given: Sequence[Any], file: CocoFile) -> Ints:
    if set(map(type, given)) == {int}:
        try:
            quick = np.array(given, np.int64)
            if quick.min() > -MAX_ID and quick.max() < MAX_ID:
                return quick
        except OverflowError:
            pass
    keys = (file.ids.get(str(each)) if isinstance(each, str | int) else None for each in given)
    numbers = [whole(each) if key is None else key for key, each in zip(keys, given, strict=True)]
    return np.array([_NONE if each is None else each for each in numbers], np.int64)
