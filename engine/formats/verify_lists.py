"""The images and classes that a COCO file lists, checked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.formats.coco_file import size_of, whole
from engine.formats.coco_read import named
from engine.formats.find_images import safe_name, stays_inside
from engine.formats.json_file import JsonFile
from engine.formats.report import Report
from engine.formats.verify_outlines import Entry, near, numbered, where
from engine.formats.verify_twins import tell_gaps

LVIS_LISTS = ("neg_category_ids", "not_exhaustive_category_ids")
"""Classes that LVIS says are not in an image, and those not all of which are marked there."""

MOST_SCORE = 1e9
"""What a score is at most, either way; NaN is none."""


class Against:
    """Objects of classes that their image is said not to hold (LVIS)."""

    def __init__(self) -> None:
        self._pairs: set[tuple[int, int]] = set()

    def note(self, image: int, class_id: int) -> None:
        """An image is said not to hold a class."""
        self._pairs.add((image, class_id))

    def check(self, entries: Iterable[Entry], report: Report) -> None:
        """Find them among some annotations."""
        if not self._pairs:
            return
        for each in entries:
            if (whole(each.image_id), whole(each.category_id)) in self._pairs:
                report.add("negative class", where(each))


def check_images(
    images: Iterable[Any],
    report: Report,
    folder: Path | None = None,
    classes: set[int] | None = None,
    against: Against | None = None,
) -> dict[int, tuple[int, int]]:
    """Look through the images listed.

    Args:
        images: As listed.
        report: Takes what is wrong.
        folder: Where the files must be, with the sizes stated.
        classes: Numbers of the classes listed, to check lists of LVIS.
        against: Takes what images are said not to hold.

    Returns:
        Number → (height, width); (0, 0) where that is not known.

    Raises:
        EngineError: There is no such folder.
    """
    if folder is not None and not folder.is_dir():
        raise EngineError(f"There is no folder {folder}. Choose the images' folder.")
    sizes: dict[int, tuple[int, int]] = {}
    names: set[str] = set()
    told: set[object] = set()
    for entry in images:
        key = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(key, int) or isinstance(key, bool):
            report.add("id", numbered("image", key))
        number = whole(key)
        if number is None:
            continue
        if number in sizes and number not in told:
            report.add("twice image", str(number))
            told.add(number)
        name = _name_of(entry, number, report)
        if name in names and name not in told:
            report.add("twice name", name)
            told.add(name)
        names.add(name)
        size = size_of(entry.get("height"), entry.get("width"))
        if size is None:
            report.add("size", name)
        sizes[number] = size or (0, 0)
        if folder is not None:
            _check_file(folder, name, size, report)
        if against is not None:
            _check_lists(entry, number, classes or set(), against, report)
    return sizes


def check_classes(classes: Iterable[Any], report: Report) -> set[int]:
    """The numbers of the classes listed; what is wrong goes into the report."""
    known: set[int] = set()
    names: set[str] = set()
    told: set[object] = set()
    for entry in classes:
        key = entry.get("id") if isinstance(entry, dict) else None
        number = whole(key)
        if number is None or not isinstance(key, int):
            report.add("id", numbered("class", key))
        if number is None:
            continue
        if number in known and number not in told:
            report.add("twice class", str(number))
            told.add(number)
        known.add(number)
        if entry.get("frequency", "f") not in ("r", "c", "f"):
            report.add("frequency", str(number))
        name = entry.get("name")
        if not isinstance(name, str) or not name.strip():
            report.add("nameless class", str(number))
        elif name in names and name not in told:
            report.add("twice class name", name)
            told.add(name)
        names.add(str(name))
    tell_gaps(known, report)
    return known


def examine_results(path: Path, report: Report) -> None:
    """Whether the scores in a list of results are numbers; there need be none.

    Raises:
        EngineError: It cannot be read.
    """
    for place, entry in enumerate(JsonFile(path).entries(""), 1):
        score = entry.get("score") if isinstance(entry, dict) else None
        if score is not None and not near(score, 0, MOST_SCORE):
            report.add("score", f"result {place}")


def _name_of(entry: dict[str, Any], number: int, report: Report) -> str:
    """The name of an image's file, its number in words where it has none."""
    name = named(entry)
    if not name.strip():
        report.add("nameless image", f"image {number}")
        return f"image {number}"
    found = Report()
    safe_name(name, found)
    if "outside" in found.counts:
        report.add("outside", name)
    return name


def _check_file(folder: Path, name: str, size: tuple[int, int] | None, report: Report) -> None:
    """Whether the file of an image is there, and as large as stated (turned or not)."""
    from engine.images.header import read_header

    inside = safe_name(name, Report())
    path = folder / inside
    if not inside or not path.is_file() or not stays_inside(folder, inside, Report()):
        report.add("no file", name)
        return
    try:
        header = read_header(path)
    except EngineError:
        report.add("no file", name)
        return
    if size is not None and size not in (header.size, header.size[::-1]):
        report.add("file size", name)


def _check_lists(
    entry: dict[str, Any], number: int, classes: set[int], against: Against, report: Report
) -> None:
    for name in LVIS_LISTS:
        listed = entry.get(name)
        for given in listed if isinstance(listed, list) else ():
            class_id = whole(given)
            if class_id not in classes:
                report.add("dangling list", f"{name} of image {number}")
            elif name == LVIS_LISTS[0] and class_id is not None:
                against.note(number, class_id)
