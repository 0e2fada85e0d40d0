"""verify: files and folders of masks, of whoever made them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import DONE, FAILED
from engine.cli.options import (
    OVERLAPS,
    Json,
    PngFolder,
    ReadFormat,
    ValueMap,
    formats_read,
    word_of,
)
from engine.cli.output import Output
from engine.cli.work import counted, one_of, reading, seconds_since, typed, watching
from engine.errors import EngineError
from engine.store.paths import SUFFIX

if TYPE_CHECKING:
    from engine.formats.format import Format, ReadOptions
    from engine.formats.verify import Verdict
    from engine.jobs.compare import Compared


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File or folder of masks.")],
    project: Annotated[
        Path | None, typer.Option(metavar="PROJECT", help="Compare every mask with this project's.")
    ] = None,
    format_: ReadFormat = "",
    images: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the images; they must all be there."),
    ] = None,
    png: PngFolder = None,
    map_: ValueMap = "",
    overlap: Annotated[
        str,
        word_of("--overlap", OVERLAPS, "With --project: as it was exported."),
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
    from engine.formats.resolve import Resolver
    from engine.jobs.compare import compare, reading_options

    output = Output(json)
    one_of("--overlap", overlap, OVERLAPS)
    if format_:
        one_of("--format", format_, formats_read())
    if not file.exists():
        raise EngineError(f"{file} cannot be read: there is no such file or folder.")
    if file.suffix.lower() == SUFFIX:
        raise EngineError(f"{file} is a project. Look it through with: maskwright check {file}")
    began = time.monotonic()
    form = registry.get(format_) if format_ else registry.detect(file)
    options = ReadOptions(images=images, masks=png, values=parse_map(map_))
    _refuse_unfit(form, options, project is not None, overlap)
    compared = None
    if project is not None:
        with reading(project) as opened:
            options = reading_options(opened, options)
            verdict = _checked(form, file, options, images, deep, output)
            compared = compare(opened, file, form, options, Resolver(typed(overlap)))
    else:
        verdict = _checked(form, file, options, images, deep, output)
    seconds = seconds_since(began)
    return _told(output, form, file, verdict, compared, seconds)


def _checked(
    form: Format,
    file: Path,
    options: ReadOptions,
    images: Path | None,
    deep: bool,
    output: Output,
) -> Verdict:
    from engine.formats.coco_results import are_results
    from engine.formats.verify import verify_file
    from engine.formats.verify_any import verify_any
    from engine.formats.verify_panoptic import verify_panoptic

    watch = watching(output)
    listed = file.is_file() and are_results(file)
    whole = file.is_file() and not listed
    if listed and form.name == "coco" and not options.numbers:
        raise EngineError(
            f"{file.name} is a list of results without images and classes. Name the project that "
            "has them with --project."
        )
    if form.name in ("coco", "coco-stuff") and whole:
        return verify_file(file, deep=deep, images=images, watch=watch)
    if form.name == "coco-panoptic":
        return verify_panoptic(file, masks=options.masks, deep=True, images=images, watch=watch)
    told = lambda done, name: watch(done, 0, name)  # noqa: E731
    return verify_any(form, file, options, told, complete=images is not None)


def _refuse_unfit(form: Format, options: ReadOptions, compared: bool, overlap: str) -> None:
    """Refuse what would be passed over.

    Raises:
        EngineError: An option has nothing to do with the format.
    """
    unfit = {
        "--png": options.masks is not None and form.name != "coco-panoptic",
        "--map": bool(options.values) and form.name != "png",
        "--overlap": overlap != "order" and not compared,
    }
    for option in (name for name, wrong in unfit.items() if wrong):
        what = "needs --project" if option == "--overlap" else f"is not for {form.words}"
        raise EngineError(f"{option} {what}. Leave it out.")


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
    result["hints"] += [] if compared is None else compared.hints
    for hint in result["hints"]:
        output.remark(hint)
    if compared is not None:
        problems += compared.problems
        result["compared"] = compared.identical
        result["problems"] = problems
    for problem in problems:
        output.remark(problem, "warning")
    output.clear()
    what = f"{counted(verdict.masks, 'mask')} in {counted(verdict.images, 'image')}"
    if problems:
        found = "1 problem" if len(problems) == 1 else f"{len(problems)} kinds of problems"
        output.outcome("failed", result, f"{file}: {what}, {found}. Do not rely on this file.")
        return FAILED
    same = "" if compared is None else f", {compared.identical:,} identical to the project's"
    sound = f"all sound ({verdict.decoded:,} decoded)" if verdict.masks else "nothing to check"
    output.say(f"{file}: {what}, {sound}{same}. {seconds}")
    output.outcome("done", result)
    return DONE
