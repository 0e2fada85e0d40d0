"""import and export."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from engine.cli import DONE, PARTLY
from engine.cli.interrupt import Interrupt
from engine.cli.options import (
    OVERLAPS,
    ImageFolder,
    Images,
    Json,
    PngFolder,
    ProjectArgument,
    ReadFormat,
    ValueMap,
    WriteFormat,
    formats_read,
    formats_written,
    word_of,
)
from engine.cli.output import Output
from engine.cli.work import (
    counted,
    existing,
    finish,
    matching,
    one_of,
    owning,
    reading,
    run_here,
    seconds_since,
    typed,
)
from engine.errors import EngineError
from engine.jobs.events import Progress
from engine.jobs.folder import Done, JobFolder
from engine.jobs.garbage import seldom_collected
from engine.jobs.job import ExportSpec, ImportSpec
from engine.jobs.take_up import TakenUp, register, take_up, tidy
from engine.jobs.versions_left import record
from engine.store import Project
from engine.store.backup import IMPORT, backups_of
from engine.store.paths import SUFFIX

EXIFS: Final = ("applied", "ignored")
STATUSES: Final = ("done", "corrected", "new")
DIALECTS: Final = ("instances", "lvis", "results")
PICTURES: Final = ("none", "copy", "link")
EMPTY: Final = ("keep", "skip")


def import_(
    project: ProjectArgument,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="File or folder of another tool.")],
    format_: ReadFormat = "",
    images: ImageFolder = None,
    png: PngFolder = None,
    map_: ValueMap = "",
    exif: Annotated[
        str,
        word_of(
            "--exif",
            EXIFS,
            "Turned photos were annotated as seen (applied) or as stored (ignored).",
        ),
    ] = "applied",
    status: Annotated[
        str,
        word_of("--status", STATUSES, "What annotated images become."),
    ] = "done",
    by_name: Annotated[
        bool,
        typer.Option(
            "--by-name",
            help="Images of the project of the same name and size are meant, although other "
            "pictures lie beside the file.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say which images it is about and change nothing.")
    ] = False,
    json: Json = False,
) -> int:
    """Take annotations of another tool into a project.

    They go to the project's images by name, size and content; images it does not have are added.
    With --images, the files of that folder are meant.
    """
    from engine.formats.png_values import parse_map

    output = Output(json)
    if format_:
        one_of("--format", format_, formats_read())
    one_of("--exif", exif, EXIFS)
    one_of("--status", status, STATUSES)
    spec = ImportSpec(
        project=str(existing(project)),
        source=str(source.resolve()),
        format=format_,
        images=str(images.resolve()) if images else "",
        masks=str(png.resolve()) if png else "",
        exif=typed(exif),
        values=parse_map(map_),
        status=typed(status),
        by_name=by_name,
    )
    if not os.path.exists(source):
        raise EngineError(f"There is no {source}. Choose the file or folder to import.")
    if source.suffix.lower() == SUFFIX:
        raise EngineError(
            f"{source} is a project. Take its work with: maskwright merge {project} {source}"
        )
    _refuse_unfit(spec)
    if dry_run:
        return _look(spec, output)
    with owning(project) as opened:
        job, done = run_here(spec, output, opened.files / "jobs")
        register(opened, job)
        taken, stopped = _take_up(opened, job, done, output)
        opened.flush()
        tidy(job)
    for remark in taken.remarks:
        output.remark(remark)
    kept = backups_of(Path(spec.project))[:1] if taken.images else []
    if kept and kept[0].kind == IMPORT:
        output.remark(
            f"The project as it was before is its backup {kept[0].number}: maskwright backup "
            f"{project} --restore {kept[0].number}"
        )
    if stopped:
        done = msgspec.structs.replace(done, outcome="cancelled")
    if done.outcome == "done":
        done.result["objects"] = taken.objects
        where = counted(done.result["images"], "image")
        said = f"{counted(taken.objects, 'mask')} in {where} imported."
        output.say(f"{said} {done.result['places']}".rstrip())
    return finish(output, done, some=stopped or bool(done.result.get("left_out")))


def _refuse_unfit(spec: ImportSpec) -> None:
    """Refuse what would be passed over.

    Raises:
        EngineError: An option has nothing to do with the format; or there is no such format.
    """
    if not (spec.values or spec.masks):
        return
    from engine.formats import registry

    source = Path(spec.source)
    form = registry.get(spec.format) if spec.format else registry.detect(source)
    if spec.masks and form.name != "coco-panoptic":
        raise EngineError(f"--png is not for {form.words}. Leave it out.")
    if spec.values and form.name != "png":
        raise EngineError(f"--map is not for {form.words}. Leave it out.")


def _look(spec: ImportSpec, output: Output) -> int:
    """Say what an import would do."""
    from engine.jobs.import_look import look

    with reading(Path(spec.project)) as opened:
        rows = opened.images()

        def watch(done: int, total: int) -> None:
            output.event(Progress(done, total, f"Looking through {Path(spec.source).name}"))

        found = look(spec, rows, opened.taxonomy, opened.identities(), watch)
    output.clear()
    for remark in found.remarks:
        output.remark(remark.text, remark.level)
    output.say(f"{found.words} Nothing was changed.")
    output.outcome("done", {**asdict(found.counts), "left_out": found.left_out, "dry_run": True})
    return PARTLY if found.left_out else DONE


def _take_up(project: Project, job: JobFolder, done: Done, output: Output) -> tuple[TakenUp, bool]:
    """Bring what was read into the project; whether Ctrl-C ended that before all was in."""
    images, total = 0, int(done.result.get("images", 0))
    stopped = False
    with Interrupt() as interrupt, seldom_collected():

        def stop(piece: TakenUp) -> bool:
            nonlocal images, stopped
            images += len(piece.images)
            output.event(Progress(images, total, "Taking them into the project"))
            stopped = interrupt.asked and images < total
            return stopped

        return take_up(project, job, stop), stopped


def export(
    project: ProjectArgument,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="File (coco…, cvat) or folder (the others).")
    ],
    format_: WriteFormat = "coco",
    images: Images = None,
    only_done: Annotated[
        bool, typer.Option("--only-done", help="Only images marked done.")
    ] = False,
    scores: Annotated[bool, typer.Option("--scores", help="Write scores of objects.")] = False,
    consecutive: Annotated[
        bool, typer.Option("--consecutive", help="png: number classes 1, 2, 3 … in order.")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every mask back, not a sample.")
    ] = False,
    overlap: Annotated[
        str,
        word_of(
            "--overlap",
            OVERLAPS,
            "Whose a pixel of several objects is, where it can be only one's.",
        ),
    ] = "order",
    refuse_void: Annotated[
        bool, typer.Option("--refuse-void", help="Stop at pixels that belong to nothing.")
    ] = False,
    tile: Annotated[
        int,
        typer.Option(
            "--tile",
            metavar="N",
            help="Cut images into tiles of N pixels; pictures go into OUT_tiles.",
            show_default=False,
        ),
    ] = 0,
    polygons: Annotated[
        bool,
        typer.Option("--polygons", help="coco, cityscapes: outlines along the edges of pixels."),
    ] = False,
    dialect: Annotated[
        str,
        word_of("--dialect", DIALECTS, "coco: which one; instances without it."),
    ] = "",
    colors: Annotated[
        bool, typer.Option("--colors", help="png: colours of classes, not their numbers.")
    ] = False,
    splits: Annotated[
        bool, typer.Option("--splits", help="One file or folder for each part; see folds.")
    ] = False,
    images_out: Annotated[
        str,
        word_of("--images-out", PICTURES, "Put the images beside the masks."),
    ] = "none",
    empty: Annotated[
        str,
        word_of("--empty", EMPTY, "Images without any mask."),
    ] = "keep",
    provenance: Annotated[
        bool,
        typer.Option(
            "--provenance", help="coco: write by whom, what model or file each object is."
        ),
    ] = False,
    json: Json = False,
) -> int:
    """Write accepted masks in a public format and read them back.

    Another program may have the project open meanwhile. Proposals are never written.
    """
    output = Output(json)
    one_of("--format", format_, formats_written())
    one_of("--overlap", overlap, OVERLAPS)
    one_of("--images-out", images_out, PICTURES)
    one_of("--empty", empty, EMPTY)
    if provenance and dialect == "results":
        raise typer.BadParameter("A list of results has no room for --provenance. Leave it out.")
    if colors and consecutive:
        raise typer.BadParameter(
            "Name either --colors or --consecutive: a pixel holds one of them."
        )
    began = time.monotonic()
    with reading(project) as opened:
        spec = ExportSpec(
            project=str(opened.path),
            target=str(out.resolve()),
            format=format_,
            images=matching(opened, images),
            only_done=only_done,
            scores=scores,
            deep=deep,
            consecutive=consecutive,
            overlap=typed(overlap),
            refuse_void=refuse_void,
            tile=tile,
            polygons=polygons,
            colors=colors,
            dialect=dialect,
            splits=splits,
            pictures=typed(images_out),
            empty=typed(empty),
            provenance=provenance,
        )
    with tempfile.TemporaryDirectory(prefix="maskwright-") as place:
        job, done = run_here(spec, output, Path(place))
        unkept = record(Path(spec.project), job) if done.outcome == "done" else ""
    if unkept:
        output.remark(unkept)
    if done.outcome == "done":
        where = "" if splits else f"{out}: "  # a split is told part by part, each with its name
        output.say(f"{where}{done.result['summary']} {seconds_since(began)}")
    return finish(output, done, some=bool(done.result.get("left_out")))
