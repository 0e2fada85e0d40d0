"""init and doctor."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import DONE, FAILED, PARTLY
from engine.cli.options import Json
from engine.cli.output import Output
from engine.cli.work import counted, owning, project_path
from engine.errors import EngineError
from engine.images.folder import images_in
from engine.images.header import read_header
from engine.jobs.events import Progress
from engine.store import Project
from engine.store.paths import SUFFIX


def init(
    project: Annotated[
        Path,
        typer.Argument(
            metavar="PROJECT", help="Project file, .maskwright by itself; or a folder that has one."
        ),
    ],
    images: Annotated[
        list[Path] | None,
        typer.Argument(metavar="IMAGES", help="Files and folders; a new project needs one."),
    ] = None,
    classes: Annotated[
        str, typer.Option(metavar="a,b,c", help="Classes; NAME:stuff for regions, not objects.")
    ] = "",
    pages: Annotated[
        bool, typer.Option(help="List every page of a stack, not only the first.")
    ] = False,
    json: Json = False,
) -> int:
    """Make a project, or add images and classes to one."""
    output = Output(json)
    path = project_path(project)
    if path.suffix.lower() != SUFFIX:
        if path.exists():
            raise EngineError(f"{path} is no project. Name the project first, then the images.")
        path = path.with_name(path.name + SUFFIX)
    if not images and not path.exists():
        raise typer.BadParameter(f"There is no project {path} yet. Name the images to make it of.")
    sizes, fields, counts, good, unreadable = [], [], [], [], []
    files = list(dict.fromkeys(_image_files(images or ())))
    for done, file in enumerate(files):
        output.event(Progress(done, len(files), file.name))
        try:
            header = read_header(file)
        except EngineError as error:
            unreadable.append(str(error))
            continue
        good.append(file)
        sizes.append(header.size)
        fields.append({"orientation": header.orientation})
        counts.append(header.pages if pages else 1)
    output.clear()
    for sentence in unreadable:
        output.remark(sentence, "warning")
    if images and not good:
        raise EngineError("None of the images could be read; nothing was made or changed.")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        Project.create(path).close()
    with owning(path) as opened:
        with opened.together():
            rows = opened.add_images(good, sizes, fields)
            for row, count in zip(rows, counts, strict=True):
                opened.add_pages(row.id, range(1, count))
            made = _add_classes(opened, classes)
        total = len(opened.images())
    output.say(f"{path}: {counted(total, 'image')}, {counted(made, 'new class')}.")
    result = {"path": str(path), "images": total, "classes": made, "left_out": len(unreadable)}
    output.outcome("done", result)
    return PARTLY if unreadable else DONE


def _image_files(given: Iterable[Path]) -> Iterable[Path]:
    for path in given:
        if path.is_dir():
            found = images_in(path)
            if not found:
                raise EngineError(f"There are no images in {path}.")
            yield from (each.resolve() for each in found)
        elif path.is_file():
            yield path.resolve()
        else:
            raise EngineError(f"There is no {path}. Name image files or folders.")


def _add_classes(project: Project, names: str) -> int:
    taxonomy = project.taxonomy
    new = []
    for part in filter(None, (part.strip() for part in names.split(","))):
        name, _, kind = part.partition(":")
        if kind not in ("", "thing", "stuff"):
            raise EngineError(f"“{part}”: a class is a thing or stuff. Write {name}:stuff.")
        if taxonomy.by_name(name) is None:
            made = taxonomy.new_class(name, thing=kind != "stuff")
            taxonomy = taxonomy.with_(made)
            new.append(made)
    if new:
        project.add_classes(new)
    return len(new)


def doctor(json: Json = False) -> int:
    """Say what works here, what does not, and what to do.

    Runs a small real inference on every provider and a training step on every device. What is
    marked "-" is not there and not needed.
    """
    from engine.cli.surroundings import about, folder, window
    from engine.models.doctor import check

    output = Output(json)
    output.line({"type": "about", "text": about()})
    output.say(about())
    rows = [window(), folder(), *check()]
    for row in rows:
        output.line({"type": "check", "name": row.name, "ok": row.ok, "text": row.text})
    output.table(
        ("", "what", "finding"),
        [("ok" if row.ok else "-" if row.optional else "no", row.name, row.text) for row in rows],
    )
    sound = all(row.ok or row.optional for row in rows)
    output.outcome("done" if sound else "failed", {"ok": sound})
    return DONE if sound else FAILED
