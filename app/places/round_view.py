"""One round of learning as data: its words, its curves, what it learns from. Knows no widget."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.places.curves import Series
from app.places.figures import counted, duration, when

if TYPE_CHECKING:
    from app.jobs import JobView

_TRAINING = ("loss", "train_loss", "loss/train")
_HELD = ("held_loss", "loss/held", "val_loss")
_MIOU = ("miou", "held_miou", "miou/held")


@dataclass(frozen=True, slots=True)
class RoundWords:
    """What stands above the curves.

    Attributes:
        fraction: of the work that is done, 0..1; None when the round is over.
    """

    title: str
    detail: str
    fraction: float | None


def recipe_of(job: JobView) -> Mapping[str, Any]:
    """The recipe a learning job was given."""
    recipe = getattr(job.spec, "recipe", None)
    return recipe if isinstance(recipe, Mapping) else {}


def name_of(job: JobView) -> str:
    """How the new model is called."""
    return str(
        (job.outcome or {}).get("name")
        or getattr(job.spec, "name", "")
        or recipe_of(job).get("name")
        or "The new model"
    )


def images_of(job: JobView) -> tuple[list[int], list[int]]:
    """Ids of the images it learns from, and of those kept back."""
    recipe = recipe_of(job)
    return list(recipe.get("train") or ()), list(recipe.get("held") or ())


def words(job: JobView, now: float | None = None) -> RoundWords:
    """Title, detail and progress for where the round is."""
    name, (train, held) = name_of(job), images_of(job)
    images = counted(len(train), "image") if train else "your corrections"
    now = time.time() if now is None else now
    if job.state in ("queued", "running"):
        fraction = job.done / job.total if job.total else 0.0
        parts = [job.text or "Starting"]
        if job.seconds_left is not None and job.total:
            parts.append(f"about {duration(job.seconds_left)} left")
        parts.append("slows down by itself while you draw")
        return RoundWords(f"{name} is learning from {images}", " · ".join(parts), fraction)
    kept = f"{counted(len(held), 'other image')} kept back for checking" if held else ""
    if job.state == "done":
        parts = [f"finished, started {when(job.started, now)}", kept]
        title = f"{name} learned from {images}"
        return RoundWords(title, " · ".join(filter(None, parts)), None)
    if job.state == "cancelled":
        detail = "Nothing was changed. It can go on from its last checkpoint."
        return RoundWords(f"{name} was stopped", detail, None)
    return RoundWords(f"{name} did not finish", job.error, None)


def loss_series(job: JobView) -> tuple[tuple[Series, ...], float, float | None]:
    """Curves of the loss, the right end of their axis in epochs, and where the round is.

    Losses are told per step; their steps are laid out so that the last held-back value and the
    last step of its epoch meet.
    """
    epochs = _epochs(job)
    held, training = _points(job, _HELD), _points(job, _TRAINING)
    steps = max((x for x, _ in training), default=0.0)
    at = _now(job, epochs)
    scale = at / steps if steps > epochs and at else 1.0
    shown = tuple((x * scale, y) for x, y in training)
    series = (
        Series("training", shown, "dotted", "text.secondary"),
        Series("held back", tuple(held), dots=True),
    )
    return series, epochs, at if job.state == "running" else None


def miou_series(
    job: JobView, before: float | None, before_name: str
) -> tuple[tuple[Series, ...], float, float | None]:
    """The curve of mean IoU, with the model in use as a level where its figure is known."""
    epochs = _epochs(job)
    series = [Series(name_of(job), tuple(_points(job, _MIOU)), dots=True)]
    if before is not None:
        series.insert(0, Series(before_name, line="dashed", role="text.secondary", level=before))
    return tuple(series), epochs, _now(job, epochs) if job.state == "running" else None


def before_of(job: JobView) -> float | None:
    """Mean IoU of the model in use on the same images, where the round has measured it."""
    points = job.metrics.get("miou_before") or []
    if points:
        return points[-1][1]
    value = (job.outcome or {}).get("miou_before")
    return float(value) if isinstance(value, (int, float)) else None


def rule_words(recipe: Mapping[str, Any]) -> str:
    """The rule by which the new model takes over, as a sentence."""
    fall = recipe.get("max_fall")
    match recipe.get("accept"):
        case "always":
            return "Your rule: switch by itself in any case."
        case "never":
            return "Your rule: never switch by itself."
        case _:
            limit = f" and no class falls by more than {fall:.2f}" if fall else ""
            return f"Your rule: switch only if it is better on average{limit}."


def _points(job: JobView, names: tuple[str, ...]) -> list[tuple[float, float]]:
    return next((job.metrics[name] for name in names if job.metrics.get(name)), [])


def _epochs(job: JobView) -> float:
    """The right end of the axis: planned epochs, or what was reached beyond them."""
    planned = float(recipe_of(job).get("epochs") or 0)
    if recipe_of(job).get("minutes") and job.total and job.done:
        reached = _reached(job)
        planned = reached * job.total / job.done if reached else planned
    return max(1.0, planned, _reached(job))


def _reached(job: JobView) -> float:
    return max((x for x, _ in (*_points(job, _MIOU), *_points(job, _HELD))), default=0.0)


def _now(job: JobView, epochs: float) -> float:
    if job.state == "running" and job.total:
        return max(_reached(job), epochs * job.done / job.total)
    return _reached(job)
