"""What an evaluation found, as data: per class, per image, and who is taken for whom.

Reads the outcome of an "evaluate" job; knows no widget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.places.figures import percent

if TYPE_CHECKING:
    from app.jobs import JobView

NONE_NAME = "none"
"""How the background is called in the matrix: the model, or you, saw no class there."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class: its figures are None where nothing of it was seen or said."""

    id: int
    name: str
    iou: float | None
    dice: float | None
    pixels: int


@dataclass(frozen=True, slots=True)
class ImageScore:
    """One image.

    Attributes:
        errors: (your class, the model's class, pixels), most pixels first; 1 is the background.
            Empty where the job did not tell.
    """

    id: int
    name: str
    miou: float | None
    errors: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Confusion:
    """A pair of classes that is mixed up.

    Attributes:
        share: of your pixels of ``yours``, 0..1, that the model calls ``theirs``.
        images: how many images show it among their main errors; None where that is not known.
    """

    yours: int
    theirs: int
    share: float
    images: int | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The whole; ``order`` gives the class of each row and column of ``matrix``."""

    job_id: str
    model: str
    miou: float | None
    accuracy: float | None
    classes: tuple[ClassScore, ...]
    images: tuple[ImageScore, ...]
    matrix: tuple[tuple[int, ...], ...]
    held_out: bool
    started: float = 0.0

    @property
    def order(self) -> tuple[int, ...]:
        """Class ids of the rows and columns of the matrix; the background (1) is first."""
        return tuple(each.id for each in self.classes)

    def name(self, class_id: int) -> str:
        """How a class is called in the matrix."""
        if class_id == 1:
            return NONE_NAME
        return next((each.name for each in self.classes if each.id == class_id), str(class_id))

    def image(self, image_id: int) -> ImageScore | None:
        """The figures of one image; None when it was not measured."""
        return next((each for each in self.images if each.id == image_id), None)

    def confusion(self, yours: int, theirs: int) -> Confusion:
        """How much of one class is called another."""
        row = self.matrix[self.order.index(yours)]
        total = sum(row)
        found = row[self.order.index(theirs)]
        seen = [each for each in self.images if each.errors]
        images = sum(any(e[:2] == (yours, theirs) for e in each.errors) for each in seen)
        part = found / total if total else 0.0
        return Confusion(yours, theirs, part, images or None)

    def main_confusion(self) -> Confusion | None:
        """The largest share of a class that is called another class, else called none."""
        pairs = [(a, b) for a in self.order for b in self.order if a not in (b, 1)]
        found = [each for each in (self.confusion(a, b) for a, b in pairs) if each.share > 0.005]
        between = [each for each in found if each.theirs != 1]
        return max(between or found, key=lambda each: each.share, default=None)

    def shown_classes(self, most: int) -> tuple[int, ...]:
        """Classes worth a row of the matrix: most pixels first, background last."""
        real = [each for each in self.classes if each.id != 1]
        used = [each for each in real if each.pixels or self._predicted(each.id)]
        used.sort(key=lambda each: each.pixels, reverse=True)
        kept = {each.id for each in used[:most]}
        return (*(each.id for each in real if each.id in kept), 1)

    def _predicted(self, class_id: int) -> int:
        column = self.order.index(class_id)
        return sum(row[column] for row in self.matrix)

    def words_of(self, image: ImageScore) -> str:
        """The main error of an image in a few words."""
        if not image.errors:
            return "good" if image.miou is not None and image.miou >= 0.9 else ""
        yours, theirs, _pixels = image.errors[0]
        if theirs == 1:
            return f"{self.name(yours)}: missed in part"
        if yours == 1:
            return f"{self.name(theirs)}: where there is none"
        return f"{self.name(yours)} called {self.name(theirs)}"


def read_evaluation(job: JobView) -> Evaluation | None:
    """The evaluation in a finished job; None where it has none."""
    data = job.outcome or {}
    if job.kind != "evaluate" or not data.get("classes") or not data.get("confusion"):
        return None
    classes = tuple(
        ClassScore(
            int(each["id"]),
            str(each["name"]),
            _number(each.get("iou")),
            _number(each.get("dice")),
            int(each.get("pixels") or 0),
        )
        for each in data["classes"]
    )
    images = tuple(
        ImageScore(
            int(each["id"]),
            str(each.get("file_name", "")),
            _number(each.get("miou")),
            _errors(each.get("errors")),
        )
        for each in data.get("images", ())
    )
    matrix = tuple(tuple(int(v) for v in row) for row in data["confusion"])
    return Evaluation(
        job.id,
        str(data.get("model") or ""),
        _number(data.get("miou")),
        _number(data.get("pixel_accuracy")),
        classes,
        images,
        matrix,
        bool(data.get("held_out")),
        job.started,
    )


def newest(jobs: Sequence[JobView], model: str = "") -> Evaluation | None:
    """The newest finished evaluation, of one model where it is named."""
    for job in sorted(jobs, key=lambda each: each.id, reverse=True):
        if job.kind != "evaluate" or job.state != "done":
            continue
        if model and getattr(job.spec, "model", "") != model:
            continue
        found = read_evaluation(job)
        if found is not None and model in ("", found.model):
            return found
    return None


def before(jobs: Sequence[JobView], this: Evaluation) -> Evaluation | None:
    """The newest evaluation of another model that ended before this one, to compare with."""
    older = [job for job in jobs if job.id < this.job_id]
    for job in sorted(older, key=lambda each: each.id, reverse=True):
        other = job.kind == "evaluate" and getattr(job.spec, "model", "") != this.model
        found = read_evaluation(job) if other and job.state == "done" else None
        if found is not None and found.model != this.model:
            return found
    return None


def confusion_words(evaluation: Evaluation, pair: Confusion) -> str:
    """A confusion as a sentence: "helmet called person: 21 %, in 17 images"."""
    yours, theirs = evaluation.name(pair.yours), evaluation.name(pair.theirs)
    if pair.theirs == 1:
        words = f"{yours} missed: {percent(pair.share)}"
    elif pair.yours == 1:
        words = f"{theirs} where there is none: {percent(pair.share)}"
    elif pair.yours == pair.theirs:
        words = f"{yours} found: {percent(pair.share)}"
    else:
        words = f"{yours} called {theirs}: {percent(pair.share)}"
    if pair.images is None or pair.yours == pair.theirs:
        return words
    return f"{words}, in {pair.images:,} {'image' if pair.images == 1 else 'images'}"


def _errors(found: Any) -> tuple[tuple[int, int, int], ...]:
    if not isinstance(found, list):
        return ()
    return tuple((int(a), int(b), int(n)) for a, b, n in found)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
