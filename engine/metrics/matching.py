"""COCO's average precision from overlaps that are given.

Objects are matched class by class and image by image, predictions by falling score, each to the
free true object it overlaps most, if that is at least the threshold; at a tie the later one. True
objects that do not count (a crowd, or outside the range of areas) are only taken where no other
is; a crowd is never used up. What matches one of them, or matches nothing and is itself outside
the range of areas, is neither right nor wrong.

Source: cocoapi, ``cocoeval.py``, ``evaluateImg`` and ``accumulate``; the parameters are COCO's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

THRESHOLDS: Final[Floats] = np.linspace(0.5, 0.95, 10)
RECALLS: Final[Floats] = np.linspace(0.0, 1.0, 101)
AREAS: Final[Floats] = np.array([(0, 1e10), (0, 32**2), (32**2, 96**2), (96**2, 1e10)], np.float64)
"""Smallest and largest area in pixels: all, small, medium, large."""
MOST: Final = (1, 10, 100)
"""Predictions of an image and class that count, the likeliest first."""

NAMES: Final = (
    *("AP", "AP50", "AP75", "APs", "APm", "APl"),
    *("AR1", "AR10", "AR100", "ARs", "ARm", "ARl"),
)
"""COCO's twelve figures, in its order."""


@dataclass(slots=True)
class _Class:
    """What is known of one class; axes: A areas, T thresholds, D predictions.

    Attributes:
        truths: (A,), true objects that count.
        scores: (D,) for each image, falling.
        hits: (A, T, D) for each image, whether a true object was matched.
        neither: (A, T, D) for each image, whether it is neither right nor wrong.
    """

    truths: Ints = field(default_factory=lambda: np.zeros(len(AREAS), np.int64))
    scores: list[Floats] = field(default_factory=list)
    hits: list[Bools] = field(default_factory=list)
    neither: list[Bools] = field(default_factory=list)


class Matching:
    """Counts matches image by image.

    Holds 90 bytes for each prediction and some 400 for each class of an image.
    """

    def __init__(self, class_ids: Sequence[int]) -> None:
        """Begin with nothing seen.

        Args:
            class_ids: Classes that are counted.
        """
        self._classes = {each: _Class() for each in class_ids}

    def add(
        self,
        class_id: int,
        overlaps: Floats,
        scores: Floats,
        areas: Floats,
        truth_areas: Floats,
        crowd: Bools,
    ) -> None:
        """Count the objects of one class in one image.

        Args:
            class_id: One of the classes given before.
            overlaps: (D, G), how much prediction and true object overlap, 0–1; with a crowd the
                share of the prediction inside it.
            scores: (D,).
            areas: (D,), pixels.
            truth_areas: (G,), pixels.
            crowd: (G,), whether the true object is a crowd.
        """
        into = self._classes[class_id]
        order = np.argsort(-scores, kind="stable")[: MOST[-1]]
        skip = crowd | _outside(truth_areas)
        hits, neither = _match(overlaps[order], skip, crowd)
        neither |= ~hits & _outside(areas[order])[:, None, :]
        into.truths += np.count_nonzero(~skip, axis=1)
        into.scores.append(scores[order])
        into.hits.append(hits)
        into.neither.append(neither)

    def curves(self) -> tuple[Floats, Floats]:
        """Precision (T, R, K, A, M) and greatest recall (T, K, A, M), −1 where nothing is true.

        Axes: T thresholds, R recalls, K classes as given, A areas, M predictions that count.
        """
        shape = len(THRESHOLDS), len(RECALLS), len(self._classes), len(AREAS), len(MOST)
        precision = np.full(shape, -1.0)
        recall = np.full((shape[0], *shape[2:]), -1.0)
        for k, each in enumerate(self._classes.values()):
            for m, most in enumerate(MOST):
                scores = np.concatenate([np.zeros(0), *(part[:most] for part in each.scores)])
                order = np.argsort(-scores, kind="stable")
                hits = _joined(each.hits, most)[..., order]
                neither = _joined(each.neither, most)[..., order]
                for a in np.flatnonzero(each.truths):
                    curve = _curve(hits[a], neither[a], int(each.truths[a]))
                    precision[:, :, k, a, m], recall[:, k, a, m] = curve
        return precision, recall


def summary(precision: Floats, recall: Floats) -> dict[str, float]:
    """COCO's twelve figures by ``NAMES``, NaN where nothing is true.

    Args:
        precision: See ``Matching.curves``.
        recall: See ``Matching.curves``.
    """
    average = [precision[..., 0, -1], precision[0, ..., 0, -1], precision[5, ..., 0, -1]]
    average += [precision[..., area, -1] for area in (1, 2, 3)]
    reached = [recall[..., 0, most] for most in range(len(MOST))]
    reached += [recall[..., area, -1] for area in (1, 2, 3)]
    return dict(zip(NAMES, map(_mean, (*average, *reached)), strict=True))


def by_class(
    class_ids: Sequence[int], precision: Floats, recall: Floats
) -> Mapping[int, dict[str, float]]:
    """The twelve figures of each class alone; for the arguments see ``Matching.curves``."""
    return {
        class_id: summary(precision[:, :, k : k + 1], recall[:, k : k + 1])
        for k, class_id in enumerate(class_ids)
    }


def _outside(areas: Floats) -> Bools:
    """(A, n): whether each area is outside each range."""
    out: Bools = (areas < AREAS[:, :1]) | (areas > AREAS[:, 1:])
    return out


def _match(overlaps: Floats, skip: Bools, crowd: Bools) -> tuple[Bools, Bools]:
    """Which predictions hit, and which of these hit what does not count; both (A, T, D).

    Args:
        overlaps: (D, G), by falling score.
        skip: (A, G), true objects that do not count.
        crowd: (G,).
    """
    limits = np.minimum(THRESHOLDS, 1 - 1e-10)[:, None]
    shape = len(AREAS), len(THRESHOLDS)
    hits = np.zeros((*shape, overlaps.shape[0]), np.bool_)
    neither = np.zeros_like(hits)
    free = np.ones((*shape, overlaps.shape[1]), np.bool_)
    for d, row in enumerate(overlaps):
        near = np.flatnonzero(row >= limits[0])
        if near.size == 0:
            continue
        may = free[..., near] & (row[near] >= limits)
        beside = skip[:, None, near]
        best = _last_best(may & ~beside, row[near])
        best = np.where(best < 0, _last_best(may & beside, row[near]), best)
        a, t = np.nonzero(best >= 0)
        g = near[best[a, t]]
        hits[a, t, d] = True
        neither[a, t, d] = skip[a, g]
        free[a, t, g] = crowd[g]
    return hits, neither


def _last_best(may: Bools, row: Floats) -> Ints:
    """Of what ``may`` (A, T, n) be taken the last with the largest value of ``row``; −1: none."""
    values = np.where(may, row, -1.0)[..., ::-1]
    at = values.argmax(axis=-1)
    found: Ints = np.where(may.any(axis=-1), row.size - 1 - at, -1)
    return found


def _joined(parts: Sequence[Bools], most: int) -> Bools:
    empty = np.zeros((len(AREAS), len(THRESHOLDS), 0), np.bool_)
    return np.concatenate([empty, *(part[..., :most] for part in parts)], axis=-1)


def _curve(hits: Bools, neither: Bools, truths: int) -> tuple[Floats, Floats]:
    """Precision at each recall (T, R), and the greatest recall (T,); for (T, D) by score."""
    right = np.cumsum(hits & ~neither, axis=1).astype(np.float64)
    wrong = np.cumsum(~hits & ~neither, axis=1).astype(np.float64)
    recall = right / truths
    precision = right / (right + wrong + np.spacing(1))
    # From each place on, the best precision at that recall or a greater one.
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    out = np.zeros((len(THRESHOLDS), len(RECALLS)))
    for t, reached in enumerate(recall):
        at = np.searchsorted(reached, RECALLS, side="left")
        inside = at < reached.size
        out[t, inside] = precision[t, at[inside]]
    last: Floats = recall[:, -1] if recall.shape[1] else np.zeros(len(THRESHOLDS))
    return out, last


def _mean(values: Floats) -> float:
    there = values[values > -1]
    return float(there.mean()) if there.size else float("nan")
