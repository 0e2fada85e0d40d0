"""Export: the project's accepted work in a public format, read back before it is called done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.formats import registry
from engine.formats.base import Sheet, SheetImage
from engine.formats.format import READ_BACK, Format, Work
from engine.formats.kinds import count_kinds
from engine.formats.report import Report
from engine.formats.resolve import Resolver
from engine.jobs import tiled
from engine.jobs.job import Context, ExportSpec
from engine.jobs.snapshot import chosen, file_names, sheet_images, sheets, snapshot
from engine.jobs.tiled import Tiles
from engine.store import Project

QUICK = ("coco", "png")
"""Formats whose losses are said without going through all masks first."""

COCO_FIELDS = "coco.fields"
"""Setting that keeps the top-level fields of imported COCO files."""


def run(spec: ExportSpec, context: Context) -> dict[str, Any]:
    """Write the file or folder and compare it with the project.

    Returns:
        path, images, masks, decoded, left_out (names without a known size), summary.

    Raises:
        EngineError: Nothing to export, an image is too large for one piece, it cannot be written,
            or it came back different.
    """
    form = _format(spec.format)
    tiled.check_side(spec.tile)
    if not form.folder and Path(spec.target).is_dir():
        file = f"{form.name}{form.suffixes[0]}" if form.name != "coco" else "instances.json"
        raise EngineError(f"{spec.target} is a folder. Name a file in it, such as {file}.")
    with snapshot(spec.project) as project:
        rows = chosen(project, spec.images, only_done=spec.only_done)
        if not rows:
            what = "No image is marked done" if spec.only_done else "No image was chosen"
            raise EngineError(f"{what}, so there is nothing to export.")
        images, unknown = sheet_images(rows, file_names(project.images()))
        if unknown:
            context.note(
                f"{_count(len(unknown), 'image')} have no known size and no file; they stay out: "
                f"{', '.join(unknown[:3])}.",
                "warning",
            )
        target = Path(spec.target)
        known = {image.key for image in images}
        work = _work(project, images, spec, target)
        result = _write(form, work, spec, context)
        if work.tiles is not None:
            here = [row for row in rows if row.id in known]
            watch = _watch(context, len(work.images))
            for sentence in tiled.write_pictures(here, work.tiles, watch):
                context.note(sentence, "warning")
    return {**result, "path": str(target), "left_out": unknown}


@dataclass(frozen=True, slots=True)
class _Work:
    """What a writer is given.

    Attributes:
        images: whole, or tiles.
        sheets: gives the work on each of them, anew each time.
        tiles: where images are cut.
    """

    project: Project
    target: Path
    images: list[SheetImage]
    sheets: Callable[[], Iterator[Sheet]]
    tiles: Tiles | None

    @property
    def words(self) -> str:
        """How many, for people."""
        if self.tiles is None:
            return _count(len(self.images), "image")
        return f"{_count(len(self.images), 'tile')} of {_count(len(self.tiles.counts), 'image')}"


def _work(project: Project, images: list[SheetImage], spec: ExportSpec, target: Path) -> _Work:
    if not spec.tile:
        tiled.check_sizes(images)
        return _Work(project, target, images, lambda: sheets(project, images), None)
    tiles = tiled.cut(images, spec.tile, target)
    again = lambda: tiled.tile_sheets(sheets(project, images), tiles)  # noqa: E731
    return _Work(project, target, tiles.images, again, tiles)


def _format(name: str) -> Format:
    known = {each.name: each for each in registry.writable()}
    if name not in known:
        others = ", ".join(known)
        raise EngineError(f"“{name}” is no format to export to. Choose one of: {others}.")
    return known[name]


def _write(form: Format, work: _Work, spec: ExportSpec, context: Context) -> dict[str, Any]:
    report = Report()
    project, total = work.project, len(work.images)
    if form.name not in QUICK:
        context.progress(0, total, "Looking for what the format cannot carry")
        kinds = count_kinds(work.sheets(), project.taxonomy)
        for loss in form.losses(project.taxonomy, kinds):
            context.note(loss.text)
    fields: Mapping[str, Any] = project.setting(COCO_FIELDS) or {
        "info": {"description": project.name, "version": "1.0"}
    }
    watch = _watch(context, total)

    written = form.write(
        work.target,
        Work(
            taxonomy=project.taxonomy,
            images=work.images,
            sheets=work.sheets,
            fields=fields,
            report=report,
            watch=watch,
            say=lambda text: context.progress(total, total, text),
            resolver=Resolver(spec.overlap, spec.refuse_void),
            scores=spec.scores,
            deep=spec.deep,
            consecutive=spec.consecutive,
        ),
    )
    context.progress(total, total, READ_BACK)
    for remark in report.remarks():
        context.note(remark.text, remark.level)
    what = f"{_count(written.masks, 'mask')} in {work.words}"
    if form.name == "png":
        what = _count(written.masks, "mask file")
    return {
        "images": written.images,
        "masks": written.masks,
        "decoded": written.decoded,
        "summary": f"{what}, all identical.",
    }


def _watch(context: Context, total: int) -> Any:
    def watch(done: int, name: str) -> None:
        context.check()
        context.progress(done, total, name)

    return watch


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
