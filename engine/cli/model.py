"""models list, inspect, add, remove."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from engine.cli import DONE, PARTLY
from engine.cli.output import Output
from engine.cli.project import Json
from engine.cli.work import project_path
from engine.errors import EngineError
from engine.models.card import Card, make_id
from engine.models.catalog import Catalog, Entry, file_sha256
from engine.store import Project

InProject = Annotated[
    Path | None, typer.Option("--project", help="The models of this project too.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A field of the card: input.scale=0.0039."),
]
Trust = Annotated[
    bool,
    typer.Option("--trust", help="TorchScript and .pt2 are programs: allow this very file to run."),
]


def _catalog(project: Path | None) -> Catalog:
    if project is None:
        return Catalog()
    opened = Project.open(project_path(project), read_only=True)
    try:
        return Catalog(project_files=opened.files)
    finally:
        opened.close()


def list_(project: InProject = None, json: Json = False) -> int:
    """List the models at hand.

    Example: maskwright models list --project p.maskwright
    """
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
    trust: Trust = False,
    json: Json = False,
) -> int:
    """Say what a model file tells by itself, and what must be asked.

    Example: maskwright models inspect unet.onnx
    """
    output = Output(json)
    card, questions = _inspect(file, trust)
    card, open_questions = _answered(card, questions, set_ or [])
    for key, value in _flat(msgspec.to_builtins(card)):
        output.say(f"{key} = {value}")
    for each in open_questions:
        output.say(f"? {each.field}: {each.text}{_choices(each)}")
    result = {
        "card": msgspec.to_builtins(card),
        "questions": [
            {"field": q.field, "text": q.text, "choices": list(q.choices), "guess": q.guess}
            for q in open_questions
        ],
    }
    output.outcome("done", result)
    return DONE


def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Model file.")],
    name: Annotated[str, typer.Option("--name", help="What to call it.")] = "",
    set_: Settings = None,
    trust: Trust = False,
    project: Annotated[
        Path | None, typer.Option("--project", help="Keep it in this project, not for all.")
    ] = None,
    json: Json = False,
) -> int:
    """Copy a model in, with a card that says what goes in and comes out.

    What the file does not tell is taken as guessed, or asked for with --set.

    Example: maskwright models add unet.onnx --name "My U-Net" --set classes=background,cell
    """
    output = Output(json)
    card, questions = _inspect(file, trust)
    card, open_questions = _answered(card, questions, set_ or [])
    unknown = [each for each in open_questions if each.guess in (None, "")]
    if unknown:
        asked = "; ".join(f"{each.field} ({each.text}{_choices(each)})" for each in unknown)
        raise EngineError(
            f"{file.name} does not tell everything. Say with --set KEY=VALUE: {asked}"
        )
    for each in open_questions:
        output.remark(f"Taken as guessed: {each.field} = {each.guess}. {each.text}")
    if name:
        card = msgspec.structs.replace(card, name=name, id=make_id(name))
    entry = _catalog(project).add(file, card, "project" if project is not None else "user")
    return _tell_added(output, entry)


def _tell_added(output: Output, entry: Entry) -> int:
    output.say(f"{entry.card.name} was added as {entry.id} in {entry.folder}.")
    result = {"id": entry.id, "folder": str(entry.folder), "card": msgspec.to_builtins(entry.card)}
    output.outcome("done", result)
    return DONE


def remove(
    model: Annotated[str, typer.Argument(metavar="ID", help="Id of the model.")],
    project: InProject = None,
    json: Json = False,
) -> int:
    """Delete a model that was added or trained.

    Example: maskwright models remove my-u-net
    """
    output = Output(json)
    _catalog(project).remove(model)
    output.say(f"{model} was removed.")
    output.outcome("done", {"id": model})
    return DONE


def _inspect(file: Path, trust: bool) -> tuple[Card, list[Any]]:
    from engine.models.inspect_file import inspect as look

    if not file.is_file():
        raise EngineError(f"There is no file {file}. Choose a model file.")
    if trust:
        Catalog().trusted.add(file_sha256(file), file.name)
    card, questions = look(file)
    return card, list(questions)


def _answered(card: Card, questions: list[Any], settings: list[str]) -> tuple[Card, list[Any]]:
    """The card with what was said, and the questions nobody answered; guesses are in the card."""
    said: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise EngineError(f"“{setting}” has no “=”. Write KEY=VALUE, as in input.scale=0.0039.")
        said[key.strip()] = _value(key.strip(), text.strip())
    open_questions = [each for each in questions if each.field not in said]
    data = msgspec.to_builtins(card)
    for each in open_questions:
        if each.guess not in (None, ""):
            _put(data, each.field, each.guess)
    for key, value in said.items():
        _put(data, key, value)
    try:
        return msgspec.convert(data, Card), open_questions
    except msgspec.ValidationError as error:
        raise EngineError(f"The card cannot be made like this: {error}.") from error


def _value(key: str, text: str) -> Any:
    if key == "classes" and not text.startswith("["):
        names = [part.strip() for part in text.split(",")]
        background = {"background", "_background_", "bg"}
        return [
            {"index": at, "name": name, "background": name.casefold() in background}
            for at, name in enumerate(names)
        ]
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _put(data: dict[str, Any], key: str, value: Any) -> None:
    *path, last = key.split(".")
    place: Any = data
    for step in path:
        place = place.get(step) if isinstance(place, dict) else None
    if not isinstance(place, dict) or last not in place:
        known = ", ".join(key for key, _ in _flat(data))
        raise EngineError(f"A card has no field “{key}”. It has: {known}.")
    place[last] = value


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


def _choices(question: Any) -> str:
    return f" One of: {', '.join(map(str, question.choices))}." if question.choices else ""
