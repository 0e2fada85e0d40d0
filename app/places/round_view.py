"""One round of learning as data: its words, its curves, what it learns from. Knows no widget."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.places.figures import counted, duration, short_names, when
from app.places.series import Series

if TYPE_CHECKING:
    from app.jobs import JobView

TRAINING, HELD, MIOU = "loss", "held_loss", "miou"
"""Names of the metrics of ``engine.training.loop``: the first per step, the others per epoch."""


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
        on = " It can go on from its last checkpoint." if job.can_resume else ""
        detail = f"Nothing was changed.{on}"
        return RoundWords(f"{name} was stopped", detail, None)
    return RoundWords(f"{name} did not finish", job.error, None)


def loss_series(job: JobView) -> tuple[tuple[Series, ...], float, float | None]:
    """Curves of the loss, the right end of their axis in epochs, and where the round is.

    The training loss is told per step; its steps are spread evenly up to where the round is.
    """
    epochs = _epochs(job)
    held, training = _points(job, HELD), _points(job, TRAINING)
    at = _now(job)
    steps = max((x for x, _ in training), default=0.0)
    scale = at / steps if steps and at else 1.0
    shown = tuple((x * scale, y) for x, y in training)
    series = (
        Series("training", shown, "dotted", "text.secondary"),
        Series("held back", tuple(held), dots=True),
    )
    return series, epochs, at if job.live else None


def miou_series(
    job: JobView, before: float | None, before_name: str
) -> tuple[tuple[Series, ...], float, float | None]:
    """The curve of mean IoU, with the model in use as a level where its figure is known."""
    epochs = _epochs(job)
    old, new = short_names(before_name, name_of(job))
    series = [Series(new, tuple(_points(job, MIOU)), dots=True)]
    if before is not None:
        series.insert(
            0, Series(old or "in use", line="dashed", role="text.secondary", level=before)
        )
    return tuple(series), epochs, _now(job) if job.live else None


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


def best_of(job: JobView) -> float | None:
    """The best mean IoU that the round has reached."""
    return max((value for _, value in _points(job, MIOU)), default=None)


def _points(job: JobView, name: str) -> list[tuple[float, float]]:
    return job.metrics.get(name) or []


def _planned(job: JobView) -> float:
    return float(recipe_of(job).get("epochs") or 0)


def _epochs(job: JobView) -> float:
    """The right end of the axis: the planned epochs; with a time limit, a little ahead of now."""
    now = _now(job)
    if recipe_of(job).get("minutes") or not _planned(job):
        return max(1.0, now if not job.live else now * 1.25)
    return max(1.0, _planned(job), now)


def _now(job: JobView) -> float:
    """How many epochs the round has behind it, the begun one in part.

    Steps are counted against those of an epoch; the epochs that were measured have the last word,
    since memory running out changes how many steps an epoch has.
    """
    reached = max((x for x, _ in _points(job, MIOU)), default=0.0)
    steps = max((x for x, _ in _points(job, TRAINING)), default=0.0)
    images, _held = images_of(job)
    batch = int(recipe_of(job).get("batch") or 6)
    each = -(-len(images) // max(1, min(batch, len(images)))) if images else 0
    begun = steps / each if each else reached
    return min(max(begun, reached), reached + 0.99) if job.live else reached or begun
