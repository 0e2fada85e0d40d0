"""Formats that say the same thing in several pictures: whether these agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.formats.label_masks import value_figures
from engine.formats.label_png import read_labels
from engine.formats.report import Report

Values = NDArray[np.integer]


def examine_voc(path: Path, report: Report) -> None:
    """Class and object pictures of PASCAL VOC: pairs, one class for each object, lists of names."""
    classes, objects = path / "SegmentationClass", path / "SegmentationObject"
    names = {name: _files(folder, "*.png") for name, folder in (("c", classes), ("o", objects))}
    for name in sorted(names["o"] - names["c"]):
        report.add("no pair", f"SegmentationObject/{name}")
    if objects.is_dir():
        for name in sorted(names["c"] - names["o"]):
            report.add("no pair", f"SegmentationClass/{name}")
    for name in sorted(names["c"] & names["o"]):
        pair = _values(classes / name), _values(objects / name)
        if pair[0] is None or pair[1] is None:
            continue  # the reader says so
        if pair[0].shape != pair[1].shape:
            report.add("png size", f"SegmentationObject/{name}")
            continue
        _one_class_each(pair[1], pair[0], (0, 255), name, report)
        _gaps((value for value in value_figures(pair[1], (0, 255))), name, report)
    _check_lists(path, {name.removesuffix(".png") for name in names["c"]}, report)


def _check_lists(path: Path, stems: set[str], report: Report) -> None:
    """Whether what the lists of names have has masks; VOC keeps those of its test images back."""
    for file in sorted((path / "ImageSets" / "Segmentation").glob("*.txt")):
        if file.stem.startswith("test"):
            continue
        for line in file.read_text("utf-8", errors="replace").split("\n"):
            if line.strip() and line.strip() not in stems:
                report.add("only listed", f"{line.strip()} in {file.name}")


def examine_cityscapes(path: Path, report: Report) -> None:
    """`instanceIds` and `labelTrainIds` of Cityscapes against `labelIds`."""
    for file in sorted(path.rglob("*_labelIds.png")):
        labels = _values(file)
        if labels is None:
            continue
        name = file.name.removesuffix("_labelIds.png")
        instances = _values(file.with_name(f"{name}_instanceIds.png"))
        if instances is not None:
            classes = np.where(instances >= 1000, instances // 1000, instances)
            if instances.shape != labels.shape or not np.array_equal(classes, labels):
                report.add("disagree", f"{name}_instanceIds.png")
            numbers: dict[int, list[int]] = {}
            for value in value_figures(instances):
                if value >= 1000:
                    numbers.setdefault(value // 1000, []).append(value % 1000 + 1)
            for there in numbers.values():
                _gaps(there, f"{name}_instanceIds.png", report)
        train = _values(file.with_name(f"{name}_labelTrainIds.png"))
        if train is not None and train.shape == labels.shape:
            _one_class_each(labels, train, (), f"{name}_labelTrainIds.png", report)


def examine_instances(path: Path, images: dict[str, dict[str, str]], report: Report) -> None:
    """Instance maps against the list beside them."""
    for name, listed in images.items():
        values = _values(path / name)
        if values is None:
            report.add("no png", name)
            continue
        there = value_figures(values)
        for value in sorted({str(each) for each in there} ^ set(listed)):
            report.add("empty" if value in listed else "unlisted", f"{name}, object {value}")
        _gaps(there, name, report)


def _files(folder: Path, pattern: str) -> set[str]:
    return {each.relative_to(folder).as_posix() for each in folder.rglob(pattern)}


def _values(path: Path) -> Values | None:
    try:
        return read_labels(path, gray_is_color=True).values if path.is_file() else None
    except EngineError:
        return None


def _one_class_each(
    parts: Values, classes: Values, skip: tuple[int, ...], where: str, report: Report
) -> None:
    """Whether all pixels of each part have one class, and whether it is one at all."""
    wide = parts.astype(np.int64) << 32 | classes.astype(np.int64)
    of_part: dict[int, set[int]] = {}
    for value in np.unique(wide).tolist():
        of_part.setdefault(value >> 32, set()).add(value & 0xFFFFFFFF)
    for part, there in _but(of_part, skip):
        if len(there) > 1 or there & set(skip):
            report.add("mixed", f"{where}, {part}")


def _but(of_part: dict[int, set[int]], skip: tuple[int, ...]) -> Iterator[tuple[int, set[int]]]:
    return ((part, there) for part, there in sorted(of_part.items()) if part not in skip)


def _gaps(numbers: Iterable[int], where: str, report: Report) -> None:
    """Whether numbers run from 1 without a gap."""
    there = sorted(numbers)
    if there and there != list(range(1, len(there) + 1)):
        report.add("gaps", where)
