"""import, export and verify."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli import DONE, FAILED
from engine.cli.output import Output
from engine.cli.project import Json, ProjectArgument
from engine.cli.work import counted, finish, matching, owning, reading, run_here, seconds_since
from engine.jobs.job import ExportSpec, ImportSpec
from engine.jobs.take_up import register, take_up

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
        typer.Option("--map", metavar="VALUE=CLASS,…", help="What pixel values mean, for png."),
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
        _one_of("--format", format_, tuple(each.name for each in registry.readable()))
    _one_of("--exif", exif, ("applied", "ignored"))
    _one_of("--status", status, ("done", "corrected", "new"))
    with owning(project) as opened:
        spec = ImportSpec(
            project=str(opened.path),
            source=str(source.resolve()),
            format=format_,
            images=str(images.resolve()) if images else "",
            masks=str(png.resolve()) if png else "",
            exif=_typed(exif),
            values=parse_map(map_),
            status=_typed(status),
        )
        job, done = run_here(spec, output, opened.files / "jobs")
        register(opened, job)
        taken = take_up(opened, job)
        opened.flush()
    for remark in taken.remarks:
        output.remark(remark)
    if done.outcome == "done":
        done.result["objects"] = taken.objects
        where = counted(done.result["images"], "image")
        output.say(f"{counted(taken.objects, 'mask')} in {where} imported.")
    return finish(output, done, some=bool(done.result.get("left_out")))


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
    json: Json = False,
) -> int:
    """Write the accepted masks in a public format, and read them back.

    Another program may have the project open meanwhile. Proposals are never written.
    """
    from engine.formats import registry
    from engine.formats.resolve import OVERLAPS

    output = Output(json)
    _one_of("--format", format_, tuple(each.name for each in registry.writable()))
    _one_of("--overlap", overlap, OVERLAPS)
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
            overlap=_typed(overlap),
            refuse_void=refuse_void,
            tile=tile,
        )
    with tempfile.TemporaryDirectory(prefix="maskwright-") as place:
        _, done = run_here(spec, output, Path(place))
    if done.outcome == "done":
        output.say(f"{out}: {done.result['summary']} {seconds_since(began)}")
    return finish(output, done, some=bool(done.result.get("left_out")))


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="COCO instances file.")],
    project: Annotated[
        Path | None, typer.Option(metavar="PROJECT", help="Compare every mask with this project's.")
    ] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Decode every mask, not a sample.")] = False,
    json: Json = False,
) -> int:
    """Check a COCO file; exit code 1 when something is wrong.

    Ids, sizes, canonical run lengths, areas and boxes of all masks; a sample is decoded.
    """
    from engine.formats.verify import verify_file
    from engine.jobs.compare import compare

    output = Output(json)
    began = time.monotonic()
    verdict = verify_file(file, deep=deep)
    result: dict[str, Any] = {
        "images": verdict.images,
        "masks": verdict.masks,
        "decoded": verdict.decoded,
        "problems": verdict.problems,
        "hints": verdict.hints,
    }
    problems = list(verdict.problems)
    for hint in verdict.hints:
        output.remark(hint)
    if project is not None:
        with reading(project) as opened:
            compared = compare(opened, file)
        problems += compared.problems
        result["compared"] = compared.identical
        result["problems"] = problems
    for problem in problems:
        output.remark(problem, "warning")
    what = f"{counted(verdict.masks, 'mask')} in {counted(verdict.images, 'image')}"
    if problems:
        found = "1 problem" if len(problems) == 1 else f"{len(problems)} kinds of problems"
        output.outcome("failed", result, f"{file}: {what}, {found}. Do not rely on this file.")
        return FAILED
    same = f", {compared.identical:,} identical to the project's" if project is not None else ""
    output.say(
        f"{file}: {what}, all sound ({verdict.decoded:,} decoded){same}. {seconds_since(began)}"
    )
    output.outcome("done", result)
    return DONE


def _one_of(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        choices = ", ".join(each for each in known if each)
        raise typer.BadParameter(f"{option} is one of: {choices}; not “{value}”.")


def _typed(value: str) -> Any:
    """A checked word where a type wants a literal."""
    return value
