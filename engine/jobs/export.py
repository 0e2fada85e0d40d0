"""Export: the project's accepted work in a public format, read back before it is called done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from engine.document.document import Status
from engine.document.provenance_fields import area_fields, with_fields
from engine.document.taxonomy import FIRST_CLASS
from engine.formats.base import Sheet, SheetImage
from engine.formats.format import READ_BACK, Format, Work
from engine.formats.report import Report
from engine.formats.resolve import Resolver
from engine.jobs import tiled, versions
from engine.jobs.export_asked import asked_of, checked, parts_of, rows_of
from engine.jobs.garbage import seldom_collected
from engine.jobs.job import Context, ExportSpec
from engine.jobs.losses import losses_of
from engine.jobs.pictures_out import write_images
from engine.jobs.snapshot import file_names, image_numbers, sheet_images, snapshot
from engine.jobs.staging import Stage, staged
from engine.jobs.tiled import Tiles
from engine.store import ImageRow, Project

COCO_FIELDS = "coco.fields"
"""Setting that keeps the top-level fields of imported COCO files."""


@seldom_collected()
def run(spec: ExportSpec, context: Context) -> dict[str, Any]:
    """Write the file or folder, or one for each part of the split, and compare with the project.

    Returns:
        path, images, masks, decoded, left_out (names without a known size), summary.

    Raises:
        EngineError: Nothing to export, an image is too large for one piece, it cannot be written,
            or it came back different.
    """
    form = checked(spec)
    with snapshot(spec.project) as project, staged(Path(spec.target)) as stage:
        rows = rows_of(project, spec)
        names = file_names(project.images())
        images, unknown = sheet_images(rows, names)
        numbers = image_numbers(project.images())  # those of the whole project, in every part of it
        images = [
            replace(image, coco_id=numbers[image.key]) if image.coco_id is None else image
            for image in images
        ]
        if unknown:
            context.note(
                f"{_count(len(unknown), 'image')} have no known size and no file; they stay out: "
                f"{', '.join(unknown[:3])}.",
                "warning",
            )
        _say_losses(project, images, form, spec, context)
        known = {image.key: image for image in images}
        there = [row for row in rows if row.id in known]
        versions.say_changed(project, there, context)
        recorder = versions.Recorder(project, "export")
        results = []
        parts = parts_of(spec, there, context, stage.target)
        for part, target in parts:
            work = _work(project, [known[row.id] for row in part], spec, target, recorder)
            results.append((_write(form, work, spec, context, part), target, work))
            called = form.picture_names([known[row.id] for row in part])
            _pictures(spec, form, part, work, called, context, stage)
        if spec.splits:
            form.join(stage.target, {path.name: path for _, path in parts}, project.taxonomy)
        written = {row.id: (row.file_name, known[row.id].size) for part in parts for row in part[0]}
        absent = [row.id for row in rows if row.id not in known]
        version = _record(recorder, written, absent, spec, context)
        context.check()
        _say_kept(stage.put(row.path for row in project.images()), context)
        told = _told(results, spec, unknown, stage)
    return {**told, "version": version}


def _say_kept(names: Sequence[str], context: Context) -> None:
    """Say which files of an earlier export lie among those of this one."""
    if names:
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        what = "1 file was" if len(names) == 1 else f"{len(names):,} files were"
        context.note(
            f"{what} there already and not of this export: {shown}. Whoever reads the folder takes "
            "them for part of it. Delete them, or export into an empty folder.",
            "warning",
        )


def _record(
    recorder: versions.Recorder,
    images: Mapping[int, versions.Named],
    absent: Sequence[int],
    spec: ExportSpec,
    context: Context,
) -> str:
    """Note what went out, and by which choice, as a version of the dataset; its snapshot hash."""
    facts = {
        "format": spec.format,
        "target": spec.target,
        "only_done": spec.only_done,
        "chosen": spec.images is not None,
        "empty": spec.empty,
        "splits": spec.splits,
        "absent": list(absent),
    }
    return recorder.finish(images, context.folder, facts)


def _say_losses(
    project: Project,
    images: Sequence[SheetImage],
    form: Format,
    spec: ExportSpec,
    context: Context,
) -> None:
    context.progress(0, len(images), LOOKING)
    watch = _watch(context, len(images), LOOKING)
    for loss in losses_of(project, images, form, asked_of(spec), watch):
        context.note(loss.text)


LOOKING = "Looking for what the format cannot carry"


def _pictures(
    spec: ExportSpec,
    form: Format,
    rows: Sequence[ImageRow],
    work: _Work,
    names: Mapping[int, str],
    context: Context,
    stage: Stage,
) -> None:
    """Write the pictures of tiles, or put the images beside the export."""
    watch = _watch(context, len(work.images))
    said: list[str] = []
    if work.tiles is not None:
        said = tiled.write_pictures(rows, work.tiles, watch)
    elif spec.pictures != "none":
        folder = (work.target if form.folder else work.target.parent) / form.pictures
        final = stage.final(folder)
        said = write_images(rows, names, folder, spec.pictures, watch, final, stage.pictures)
    for sentence in said:
        context.note(sentence, "warning")


def _told(
    results: Sequence[tuple[dict[str, Any], Path, _Work]],
    spec: ExportSpec,
    unknown: list[str],
    stage: Stage,
) -> dict[str, Any]:
    """The outcome of all parts together."""
    together = {key: sum(r[key] for r, _, _ in results) for key in ("images", "masks", "decoded")}
    said = [result["summary"] for result, _, _ in results]
    if spec.splits:
        said = [
            f"{target.name}: {text}" for text, (_, target, _) in zip(said, results, strict=True)
        ]
    path = str(stage.final(results[0][1])) if len(results) == 1 else spec.target
    return {**together, "path": path, "left_out": unknown, "summary": "\n".join(said)}


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


def _work(
    project: Project,
    images: list[SheetImage],
    spec: ExportSpec,
    target: Path,
    recorder: versions.Recorder,
) -> _Work:
    def whole() -> Iterator[Sheet]:
        found = recorder.sheets(images)
        return map(partial(_signed, project), found) if spec.provenance else found

    if not spec.tile:
        tiled.check_sizes(images)
        return _Work(project, target, images, whole, None)
    tiles = tiled.cut(images, spec.tile, target)
    again = lambda: tiled.tile_sheets(whole(), tiles)  # noqa: E731
    return _Work(project, target, tiles.images, again, tiles)


def _signed(project: Project, sheet: Sheet) -> Sheet:
    """The work with a field on every object, and every area, that says who made it."""
    objects = [replace(each, extra=with_fields(each)) for each in sheet.objects]
    areas = {
        number: area_fields(project.whose_area(sheet.image.key, sheet.layer, number))
        for number in sheet.layer.areas()
        if number >= FIRST_CLASS
    }
    return replace(sheet, objects=objects, areas=areas)


def _write(
    form: Format, work: _Work, spec: ExportSpec, context: Context, rows: Sequence[ImageRow]
) -> dict[str, Any]:
    report, resolver = Report(), Resolver(spec.overlap, spec.refuse_void)
    project, total = work.project, len(work.images)
    fields: Mapping[str, Any] = project.setting(COCO_FIELDS) or {
        "info": {"description": project.name, "version": "1.0"}
    }
    written = form.write(
        work.target,
        Work(
            taxonomy=project.taxonomy,
            images=work.images,
            sheets=work.sheets,
            fields=fields,
            report=report,
            watch=_watch(context, total),
            say=lambda text: context.progress(total, total, text),
            resolver=resolver,
            scores=spec.scores,
            deep=spec.deep,
            consecutive=spec.consecutive,
            polygons=spec.polygons,
            colors=spec.colors,
            dialect=spec.dialect,
            done=frozenset(row.id for row in rows if row.status is Status.DONE),
            highest=project.highest_number() if form.name == "coco" else None,
        ),
    )
    context.progress(total, total, READ_BACK)
    for remark in report.remarks():
        context.note(remark.text, remark.level)
    if lost := len(resolver.lost):
        what = "1 object has" if lost == 1 else f"{lost:,} objects have"
        context.note(
            f"{what} no pixel left that is not others' too, and {'is' if lost == 1 else 'are'} not "
            "in the file. Change their order, or choose another rule for shared pixels.",
            "warning",
        )
    what = f"{_count(written.masks, 'mask')} in {work.words}"
    if form.name == "png":
        what = _count(written.masks, "mask file")
    return {
        "images": written.images,
        "masks": written.masks,
        "decoded": written.decoded,
        "summary": f"{what}, all identical.",
    }


def _watch(context: Context, total: int, words: str = "") -> Callable[[int, str], None]:
    def watch(done: int, name: str) -> None:
        context.check()
        context.progress(done, total, words or name)

    return watch


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
