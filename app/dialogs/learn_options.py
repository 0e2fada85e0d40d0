"""The choices of a round of learning, and what they would learn from. Knows no widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from engine.document.document import Status
from engine.errors import EngineError
from engine.models.catalog import Catalog
from engine.store import Project
from engine.training.recipe import make_recipe
from engine.training.schema import Recipe

STARTS = (
    ("lraspp_mobilenet_v3", "LR-ASPP MobileNetV3, from scratch"),
    ("unet_small", "Small U-Net, from scratch"),
)
"""Starts besides models: key of the recipe, words."""

DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Recipe)}
"""What the command line would take for what is not said."""


class Glance:
    """A project that nothing is written to: what a recipe would be, without freezing the split."""

    read_only = True

    def __init__(self, project: Project) -> None:
        self._project = project

    def __getattr__(self, name: str) -> Any:
        return getattr(self._project, name)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a round would do.

    Attributes:
        recipe: None where it cannot be made.
        problem: why, as a sentence.
    """

    recipe: Recipe | None
    problem: str

    def words(self) -> str:
        """How many images it would learn from and keep back."""
        if self.recipe is None:
            return self.problem
        train, held = len(self.recipe.train), len(self.recipe.held)
        images = "image" if train == 1 else "images"
        kept = f", keeps {held:,} back for checking" if held else ", keeps none back"
        return f"Learns from {train:,} {images}{kept}"


def outlook(project: Project, catalog: Catalog, options: Mapping[str, Any]) -> Outlook:
    """What these options would do; nothing is written."""
    try:
        return Outlook(make_recipe(Glance(project), catalog, options), "")
    except EngineError as problem:
        return Outlook(None, str(problem))


def options_of(
    rows: Sequence[Any],
    *,
    name: str,
    done_only: bool,
    classes: Sequence[int],
    all_classes: bool,
    start: str,
    epochs: int,
    minutes: float,
    device: str,
    accept: str,
    max_fall: float,
    keep_running: bool,
) -> dict[str, Any]:
    """The options as ``make_recipe`` takes them, the same the command line gives.

    Args:
        rows: images of the project.
        name: of the new model.
        done_only: leave corrected images out.
        classes: ids of those to learn.
        all_classes: all of the project's are chosen; then they are not listed.
        start: id of a model, or one of `STARTS`.
        epochs: times through the images, 0 for as many as the minutes allow.
        minutes: 0 for no limit.
        device: as in the settings.
        accept: "better", "always" or "never".
        max_fall: largest fall of a class's IoU that still counts as better.
        keep_running: whether learning goes on when the window is closed.
    """
    options: dict[str, Any] = {
        "name": name,
        "start": start,
        "epochs": epochs,
        "minutes": minutes,
        "device": device,
        "accept": accept,
        "max_fall": max_fall,
        "keep_running": keep_running,
    }
    if done_only:
        options["images"] = [row.id for row in rows if row.status is Status.DONE]
    if not all_classes:
        options["classes"] = list(classes)
    return options


def labelled(rows: Sequence[Any]) -> tuple[int, int]:
    """(done images, corrected and done images)."""
    done = sum(row.status is Status.DONE for row in rows)
    return done, done + sum(row.status is Status.CORRECTED for row in rows)


def next_name(catalog: Catalog) -> str:
    """A name for the next model: "v4" after three rounds."""
    rounds = [int(entry.card.training.get("round", 0) or 0) for entry in catalog.entries()]
    return f"v{1 + max(rounds, default=0)}"
