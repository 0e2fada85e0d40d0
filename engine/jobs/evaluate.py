"""Evaluate: a model, or a file of predictions, measured against corrected and done images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.document.document import Document, Status
from engine.document.labels import label_image
from engine.document.taxonomy import Taxonomy
from engine.errors import EngineError
from engine.formats.whole import write_whole
from engine.jobs.job import Context, EvaluateSpec
from engine.jobs.judges import Classes, FileJudge, ModelJudge
from engine.jobs.measures import Judged, Measures, plain
from engine.jobs.snapshot import chosen, snapshot
from engine.metrics import semantic
from engine.store import ImageRow, Project

RESULT = "evaluation.json"

MOST_ERRORS = 6
"""Mistakes of an image that are named."""

Judge = Callable[[ImageRow], Judged]
"""Image → what was predicted for it."""


def run(spec: EvaluateSpec, context: Context) -> dict[str, Any]:
    """Measure; the result is in the outcome and in `evaluation.json`.

    Returns:
        model or predictions, held_out, miou, pixel_accuracy, macro_f1, classes (id, name, iou,
        dice, pixels; in class order), images (id, file_name, miou, pixels, errors; worst first),
        confusion (rows truth, columns prediction), skipped (names), unread (their ids), summary;
        instances, None without a thing class: segm, bbox and boundary, each with AP, AP50, AP75,
        APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl (as COCOeval), and classes (id, name, AP,
        AP50, box_AP, boundary_AP);
        panoptic: all, things and stuff, each with pq, sq, rq and n (as panopticapi), and classes
        (id, name, thing, pq, sq, rq, tp, fp, fn). A value that cannot be computed is None.

    Raises:
        EngineError: Nothing to measure with or against.
    """
    if bool(spec.model) == bool(spec.predictions):
        raise EngineError("Name either a model or a file of predictions to measure.")
    with snapshot(spec.project) as project:
        rows, held_out = _measured(project, spec, context)
        classes = Classes.of(project.taxonomy)
        judge: ModelJudge | FileJudge = (
            ModelJudge(project, spec, classes)
            if spec.model
            else FileJudge(project, spec, classes, rows)
        )
        if isinstance(judge, ModelJudge) and judge.fallback:
            context.note(judge.fallback, "warning")
        try:
            result = _count(project, rows, classes, judge.judge, context)
            for remark in judge.remarks:
                context.note(remark, "warning" if spec.predictions else "info")
        finally:
            judge.close()
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


def _count(
    project: Project, rows: Sequence[ImageRow], classes: Classes, judge: Judge, context: Context
) -> dict[str, Any]:
    total = np.zeros((len(classes.order),) * 2, np.int64)
    measures = Measures(project.taxonomy)
    images = []
    skipped, unread = [], []
    documents = project.iter_documents([row.id for row in rows])
    for done, (row, document) in enumerate(zip(rows, documents, strict=True)):
        context.check()
        context.progress(done, len(rows), row.file_name)
        counts = _one(row, document, project.taxonomy, classes, judge, measures)
        if counts is None:
            skipped.append(row.file_name)
            unread.append(row.id)
            continue
        total += counts
        images.append(
            {
                "id": row.id,
                "file_name": row.file_name,
                "miou": plain(semantic.miou(counts)),
                "pixels": int(counts.sum()),
                "errors": _errors(counts, classes),
            }
        )
    if not images:
        raise EngineError(
            "None of the chosen images could be read, so there is nothing to measure."
        )
    if skipped:
        verb = "is" if len(skipped) == 1 else "are"
        context.note(
            f"{len(skipped):,} of {len(rows):,} images could not be measured and {verb} left out: "
            f"{', '.join(skipped[:3])}{' …' if len(skipped) > 3 else ''}.",
            "warning",
        )
    if measures.crowded:
        verb = "holds" if measures.crowded == 1 else "hold"
        context.note(
            f"{measures.crowded:,} of {len(rows):,} images {verb} more than 100 objects of a "
            "class. As in COCO, only the 100 likeliest predictions of each class count there, so "
            "their AP is low even where every object is found."
        )
    context.progress(len(rows), len(rows))
    images.sort(key=lambda each: (each["miou"] is None, each["miou"] or 0.0))
    return {
        **_figures(total, classes),
        **measures.figures(),
        "images": images,
        "skipped": skipped,
        "unread": unread,
    }


def _errors(counts: NDArray[np.int64], classes: Classes) -> list[list[int]]:
    """The largest mistakes: [your class id, the model's class id, pixels], most pixels first."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_ERRORS]
    cells = [divmod(int(cell), len(classes.order)) for cell in order]
    return [
        [classes.order[yours], classes.order[theirs], int(wrong[yours, theirs])]
        for yours, theirs in cells
        if wrong[yours, theirs]
    ]


def _one(
    row: ImageRow,
    document: Document,
    taxonomy: Taxonomy,
    classes: Classes,
    judge: Judge,
    measures: Measures,
) -> NDArray[np.int64] | None:
    """Counts of one image; None when it cannot be read or has changed its size."""
    try:
        judged = judge(row)
    except EngineError:
        return None
    truth = label_image(document, classes.order, taxonomy)
    if judged.labels.shape != truth.shape:
        return None
    measures.add(document, judged)
    return semantic.confusion(truth, judged.labels, len(classes.order))


def _figures(total: NDArray[np.int64], classes: Classes) -> dict[str, Any]:
    ious, dices = semantic.iou(total), semantic.dice(total)
    miou = plain(semantic.miou(total))
    return {
        "miou": miou,
        "pixel_accuracy": plain(semantic.pixel_accuracy(total)),
        "macro_f1": plain(semantic.macro_f1(total)),
        "classes": [
            {
                "id": class_id,
                "name": classes.names[at],
                "iou": plain(ious[at]),
                "dice": plain(dices[at]),
                "pixels": int(total[at].sum()),
            }
            for at, class_id in enumerate(classes.order)
        ],
        "confusion": total.tolist(),
        "summary": "Nothing was labelled." if miou is None else f"Mean IoU {miou:.3f}.",
    }


def worst_first(result: Mapping[str, Any]) -> Iterator[tuple[str, float | None]]:
    """(file name, mean IoU) of a result's images, worst first."""
    for each in result["images"]:
        yield each["file_name"], each["miou"]
