"""import and export."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from engine.cli.output import Output
from engine.cli.project import Json, ProjectArgument
from engine.cli.work import (
    Interrupt,
    counted,
    finish,
    matching,
    one_of,
    owning,
    reading,
    run_here,
    seconds_since,
    typed,
)
from engine.jobs.events import Progress
from engine.jobs.folder import Done, JobFolder
from engine.jobs.garbage import seldom_collected
from engine.jobs.job import ExportSpec, ImportSpec
from engine.jobs.take_up import TakenUp, register, take_up, tidy
from engine.jobs.versions import record
from engine.store import Project

READABLE = (
    "coco|coco-panoptic|coco-stuff|voc|cityscapes|yolo-seg|labelme|cvat|png|png-instances|camvid|"
    "ade20k|datumaro|label-studio|supervisely"
)
WRITABLE = "coco|coco-panoptic|coco-stuff|voc|cityscapes|yolo-seg|labelme|cvat|png|png-instances"


def import_(
    project: ProjectArgument,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="File or folder of another tool.")],
    format_: Annotated[
        str, typer.Option("--format", metavar=READABLE, help="Told by itself.")
    ] = "",
    images: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the images.")
    ] = None,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="DIR", help="Folder of a panoptic file's PNGs.")
    ] = None,
    map_: Annotated[
        str,
        typer.Option(
            "--map", metavar="VALUE=CLASS,…", help="png: what values, or #RRGGBB colours, mean."
        ),
    ] = "",
    exif: Annotated[
        str,
        typer.Option(
            metavar="applied|ignored",
            help="Turned photos were annotated as seen (applied) or as stored (ignored).",
        ),
    ] = "applied",
    status: Annotated[
        str,
        typer.Option(metavar="done|corrected|new", help="What annotated images become."),
    ] = "done",
    json: Json = False,
) -> int:
    """Take annotations of another tool into a project.

    Images that are missing there are added.
    """
    from engine.formats import registry
    from engine.formats.png_values import parse_map

    output = Output(json)
    if format_:
        one_of("--format", format_, tuple(each.name for each in registry.readable()))
    one_of("--exif", exif, ("applied", "ignored"))
    one_of("--status", status, ("done", "corrected", "new"))
    with owning(project) as opened:
        spec = ImportSpec(
            project=str(opened.path),
            source=str(source.resolve()),
            format=format_,
            images=str(images.resolve()) if images else "",
            masks=str(png.resolve()) if png else "",
            exif=typed(exif),
            values=parse_map(map_),
            status=typed(status),
        )
        job, done = run_here(spec, output, opened.files / "jobs")
        register(opened, job)
        taken, stopped = _take_up(opened, job, done, output)
        opened.flush()
        tidy(job)
    for remark in taken.remarks:
        output.remark(remark)
    if stopped:
        done = msgspec.structs.replace(done, outcome="cancelled")
    if done.outcome == "done":
        done.result["objects"] = taken.objects
        where = counted(done.result["images"], "image")
        output.say(f"{counted(taken.objects, 'mask')} in {where} imported.")
    return finish(output, done, some=stopped or bool(done.result.get("left_out")))


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
    format_: Annotated[str, typer.Option("--format", metavar=WRITABLE)] = "coco",
    images: Annotated[str | None, typer.Option(metavar="GLOB", help="Only these images.")] = None,
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
        typer.Option(
            "--overlap",
            metavar="order|smaller|void",
            help="Whose a pixel of several objects is, where it can be only one's.",
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
        ),
    ] = 0,
    polygons: Annotated[
        bool,
        typer.Option("--polygons", help="coco, cityscapes: outlines along the edges of pixels."),
    ] = False,
    dialect: Annotated[
        str, typer.Option("--dialect", metavar="instances|lvis|results", help="coco: which one.")
    ] = "",
    colors: Annotated[
        bool, typer.Option("--colors", help="png: colours of classes, not their numbers.")
    ] = False,
    splits: Annotated[
        bool, typer.Option("--splits", help="One file or folder for each part; see folds.")
    ] = False,
    images_out: Annotated[
        str,
        typer.Option(
            "--images-out", metavar="none|copy|link", help="Put the images beside the masks."
        ),
    ] = "none",
    empty: Annotated[
        str, typer.Option("--empty", metavar="keep|skip", help="Images without any mask.")
    ] = "keep",
    provenance: Annotated[
        bool,
        typer.Option("--provenance", help="coco: write who or which model made each object."),
    ] = False,
    json: Json = False,
) -> int:
    """Write accepted masks in a public format and read them back.

    Another program may have the project open meanwhile. Proposals are never written.
    """
    from engine.formats import registry
    from engine.formats.resolve import OVERLAPS
    from engine.jobs.pictures_out import PICTURES

    output = Output(json)
    one_of("--format", format_, tuple(each.name for each in registry.writable()))
    one_of("--overlap", overlap, OVERLAPS)
    one_of("--images-out", images_out, PICTURES)
    one_of("--empty", empty, ("keep", "skip"))
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
        output.say(f"{out}: {done.result['summary']} {seconds_since(began)}")
    return finish(output, done, some=bool(done.result.get("left_out")))
