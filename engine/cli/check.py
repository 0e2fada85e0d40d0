"""check and backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import DONE, FAILED, PARTLY
from engine.cli.interrupt import Interrupt
from engine.cli.options import Json, ProjectArgument
from engine.cli.output import Output
from engine.cli.work import counted, opened, project_path, watching
from engine.errors import EngineError
from engine.jobs import litter
from engine.store import backup, restore
from engine.store import check as checking
from engine.store.place import place_of


def check(
    project: ProjectArgument,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended, after a backup.")
    ] = False,
    json: Json = False,
) -> int:
    """Look through a project, and mend it.

    Reads every row, mask, class map and step of undo. Without --repair nothing is changed.
    """
    output = Output(json)
    path = project_path(project)
    output.remark(place_of(path.parent).words or "The folder can be trusted with the project.")
    with Interrupt():
        report = (checking.repair if repair else checking.check)(path, watching(output))
    output.clear()
    for each in report.findings:
        output.line(
            {"type": "finding", "code": each.code, "text": each.text, "repair": each.repair}
        )
    if report.findings:
        output.table(
            ("what", "finding", "repair"),
            [(each.code, each.text, each.repair) for each in report.findings],
        )
    remains = _remains(path, repair, output)
    result = {
        "findings": len(report.findings),
        "leftovers": remains,
        "done": list(report.done),
        "backup": report.kept.name if report.kept else "",
    }
    if report.sound and not remains:
        output.say(f"{path.name} is sound.")
        output.outcome("done", result)
        return DONE
    return _told(output, report, result, repair)


def _told(
    output: Output, report: checking.Report, result: dict[str, object], repaired: bool
) -> int:
    if not repaired:
        number = len(report.findings)
        error = f"{counted(number, 'finding')}. Mend with --repair." if number else ""
        output.outcome("failed" if number else "done", result, error)
        return FAILED if number else DONE
    for sentence in report.done:
        output.say(sentence)
    if report.kept is not None:
        output.say(f"As it was, it is kept in backups as {report.kept.name}.")
    output.outcome("done", result)
    return PARTLY if report.findings else DONE


def _remains(path: Path, repair: bool, output: Output) -> int:
    """Half-made files beside the project, which repairing removes."""
    try:
        with opened(path, read_only=True) as project:
            found = litter.remains(project, beside=True)
    except EngineError:
        return 0
    for each in found:
        output.line({"type": "leftover", "path": str(each)})
        output.say(
            f"Left half-made: {each}" + (", removed." if repair else "; --repair removes it.")
        )
    if repair:
        litter.throw_away(found)
    return len(found)


def backups(
    project: ProjectArgument,
    list_: Annotated[bool, typer.Option("--list", help="List the backups.")] = False,
    restore_: Annotated[
        str | None,
        typer.Option("--restore", metavar="NAME", help="A backup's name, number or day."),
    ] = None,
    json: Json = False,
) -> int:
    """Back a project up, list its backups, or restore one.

    The window makes one a day by itself. Restoring keeps the present file as a backup first.
    """
    if list_ and restore_ is not None:
        raise typer.BadParameter("Name either --list or --restore.")
    output = Output(json)
    path = project_path(project)
    if list_:
        return _list(path, output)
    if restore_ is not None:
        chosen = restore.find(path, restore_)
        with Interrupt():
            kept = restore.restore(path, chosen)
        output.say(f"{path.name} is now the backup {chosen.name}.")
        if kept is not None:
            output.say(f"What it was is kept as {kept.name}.")
        output.outcome("done", {"restored": chosen.name, "kept": kept.name if kept else ""})
        return DONE
    if not path.is_file():
        raise EngineError(f"There is no project {path}.")
    with Interrupt():
        made = backup.make(path)
    output.say(f"{made.path}")
    output.outcome("done", {"name": made.name, "path": str(made.path)})
    return DONE


def _list(path: Path, output: Output) -> int:
    rows: list[tuple[object, ...]] = []
    for each in backup.listed(path):
        images: int | None
        objects: int | None
        try:
            images, objects, _ = backup.contents(each.path)
        except EngineError:
            images = objects = None
        size = each.path.stat().st_size
        output.line(
            {
                "type": "backup",
                "name": each.name,
                "day": each.day,
                "clock": each.clock,
                "kind": each.kind,
                "images": images,
                "objects": objects,
                "bytes": size,
            }
        )
        when = f"{each.day} {each.clock}"
        rows.append((each.name, when, backup.WORDS.get(each.kind, each.kind), images, objects))
    if rows:
        output.table(("name", "made", "what", "images", "objects"), rows)
    else:
        output.say("There is no backup yet.")
    output.outcome("done", {"backups": len(rows)})
    return DONE
