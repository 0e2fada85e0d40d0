"""Export: the project's accepted work in a public format, read back before it is called done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.formats.coco_write import CocoWriter
from engine.formats.png_write import write_png
from engine.formats.read_back import read_back
from engine.formats.report import Report
from engine.jobs.job import Context, ExportSpec
from engine.jobs.snapshot import chosen, file_names, sheet_images, sheets, snapshot
from engine.store import Project

COCO_FIELDS = "coco.fields"
"""Setting that keeps the top-level fields of imported COCO files."""


def run(spec: ExportSpec, context: Context) -> dict[str, Any]:
    """Write the file or folder and compare it with the project.

    Returns:
        path, images, masks, decoded, left_out (names without a known size), summary.

    Raises:
        EngineError: Nothing to export, it cannot be written, or it came back different.
    """
    if spec.format not in ("coco", "png"):
        raise EngineError(f"“{spec.format}” is no format to export to. Choose coco or png.")
    if spec.format == "coco" and Path(spec.target).is_dir():
        raise EngineError(f"{spec.target} is a folder. Name a file in it, such as instances.json.")
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
        result = (
            _coco(project, images, target, spec, context)
            if spec.format == "coco"
            else _png(project, images, target, spec, context)
        )
    return {**result, "path": str(target), "left_out": unknown}


def _coco(
    project: Project, images: list[Any], target: Path, spec: ExportSpec, context: Context
) -> dict[str, Any]:
    report = Report()
    fields: Mapping[str, Any] = project.setting(COCO_FIELDS) or {
        "info": {"description": project.name, "version": "1.0"}
    }
    writer = CocoWriter(project.taxonomy, images, fields, report, scores=spec.scores)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = writer.write(target, sheets(project, images), _watch(context, len(images)))
    everything = writer.again(written, sheets(project, images)) if spec.deep else None
    context.progress(len(images), len(images), "Reading the file back")
    decoded = read_back(written, everything)
    for remark in report.remarks():
        context.note(remark.text, remark.level)
    summary = (
        f"{_count(written.masks, 'mask')} in {_count(written.images, 'image')}, all identical."
    )
    return {
        "images": written.images,
        "masks": written.masks,
        "decoded": decoded,
        "summary": summary,
    }


def _png(
    project: Project, images: list[Any], target: Path, spec: ExportSpec, context: Context
) -> dict[str, Any]:
    written = write_png(
        target,
        project.taxonomy,
        sheets(project, images),
        consecutive=spec.consecutive,
        watch=_watch(context, len(images)),
    )
    context.progress(len(images), len(images))
    summary = f"{_count(written.masks, 'mask file')}, all identical."
    return {
        "images": written.images,
        "masks": written.masks,
        "decoded": written.masks,
        "summary": summary,
    }


def _watch(context: Context, total: int) -> Any:
    def watch(done: int, name: str) -> None:
        context.check()
        context.progress(done, total, name)

    return watch


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
