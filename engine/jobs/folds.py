"""The project's split into training, validation and test images: made once, kept, extended."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.errors import EngineError
from engine.store import ImageRow, ImageRows, Project
from engine.training.dealing import deal, units_of
from engine.training.split import HELD, TEST, TRAIN

By = Literal["image", "folder", "group"]
BYS: tuple[By, ...] = ("image", "folder", "group")

NAMES = {TRAIN: "train", HELD: "val", TEST: "test"}
"""What files and people call the parts, by what the project calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldWish:
    """How a project is to be split.

    Attributes:
        val: Share of the validation images, 0..1.
        test: Share of the test images, 0..1.
        by: What stays together: nothing but the image (and pages of one file), all images of a
            folder, or those of one group.
        pattern: "group": regular expression on path and name; what its first pair of parentheses
            matches (the whole match without one) is the group.
        column: "group": field of the import that is the group, in the place of a pattern.
        stratified: The shares hold for every class.
        seed: Another one deals otherwise.
        again: Deal all images anew; else those that have a part keep it.
    """

    val: float = 0.2
    test: float = 0.1
    by: By = "image"
    pattern: str = ""
    column: str = ""
    stratified: bool = True
    seed: int = 0
    again: bool = False


def make_folds(project: Project, wish: FoldWish) -> dict[int, str]:
    """Image id → part, for the images that get one; nothing is written.

    Raises:
        EngineError: The shares or the pattern cannot be, or no image fits the pattern.
    """
    if not (0 <= wish.val < 1 and 0 <= wish.test < 1 and wish.val + wish.test < 1):
        raise EngineError("The shares of val and test must leave something to train with.")
    rows = list(project.images())
    if not rows:
        raise EngineError("The project has no images to split.")
    keys = _keys(rows, wish)
    fixed = {} if wish.again else {row.id: row.fold for row in rows if row.fold in NAMES}
    labels: Mapping[int, Iterable[int]] = {}
    if wish.stratified:
        labels = {each.id: project.images_of(each.id) for each in project.taxonomy.classes}
    units = units_of(keys, {label: list(images) for label, images in labels.items()})
    return deal(units, {HELD: wish.val, TEST: wish.test}, wish.seed, fixed)


def without_group(project: Project, wish: FoldWish) -> int:
    """Images that the pattern or column gives no group, so that each is one of its own."""
    if wish.by != "group":
        return 0
    rows = list(project.images())
    keys = _keys(rows, wish)
    return sum(keys[row.id] == _place(row) for row in rows)


def keep_folds(project: Project, folds: Mapping[int, str]) -> None:
    """Write what `make_folds` answered.

    Raises:
        EngineError: The project can only be read.
    """
    with project.together():
        for image, fold in folds.items():
            project.set_image(image, fold=fold)


def fold_counts(rows: ImageRows) -> dict[str, int]:
    """How many images each part has, in the order train, held, test, "" (none)."""
    found = Counter(rows.folds().values())
    counts = {part: found[part] for part in NAMES}
    return {**counts, "": len(rows) - sum(counts.values())}


def _keys(rows: Sequence[ImageRow], wish: FoldWish) -> dict[int, str]:
    """Image id → what names its unit for good."""
    if wish.by == "folder":
        return {row.id: posixpath.dirname(_place(row)) for row in rows}
    if wish.by == "image":
        return {row.id: _place(row) for row in rows}
    if wish.column:
        return _columns(rows, wish.column)
    try:
        pattern = re.compile(wish.pattern)
    except re.error as error:
        raise EngineError(
            f"“{wish.pattern}” is no regular expression: {error}. Put the part that names the "
            "group in parentheses, as in '(patient_[0-9]+)'."
        ) from error
    found = {row.id: pattern.search(_place(row)) for row in rows}
    if not wish.pattern or not any(found.values()):
        raise EngineError(
            f"No image's path fits “{wish.pattern}”. Put the part of the path that names the group "
            "in parentheses, as in '(patient_[0-9]+)'."
        )
    return {row.id: _group(found[row.id]) or _place(row) for row in rows}


def _group(match: re.Match[str] | None) -> str:
    """What a pattern matched; "" where it did not, so that the image is a group of its own."""
    if match is None:
        return ""
    return (match[1] or "") if match.re.groups else match[0]


def _columns(rows: Sequence[ImageRow], column: str) -> dict[int, str]:
    found = {row.id: row.extra.get(column) for row in rows}
    if all(value is None for value in found.values()):
        known = sorted({key for row in rows for key in row.extra})
        there = f" There are: {', '.join(known[:12])}." if known else ""
        raise EngineError(f"No image has a field “{column}” from its import.{there}")
    return {row.id: _place(row) if found[row.id] is None else str(found[row.id]) for row in rows}


def _place(row: ImageRow) -> str:
    """The path as the project has it, "/" between folders; the same for all pages of a file."""
    return row.stored_path.replace("\\", "/")
