"""split and agreement: many hands on one project; ``merging`` takes their work back."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli import DONE
from engine.cli.interrupt import obey
from engine.cli.options import Json, ProjectArgument
from engine.cli.output import Output
from engine.cli.work import counted, one_of, owning, project_path, reading, seconds_since, typed
from engine.errors import EngineError
from engine.hands.agreement import ClassRow, Comparison, ImageRowAgreement, compare, pairs_of
from engine.hands.deal import BYS
from engine.hands.split import Split, dealt, default_folder, plans, write
from engine.jobs.events import Progress


def split(
    project: ProjectArgument,
    parts: Annotated[int, typer.Option(metavar="N", help="How many parts.")],
    overlap: Annotated[
        str, typer.Option(metavar="5%", help="Share of the images that several parts get.")
    ] = "0",
    times: Annotated[
        int | None, typer.Option(metavar="N", help="To how many parts those go.", show_default="2")
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            metavar="|".join(BYS),
            help="Keep folders whole, give each part its share of each status, or cut the list.",
        ),
    ] = "order",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the parts; NAME-parts by default.")
    ] = None,
    copy_images: Annotated[
        bool, typer.Option("--copy-images", help="Copy the images too, to hand out on a stick.")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed deals the same way.")] = 0,
    json: Json = False,
) -> int:
    """Hand out a project as parts that are projects of their own.

    A part holds its images with what they have, the classes and the model mappings. Give it to
    somebody, and take it back with: maskwright merge.
    """
    one_of("--by", by, BYS)
    shared = _share(overlap)
    if times is not None and not shared:
        raise typer.BadParameter("--times needs --overlap: the share of the images that is meant.")
    output, began = Output(json), time.monotonic()
    with owning(project) as opened:
        how = Split(
            parts=parts,
            overlap=shared,
            times=2 if times is None else times,
            by=typed(by),
            seed=seed,
            copy_images=copy_images,
        )
        rows, place = list(opened.images()), out or default_folder(opened.path)
        planned = plans(opened, how, dealt(rows, how, opened.path, place))
        made = write(opened, planned, lambda done, total: tell_share(output, done, total))
    for each in made:
        twice = f", {each.shared:,} shared" if each.shared else ""
        output.say(f"{each.path}: {counted(each.images, 'image')}{twice}")
    output.say(f"{counted(len(made), 'part')} in {seconds_since(began)}.")
    listed = [
        {"path": str(each.path), "images": each.images, "shared": each.shared} for each in made
    ]
    output.outcome("done", {"parts": listed})
    return DONE


def agreement(
    project: ProjectArgument,
    others: Annotated[list[Path], typer.Argument(metavar="OTHER", help="Parts or copies.")],
    begun: Annotated[
        bool, typer.Option("--begun", help="Count images that are begun but not done too.")
    ] = False,
    worst: Annotated[int, typer.Option(metavar="N", help="Images listed.")] = 10,
    json: Json = False,
) -> int:
    """Say how far people agree, class by class.

    With one other, the project is compared with it; several are compared with each other. Images
    count that are done on both sides.
    """
    output = Output(json)
    results = []
    for one, two in pairs_of(project_path(project), [project_path(each) for each in others]):
        with reading(one) as first, reading(two) as second:
            found = compare(first, second, begun=begun, tell=lambda d, t: tell_share(output, d, t))
        if found.images:
            _say_agreement(found, worst, output)
            results.append(_agreement(found, worst))
        elif len(others) == 1:
            done = "begun" if begun else "done"
            raise EngineError(
                f"There is no image that is {done} in both {found.names[0]} and {found.names[1]}."
            )
    if not results:
        raise EngineError("No two of them have an image that is done in both.")
    output.outcome("done", {"pairs": results})
    return DONE


def _share(text: str) -> float:
    """A share written as 5% or 0.05."""
    with contextlib.suppress(ValueError):
        value = float(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
        if 0 <= value <= 1:
            return value
    raise typer.BadParameter(f"--overlap is a share of the images, such as 5%; not “{text}”.")


def tell_share(output: Output, done: int, total: int) -> None:
    """Say how far a command is, and end it where that was asked for."""
    obey()
    output.event(Progress(done, total, "", None))


def _say_agreement(found: Comparison, worst: int, output: Output) -> None:
    for sentence in found.notes:
        output.remark(sentence, "warning")
    headings = ("class", "IoU", "boundary IoU", "kappa", "matched", "only 1st", "only 2nd", "F1")
    rows = [_cells(row) for row in (*found.classes, found.mean)]
    title = f"{found.names[0]} and {found.names[1]}: {counted(len(found.images), 'image')}"
    output.table(headings, rows, title)
    if math.isnan(found.kappa):
        output.say("Cohen's kappa over all classes: none, for both sides have one class alone.")
    else:
        output.say(f"Cohen's kappa over all classes: {found.kappa:.3f}")
    listed = [
        (each.name, _known(each.miou), _known(each.differing), *_things(each))
        for each in found.images[:worst]
    ]
    columns = ("agree least", "mean IoU", "differing", "matched", "only 1st", "only 2nd")
    output.table(columns, listed)


def _cells(row: ClassRow) -> tuple[Any, ...]:
    figures = (_known(row.iou), _known(row.boundary_iou), _known(row.kappa))
    return (row.name, *figures, *_things(row), _known(row.objects.f1))


def _things(row: ClassRow | ImageRowAgreement) -> tuple[int, int, int]:
    return row.objects.matched, row.objects.first, row.objects.second


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _agreement(found: Comparison, worst: int) -> Mapping[str, Any]:
    def figures(row: ClassRow) -> dict[str, Any]:
        matched, first, second = _things(row)
        return {
            "class": row.name,
            "iou": _known(row.iou),
            "boundary_iou": _known(row.boundary_iou),
            "kappa": _known(row.kappa),
            "matched": matched,
            "only_first": first,
            "only_second": second,
            "f1": _known(row.objects.f1),
        }

    return {
        "first": str(found.first),
        "second": str(found.second),
        "images": len(found.images),
        "kappa": _known(found.kappa),
        "classes": [figures(row) for row in found.classes],
        "mean": figures(found.mean),
        "worst": [
            {"image": each.image, "file": each.name, "miou": _known(each.miou)}
            for each in found.images[:worst]
        ],
        "notes": found.notes,
    }
