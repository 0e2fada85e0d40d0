"""Formats that say the same thing in several pictures: whether these agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.formats.label_masks import value_figures
from engine.formats.label_png import read_labels
from engine.formats.report import Report

Values = NDArray[np.integer]

_PICTURES = ("labelIds", "instanceIds", "labelTrainIds")


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
            if line.strip() and not {line.rstrip("\r"), line.strip()} & stems:
                report.add("only listed", f"{line.strip()} in {file.name}")


def examine_cityscapes(path: Path, report: Report) -> None:
    """Pictures of Cityscapes: all kinds of each image, and whether they agree."""
    trained: dict[str, list[tuple[int, int]]] = {}
    files = {kind: sorted(path.rglob(f"*_{kind}.png")) for kind in _PICTURES}
    kinds = [kind for kind in _PICTURES if files[kind]]
    names = {
        file.with_name(file.name.removesuffix(f"_{kind}.png"))
        for kind in kinds
        for file in files[kind]
    }
    for place in sorted(names):
        name = place.name
        there = {kind: _values(place.with_name(f"{name}_{kind}.png")) for kind in kinds}
        for kind in (each for each in kinds if there[each] is None):
            report.add("no png", f"{name}_{kind}.png")
        labels, instances = there.get("labelIds"), there.get("instanceIds")
        if labels is None:
            continue
        if instances is not None:
            _agree(labels, instances, f"{name}_instanceIds.png", report)
        train, where = there.get("labelTrainIds"), f"{name}_labelTrainIds.png"
        if train is not None:
            trained[where] = _trained(labels, train, where, report)
    _unlike(trained, report)


def _agree(labels: Values, instances: Values, where: str, report: Report) -> None:
    """Whether objects have the classes of `labelIds`, and numbers without a gap."""
    classes = np.where(instances >= 1000, instances // 1000, instances)
    if instances.shape != labels.shape or not np.array_equal(classes, labels):
        report.add("disagree", where)
    numbers: dict[int, list[int]] = {}
    for value in value_figures(instances):
        if value >= 1000:
            numbers.setdefault(value // 1000, []).append(value % 1000 + 1)
    for there in numbers.values():
        _gaps(there, where, report)


def _trained(labels: Values, train: Values, where: str, report: Report) -> list[tuple[int, int]]:
    """(class, training number) of a picture; says where a class has several."""
    if train.shape != labels.shape:
        report.add("png size", where)
        return []
    _one_class_each(labels, train, (), where, report)
    wide = np.unique(labels.astype(np.int64) << 32 | train.astype(np.int64)).tolist()
    return [(pair >> 32, pair & 0xFFFFFFFF) for pair in wide]


def _unlike(trained: Mapping[str, list[tuple[int, int]]], report: Report) -> None:
    """Say which pictures give a class another training number than most others."""
    often = Counter(pair for pairs in trained.values() for pair in pairs)
    usual: dict[int, int] = {}
    for (label, number), _ in often.most_common():
        usual.setdefault(label, number)
    for where, pairs in trained.items():
        if any(usual[label] != number for label, number in pairs):
            report.add("not alike", where)


def examine_instances(
    path: Path, images: dict[str, dict[str, str]], classes: set[str], report: Report
) -> None:
    """Instance maps against the list beside them, and that against its classes."""
    for name, listed in images.items():
        for value in (each for each, called in listed.items() if called not in classes):
            report.add("dangling class", f"{name}, object {value}")
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
