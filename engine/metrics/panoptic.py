"""Panoptic quality: how well an image is parted into segments, each with a class.

A true and a predicted segment of one class match when their IoU is above 0.5, which no two can do
with a third (the union leaves out pixels of the prediction that are void in the truth). Per class,
with TP matched pairs, FP predicted and FN true segments without a match:

- SQ, segmentation quality = mean IoU of the pairs
- RQ, recognition quality = TP / (TP + FP / 2 + FN / 2)
- PQ = SQ · RQ

A crowd is never matched nor missed. A predicted segment more than half of which lies on void and
on the crowd of its class is not wrong. The means are over the classes that are in the truth or in
the prediction.

Source: Kirillov, He, Girshick, Rother, Dollár, "Panoptic Segmentation", CVPR 2019, and
panopticapi, ``evaluation.py``, for void and crowd.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.masks.mask import Mask

VOID: Final = 0
"""In a map of segments: nobody knows, or nothing was predicted."""

_BLOCK = 1 << 20
_DENSE = 1 << 22


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment.

    Attributes:
        class_id: Its class; None: of no class that is measured, but known, so not void.
        crowd: Objects that are not told apart; in the truth only.
    """

    class_id: int | None
    crowd: bool = False


@dataclass(frozen=True, slots=True)
class SegmentMap:
    """An image parted into segments.

    Attributes:
        pixels: (height, width), any integers: ``VOID`` or 1 + the place in ``segments``.
        segments: In the order of their numbers.
    """

    pixels: NDArray[np.integer]
    segments: Sequence[Segment]

    @classmethod
    def from_ids(cls, ids: NDArray[np.integer], segments: Mapping[int, Segment]) -> SegmentMap:
        """The map of numbers of any size, as the pixels of a COCO panoptic PNG have them.

        Args:
            ids: (height, width); 0 is void.
            segments: By number; one that is nowhere in ``ids`` stays as a segment without pixels.
                Numbers it does not have are segments of no class.
        """
        values, inverse = np.unique(ids, return_inverse=True)
        known = {number: place for place, number in enumerate(segments, 1)}
        every = list(segments.values())
        table = np.zeros(values.size, np.int64)
        for at, value in enumerate(values.tolist()):
            if value in known:
                table[at] = known[value]
            elif value != VOID:
                every.append(Segment(None))
                table[at] = len(every)
        return cls(table[inverse].reshape(ids.shape), every)

    @classmethod
    def draw(cls, size: tuple[int, int], segments: Iterable[tuple[Mask, Segment]]) -> SegmentMap:
        """The map of masks, later ones above earlier ones; what is hidden whole is left out.

        Args:
            size: (height, width) of the image.
            segments: Mask and segment each, inside the image.
        """
        drawn = list(segments)
        pixels = np.zeros(size, np.min_scalar_type(len(drawn)))
        for number, (mask, _) in enumerate(drawn, 1):
            for left, top, bits in mask.pieces:
                view = pixels[top : top + bits.shape[0], left : left + bits.shape[1]]
                view[bits[: view.shape[0], : view.shape[1]]] = number
        seen = np.zeros(len(drawn) + 1, np.bool_)
        for block in _blocks(pixels):
            seen[block] = True
        seen[VOID] = False
        kept = [each for (_, each), shown in zip(drawn, seen[1:].tolist(), strict=True) if shown]
        if len(kept) < len(drawn):
            table = np.where(seen, np.cumsum(seen), VOID).astype(pixels.dtype)
            for block in _blocks(pixels):
                block[:] = table[block]
        return cls(pixels, kept)


class Quality(NamedTuple):
    """PQ, SQ and RQ, NaN where there is no class to average; ``n`` classes are averaged."""

    pq: float
    sq: float
    rq: float
    n: int


@dataclass(slots=True)
class ClassQuality:
    """What was counted of one class.

    Attributes:
        tp: Matched pairs.
        fp: Predicted segments without a match.
        fn: True segments without a match.
        iou: Sum over the pairs.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0
    iou: float = 0.0

    @property
    def seen(self) -> bool:
        """Whether the class is in the truth or in the prediction."""
        return bool(self.tp + self.fp + self.fn)

    @property
    def sq(self) -> float:
        """Mean IoU of the pairs, 0 without any."""
        return self.iou / self.tp if self.tp else 0.0

    @property
    def rq(self) -> float:
        """F1 of finding segments; NaN for a class that is nowhere."""
        return self._over(self.tp)

    @property
    def pq(self) -> float:
        """SQ · RQ; NaN for a class that is nowhere."""
        return self._over(self.iou)

    def _over(self, above: float) -> float:
        below = self.tp + 0.5 * self.fp + 0.5 * self.fn
        return above / below if below else float("nan")


@dataclass(slots=True)
class PanopticMetrics:
    """Counts images one by one.

    Attributes:
        classes: Class id → whether it is a thing; segments of other classes are refused.
        counts: Class id → what was counted.
    """

    classes: Mapping[int, bool]
    counts: dict[int, ClassQuality] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = {class_id: ClassQuality() for class_id in self.classes}

    def add(self, truth: SegmentMap, found: SegmentMap) -> None:
        """Count one image.

        Raises:
            ValueError: The maps differ in size, or a class is not one that is measured.
        """
        if truth.pixels.shape != found.pixels.shape:
            raise ValueError(f"truth is {truth.pixels.shape}, prediction {found.pixels.shape}")
        classes = {each.class_id for each in (*truth.segments, *found.segments)} - {None}
        if unknown := classes - self.classes.keys():
            raise ValueError(f"no class {min(each for each in unknown if each is not None)}")
        pairs = _pairs(truth, found)
        true_areas, found_areas = _sums(pairs, 0), _sums(pairs, 1)
        matched_true: set[int] = set()
        matched_found: set[int] = set()
        for (t, f), both in pairs.items():
            if VOID in (t, f):
                continue
            segment, class_id = truth.segments[t - 1], found.segments[f - 1].class_id
            if segment.crowd or class_id is None or segment.class_id != class_id:
                continue
            union = found_areas[f] + true_areas[t] - both - pairs.get((VOID, f), 0)
            if both / union > 0.5:
                self.counts[class_id].tp += 1
                self.counts[class_id].iou += both / union
                matched_true.add(t)
                matched_found.add(f)
        crowds = self._missed(truth, matched_true)
        self._wrong(found, matched_found, crowds, pairs, found_areas)

    def _missed(self, truth: SegmentMap, matched: set[int]) -> dict[int, int]:
        """Count missed segments; the last crowd of each class (the format has one at most)."""
        crowds: dict[int, int] = {}
        for number, each in enumerate(truth.segments, 1):
            if each.class_id is None or number in matched:
                continue
            if each.crowd:
                crowds[each.class_id] = number
            else:
                self.counts[each.class_id].fn += 1
        return crowds

    def _wrong(
        self,
        found: SegmentMap,
        matched: set[int],
        crowds: Mapping[int, int],
        pairs: Mapping[tuple[int, int], int],
        areas: Mapping[int, int],
    ) -> None:
        for number, each in enumerate(found.segments, 1):
            if each.class_id is None or number in matched or not areas.get(number):
                continue
            excused = pairs.get((VOID, number), 0)
            if each.class_id in crowds:
                excused += pairs.get((crowds[each.class_id], number), 0)
            if excused / areas[number] <= 0.5:
                self.counts[each.class_id].fp += 1

    def quality(self, things: bool | None = None) -> Quality:
        """The means over the classes that were seen.

        Args:
            things: Only things (True), only stuff (False), or all (None).
        """
        seen = [
            each
            for class_id, each in self.counts.items()
            if each.seen and (things is None or self.classes[class_id] == things)
        ]
        n = len(seen)
        if not n:
            return Quality(float("nan"), float("nan"), float("nan"), 0)
        pq, sq, rq = (sum(getattr(each, name) for each in seen) / n for name in ("pq", "sq", "rq"))
        return Quality(pq, sq, rq, n)


def _blocks(pixels: NDArray[np.integer]) -> Iterator[NDArray[np.integer]]:
    """A contiguous array in pieces, flat, each a view."""
    flat = pixels.reshape(-1)
    for begin in range(0, flat.size, _BLOCK):
        yield flat[begin : begin + _BLOCK]


def _pairs(truth: SegmentMap, found: SegmentMap) -> dict[tuple[int, int], int]:
    """(number in the truth, number in the prediction) → pixels, for those that meet."""
    many = len(found.segments) + 1
    cells = (len(truth.segments) + 1) * many
    dense = np.zeros(cells if cells <= _DENSE else 0, np.int64)
    sparse: dict[int, int] = {}
    for left, right in zip(_blocks(truth.pixels), _blocks(found.pixels), strict=True):
        joint = left.astype(np.int64) * many
        joint += right
        if dense.size:
            dense += np.bincount(joint, minlength=cells)
            continue
        values, counts = np.unique(joint, return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            sparse[value] = sparse.get(value, 0) + count
    if dense.size:
        sparse = {int(at): int(dense[at]) for at in np.flatnonzero(dense)}
    return {divmod(value, many): count for value, count in sorted(sparse.items())}


def _sums(pairs: Mapping[tuple[int, int], int], side: int) -> dict[int, int]:
    sums: dict[int, int] = {}
    for pair, count in pairs.items():
        sums[pair[side]] = sums.get(pair[side], 0) + count
    return sums
