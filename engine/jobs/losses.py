"""What a format would leave behind of a project, counted before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.document.taxonomy import BACKGROUND, UNLABELLED
from engine.formats.base import Sheet, SheetImage
from engine.formats.format import Format, Kinds, Loss
from engine.formats.kinds import count_kinds
from engine.formats.resolve import OVERLAPS, Overlap
from engine.jobs.snapshot import sheets
from engine.store import Project

FIGURES = ("objects", "crowds", "scored", "fielded")
"""Attributes of `Kinds` that the project's file tells without a mask."""

Watch = Callable[[int, str], None]


def losses_of(
    project: Project,
    images: Sequence[SheetImage],
    form: Format,
    asked: Collection[str] = (),
    watch: Watch = lambda done, name: None,
) -> list[Loss]:
    """What will not be in the file, and for how many.

    Args:
        project: Whose work is written.
        images: Those that are written.
        form: The format.
        asked: Options that are on, the dialect, and who gets pixels of several objects.
        watch: Called with the number of images that were looked at and the name of the next; what
            it raises ends the counting.
    """
    overlap = next((each for each in OVERLAPS if each in asked), OVERLAPS[0])
    kinds = kinds_of(project, images, form.lost(asked), watch, form.keeps, overlap)
    return form.losses(project.taxonomy, kinds, asked)


def kinds_of(
    project: Project,
    images: Sequence[SheetImage],
    wanted: Collection[str],
    watch: Watch = lambda done, name: None,
    keeps: Callable[[Mapping[str, Any]], bool] = bool,
    overlap: Overlap = "order",
) -> Kinds:
    """Count kinds of work; masks are read only where the file's columns do not tell.

    Args:
        project: Whose work it is.
        images: Of which images.
        wanted: Attributes of `Kinds`; the others stay 0.
        watch: See `losses_of`.
        keeps: See `Format.keeps`.
        overlap: See `count_kinds`.
    """
    dear = {*wanted} - {*FIGURES}
    figures = project.object_figures() if {*wanted} & {*FIGURES, "unkept"} else {}
    rows = [figures[each.key] for each in images if each.key in figures]
    if not any(row.fielded for row in rows):
        dear -= {"unkept"}

    def watched() -> Iterator[Sheet]:
        for done, sheet in enumerate(sheets(project, images)):
            watch(done, sheet.image.file_name)
            yield sheet

    if dear == {"told"}:
        counted = Kinds(told=_told(project, images, watch))
    else:
        counted = Kinds()
        if dear:
            counted = count_kinds(watched(), project.taxonomy, dear, keeps, overlap)
    cheap = {name: sum(getattr(row, name) for row in rows) for name in FIGURES if name in wanted}
    return replace(counted, **cheap)


def _told(project: Project, images: Sequence[SheetImage], watch: Watch) -> int:
    """Images with both background and unlabelled pixels, from their class maps alone."""
    held = project.images_of(BACKGROUND) & project.mixed_layers({e.key: e.size for e in images})
    there = {each.key: each.file_name for each in images if each.key in held}
    told = 0
    for done, (key, layer) in enumerate(project.iter_layers([*there])):
        watch(done, there[key])
        told += {BACKGROUND, UNLABELLED} <= layer.areas().keys()
    return told
