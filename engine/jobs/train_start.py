"""From a card to the start of a training run, and from a run to the card of its model."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from engine.errors import EngineError
from engine.models.card import Card, InputSpec
from engine.models.catalog import Catalog, Entry
from engine.models.onnx_checks import check_file
from engine.runtimes.file_kind import FileKind, kind_of
from engine.training.networks import MULTIPLE
from engine.training.schema import NETWORKS, Recipe
from engine.training.trainee import Start

SIDE = 512
"""Longer side in pixels that a new network is trained at, where the recipe says nothing."""
_YES_OR_NO = {"sigmoid", "sigmoid_logits", "minmax"}

NEW_INPUT = InputSpec(
    name="image",
    multiple_of=MULTIPLE,
    resize="pad",
    long_side=SIDE,
    range="unit",
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)
"""Input of networks without a model: ImageNet's mean and spread."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Where a run begins, and what its model inherits.

    Attributes:
        start: For the training itself.
        input: Card input of the start.
        parent: Id of the model it starts from, or the name of the network.
        licence: Of the parent's weights.
        origin: Where those are from.
    """

    start: Start
    input: InputSpec
    parent: str
    licence: str = ""
    origin: str = ""


def begin(catalog: Catalog, recipe: Recipe) -> Begin:
    """The start a recipe names.

    Raises:
        EngineError: It is not there, or is no network that can be trained.
    """
    if recipe.start in NETWORKS:
        given = _sized(NEW_INPUT, recipe)
        start = Start(name=recipe.start, input=given, architecture=recipe.start)
        return Begin(start, given, recipe.start, origin="Made in Maskwright")
    entry = catalog.get(recipe.start)
    card = entry.card
    origin = f"Trained in Maskwright from {card.name}"
    if card.origin and not card.training:
        origin += f" ({card.origin})"
    return Begin(_start(entry, recipe), _sized(card.input, recipe), card.id, card.licence, origin)


def _start(entry: Entry, recipe: Recipe) -> Start:
    card = entry.card
    rows = class_rows(card)
    given = _sized(card.input, recipe)
    architecture = str(card.training.get("architecture", ""))
    if architecture:
        weights = entry.folder / str(card.training.get("weights", ""))
        return Start(
            name=card.name,
            input=given,
            weights=weights,
            architecture=architecture,
            classes=rows,
            background=card.background,
        )
    if kind_of(entry.weights) is not FileKind.ONNX:
        raise EngineError(
            f"{card.name} is no ONNX model, and only those can be trained further. "
            "Start from another model, from lraspp_mobilenet_v3 or from unet_small."
        )
    check_file(entry.weights)
    return Start(
        name=card.name,
        input=given,
        weights=entry.weights,
        output=card.output.name,
        layout=card.output.layout,
        classes=rows,
        background=card.background,
    )


def class_rows(card: Card) -> tuple[int, ...]:
    """Class index of each row of the class layer; rows the card does not name count too."""
    if card.output.meaning in _YES_OR_NO and len(card.foreground) == 1:
        return (card.foreground[0].index,)
    indices = [each.index for each in card.classes]
    return tuple(range(max(indices) + 1)) if indices else ()


def _sized(given: InputSpec, recipe: Recipe) -> InputSpec:
    """The input at the size the recipe asks for, where the network takes any."""
    if given.fixed or not recipe.size:
        return given
    if given.resize == "none":
        return msgspec.structs.replace(given, tile=recipe.size)
    return msgspec.structs.replace(given, long_side=recipe.size)


def trained_input(given: InputSpec, recipe: Recipe, name: str) -> InputSpec:
    """The input of the new model's card: that of its start, at the recipe's size."""
    return msgspec.structs.replace(_sized(given, recipe), name=name)
