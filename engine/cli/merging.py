"""merge: take back what people did, list what they made differently, decide it for one side."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli import DONE, PARTLY
from engine.cli.hands import tell_share
from engine.cli.options import Json, ProjectArgument, word_of
from engine.cli.output import Output
from engine.cli.work import counted, one_of, owning, project_path, reading, seconds_since, typed
from engine.document.conflict import Conflict
from engine.document.document import Document
from engine.errors import EngineError
from engine.hands.bases import shed
from engine.hands.deciding import Decided, deciding, waiting_of
from engine.hands.merge import merged
from engine.hands.report import Merged
from engine.hands.words import about, by_words, conflict_words, place
from engine.store import Project
from engine.store.kin import ConflictRow

SIDES = ("mine", "theirs")
SHOWN = 40
"""Conflicts listed for people unless they ask for more; machines are told all."""


def merge(
    project: ProjectArgument,
    parts: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PART", help="Parts or copies; none: what waits from before."),
    ] = None,
    prefer: Annotated[str, word_of("--prefer", SIDES, "Decide every conflict for one side.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="As if they had not been merged before.")
    ] = False,
    all_back: Annotated[
        bool,
        typer.Option("--all-back", help="Give up what is kept of parts: the file gets smaller."),
    ] = False,
    most: Annotated[
        int, typer.Option("--list", metavar="N", min=0, help="Conflicts listed.")
    ] = SHOWN,
    json: Json = False,
) -> int:
    """Take parts or copies of a project back.

    What only one side did is taken, one undo step per image. What both did differently is listed
    and stays as it is here until you decide it in the window, or all of it with --prefer; the exit
    code is then 3. Without parts, lists what still waits. What each part held is kept, so that it
    can come again later; --all-back says that none will.
    """
    one_of("--prefer", prefer, ("", *SIDES))
    if again and not parts:
        raise typer.BadParameter("--again needs the parts that are to be merged again.")
    output, began = Output(json), time.monotonic()
    if not parts and not prefer and not all_back:
        with reading(project) as opened:
            rows = opened.conflicts()
            _list(opened, rows, most, output)
        return _end(output, len(rows), [])
    with owning(project) as opened:
        if parts:
            results = _merge_all(
                opened, [project_path(each) for each in parts], prefer, again, output
            )
            output.say(f"Merged in {seconds_since(began)}.")
        else:
            results = [_decide(opened, prefer, output)] if prefer else []
        if all_back:
            shed(opened)
        rows = opened.conflicts()
        _list(opened, rows, most, output)
    return _end(output, len(rows), results)


def _end(output: Output, waiting: int, results: list[dict[str, Any]]) -> int:
    if waiting:
        output.say(
            f"{counted(waiting, 'conflict')} to decide: open the project and choose “Share work”, "
            "or decide all for one side with: maskwright merge PROJECT --prefer mine|theirs"
        )
    elif not results:
        output.say("Nothing waits to be decided.")
    whole = not waiting and not any(each.get("error") for each in results)
    result = {"parts": results, "conflicts": waiting}
    output.outcome("done" if whole else "partly", result)
    return DONE if whole else PARTLY


def _merge_all(
    project: Project, paths: Sequence[Path], prefer: str, again: bool, output: Output
) -> list[dict[str, Any]]:
    """Merge one after the other; one that is refused keeps none of the others out.

    Raises:
        EngineError: none was taken.
    """
    results: list[dict[str, Any]] = []
    problems = []
    for path in paths:
        try:
            done = merged(
                project,
                path,
                typed(prefer),
                again,
                lambda share: tell_share(output, round(100 * share), 100),
            )
        except EngineError as problem:
            if len(paths) == 1:
                raise
            problems.append(str(problem))
            output.remark(str(problem), "error")
            results.append({"path": str(path), "error": str(problem)})
        else:
            results.append(_said(path, done, output))
    if len(problems) == len(paths):
        raise EngineError("None of them was merged.")
    return results


def _said(path: Path, done: Merged, output: Output) -> dict[str, Any]:
    for sentence in done.notes:
        output.remark(sentence, "warning")
    words = [f"{counted(len(done.images), 'image')} changed"]
    words += [counted(done.objects, "object")] if done.objects else []
    words += [counted(done.new_images, "new image")] if done.new_images else []
    words += [f"{counted(done.settled, 'conflict')} decided"] if done.settled else []
    words += [counted(len(done.conflicts), "conflict")] if done.conflicts else []
    output.say(f"{done.name}: {', '.join(words)}.")
    return {
        "path": str(path),
        "name": done.name,
        "images": len(done.images),
        "objects": done.objects,
        "new_images": done.new_images,
        "decided": done.settled,
        "conflicts": len(done.conflicts),
        "older": done.older,
        "notes": done.notes,
    }


def _decide(project: Project, prefer: str, output: Output) -> dict[str, Any]:
    """Decide what waits from before."""
    work = deciding(project, typed(prefer), project.conflicts())
    while True:
        try:
            tell_share(output, round(100 * next(work)), 100)
        except StopIteration as end:
            done: Decided = end.value
            break
    for problem in done.problems:
        output.remark(problem, "warning")
    images = counted(len(done.images), "image")
    output.say(f"{counted(done.count, 'conflict')} decided in {images}.")
    return {"decided": done.count, "images": len(done.images), "notes": done.problems}


def _list(project: Project, rows: Sequence[ConflictRow], most: int, output: Output) -> None:
    """What waits: image, place, what it is about and who made it."""
    left = len(rows) if output.json else most
    for image, some in groupby(rows, lambda row: row.image):
        if left <= 0:
            break
        group = list(some)[:left]
        left -= len(group)
        document = next(project.iter_documents([image]))
        found = waiting_of(group, document.size)
        name = project.image(image).file_name
        for row in group:
            _tell_conflict(project, document, name, row, found.get(row.id), output)
    if not output.json and len(rows) > most > 0:
        output.say(f"  and {len(rows) - most:,} more; --list {len(rows)} lists them")


def _tell_conflict(
    project: Project,
    document: Document,
    name: str,
    row: ConflictRow,
    found: Conflict | None,
    output: Output,
) -> None:
    if found is None:
        text = "a conflict that cannot be read. Merge the part again."
        output.say(f"  {name}: {text}")
        output.line({"type": "conflict", "image": row.image, "file": name, "text": text})
        return
    here = document.find(found.annotation)
    box, text = place(found, here), conflict_words(found, project.taxonomy, row.origin)
    where = "" if box is None else f", at {box[0]}, {box[1]}"
    who = by_words(here, found.theirs)
    output.say(f"  {name}{where}: {text}{' ' + who if who else ''}")
    output.line(
        {
            "type": "conflict",
            "image": row.image,
            "file": name,
            "from": row.origin,
            "kind": found.kind,
            "object": found.annotation,
            "pixels": found.patch.area,
            "box": None if box is None else list(box),
            "mine_by": about(here),
            "theirs_by": about(found.theirs),
            "text": text,
        }
    )
