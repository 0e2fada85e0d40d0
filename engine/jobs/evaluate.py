"""Evaluate: a model, or a file of predictions, measured against corrected and done images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.document.document import Document, Status
from engine.document.labels import IGNORED, label_image
from engine.document.taxonomy import BACKGROUND, Taxonomy
from engine.errors import EngineError
from engine.formats.coco_file import read_categories, read_results, whole
from engine.formats.coco_shapes import read_segmentation
from engine.formats.report import Report
from engine.formats.whole import write_whole
from engine.jobs.job import Context, EvaluateSpec
from engine.jobs.snapshot import chosen, snapshot
from engine.metrics import semantic
from engine.store import ImageRow, Project

RESULT = "evaluation.json"

Labels = NDArray[np.uint8]
Judge = Callable[[ImageRow], Labels]
"""Image → position in the class order of every pixel, (height, width)."""


@dataclass(frozen=True, slots=True)
class Classes:
    """The order in which classes are counted: background first.

    Attributes:
        order: Class ids.
        names: Their names.
        place: Class id → place in `order`.
    """

    order: tuple[int, ...]
    names: tuple[str, ...]
    place: Mapping[int, int]

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> Classes:
        """Background and all live classes.

        Raises:
            EngineError: There are more than can be told apart here.
        """
        order = (BACKGROUND, *(each.id for each in taxonomy.classes))
        if len(order) >= IGNORED:
            raise EngineError(
                f"The project has {len(order) - 1} classes; at most {IGNORED - 2} can be measured."
            )
        names = ("background", *(each.name for each in taxonomy.classes))
        return cls(order, names, {class_id: at for at, class_id in enumerate(order)})


def run(spec: EvaluateSpec, context: Context) -> dict[str, Any]:
    """Measure; the result is in the outcome and in `evaluation.json`.

    Returns:
        model or predictions, held_out, miou, pixel_accuracy, macro_f1, classes (id, name, iou,
        dice, pixels; in class order), images (id, file_name, miou, pixels; worst first),
        confusion (rows truth, columns prediction), skipped, summary. A value that cannot be
        computed is None.

    Raises:
        EngineError: Nothing to measure with or against.
    """
    if bool(spec.model) == bool(spec.predictions):
        raise EngineError("Name either a model or a file of predictions to measure.")
    with snapshot(spec.project) as project:
        rows, held_out = _measured(project, spec, context)
        classes = Classes.of(project.taxonomy)
        with_close = _model(project, spec, classes) if spec.model else None
        judge = with_close.labels if with_close else _predictions(project, spec, classes, rows)
        try:
            result = _count(project, rows, classes, judge, context)
        finally:
            if with_close:
                with_close.close()
    result["held_out"] = held_out
    result["model" if spec.model else "predictions"] = spec.model or spec.predictions
    write_whole(context.folder / RESULT, msgspec.json.format(msgspec.json.encode(result), indent=1))
    context.artifact("evaluation", context.folder / RESULT)
    return result


def _measured(
    project: Project, spec: EvaluateSpec, context: Context
) -> tuple[list[ImageRow], bool]:
    """The images with truth, and whether they are the held-out ones."""
    rows = chosen(project, spec.images)
    rows = [row for row in rows if row.status in (Status.CORRECTED, Status.DONE)]
    if not rows:
        raise EngineError(
            "Nothing to compare yet: no chosen image is corrected or done. Finish one to see "
            "numbers."
        )
    if spec.images is not None:
        return rows, False
    held = [row for row in rows if row.fold == "held"]
    if held:
        return held, True
    context.note(
        "No images are held out yet, so all corrected and done ones are measured. A model that "
        "learned from them looks better than it is.",
        "warning",
    )
    return rows, False


class _ModelJudge:
    """A model's labels in the project's class order."""

    def __init__(self, project: Project, spec: EvaluateSpec, classes: Classes) -> None:
        from engine.models.catalog import Catalog
        from engine.models.mapping import propose
        from engine.models.predictor import Predictor

        entry = Catalog(project_files=project.files).get(spec.model)
        mapping = project.mapping(entry.id) or propose(entry.card, project.taxonomy)
        # Whatever is not a class of the project counts as background: it is none of its classes.
        self._table = np.zeros(65536, np.uint8)
        for label, target in mapping.items():
            if isinstance(target, int):
                self._table[label] = classes.place.get(target, 0)
        self._predictor = Predictor(entry, spec.device)

    def labels(self, row: ImageRow) -> Labels:
        from engine.images import read_rgb

        rgb = read_rgb(row.path)
        return self._table[self._predictor.labels(rgb, row.file_name)]

    def close(self) -> None:
        self._predictor.close()


def _model(project: Project, spec: EvaluateSpec, classes: Classes) -> _ModelJudge:
    return _ModelJudge(project, spec, classes)


def _predictions(
    project: Project, spec: EvaluateSpec, classes: Classes, rows: Sequence[ImageRow]
) -> Judge:
    """Labels from a COCO file: higher scores above lower ones."""
    path = Path(spec.predictions)
    report = Report()
    by_name = {each.name.casefold(): each.id for each in project.taxonomy.classes}
    by_coco = {
        each.coco_id if each.coco_id is not None else each.id: each.id
        for each in project.taxonomy.classes
    }
    for found in read_categories(path, report):
        if found.coco_id is not None and found.name.casefold() in by_name:
            by_coco[found.coco_id] = by_name[found.name.casefold()]
    numbers = {row.coco_id if row.coco_id is not None else row.id: row.id for row in rows}
    by_image: dict[int, list[dict[str, Any]]] = {row.id: [] for row in rows}
    for entry in read_results(path, report):
        number = whole(entry.get("image_id"))
        if number in numbers:
            by_image[numbers[number]].append(entry)
    if not any(by_image.values()):
        raise EngineError(
            f"No prediction in {path.name} is for an image that is measured. Its image numbers "
            "must be those of the exported COCO file."
        )

    def score(entry: dict[str, Any]) -> float:
        value = entry.get("score", 1.0)
        return float(value) if isinstance(value, int | float) else 1.0

    def labels(row: ImageRow) -> Labels:
        if row.size is None:
            raise EngineError(f"The size of {row.file_name} is not known.")
        out = np.zeros(row.size, np.uint8)
        for entry in sorted(by_image[row.id], key=score):
            if score(entry) < spec.threshold:
                continue
            mask = read_segmentation(entry, row.size, report, row.file_name).mask
            class_id = by_coco.get(whole(entry.get("category_id")) or 0)
            if mask is None or class_id is None:
                continue
            for left, top, bits in mask.pieces:
                view = out[top : top + bits.shape[0], left : left + bits.shape[1]]
                view[bits[: view.shape[0], : view.shape[1]]] = classes.place[class_id]
        return out

    return labels


def _count(
    project: Project, rows: Sequence[ImageRow], classes: Classes, judge: Judge, context: Context
) -> dict[str, Any]:
    total = np.zeros((len(classes.order),) * 2, np.int64)
    images = []
    skipped = []
    documents = project.iter_documents([row.id for row in rows])
    for done, (row, document) in enumerate(zip(rows, documents, strict=True)):
        context.check()
        context.progress(done, len(rows), row.file_name)
        counts = _one(row, document, project.taxonomy, classes, judge)
        if counts is None:
            skipped.append(row.file_name)
            continue
        total += counts
        images.append(
            {
                "id": row.id,
                "file_name": row.file_name,
                "miou": _plain(semantic.miou(counts)),
                "pixels": int(counts.sum()),
            }
        )
    if not images:
        raise EngineError(
            "None of the chosen images could be read, so there is nothing to measure."
        )
    if skipped:
        context.note(
            f"{len(skipped):,} of {len(rows):,} images could not be measured and are left out: "
            f"{', '.join(skipped[:3])}{' …' if len(skipped) > 3 else ''}.",
            "warning",
        )
    context.progress(len(rows), len(rows))
    images.sort(key=lambda each: (each["miou"] is None, each["miou"] or 0.0))
    return {**_figures(total, classes), "images": images, "skipped": skipped}


def _one(
    row: ImageRow, document: Document, taxonomy: Taxonomy, classes: Classes, judge: Judge
) -> NDArray[np.int64] | None:
    """Counts of one image; None when it cannot be read or has changed its size."""
    try:
        guess = judge(row)
    except EngineError:
        return None
    truth = label_image(document, classes.order, taxonomy)
    if guess.shape != truth.shape:
        return None
    return semantic.confusion(truth, guess, len(classes.order))


def _figures(total: NDArray[np.int64], classes: Classes) -> dict[str, Any]:
    ious, dices = semantic.iou(total), semantic.dice(total)
    miou = _plain(semantic.miou(total))
    return {
        "miou": miou,
        "pixel_accuracy": _plain(semantic.pixel_accuracy(total)),
        "macro_f1": _plain(semantic.macro_f1(total)),
        "classes": [
            {
                "id": class_id,
                "name": classes.names[at],
                "iou": _plain(ious[at]),
                "dice": _plain(dices[at]),
                "pixels": int(total[at].sum()),
            }
            for at, class_id in enumerate(classes.order)
        ],
        "confusion": total.tolist(),
        "summary": "Nothing was labelled." if miou is None else f"Mean IoU {miou:.3f}.",
    }


def _plain(value: float) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None


def worst_first(result: Mapping[str, Any]) -> Iterator[tuple[str, float | None]]:
    """(file name, mean IoU) of a result's images, worst first."""
    for each in result["images"]:
        yield each["file_name"], each["miou"]
