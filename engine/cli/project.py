"""init and doctor."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import DONE, FAILED, PARTLY
from engine.cli.interrupt import Interrupt
from engine.cli.options import Json
from engine.cli.output import Output
from engine.cli.work import counted, owning, project_path
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.document.taxonomy_commands import add_classes
from engine.errors import EngineError
from engine.images.folder import list_images, must_be_text
from engine.images.header import Header, read_header
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
    path = _named(project)
    if not images and not path.exists():
        raise typer.BadParameter(f"There is no project {path} yet. Name the images to make it of.")
    _new_classes(Taxonomy(), classes)
    unreadable: list[str] = []
    sizes, fields, counts, good = [], [], [], []
    files = list(dict.fromkeys(_image_files(images or (), unreadable)))
    for done, file in enumerate(files):
        output.event(Progress(done, len(files), file.name))
        try:
            header = _header(file)
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
    with Interrupt():  # a project is made with all that it is to have
        if not path.exists():
            Project.create(path).close()
        with owning(path) as opened:
            new = _new_classes(opened.taxonomy, classes)
            with opened.together():
                if new:
                    opened.add_classes(new)
                rows = opened.add_images(good, sizes, fields)
                for row, count in zip(rows, counts, strict=True):
                    opened.add_pages(row.id, range(1, count))
            total = len(opened.images())
    output.say(f"{path}: {counted(total, 'image')}, {counted(len(new), 'new class')}.")
    result = {"path": str(path), "images": total, "classes": len(new), "left_out": len(unreadable)}
    output.outcome("done", result)
    return PARTLY if unreadable else DONE


def _named(project: Path) -> Path:
    """The project file that is meant, whether it is there or to be made.

    Raises:
        EngineError: It is a file of another kind.
    """
    path = project_path(project)
    if path.suffix.lower() == SUFFIX:
        return path
    if path.exists():
        raise EngineError(f"{path} is no project. Name the project first, then the images.")
    return path.with_name(path.name + SUFFIX)


def _header(file: Path) -> Header:
    """What the beginning of an image file says.

    Raises:
        EngineError: It cannot be read, or its name cannot be kept.
    """
    must_be_text(file)
    return read_header(file)


def _real(file: Path) -> Path:
    """The file that a link leads to; one that leads to none is itself, so that it can be named."""
    return Path(os.path.realpath(file)) if os.path.isfile(file) else file.absolute()


def _image_files(given: Iterable[Path], left_out: list[str]) -> Iterable[Path]:
    """The files that were named, and those of folders; why some are not taken is added."""
    for path in given:
        if path.is_dir():
            found = list_images(path)
            left_out += [
                f"{path / each} was left out: its name is no text (UTF-8). Rename it."
                for each in found.unnamed
            ]
            left_out += [
                f"{path / each} may not be looked into. Change its permissions."
                for each in found.shut
            ]
            if not found.names and not left_out:
                raise EngineError(f"There are no images in {path}.")
            for name in found.names:
                yield _real(path / name)
        elif path.is_file():
            yield _real(path)
        else:
            raise EngineError(f"There is no {path}. Name image files or folders.")


def _new_classes(taxonomy: Taxonomy, names: str) -> list[LabelClass]:
    """Those of the classes named that are not there yet.

    Raises:
        EngineError: One has no name, or no kind or another one than it has.
    """
    now, new = taxonomy, list[LabelClass]()
    for part in filter(None, (part.strip() for part in names.split(","))):
        name, _, kind = part.partition(":")
        if kind not in ("", "thing", "stuff"):
            raise EngineError(f"“{part}”: a class is a thing or stuff. Write {name}:stuff.")
        known = now.by_name(name)
        if known is None:
            made = now.new_class(name, thing=kind != "stuff")
            add_classes(now, [made])  # refuses what is no name
            now = now.with_(made)
            new.append(made)
        elif kind and known.thing != (kind == "thing"):
            has = "a thing" if known.thing else "stuff"
            raise EngineError(f"“{part}”: “{known.name}” is {has} already. Give it another name.")
    return new


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
