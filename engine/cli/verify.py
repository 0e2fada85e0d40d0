"""verify: files and folders of masks, of whoever made them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import DONE, FAILED
from engine.cli.output import Output
from engine.cli.project import Json
from engine.cli.transfer import READABLE
from engine.cli.work import counted, one_of, reading, seconds_since, typed
from engine.errors import EngineError
from engine.jobs.events import Progress

if TYPE_CHECKING:
    from engine.formats.format import Format, ReadOptions
    from engine.formats.verify import Verdict
    from engine.jobs.compare import Compared


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File or folder of masks.")],
    project: Annotated[
        Path | None, typer.Option(metavar="PROJECT", help="Compare every mask with this project's.")
    ] = None,
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
        typer.Option("--map", metavar="VALUE=CLASS,…", help="png: what values mean."),
    ] = "",
    overlap: Annotated[
        str,
        typer.Option(
            "--overlap", metavar="order|smaller|void", help="With --project: as it was exported."
        ),
    ] = "order",
    deep: Annotated[
        bool, typer.Option("--deep", help="COCO: decode every mask, not a sample.")
    ] = False,
    json: Json = False,
) -> int:
    """Check masks of any format; exit code 1 when something is wrong.

    Numbers used twice or naming nothing, masks twice, empty or out of bounds, areas and boxes that
    disagree, files that contradict each other.
    """
    from engine.formats import registry
    from engine.formats.format import ReadOptions
    from engine.formats.png_values import parse_map
    from engine.formats.resolve import OVERLAPS, Resolver
    from engine.jobs.compare import compare, reading_options

    output = Output(json)
    one_of("--overlap", overlap, OVERLAPS)
    if format_:
        one_of("--format", format_, tuple(each.name for each in registry.readable()))
    if not file.exists():
        raise EngineError(f"{file} cannot be read: there is no such file or folder.")
    began = time.monotonic()
    form = registry.get(format_) if format_ else registry.detect(file)
    options = ReadOptions(images=images, masks=png, values=parse_map(map_))
    compared = None
    if project is not None:
        with reading(project) as opened:
            options = reading_options(opened, options)
            verdict = _checked(form, file, options, deep, output)
            compared = compare(opened, file, form, options, Resolver(typed(overlap)))
    else:
        verdict = _checked(form, file, options, deep, output)
    seconds = seconds_since(began)
    return _told(output, form, file, verdict, compared, seconds)


def _checked(form: Format, file: Path, options: ReadOptions, deep: bool, output: Output) -> Verdict:
    from engine.formats.coco_results import are_results
    from engine.formats.verify import verify_file
    from engine.formats.verify_any import verify_any

    listed = file.is_file() and are_results(file)
    whole = file.is_file() and not listed
    if listed and form.name == "coco" and not options.numbers:
        raise EngineError(
            f"{file.name} is a list of results without images and classes. Name the project that "
            "has them with --project."
        )
    if form.name in ("coco", "coco-stuff") and whole:
        return verify_file(file, deep=deep, watch=lambda *done: output.event(Progress(*done)))
    return verify_any(form, file, options)


def _told(
    output: Output,
    form: Format,
    file: Path,
    verdict: Verdict,
    compared: Compared | None,
    seconds: str,
) -> int:
    result: dict[str, Any] = {
        "format": form.name,
        "images": verdict.images,
        "masks": verdict.masks,
        "decoded": verdict.decoded,
        "problems": verdict.problems,
        "hints": verdict.hints,
    }
    problems = list(verdict.problems)
    for hint in verdict.hints:
        output.remark(hint)
    if compared is not None:
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
    same = "" if compared is None else f", {compared.identical:,} identical to the project's"
    output.say(f"{file}: {what}, all sound ({verdict.decoded:,} decoded){same}. {seconds}")
    output.outcome("done", result)
    return DONE
