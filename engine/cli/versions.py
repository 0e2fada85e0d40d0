"""versions: what was exported and learned from, and what changed since."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli import DONE
from engine.cli.interrupt import Interrupt
from engine.cli.options import Json, ProjectArgument
from engine.cli.output import Output
from engine.cli.work import opened, reading
from engine.errors import EngineError
from engine.jobs.versions_left import take_left, waiting
from engine.store import Project
from engine.store.versions import Difference, Version

ACTIONS = ("list", "show", "diff", "changed-since")
SHOWN = 40
"""Images named for people; machines are told all."""


def versions(
    project: ProjectArgument,
    action: Annotated[str, typer.Argument(metavar="list|show|diff|changed-since")] = "list",
    version: Annotated[
        str | None, typer.Argument(metavar="ID", help="Number, or the first digits of the hash.")
    ] = None,
    other: Annotated[
        str | None, typer.Argument(metavar="ID", help="For diff: the later one.")
    ] = None,
    json: Json = False,
) -> int:
    """List what was exported or learned from; say what changed.

    Each export and each learning run is a version of the dataset. The hash covers classes, images
    and masks; equal work has the equal hash on any computer.
    """
    if action not in ACTIONS:
        raise typer.BadParameter(f"Say one of: {', '.join(ACTIONS)}; not “{action}”.")
    needed = {"list": 0, "show": 1, "diff": 2, "changed-since": 1}[action]
    if sum(each is not None for each in (version, other)) != needed:
        raise typer.BadParameter(f"{action} takes {needed} versions.")
    output = Output(json)
    _take_left(project, output)
    with reading(project) as opened:
        every = opened.versions()
        if action == "list":
            return _list(every, output)
        first = _named(every, str(version))
        if action == "show":
            return _show(opened, first, output)
        if action == "diff":
            second = _named(every, str(other))
            found = opened.version_difference(first.id, second.id)
            names = {**opened.version_names(first.id), **opened.version_names(second.id)}
            return _say(found, names, f"From version {first.id} to {second.id}", output)
        found = opened.changed_since(first, opened.taxonomy)
        names = opened.version_names(first.id)
        names |= {row.id: row.file_name for row in opened.images()}
        return _say(found, names, f"Changed since version {first.id}", output)


def _take_left(given: Path, output: Output) -> None:
    """Bring in versions that were left while another program had the project open."""
    with reading(given) as looked:
        left, path = len(waiting(looked.files)), looked.path
    if not left:
        return
    with Interrupt(), opened(path) as project:
        taken = take_left(project)
    if taken < left:
        rest = left - taken
        said = "1 more version waits" if rest == 1 else f"{rest:,} more versions wait"
        output.remark(f"{said} to be noted. {project.owner}".rstrip())


def _named(every: list[Version], word: str) -> Version:
    found = [each for each in every if word == str(each.id)]
    if not found and len(word) >= 4:
        found = [each for each in every if each.digest.startswith(word.lower())]
    if not found:
        raise EngineError(f"There is no version {word} in this project. List them: versions list.")
    return found[0]


def _list(every: list[Version], output: Output) -> int:
    for each in every:
        output.line({"type": "version", **_facts(each)})
    rows = [
        (each.id, _when(each.made), each.kind, _what(each), each.images, each.objects,
         each.digest[:12])
        for each in every
    ]  # fmt: skip
    if rows:
        output.table(("version", "when", "kind", "what", "images", "objects", "hash"), rows)
    else:
        output.say("Nothing was exported or learned from yet.")
    output.outcome("done", {"versions": len(every)})
    return DONE


def _show(project: Project, version: Version, output: Output) -> int:
    facts = _facts(version)
    names = sorted(project.version_names(version.id).values())
    for key, value in facts.items():
        if value:
            output.say(f"{key}: {_when(value) if key == 'made' else value}")
    for name in names[:SHOWN]:
        output.say(f"  {name}")
    if len(names) > SHOWN:
        output.say(f"  … and {len(names) - SHOWN:,} more; --json names all.")
    output.outcome("done", {**facts, "names": names})
    return DONE


def _say(found: Difference, names: Mapping[int, str], title: str, output: Output) -> int:
    named = {
        kind: [names.get(key, str(key)) for key in getattr(found, kind)]
        for kind in ("added", "removed", "changed")
    }
    output.say(f"{title}: {found.words()}.")
    for kind, images in named.items():
        for name in images[:SHOWN]:
            output.say(f"  {kind}: {name}")
        if len(images) > SHOWN:
            output.say(f"  … and {len(images) - SHOWN:,} more {kind}; --json names all.")
    result: dict[str, Any] = {
        **named,
        "images": len(found.images),
        "objects": found.objects,
        "objects_added": found.objects_added,
        "objects_removed": found.objects_removed,
        "objects_changed": found.objects_changed,
        "class_maps": found.layers,
        "classes": found.classes,
    }
    output.outcome("done", result)
    return DONE


def _facts(version: Version) -> dict[str, Any]:
    return {
        "version": version.id,
        "hash": version.digest,
        "made": version.made,
        "kind": version.kind,
        **version.facts,
    }


def _what(version: Version) -> str:
    facts = version.facts
    if version.kind == "train":
        return str(facts.get("name") or facts.get("model") or "learning")
    return f"{facts.get('format', '')} → {Path(str(facts.get('target', ''))).name}"


def _when(made: float) -> str:
    try:
        return datetime.datetime.fromtimestamp(made).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):  # of a damaged project
        return "not known"
