"""models list, inspect, add, remove."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from engine.cli import DONE, PARTLY
from engine.cli.options import Json
from engine.cli.output import Output
from engine.cli.work import opened, project_path
from engine.errors import EngineError
from engine.models.card import Card, check_card, make_id
from engine.models.catalog import Catalog
from engine.models.draft import Inspection, parse_settings, with_values
from engine.models.mapping import is_background

InProject = Annotated[
    Path | None,
    typer.Option("--project", metavar="PROJECT", help="The models of this project too."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A field of the card: input.scale=0.0039."),
]
Photos = Annotated[
    list[Path] | None,
    typer.Option("--photo", metavar="FILE", help="A photo to measure what cannot be read."),
]
Trust = Annotated[
    bool,
    typer.Option("--trust", help="TorchScript and .pt2 are programs: allow this very file to run."),
]


def _catalog(project: Path | None) -> Catalog:
    if project is None:
        return Catalog()
    with opened(project_path(project), read_only=True) as looked:
        return Catalog(project_files=looked.files)


def list_(project: InProject = None, json: Json = False) -> int:
    """List the models at hand."""
    output = Output(json)
    catalog = _catalog(project)
    entries = catalog.entries()
    for problem in catalog.problems:
        output.remark(problem, "warning")
    output.table(
        ("id", "name", "task", "classes", "input", "licence", "origin"),
        [
            (
                each.id,
                each.card.name,
                each.card.task,
                len(each.card.foreground),
                _size(each.card),
                each.card.licence,
                each.origin,
            )
            for each in entries
        ],
    )
    result = [
        {"id": each.id, "origin": each.origin, "card": msgspec.to_builtins(each.card)}
        for each in entries
    ]
    output.outcome("done", {"models": result, "problems": list(catalog.problems)})
    return PARTLY if catalog.problems else DONE


def _size(card: Card) -> str:
    spec = card.input
    return f"{spec.width} × {spec.height}" if spec.fixed else "any"


def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Model file.")],
    set_: Settings = None,
    photo: Photos = None,
    trust: Trust = False,
    json: Json = False,
) -> int:
    """Say what a model file tells, and what is only guessed."""
    output = Output(json)
    found = _look(file, photo or [], trust)
    card = with_values(found.card, _settings(set_ or []))
    output.say(f"{file.name}: {found.summary}")
    output.table(
        ("what", "answer", "known", "or"),
        [
            (
                each.text,
                each.choices[each.guess].label,
                f"{each.known}{', ' if each.note else ''}{each.note}",
                "; ".join(o.label for at, o in enumerate(each.choices) if at != each.guess),
            )
            for each in found.questions
        ],
    )
    for key, value in _flat(msgspec.to_builtins(card)):
        output.say(f"{key} = {value}")
    output.outcome("done", {**msgspec.to_builtins(found), "card": msgspec.to_builtins(card)})
    return DONE


def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Model file.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What to call it.")] = "",
    set_: Settings = None,
    photo: Photos = None,
    trust: Trust = False,
    project: Annotated[
        Path | None,
        typer.Option("--project", metavar="PROJECT", help="Keep it in this project, not for all."),
    ] = None,
    json: Json = False,
) -> int:
    """Copy a model in, with a card of what goes in and out.

    What the file does not tell is tried out, or guessed and named; say otherwise with --set.
    """
    output = Output(json)
    found = _look(file, photo or [], trust)
    values = _settings(set_ or [])
    card = with_values(found.card, values)
    if name:
        card = msgspec.structs.replace(card, name=name, id=make_id(name))
    check_card(card)
    for each in found.unsure:
        answer = each.choices[each.guess]
        if not values.keys() & answer.values.keys():
            keys = " ".join(f"--set {key}=…" for key in answer.values)
            output.remark(f"Guessed: {each.text}: {answer.label}. Change with {keys}")
    entry = _catalog(project).add(file, card, "project" if project is not None else "user")
    output.say(f"{entry.card.name} was added as {entry.id} in {entry.folder}.")
    result = {"id": entry.id, "folder": str(entry.folder), "card": msgspec.to_builtins(entry.card)}
    output.outcome("done", result)
    return DONE


def remove(
    model: Annotated[str, typer.Argument(metavar="ID", help="Id of the model.")],
    project: InProject = None,
    json: Json = False,
) -> int:
    """Delete a model that was added or trained."""
    output = Output(json)
    _catalog(project).remove(model)
    output.say(f"{model} was removed.")
    output.outcome("done", {"id": model})
    return DONE


def _look(file: Path, photos: list[Path], trust: bool) -> Inspection:
    from engine.images.source import read_rgb
    from engine.models.inspect_file import inspect as look

    if not file.is_file():
        raise EngineError(f"There is no file {file}. Choose a model file.")
    trusted = Catalog().trusted
    images = [read_rgb(each) for each in photos]
    found = look(file, images, trusted)
    if not found.needs_trust:
        return found
    if not trust:
        raise EngineError(f"{found.warning} To allow it here, add --trust.")
    trusted.add(found.needs_trust, file.name)
    return look(file, images, trusted)


def _settings(settings: list[str]) -> dict[str, Any]:
    """Card fields from --set; `classes` takes names parted by commas, the background first."""
    values = parse_settings(settings)
    names = values.get("classes")
    if isinstance(names, str):
        values["classes"] = [
            {"index": at, "name": name.strip(), "background": is_background(name)}
            for at, name in enumerate(names.split(","))
        ]
    return values


def _flat(data: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in data.items():
        if isinstance(value, dict) and value:
            found += _flat(value, f"{before}{key}.")
        elif key == "classes":
            found.append((before + key, ", ".join(str(each["name"]) for each in value)))
        else:
            found.append((before + key, value))
    return found
