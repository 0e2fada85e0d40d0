"""What an export is asked for: whether it can be, which images, and in which parts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.errors import EngineError
from engine.formats import registry
from engine.formats.format import Format
from engine.jobs import tiled
from engine.jobs.folds import NAMES
from engine.jobs.job import Context, ExportSpec
from engine.jobs.snapshot import chosen
from engine.store import ImageRow, Project
from engine.store.paths import SUFFIX, files_of

_NEEDED: Final = {
    "polygons": ("no choice of outlines", "--polygons"),
    "colors": ("no choice of colours", "--colors"),
    "provenance": ("no room for who made what", "--provenance"),
    "scores": ("no room for scores", "--scores"),
    "consecutive": ("no choice of class numbers", "--consecutive"),
    "refuse_void": ("no need to decide every pixel", "--refuse-void"),
}
"""Option → what a format without it has, and how it is asked for on the command line."""


def asked_of(spec: ExportSpec) -> frozenset[str]:
    """The options that are on, the dialect and the rule, as `losses_of` wants them."""
    options = ("scores", "deep", "consecutive", "polygons", "colors")
    on = [each for each in options if getattr(spec, each)]
    return frozenset([*on, spec.dialect, spec.overlap])


def checked(spec: ExportSpec) -> Format:
    """The format.

    Raises:
        EngineError: Something is asked for that it does not have.
    """
    form = _format(spec.format)
    refuse_project(Path(spec.target), Path(spec.project))
    tiled.check_side(spec.tile)
    if not form.folder and Path(spec.target).is_dir():
        file = f"{form.name}{form.suffixes[0]}" if form.name != "coco" else "instances.json"
        raise EngineError(f"{spec.target} is a folder. Name a file in it, such as {file}.")
    if form.folder and Path(spec.target).is_file():
        raise EngineError(
            f"{spec.target} is a file. Name a folder; it is made where it is missing."
        )
    for option, (words, switch) in _NEEDED.items():
        if getattr(spec, option) and option not in form.options:
            raise EngineError(f"{form.words} has {words}. Leave {switch} out.")
    if spec.overlap != "order" and "overlap" not in form.options:
        raise EngineError(
            f"{form.words} keeps objects that share pixels as they are. Leave --overlap out."
        )
    if spec.dialect and spec.dialect not in form.dialects:
        known = ", ".join(form.dialects) or "none"
        raise EngineError(f"{form.words} has no dialect “{spec.dialect}”. There are: {known}.")
    if spec.tile and spec.pictures != "none":
        raise EngineError("Tiles bring pictures of their own. Leave the images out.")
    return form


def refuse_project(target: Path, project: Path) -> None:
    """Refuse to write over a project, or among what belongs to one.

    Args:
        target: The file or folder to write.
        project: The project file.

    Raises:
        EngineError: Naming what is in the way.
    """
    whole, own = Path(os.path.realpath(target)), Path(os.path.realpath(files_of(project)))
    if whole.suffix.lower() == SUFFIX or whole == Path(os.path.realpath(project)):
        raise EngineError(f"{target} has the name of a project, not of an export. Choose another.")
    if whole == own or own in whole.parents:
        raise EngineError(f"{files_of(project)} belongs to the project. Export to another folder.")


def _format(name: str) -> Format:
    known = {each.name: each for each in registry.writable()}
    if name not in known:
        others = ", ".join(known)
        raise EngineError(f"“{name}” is no format to export to. Choose one of: {others}.")
    return known[name]


def rows_of(project: Project, spec: ExportSpec) -> list[ImageRow]:
    """The images that are written.

    Raises:
        EngineError: There are none.
    """
    rows = chosen(project, spec.images, only_done=spec.only_done)
    if not rows:
        what = "No image is marked done" if spec.only_done else "No image was chosen"
        raise EngineError(f"{what}, so there is nothing to export.")
    if spec.empty == "skip":
        held = frozenset[int]().union(*(project.images_of(c.id) for c in project.taxonomy.classes))
        rows = [row for row in rows if row.id in held]
        if not rows:
            raise EngineError("None of these images has a mask, so there is nothing to export.")
    return rows


def parts_of(
    spec: ExportSpec, rows: Sequence[ImageRow], context: Context, target: Path
) -> list[tuple[list[ImageRow], Path]]:
    """What is written where.

    Args:
        spec: What is asked for.
        rows: The images that are written.
        context: Takes remarks.
        target: File or folder to write to.

    Raises:
        EngineError: The split is asked for and was never made.
    """
    if not spec.splits:
        return [(list(rows), target)]
    parts = {fold: [row for row in rows if row.fold == fold] for fold in NAMES}
    if not any(parts.values()):
        raise EngineError(
            "These images are not split into train, val and test yet. Split them first: "
            "maskwright folds PROJECT."
        )
    left = len(rows) - sum(map(len, parts.values()))
    if left:
        what = "1 image is in no part" if left == 1 else f"{left:,} images are in no part"
        context.note(
            f"{what} of the split and not written. Split the project again; what has a part keeps "
            "it.",
            "warning",
        )
    return [(part, target_of(target, NAMES[fold])) for fold, part in parts.items() if part]


def target_of(target: Path, part: str) -> Path:
    """Where a part of the split goes: "a.json" → "a_train.json", a folder → one within it."""
    if target.suffix:
        return target.with_name(f"{target.stem}_{part}{target.suffix}")
    return target / part
