"""Whether a new model is better than the one in use, on the same images. Light: no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.metrics import semantic

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judged:
    """How a model did on some images.

    Attributes:
        counts: (images, classes, classes) confusion matrices in pixels, truth in rows.
        known: Per class, whether the model has it at all.
    """

    counts: Counts
    known: tuple[bool, ...]

    @property
    def total(self) -> Counts:
        """All images together."""
        total: Counts = self.counts.sum(axis=0)
        return total


def compare(
    classes: Sequence[tuple[int, str]],
    images: Sequence[int],
    before: Judged | None,
    after: Judged,
    max_fall: float,
    held_out: bool,
) -> dict[str, Any]:
    """The comparison as it is kept in ``compare.json``.

    A model that does not have a class is counted as never finding it.

    Args:
        classes: (project class id, name) in the order of the counts, background first.
        images: Ids of the images measured.
        before: The model in use, None where there is none.
        after: The new model.
        max_fall: The new model is not better if a class' IoU falls by more than this.
        held_out: Whether the new model has not learned from these images.

    Returns:
        classes (id, name, iou_before, iou_after, pixels), miou_before, miou_after, images (id,
        miou_before, miou_after), held_out, better, reason. Numbers that do not exist are None.
    """
    pixels = after.total.sum(axis=1)
    new = semantic.iou(after.total)
    old = semantic.iou(before.total) if before else np.full(len(classes), math.nan)
    rows = [
        {
            "id": class_id,
            "name": name,
            "iou_before": _plain(old[at]) if before and before.known[at] else None,
            "iou_after": _plain(new[at]),
            "pixels": int(pixels[at]),
        }
        for at, (class_id, name) in enumerate(classes)
    ]
    result: dict[str, Any] = {
        "classes": rows,
        "miou_before": _plain(semantic.miou(before.total)) if before else None,
        "miou_after": _plain(semantic.miou(after.total)),
        "images": [
            {
                "id": image,
                "miou_before": _plain(semantic.miou(before.counts[at])) if before else None,
                "miou_after": _plain(semantic.miou(after.counts[at])),
            }
            for at, image in enumerate(images)
        ],
        "held_out": held_out,
    }
    result["better"], result["reason"] = verdict(result, max_fall)
    return result


def verdict(result: dict[str, Any], max_fall: float) -> tuple[bool, str]:
    """Whether the new model is better, and why, as a sentence."""
    before, after = result["miou_before"], result["miou_after"]
    number = len(result["images"])
    where = f"on {number:,} held-back {'image' if number == 1 else 'images'}"
    if not result["held_out"]:
        return False, (
            "No image is held back, so better or worse cannot be told. "
            "Finish one more image, then learn again."
        )
    if after is None:
        return False, "The held-back images have no labelled pixels, so nothing could be compared."
    if before is None:
        return True, f"Mean IoU {after:.2f} {where}. There was no model to compare with."
    falls = [
        ((row["iou_before"] or 0.0) - (row["iou_after"] or 0.0), row["name"])
        for row in result["classes"]
        if row["pixels"]
    ]
    worst, name = max(falls, default=(0.0, ""))
    figures = f"Mean IoU {before:.2f} before, {after:.2f} now, {where}"
    if after <= before:
        return False, f"{figures}."
    if worst > max_fall:
        return False, f"{figures}, but {name} fell by {worst:.2f}, more than {max_fall:.2f}."
    return True, f"{figures}."


def _plain(value: float) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
