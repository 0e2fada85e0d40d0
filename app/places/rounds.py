"""The list of the Models place as data: in use, learning, earlier rounds, other models.

Built from the catalog, the jobs and the project's choice; knows no widget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from app.places import round_view
from app.places.figures import counted, when

if TYPE_CHECKING:
    from app.jobs import JobView
    from engine.models.catalog import Entry

Kind = Literal["in_use", "learning", "earlier", "not_taken", "stopped", "start"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list.

    Attributes:
        key: "model:<id>" or "job:<id>"; stays the same while the row lives.
        detail: second line.
        miou: on the held-back images, 0..1; None when not measured.
        usable: it can be put in use with one click.
        job_id: the learning job that made it, or runs; "" for none.
        fraction: how far a running round is, 0..1.
    """

    key: str
    title: str
    detail: str
    kind: Kind
    miou: float | None = None
    model_id: str = ""
    job_id: str = ""
    fraction: float | None = None

    @property
    def usable(self) -> bool:
        """Whether "Use this model" is offered."""
        return bool(self.model_id) and self.kind in ("earlier", "not_taken", "start")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its rows; never empty."""

    title: str
    rows: tuple[Row, ...]


def sections(
    entries: Sequence[Entry], jobs: Sequence[JobView], current: str, now: float | None = None
) -> list[Section]:
    """The whole list.

    Args:
        entries: models of the catalog.
        jobs: all jobs of the project; other kinds than "train" are passed over.
        current: id of the model in use, "" for none.
        now: seconds since 1970, for tests.
    """
    # By name, which only grows; times are the clock's.
    rounds = sorted(
        (job for job in jobs if job.kind == "train"), key=lambda job: job.id, reverse=True
    )
    by_model = {model_of(job): job for job in reversed(rounds) if model_of(job)}
    learned = [each for each in entries if is_learned(each)]
    learned.sort(key=lambda each: _made(each, by_model), reverse=True)
    given = [each for each in entries if not is_learned(each)]
    groups = [
        ("In use", [_in_use(each, by_model) for each in entries if each.id == current][:1]),
        ("Learning now", [_running(job) for job in rounds if job.state in ("queued", "running")]),
        ("Stopped", _stopped(rounds, now)),
        ("Earlier", [_earlier(each, by_model, now) for each in learned if each.id != current]),
        ("Starting points", [_start(each) for each in given if each.id != current]),
    ]
    return [Section(title, tuple(rows)) for title, rows in groups if rows]


def is_learned(entry: Entry) -> bool:
    """Whether this model came out of a round of learning."""
    return bool(entry.card.training)


def model_of(job: JobView) -> str:
    """Id of the model a learning job brought, "" while or when there is none."""
    if job.model or job.state != "done":
        return job.model
    return str((job.outcome or {}).get("model_id") or "")


def images_of(training: dict[str, Any]) -> int | None:
    """How many images a model learned from, by its card; None when it does not say."""
    found = training.get("images", training.get("train_images"))
    if isinstance(found, list):
        return len(found)
    return int(found) if isinstance(found, (int, float)) else None


def miou_of(entry: Entry, job: JobView | None = None) -> float | None:
    """Mean IoU of a learned model on the held-back images, as measured when it was made."""
    scores = entry.card.training.get("scores", entry.card.training)
    value = scores.get("miou") if isinstance(scores, dict) else None
    if value is None and job is not None:
        value = (job.outcome or {}).get("miou_after")
    return float(value) if isinstance(value, (int, float)) else None


def _made(entry: Entry, by_model: dict[str, JobView]) -> float:
    job = by_model.get(entry.id)
    if job is not None:
        return job.started
    created = entry.card.training.get("created", 0.0)
    return float(created) if isinstance(created, (int, float)) else 0.0


def _in_use(entry: Entry, by_model: dict[str, JobView]) -> Row:
    job = by_model.get(entry.id)
    return Row(
        f"model:{entry.id}",
        entry.card.name,
        _origin(entry),
        "in_use",
        miou_of(entry, job),
        entry.id,
        job.id if job else "",
    )


def _running(job: JobView) -> Row:
    train, _held = round_view.images_of(job)
    detail = f"from {counted(len(train), 'image')}" if train else "starting"
    value = round_view.best_of(job)
    name, fraction = round_view.name_of(job), job.done / job.total if job.total else None
    return Row(f"job:{job.id}", name, detail, "learning", value, "", job.id, fraction)


def _stopped(rounds: Sequence[JobView], now: float | None) -> list[Row]:
    """The newest round, when it ended without a model: it can be read and taken up again."""
    ended = [job for job in rounds if job.state not in ("queued", "running")]
    if not ended or ended[0].state == "done":
        return []
    job = ended[0]
    why = "you stopped it" if job.state == "cancelled" else job.error
    return [
        Row(
            f"job:{job.id}",
            round_view.name_of(job),
            f"{when(job.started, now)} · {why}",
            "stopped",
            None,
            "",
            job.id,
        )
    ]


def _earlier(entry: Entry, by_model: dict[str, JobView], now: float | None) -> Row:
    job = by_model.get(entry.id)
    worse = _not_better(entry, job)
    made = _made(entry, by_model)
    images = images_of(entry.card.training)
    parts = ["not taken"] if worse else []
    if made:
        parts.append(when(made, now))
    if images and not worse:
        parts.append(counted(images, "image"))
    return Row(
        f"model:{entry.id}",
        entry.card.name,
        " · ".join(parts) or _origin(entry),
        "not_taken" if worse else "earlier",
        miou_of(entry, job),
        entry.id,
        job.id if job else "",
    )


def _not_better(entry: Entry, job: JobView | None) -> bool:
    said = entry.card.training.get("better")
    if said is None and job is not None:
        said = (job.outcome or {}).get("better")
    return said is False


def _start(entry: Entry) -> Row:
    return Row(f"model:{entry.id}", entry.card.name, _origin(entry), "start", None, entry.id)


def _origin(entry: Entry) -> str:
    images = images_of(entry.card.training)
    if images:
        return f"learned from {counted(images, 'image')}"
    if entry.card.trained_on:
        return entry.card.trained_on
    words = {"builtin": "came with Maskwright", "user": "added by you", "project": "made here"}
    return words.get(entry.origin, counted(len(entry.card.foreground), "class", "classes"))
