"""images: what became of the files of a project's images."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from engine.cli import DONE, FAILED, PARTLY
from engine.cli.interrupt import obey
from engine.cli.options import Images, Json, ProjectArgument
from engine.cli.output import Output
from engine.cli.work import counted, existing, matching, opened, owning
from engine.jobs import events
from engine.store import ImageRow, Project
from engine.store.files import Identity, forbidden
from engine.store.files_check import Checked, check, lost_files, new_places, with_pages
from engine.store.files_match import Match, match

ACTIONS = ("check", "relink", "keep")
SHOWN = 40
"""Lines of a list for people; machines are told all."""

WHY = {
    "other": "name and size fit, the content differs (--by-name takes it)",
    "none": "not found",
    "several": "several files fit equally well",
    "size": "the file of that name holds a picture of another size",
    "taken": "that file is another image's",
}


def images(
    project: ProjectArgument,
    action: Annotated[
        str,
        typer.Argument(
            metavar="check|relink|keep",
            help="Say which files changed or are gone; find them in a folder; or keep the masks "
            "for pictures that changed and have the same size.",
        ),
    ],
    folder: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="Where to look; may be given again.")
    ] = None,
    only: Images = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read every file, not only those that look different.")
    ] = False,
    by_name: Annotated[
        bool,
        typer.Option(
            "--by-name", help="Take files of the same name and size whose content differs."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done and change nothing.")
    ] = False,
    json: Json = False,
) -> int:
    """Check the image files, and find moved ones again.

    Files are known by their content. A file is found again by its content, wherever it is and
    whatever it is called; else by its name where its picture has the size the masks were made for.
    A picture of another size is never put under masks. check ends with 1 where something is
    missing or changed.
    """
    if action not in ACTIONS:
        raise typer.BadParameter(f"Say one of: {', '.join(ACTIONS)}; not “{action}”.")
    if action == "relink" and not folder:
        raise typer.BadParameter("Say where to look: --folder DIR.")
    useless = {
        "--folder": bool(folder) and action == "keep",
        "--by-name": by_name and action != "relink",
        "--dry-run": dry_run and action == "check",
    }
    for option in (name for name, given in useless.items() if given):
        raise typer.BadParameter(f"{option} is not for {action}. Leave it out.")
    missing = [each for each in folder or () if not each.is_dir()]
    if missing:
        raise typer.BadParameter(f"There is no folder {missing[0]}.")
    output = Output(json)
    wish = _Wish(action, tuple(folder or ()), by_name, dry_run)
    if action == "check" or dry_run:
        with opened(existing(project)) as looked:  # noting what is new, if it can be owned
            return _run(looked, wish, only, full, output)
    with owning(project) as owned:
        return _run(owned, wish, only, full, output)


class _Wish(NamedTuple):
    """What is asked for; see `images`."""

    action: str
    folders: Sequence[Path]
    by_name: bool
    dry_run: bool


def _run(project: Project, wish: _Wish, only: str | None, full: bool, output: Output) -> int:
    ids = matching(project, only)
    rows = [row for row in project.images() if ids is None or row.id in set(ids)]
    known = project.identities()

    def watch(done: int, total: int) -> None:
        obey()
        output.event(events.Progress(done, total, rows[done].file_name if rows else ""))

    found = check(rows, known, full=full, watch=watch)
    output.clear()
    if not project.read_only and not wish.dry_run:
        _note(project, found, known)
    if wish.action == "check":
        return _check(project, found, known, wish.folders, output)
    if wish.action == "keep":
        return _keep(project, found, wish.dry_run, output)
    return _relink(project, found, known, wish, output)


def _note(project: Project, found: Checked, known: Mapping[int, Identity]) -> None:
    """Note what is new, and new times of files whose content is the same."""
    fresh = {
        key: each.now
        for key, each in found.findings.items()
        if each.state in ("new", "same") and each.now is not None and known.get(key) != each.now
    }
    project.note_files(fresh)


def _check(
    project: Project,
    found: Checked,
    known: Mapping[int, Identity],
    folders: Sequence[Path],
    output: Output,
) -> int:
    gone, changed = found.of("missing"), found.of("changed")
    shut = {row.id for row in gone if forbidden(row.path)}
    lost = [row for row in gone if row.id not in shut]
    where = [project.path.parent, *folders]
    moved = {
        image: each
        for each in match(lost_files(lost, known), where, _taken(project, lost))
        if each.found
        for image in each.lost.images
    }
    lines = [
        _line(row, "unreadable" if row.id in shut else "missing", moved.get(row.id), known)
        for row in gone
    ]
    lines += [
        _line(row, "resized" if found.resized(row) else "changed", None, known) for row in changed
    ]
    for line in lines:
        output.line({"type": "image", **line})
    _table(output, ("image", "state", "noted", "found"), lines)
    result = {
        "images": len(found.findings),
        "same": len(found.of("same", "new")),
        "new": len(found.of("new")),
        "changed": len(changed),
        "resized": sum(map(found.resized, changed)),
        "missing": len(lost) - len(moved),
        "unreadable": len(shut),
        "moved": len(moved),
    }
    if not lines:
        output.say(f"{counted(len(found.findings), 'file')}, all as they were.")
        output.outcome("done", result)
        return DONE
    words = f"{counted(len(changed), 'file')} changed, {len(lost):,} missing"
    words += f", {len(moved):,} of them found elsewhere" if moved else ""
    words += f", {len(shut):,} may not be read: change the permissions" if shut else ""
    advice = "Relink them with: maskwright images PROJECT relink --folder DIR"
    output.outcome("failed", result, f"{words}. {advice if lost else ''}".strip())
    return FAILED


def _line(
    row: ImageRow, state: str, found: Match | None, known: Mapping[int, Identity]
) -> dict[str, Any]:
    noted = known.get(row.id)
    day = datetime.datetime.fromtimestamp(noted.noted).strftime("%Y-%m-%d") if noted else ""
    return {
        "image": row.file_name,
        "id": row.id,
        "path": str(row.path),
        "state": "moved" if found else state,
        "noted": day,
        "found": str(found.path) if found else "",
    }


def _relink(
    project: Project,
    found: Checked,
    known: Mapping[int, Identity],
    wish: _Wish,
    output: Output,
) -> int:
    wanted = with_pages(found.of("missing", "changed"), project.images())
    lost, taken = lost_files(wanted, known), _taken(project, wanted)
    matches = match(lost, wish.folders, taken, others=wish.by_name)
    lines = [
        {
            "image": project.image(each.lost.images[0]).file_name,
            "how": each.how,
            "path": str(each.path or ""),
            "why": WHY.get(each.how, ""),
        }
        for each in matches
    ]
    for line in lines:
        output.line({"type": "match", **line})
    _table(output, ("image", "how", "path", "why"), lines)
    paths, identities = new_places(matches)
    left = sum(len(each.lost.images) for each in matches if not each.found)
    if paths and not wish.dry_run:
        project.relink(paths, identities)
    verb = "would be relinked" if wish.dry_run else "relinked"
    output.say(f"{counted(len(paths), 'image')} {verb}, {left:,} not found.")
    output.outcome("done", {"relinked": len(paths), "left": left, "dry_run": wish.dry_run})
    if not left:
        return DONE
    return PARTLY if paths else FAILED


def _keep(project: Project, found: Checked, dry_run: bool, output: Output) -> int:
    changed = found.of("changed")
    kept = {row.id: found.findings[row.id].now for row in changed if not found.resized(row)}
    refused = [row for row in changed if found.resized(row)]
    for row in refused:
        output.remark(
            f"{row.file_name} has another size now; its masks stay without it.", "warning"
        )
    if kept and not dry_run:
        project.note_files(kept)
    verb = "would keep their masks" if dry_run else "keep their masks"
    output.say(f"{counted(len(kept), 'image')} {verb}, {len(refused):,} refused.")
    output.outcome("done", {"kept": len(kept), "refused": len(refused), "dry_run": dry_run})
    return PARTLY if refused else DONE


def _taken(project: Project, free: Sequence[ImageRow]) -> dict[Path, int]:
    """Files of the images that stay as they are."""
    loose = {row.id for row in free}
    return {row.path: row.id for row in project.images() if row.id not in loose}


def _table(output: Output, keys: tuple[str, ...], lines: Sequence[Mapping[str, Any]]) -> None:
    if lines:
        output.table(keys, [[line[key] for key in keys] for line in lines[:SHOWN]])
    if len(lines) > SHOWN:
        output.say(f"… and {len(lines) - SHOWN:,} more; --json names all.")
