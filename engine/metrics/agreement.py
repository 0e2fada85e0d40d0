"""How far two people (or two states of a project) agree, class by class.

Only pixels that both have labelled count. Images are counted one by one.

Per class: IoU, boundary IoU (the boundaries of a class's whole region in each image, see
``engine.metrics.boundary``, summed over images), and Cohen's kappa of "this class or not". Over
all classes: Cohen's kappa = (o − e) / (1 − e), where o is the share of pixels on which both say
the same and e the share expected if each had drawn at random with the classes' own shares.

Source: Cohen, "A Coefficient of Agreement for Nominal Scales", 1960.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.document.labels import IGNORED
from engine.masks.mask import Mask
from engine.metrics import semantic
from engine.metrics.boundary import RATIO, boundary


@dataclass(frozen=True, slots=True)
class ClassAgreement:
    """Figures of one class, NaN where neither has it (kappa also where both have nothing else).

    Attributes:
        iou: 0..1.
        boundary_iou: 0..1.
        kappa: −1..1.
        first: Pixels the first says are of the class.
        second: Pixels the second says are.
    """

    iou: float
    boundary_iou: float
    kappa: float
    first: int
    second: int


class Agreement:
    """Counts images one by one.

    Attributes:
        counts: (n, n) pixels; rows: what the first says, columns: what the second says.
        images: Images counted.
    """

    def __init__(self, classes: int, ratio: float = RATIO) -> None:
        """Begin with nothing seen.

        Args:
            classes: Number of classes, at most 255.
            ratio: Width of a boundary as a share of the image's diagonal.
        """
        self.counts = np.zeros((classes, classes), np.int64)
        self.images = 0
        self._ratio = ratio
        self._edges = np.zeros((classes, 2), np.int64)  # in both, in either

    def add(self, first: NDArray[np.uint8], second: NDArray[np.uint8]) -> None:
        """Count one image.

        Args:
            first: (height, width), class numbers 0..n−1 or ``IGNORED`` of
                ``engine.document.labels``.
            second: Likewise, same shape.

        Raises:
            ValueError: The shapes differ, or a value is no class.
        """
        if first.shape != second.shape:
            raise ValueError(f"the first has shape {first.shape}, the second {second.shape}")
        unknown = (first == IGNORED) | (second == IGNORED)
        left = np.where(unknown, np.uint8(IGNORED), first)
        self.counts += semantic.confusion(left, second, len(self.counts), IGNORED)
        self.images += 1
        void = Mask.from_bits(unknown)
        present = np.bincount(first.reshape(-1), minlength=256)
        present += np.bincount(second.reshape(-1), minlength=256)
        size = int(first.shape[0]), int(first.shape[1])
        for each in np.flatnonzero(present[: len(self.counts)]).tolist():
            one = boundary(Mask.from_bits(first == each), size, self._ratio) - void
            other = boundary(Mask.from_bits(second == each), size, self._ratio) - void
            both = (one & other).area
            self._edges[each] += both, one.area + other.area - both

    def kappa(self) -> float:
        """Cohen's kappa over all classes; NaN without pixels, or where there is but one class."""
        return kappa(self.counts)

    def classes(self) -> list[ClassAgreement]:
        """The figures of each class, in their order."""
        ious = semantic.iou(self.counts)
        return [
            ClassAgreement(
                iou=float(ious[each]),
                boundary_iou=_share(*self._edges[each].tolist()),
                kappa=kappa(_apart(self.counts, each)),
                first=int(self.counts[each].sum()),
                second=int(self.counts[:, each].sum()),
            )
            for each in range(len(self.counts))
        ]


def kappa(counts: semantic.Counts) -> float:
    """Cohen's kappa of (n, n) counts; NaN where chance alone would agree on everything."""
    total = float(counts.sum())
    if not total:
        return float("nan")
    observed = float(counts.trace()) / total
    expected = float((counts.sum(axis=0) / total) @ (counts.sum(axis=1) / total))
    alone = np.count_nonzero(counts.sum(axis=0) + counts.sum(axis=1)) == 1
    return float("nan") if alone else (observed - expected) / (1 - expected)


def _apart(counts: semantic.Counts, each: int) -> semantic.Counts:
    """(2, 2): this class, and all others as one."""
    both = int(counts[each, each])
    first, second = int(counts[each].sum()) - both, int(counts[:, each].sum()) - both
    return np.array([[both, first], [second, int(counts.sum()) - both - first - second]])


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
