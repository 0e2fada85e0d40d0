"""Figures of objects and of panoptic segments, image by image, as an evaluation tells them.

What counts is what somebody has labelled: a predicted object more than half of which lies on
unlabelled pixels is left out (no true object can be its match, at any threshold), as a predicted
segment is (panopticapi's rule for void). Confirmed background is known not to be an object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.taxonomy import BACKGROUND, UNLABELLED, Taxonomy
from engine.masks.bitmap import Bitmap
from engine.masks.mask import Mask
from engine.metrics.detection import DetectionMetrics, FoundObject, TrueObject
from engine.metrics.panoptic import PanopticMetrics, Quality, Segment, SegmentMap

SPLITS: Final = (("all", None), ("things", True), ("stuff", False))


@dataclass(frozen=True, slots=True)
class Judged:
    """What was predicted for one image.

    Attributes:
        labels: (height, width) uint8, place in the class order of every pixel.
        objects: Every object of a class of the project, and one mask or more of stuff.
        shown: Those likely enough to be shown; they make the panoptic segments.
    """

    labels: NDArray[np.uint8]
    objects: Sequence[FoundObject]
    shown: Sequence[FoundObject]


class Measures:
    """Counts images one by one; keeps none."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._things = {each.id: each.thing for each in taxonomy.classes}
        countable = [class_id for class_id, thing in self._things.items() if thing]
        self._detection = DetectionMetrics(countable) if countable else None
        self._panoptic = PanopticMetrics(self._things)

    def add(self, document: Document, judged: Judged) -> None:
        """Count one image.

        Args:
            document: The truth.
            judged: What was predicted, in an image of the same size.
        """
        truth = [each for each in document.ordered() if each.class_id in self._taxonomy]
        if self._detection is not None:
            self._detection.add(
                document.size,
                [TrueObject(each.class_id, each.mask, each.crowd) for each in truth],
                list(_judgeable(document, truth, judged.objects)),
            )
        self._panoptic.add(
            SegmentMap.draw(document.size, self._true_segments(document, truth)),
            SegmentMap.draw(document.size, self._found_segments(document, judged.shown)),
        )

    @property
    def crowded(self) -> int:
        """Images with more objects of a class than predictions of it count (COCO's 100)."""
        return 0 if self._detection is None else self._detection.crowded

    def figures(self) -> dict[str, Any]:
        """`instances` (None without a thing class) and `panoptic`; see `engine.jobs.evaluate`.

        Nothing can be added afterwards.
        """
        return {"instances": self._instances(), "panoptic": self._segments()}

    def _instances(self) -> dict[str, Any] | None:
        if self._detection is None:
            return None
        scores = self._detection.scores()
        out: dict[str, Any] = {
            kind: {name: plain(value) for name, value in each.overall.items()}
            for kind, each in scores.items()
        }
        out["classes"] = [
            {
                "id": each.id,
                "name": each.name,
                "AP": plain(scores["segm"].classes[each.id]["AP"]),
                "AP50": plain(scores["segm"].classes[each.id]["AP50"]),
                "box_AP": plain(scores["bbox"].classes[each.id]["AP"]),
                "boundary_AP": plain(scores["boundary"].classes[each.id]["AP"]),
            }
            for each in self._taxonomy.classes
            if each.thing
        ]
        return out

    def _segments(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            name: _quality(self._panoptic.quality(things)) for name, things in SPLITS
        }
        out["classes"] = [
            {
                "id": each.id,
                "name": each.name,
                "thing": each.thing,
                "pq": plain(counts.pq),
                "sq": plain(counts.sq) if counts.seen else None,
                "rq": plain(counts.rq),
                "tp": counts.tp,
                "fp": counts.fp,
                "fn": counts.fn,
            }
            for each in self._taxonomy.classes
            for counts in (self._panoptic.counts[each.id],)
        ]
        return out

    def _true_segments(
        self, document: Document, truth: Sequence[Annotation]
    ) -> Iterator[tuple[Mask, Segment]]:
        """Stuff, then crowds (one of each class, as the format has them), then objects."""
        for class_id in document.layer.areas():
            if class_id == BACKGROUND:
                yield document.layer.mask(class_id), Segment(None)
            elif class_id in self._taxonomy:
                yield document.layer.mask(class_id), Segment(class_id)
        crowds = ((each.class_id, each.mask) for each in truth if each.crowd)
        for class_id, mask in _joined(document, crowds):
            yield mask, Segment(class_id, crowd=True)
        for each in truth:
            if not each.crowd:
                yield each.mask, Segment(each.class_id)

    def _found_segments(
        self, document: Document, found: Sequence[FoundObject]
    ) -> Iterator[tuple[Mask, Segment]]:
        """Stuff, one segment of each class, then objects, likelier ones above others."""
        stuff = ((each.class_id, each.mask) for each in found if not self._things[each.class_id])
        for class_id, mask in _joined(document, stuff):
            yield mask, Segment(class_id)
        for each in sorted(found, key=lambda each: each.score):
            if self._things[each.class_id]:
                yield each.mask, Segment(each.class_id)


def _judgeable(
    document: Document, truth: Sequence[Annotation], found: Sequence[FoundObject]
) -> Iterator[FoundObject]:
    """Objects that do not lie, by more than half, where nobody knows what there is."""
    unknown = document.layer.mask(UNLABELLED)
    for each in truth:
        unknown = unknown - each.mask
    for candidate in found:
        if 2 * (candidate.mask & unknown).area <= candidate.mask.area:
            yield candidate


def _joined(document: Document, masks: Iterable[tuple[int, Mask]]) -> list[tuple[int, Mask]]:
    """One mask of each class."""
    by_class: dict[int, list[Mask]] = {}
    for class_id, mask in masks:
        by_class.setdefault(class_id, []).append(mask)
    return [(class_id, _union(document, parts)) for class_id, parts in by_class.items()]


def _union(document: Document, parts: Sequence[Mask]) -> Mask:
    if len(parts) == 1:
        return parts[0]
    whole = Bitmap(document.size)
    for part in parts:
        whole.add(part)
    return whole.to_mask()


def _quality(each: Quality) -> dict[str, float | int | None]:
    return {"pq": plain(each.pq), "sq": plain(each.sq), "rq": plain(each.rq), "n": each.n}


def plain(value: float) -> float | None:
    """The number for JSON; None where there is none."""
    number = float(value)
    return number if np.isfinite(number) else None
