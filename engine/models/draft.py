"""What looking at a model file found out, and what is left to ask: the draft of a card.

Light: the add-model sheet reads it from the model process, the command line from `inspect`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.errors import EngineError
from engine.models.card import Card, explain

Known = Literal["read", "measured", "guessed"]
"""How a value is known: it stands in the file, it was tried out, or it is the usual one."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One possible answer.

    Attributes:
        label: For people.
        values: Dotted card field → value, such as {"input.mean": [127.5]}.
    """

    label: str
    values: dict[str, Any]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the add-model sheet.

    Attributes:
        field: What it is about: "size", "layout", "colors", "pixels", "fit", "output", "meaning",
            "classes".
        section: "input" (how it sees an image) or "output" (what it answers).
        text: The row's name.
        choices: Possible answers; at least one.
        guess: Index of the one in the draft card.
        known: How it is known; "guessed" ones are to be checked by the user.
        note: In words, such as "read from the file" or "best of 6 tried".
    """

    field: str
    section: Literal["input", "output"]
    text: str
    choices: tuple[Choice, ...]
    guess: int = 0
    known: Known = "guessed"
    note: str = ""


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a model file.

    Attributes:
        card: The draft: every question answered by its guess.
        questions: What was read, measured and guessed, in the order to show it.
        kind: "onnx", "torchscript", "pt2", "checkpoint", "safetensors".
        bytes: Size of the file.
        summary: One line: "ONNX, 2.8 MB · 21 scores per pixel · runs on CPU".
        needs_trust: The file's sha256 where it is a program that was not opened yet; then there
            are no questions, and `inspect` is to be asked again once the user trusts it.
        warning: What the user is asked then.
    """

    card: Card
    questions: tuple[Question, ...] = ()
    kind: str = ""
    bytes: int = 0
    summary: str = ""
    needs_trust: str = ""
    warning: str = ""

    @property
    def unsure(self) -> tuple[Question, ...]:
        """The questions whose answer is only a guess."""
        return tuple(each for each in self.questions if each.known == "guessed")


def with_values(card: Card, values: Mapping[str, Any]) -> Card:
    """The card with some fields changed; contradictions are left for `check_card`.

    Args:
        card: The draft.
        values: Dotted field → value.

    Raises:
        EngineError: No such field, or a value of the wrong kind.
    """
    data = msgspec.to_builtins(card)
    for field, value in values.items():
        *path, last = field.split(".")
        place = data
        for part in path:
            place = place.get(part) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            raise EngineError(f"A model's card has no field “{field}”.")
        place[last] = value
    try:
        return msgspec.convert(data, Card, strict=False)
    except msgspec.ValidationError as error:
        raise EngineError(f"The card: {explain(str(error))}") from error


def answered(inspection: Inspection, answers: Mapping[str, int]) -> Card:
    """The draft card with some questions answered otherwise.

    Choices give means and deviations in the order of RGB; they are turned round here for BGR.

    Args:
        inspection: What was found.
        answers: Question field → index of the chosen answer.

    Raises:
        EngineError: No such question or answer.
    """
    card = inspection.card
    for question in inspection.questions:
        index = answers.get(question.field, question.guess)
        if not 0 <= index < len(question.choices):
            raise EngineError(f"“{question.text}” has no answer number {index}.")
        card = with_values(card, question.choices[index].values)
    if card.input.color == "BGR" and any(each.field == "pixels" for each in inspection.questions):
        turned = {"mean": card.input.mean[::-1], "std": card.input.std[::-1]}
        spec = msgspec.structs.replace(card.input, **turned)
        card = msgspec.structs.replace(card, input=spec)
    return card


def parse_settings(settings: Iterable[str]) -> dict[str, Any]:
    """Card values from the command line: ``input.mean=127.5,127.5,127.5`` → {"input.mean": […]}.

    Raises:
        EngineError: A setting without "=".
    """
    found: dict[str, Any] = {}
    for setting in settings:
        field, sign, text = setting.partition("=")
        if not sign:
            raise EngineError(f"“{setting}” is no setting. Write it as field=value.")
        try:
            found[field.strip()] = msgspec.json.decode(text)
        except msgspec.DecodeError:
            parts = [part.strip() for part in text.split(",")]
            numbers = [_number(part) for part in parts]
            listed = field.strip() in {"input.mean", "input.std"} or len(parts) > 1
            found[field.strip()] = numbers if listed and None not in numbers else text.strip()
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def load_inspection(path: Path) -> Inspection:
    """Read what the model process wrote.

    Raises:
        EngineError: It cannot be read.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Inspection)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise EngineError(f"{path.name} could not be read: {error}.") from error
