"""classes: the class list of a project, its lock and its guidelines."""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import DONE
from engine.cli.options import Json, ProjectArgument
from engine.cli.output import Output
from engine.cli.work import counted, one_of, owning, reading, spared
from engine.document.taxonomy import ClassLock, LabelClass
from engine.document.taxonomy_commands import describe
from engine.errors import EngineError
from engine.hands import class_file
from engine.store import Project

WORDS = {"list": 0, "lock": 0, "unlock": 0, "guideline": 2, "export": 1, "import": 1}
"""Action → words that follow it."""


def classes(
    project: ProjectArgument,
    action: Annotated[str, typer.Argument(metavar="|".join(WORDS))] = "list",
    words: Annotated[
        list[str] | None, typer.Argument(metavar="CLASS TEXT | FILE", help="What it needs.")
    ] = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who locks; you by default.")] = "",
    json: Json = False,
) -> int:
    """List the classes, lock or unlock them, and write guidelines.

    While the list is locked nobody adds, renames, recolours, orders, merges or deletes classes by
    accident, in the project or its parts. It is no secret: anybody can unlock it.
    """
    one_of("The action", action, WORDS)
    given, output = words or [], Output(json)
    if len(given) != WORDS[action]:
        needed = {0: "nothing more", 1: "FILE", 2: "CLASS and TEXT"}[WORDS[action]]
        raise typer.BadParameter(f"{action} takes {needed}.")
    if by and action != "lock":
        raise typer.BadParameter("--by says who locks. Leave it out.")
    if action in ("list", "export"):
        with reading(project) as opened:
            if action == "list":
                return _list(opened, output)
            class_file.write(opened.taxonomy, spared(Path(given[0]), opened))
            return _done(output, f"{counted(len(opened.taxonomy), 'class')} in {given[0]}.")
    with owning(project) as opened:
        if action == "import":
            return _done(output, _import(opened, Path(given[0])))
        if action == "guideline":
            entry = _named(opened, given[0])
            opened.project_history.do(describe(opened.taxonomy, entry.id, given[1]))
            return _done(output, f"The guideline of “{entry.name}” is written.")
        lock = ClassLock(by or _user(), time.time()) if action == "lock" else None
        opened.lock_classes(lock)
        count = counted(len(opened.taxonomy), "class")
        return _done(output, f"{count} {'locked' if lock else 'unlocked'}.")


def _user() -> str:
    """The user of the computer; empty where that is not known."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _list(project: Project, output: Output) -> int:
    taxonomy = project.taxonomy
    rows = [
        (entry.name, "objects" if entry.thing else "areas", entry.color, entry.guideline)
        for entry in taxonomy.classes
    ]
    for entry in taxonomy.classes:
        line = {"type": "class", "id": entry.id, "name": entry.name, "thing": entry.thing}
        output.line({**line, "color": entry.color, "guideline": entry.guideline})
    output.table(("class", "kind", "colour", "guideline"), rows)
    lock = taxonomy.lock
    output.say("" if lock is None else f"{lock.words}.")
    result = {"classes": len(rows), "locked": lock is not None, "by": lock.by if lock else ""}
    output.outcome("done", result)
    return DONE


def _import(project: Project, file: Path) -> str:
    said = class_file.read(file)
    change = class_file.taken_up(project.taxonomy, said)
    if change is not None:
        project.project_history.do(change)
    lock = class_file.locked(said)
    if lock is not None and project.class_lock is None:
        project.lock_classes(lock)
    changed = 0 if change is None else len(change.after)
    locked = "; the list is locked" if lock is not None else ""
    return f"{counted(changed, 'class')} taken up from {file.name}{locked}."


def _named(project: Project, name: str) -> LabelClass:
    found = project.taxonomy.by_name(name)
    if found is None:
        names = ", ".join(entry.name for entry in project.taxonomy.classes)
        raise EngineError(f"There is no class “{name}”. There are: {names or 'none yet'}.")
    return found


def _done(output: Output, sentence: str) -> int:
    output.say(sentence)
    output.outcome("done", {"text": sentence})
    return DONE
