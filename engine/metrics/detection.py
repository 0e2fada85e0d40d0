"""Average precision of objects: by mask, by box and by boundary.

Masks and boxes are measured by hotcoco, whose figures are pycocotools'; boundaries (see
``engine.metrics.boundary``) by ``engine.metrics.matching``. As in the boundary's paper the overlap
of two objects is then the smaller one of their IoU and their boundary IoU, with a crowd the share
of the prediction inside it. A crowd is never right nor wrong, whatever else is said of it.

Images are counted one by one; kept are scores and matches, no masks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.masks import rle
from engine.masks.mask import Mask
from engine.metrics.boundary import Size, boundary
from engine.metrics.matching import MOST, Matching, by_class, summary

Kind = Literal["segm", "bbox", "boundary"]

KINDS: Final[tuple[Kind, ...]] = ("segm", "bbox", "boundary")

XYWH = tuple[float, float, float, float]
"""Left, top, width, height in pixels, as COCO has it."""


@dataclass(frozen=True, slots=True)
class TrueObject:
    """An object as it is.

    Attributes:
        class_id: Its class.
        mask: Inside the image.
        crowd: COCO's iscrowd.
        area: As a file states it, pixels; None: that of the mask.
        box: As a file states it; None: that of the mask.
    """

    class_id: int
    mask: Mask
    crowd: bool = False
    area: float | None = None
    box: XYWH | None = None


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object as it was predicted.

    Attributes:
        class_id: Its class.
        mask: Inside the image.
        score: The likelier, the larger.
        box: As a file states it; None: that of the mask. Where it is given its area is the
            object's, as pycocotools takes it.
    """

    class_id: int
    mask: Mask
    score: float
    box: XYWH | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """COCO's twelve figures (``matching.NAMES``), NaN where there is no true object.

    Attributes:
        overall: Means over all classes that have a true object.
        classes: Class id → its own.
    """

    overall: Mapping[str, float]
    classes: Mapping[int, Mapping[str, float]]


class DetectionMetrics:
    """Counts images one by one."""

    def __init__(self, class_ids: Sequence[int], kinds: Sequence[Kind] = KINDS) -> None:
        """Begin with nothing seen.

        Args:
            class_ids: Classes that are measured; objects of others are passed over.
            kinds: What overlap is measured by.
        """
        import hotcoco

        self._ids = sorted(set(class_ids))
        categories = [{"id": each, "name": str(each)} for each in self._ids]
        self._native = {
            kind: hotcoco.StreamingEval(categories, iou_type=kind)
            for kind in kinds
            if kind != "boundary"
        }
        self._boundary = Matching(self._ids) if "boundary" in kinds else None
        self._images = 0
        self._truths = 0
        self.crowded = 0

    def add(self, size: Size, truth: Sequence[TrueObject], found: Sequence[FoundObject]) -> None:
        """Count one image; images count in the order given where scores are equal.

        ``crowded`` counts images with more objects of a class than predictions can count.

        Args:
            size: (height, width) of the image.
            truth: Its objects.
            found: The predicted ones.
        """
        truth = [each for each in truth if each.class_id in self._ids]
        found = [each for each in found if each.class_id in self._ids]
        self._images += 1
        real = [each.class_id for each in truth if not each.crowd]
        self.crowded += max(map(real.count, set(real)), default=0) > MOST[-1]
        true_rle = [rle.encode(each.mask, size) for each in truth]
        found_rle = [rle.encode(each.mask, size) for each in found]
        for native in self._native.values():
            native.update(
                [{"id": self._images, "height": size[0], "width": size[1]}],
                self._true_entries(truth, true_rle),
                self._found_entries(found, found_rle),
            )
        self._truths += len(truth)
        if self._boundary is not None:
            self._add_boundary(size, truth, found, true_rle, found_rle)

    def scores(self) -> dict[Kind, Scores]:
        """All figures. Nothing can be added afterwards."""
        curves: dict[Kind, tuple[Any, Any]] = {}
        for kind, native in self._native.items():
            done = native.finalize()
            done.accumulate()
            found: Mapping[str, Any] = done.eval or {}
            curves[kind] = np.asarray(found["precision"]), np.asarray(found["recall"])
        if self._boundary is not None:
            curves["boundary"] = self._boundary.curves()
        return {
            kind: Scores(summary(*each), by_class(self._ids, *each))
            for kind, each in curves.items()
        }

    def _true_entries(
        self, truth: Sequence[TrueObject], encoded: Sequence[rle.Encoded]
    ) -> list[dict[str, Any]]:
        # pycocotools takes the number 0 for "not matched", so numbers begin at 1.
        return [
            {
                "id": self._truths + place,
                "image_id": self._images,
                "category_id": each.class_id,
                "segmentation": mask,
                "area": _area(each),
                "bbox": list(each.box or _box(each.mask)),
                "iscrowd": int(each.crowd),
            }
            for place, (each, mask) in enumerate(zip(truth, encoded, strict=True), 1)
        ]

    def _found_entries(
        self, found: Sequence[FoundObject], encoded: Sequence[rle.Encoded]
    ) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        for each, mask in zip(found, encoded, strict=True):
            entry: dict[str, Any] = {
                "image_id": self._images,
                "category_id": each.class_id,
                "score": each.score,
                "segmentation": mask,
            }
            if each.box is not None:
                entry["bbox"] = list(each.box)
            entries.append(entry)
        return entries

    def _add_boundary(
        self,
        size: Size,
        truth: Sequence[TrueObject],
        found: Sequence[FoundObject],
        true_rle: Sequence[rle.Encoded],
        found_rle: Sequence[rle.Encoded],
    ) -> None:
        if self._boundary is None:
            return
        true_edge = [rle.encode(boundary(each.mask, size), size) for each in truth]
        found_edge = [rle.encode(boundary(each.mask, size), size) for each in found]
        present = {each.class_id for each in truth} | {each.class_id for each in found}
        for class_id in sorted(present):
            rows = [at for at, each in enumerate(found) if each.class_id == class_id]
            columns = [at for at, each in enumerate(truth) if each.class_id == class_id]
            crowd = np.array([truth[at].crowd for at in columns], np.bool_)
            whole = _overlaps(found_rle, rows, true_rle, columns, crowd)
            edges = _overlaps(found_edge, rows, true_edge, columns, crowd)
            self._boundary.add(
                class_id,
                np.where(crowd, whole, np.minimum(whole, edges)),
                np.array([found[at].score for at in rows], np.float64),
                np.array([_found_area(found[at]) for at in rows], np.float64),
                np.array([_area(truth[at]) for at in columns], np.float64),
                crowd,
            )


def _overlaps(
    found: Sequence[Mapping[str, Any]],
    rows: Sequence[int],
    truth: Sequence[Mapping[str, Any]],
    columns: Sequence[int],
    crowd: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(rows, columns) IoU; with a crowd the share of the found mask inside it."""
    from hotcoco import primitives

    if not rows or not columns:
        return np.zeros((len(rows), len(columns)))
    left = [dict(found[at]) for at in rows]
    right = [dict(truth[at]) for at in columns]
    return np.asarray(primitives.mask_iou(left, right, crowd.tolist()), np.float64)


def _area(each: TrueObject) -> float:
    return float(each.mask.area) if each.area is None else each.area


def _found_area(each: FoundObject) -> float:
    return float(each.mask.area) if each.box is None else each.box[2] * each.box[3]


def _box(mask: Mask) -> XYWH:
    left, top, right, bottom = mask.box
    return float(left), float(top), float(right - left), float(bottom - top)
