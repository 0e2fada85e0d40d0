"""folds: the split into training, validation and test images."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from engine.cli import DONE
from engine.cli.options import Json, ProjectArgument, word_of
from engine.cli.output import Output
from engine.cli.work import counted, one_of, owning, typed
from engine.errors import EngineError
from engine.jobs.folds import (
    BYS,
    NAMES,
    FoldWish,
    fold_counts,
    keep_folds,
    make_folds,
    without_group,
)


def folds(
    project: ProjectArgument,
    val: Annotated[
        str, typer.Option(metavar="SHARE", help="Images to measure on while learning.")
    ] = "20%",
    test: Annotated[
        str, typer.Option(metavar="SHARE", help="Images kept apart to the end.")
    ] = "10%",
    by: Annotated[str, word_of("--by", BYS, "What stays together.")] = "image",
    pattern: Annotated[
        str,
        typer.Option(metavar="REGEX", help="group: the part of the path that names it, in ( )."),
    ] = "",
    column: Annotated[
        str, typer.Option(metavar="FIELD", help="group: a field that came with the images.")
    ] = "",
    by_class: Annotated[
        bool, typer.Option("--by-class/--any-class", help="Hold the shares for every class.")
    ] = True,
    seed: Annotated[int, typer.Option(metavar="N", help="Another number splits otherwise.")] = 0,
    again: Annotated[
        bool, typer.Option("--again", help="Split all images anew, not only those without a part.")
    ] = False,
    json: Json = False,
) -> int:
    """Split images into train, val and test; a part once given stays.

    Learning uses the same split: it measures on val and never sees test. Export the parts with
    export --splits.
    """
    output = Output(json)
    one_of("--by", by, BYS)
    if (pattern or column) and by != "group":
        raise typer.BadParameter("--pattern and --column need --by group.")
    if by == "group" and bool(pattern) == bool(column):
        raise typer.BadParameter("--by group needs --pattern or --column, one of them.")
    wish = FoldWish(
        val=share(val),
        test=share(test),
        by=typed(by),
        pattern=pattern,
        column=column,
        stratified=by_class,
        seed=seed,
        again=again,
    )
    with owning(project) as opened:
        found = make_folds(opened, wish)
        alone = without_group(opened, wish)
        keep_folds(opened, found)
        opened.flush()
        counts = fold_counts(opened.images())
    if alone:
        each = "is one of its own" if alone == 1 else "are each one of their own"
        output.remark(f"{counted(alone, 'image')} without a group {each}.", "warning")
    new = Counter(found.values())
    rows = [(NAMES[part], counts[part], new[part]) for part in NAMES]
    output.table(("part", "images", "new"), rows)
    kept = sum(counts[part] for part in NAMES) - len(found)
    others = f"; {kept:,} had a part and {'keeps' if kept == 1 else 'keep'} it" if kept else ""
    output.say(f"{counted(len(found), 'image')} split{others}.")
    output.outcome("done", {NAMES[part]: counts[part] for part in NAMES} | {"new": len(found)})
    return DONE


def share(text: str) -> float:
    """A share from "20%" or "0.2".

    Raises:
        EngineError: It is none.
    """
    plain = text.strip().removesuffix("%")
    try:
        value = float(plain) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise EngineError(f"“{text}” is no share. Write it as 20% or 0.2.")
    return value
