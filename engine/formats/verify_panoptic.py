"""Check COCO panoptic files, of whoever made them, against the rules of the format.

The rules are those that panopticapi's evaluation rests on: every id in a PNG is listed and every
listed id is there, ids of one image are unique, classes and images exist, and areas and boxes are
those of the pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.formats.coco_file import whole
from engine.formats.find_images import safe_name, stays_inside
from engine.formats.json_file import JsonFile
from engine.formats.label_masks import value_figures
from engine.formats.label_png import read_colors
from engine.formats.report import Report
from engine.formats.verify import Verdict, range_of, texts
from engine.formats.verify_lists import check_classes, check_images
from engine.formats.verify_outlines import near, same_box
from engine.formats.verify_words import SENTENCES

SLACK_BOX = 1.0
"""Pixels by which a box may differ: files of COCO itself leave out the last row and column."""


def verify_panoptic(
    path: Path,
    *,
    masks: Path | None = None,
    deep: bool = False,
    images: Path | None = None,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Verdict:
    """Check a file and its PNGs.

    Args:
        path: The JSON file.
        masks: Folder of the PNGs; None for the folder of the file's name.
        deep: Decode every PNG, not a sample.
        images: Folder in which the images must be, with the sizes that the file states.
        watch: Called with the images that are checked and their number; what it raises ends the
            check.

    Raises:
        EngineError: The file or the folder cannot be read.
    """
    folder = masks if masks is not None else path.with_suffix("")
    if not folder.is_dir():
        raise EngineError(f"The PNGs of {path.name} are not in {folder}. Name their folder.")
    file = JsonFile(path)
    if file.is_list:
        raise EngineError(f"{path.name} is a list; only a whole panoptic file can be verified.")
    report = Report(SENTENCES)
    sizes = check_images(file.entries("images"), report, images)
    classes = check_classes(file.entries("categories"), report)
    _check_kinds(file, report)
    total = file.count("annotations")
    wanted = set(range_of(total, deep))
    segments = done = 0
    seen: set[int] = set()
    for place, entry in enumerate(file.entries("annotations")):
        watch(place, total)
        if not isinstance(entry, dict) or not isinstance(entry.get("segments_info"), list):
            report.add("no segments", f"annotation {place + 1}")
            continue
        infos = _check_infos(entry, classes, report)
        segments += len(infos)
        image = whole(entry.get("image_id"))
        if image not in sizes:
            report.add("dangling image", f"image {entry.get('image_id')}")
        elif image in seen:
            report.add("twice marked", f"image {image}")
        seen.add(image or 0)
        if place in wanted:
            done += _check_pixels(entry, infos, sizes.get(image or 0), folder, report)
    watch(total, total)
    for number in sizes.keys() - seen:
        report.add("unmarked", f"image {number}")
    remarks = report.remarks()
    return Verdict(
        path,
        images=file.count("images"),
        masks=segments,
        decoded=done,
        problems=texts(remarks, "warning"),
        hints=texts(remarks, "info"),
    )


def _check_kinds(file: JsonFile, report: Report) -> None:
    """Whether every class says if it is of things, which panopticapi asks for."""
    for entry in file.entries("categories"):
        if isinstance(entry, dict) and entry.get("isthing") not in (0, 1):
            report.add("isthing", str(entry.get("id")))


def _check_infos(
    entry: dict[str, Any], classes: set[int], report: Report
) -> dict[int, dict[str, Any]]:
    """The segments of an image by id."""
    name = str(entry.get("file_name"))
    found: dict[int, dict[str, Any]] = {}
    crowds: set[int | None] = set()
    for info in entry["segments_info"]:
        number = whole(info.get("id")) if isinstance(info, dict) else None
        if number is None or not 0 < number < 1 << 24:
            report.add("segment id", f"{name}")
            continue
        where = f"{name}, segment {number}"
        if number in found:
            report.add("twice segment", where)
        found[number] = info
        if whole(info.get("category_id")) not in classes:
            report.add("dangling class", where)
        crowd = info.get("iscrowd", 0)
        if crowd not in (0, 1):
            report.add("crowd", where)
        elif crowd == 1:
            category = whole(info.get("category_id"))
            if category in crowds:
                report.add("crowds", where)
            crowds.add(category)
    return found


def _check_pixels(
    entry: dict[str, Any],
    infos: dict[int, dict[str, Any]],
    size: tuple[int, int] | None,
    folder: Path,
    report: Report,
) -> int:
    """Compare an image's PNG with its list; how many segments were compared."""
    name = safe_name(str(entry.get("file_name") or ""), Report())
    path = folder / name
    if not name or not path.is_file() or not stays_inside(folder, name, Report()):
        report.add("no png", name or "an image without a name")
        return 0
    try:
        values = read_colors(path)
        there = value_figures(values)
    except EngineError:
        report.add("no png", name)
        return 0
    if size is not None and values.shape != size:
        report.add("png size", name)
        return 0
    for number in there.keys() - infos.keys():
        report.add("unlisted", f"{name}, segment {number}")
    for number, info in infos.items():
        where = f"{name}, segment {number}"
        if number not in there:
            report.add("empty", where)
            continue
        area, (left, top, right, bottom) = there[number]
        if not near(info.get("area"), area, 0.5):
            report.add("area", where)
        if not same_box(info.get("bbox"), (left, top, right - left, bottom - top), SLACK_BOX):
            report.add("box", where)
    return len(infos)
