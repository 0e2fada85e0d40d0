"""The class layer of a model, made over for other classes.

The last layer of a segmentation network has one row (a vector of weights and a bias) per class.
Rows of classes the new model also has are kept; a class that is new starts as the background row
with a little noise, that is, as something the model has not yet told apart from background.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

NOISE = 0.1
"""Standard deviation of the noise on new rows, in units of the layer's own spread of weights."""


@dataclass(frozen=True, slots=True)
class RowPlan:
    """Which old rows each new class starts from.

    Attributes:
        sources: Per new class the old rows that are averaged; empty = a new row.
        background: Old row of the background class, None where the old model has none.
        old: Number of old rows.
        yes_or_no: The single old row says foreground against background by its sign.
        seed: Of the noise.
    """

    sources: tuple[tuple[int, ...], ...]
    background: int | None
    old: int
    yes_or_no: bool = False
    seed: int = 0

    @classmethod
    def of(
        cls,
        new: Sequence[int],
        old: Sequence[int],
        background: int | None,
        mapping: Mapping[int, int],
        *,
        seed: int = 0,
    ) -> RowPlan:
        """A plan from a mapping of classes.

        Args:
            new: Project class ids in the order of the new model, background first.
            old: Class indices of the old model, in the order of its rows. A single row is a
                yes-or-no channel of the class `old[0]`.
            background: Index of the old background class, None where there is none.
            mapping: Old class index → project class id, for classes that are kept.
            seed: Of the noise on new rows.
        """
        single = len(old) == 1
        rows = {index: row for row, index in enumerate(old) if single or index != background}
        sources = [
            tuple(rows[index] for index in rows if mapping.get(index) == wanted) for wanted in new
        ]
        ground = None
        if background is not None and background in old and not single:
            ground = list(old).index(background)
        if ground is not None:
            sources[0] = (ground,)
        return cls(tuple(sources), ground, len(old), single, seed)

    @property
    def kept(self) -> int:
        """New classes besides the background that start from old rows."""
        return sum(bool(rows) for rows in self.sources[1:])

    def apply(self, rows: Floats) -> Floats:
        """New rows from old.

        Args:
            rows: (old classes, …) weights or biases.

        Returns:
            (new classes, …), float32.
        """
        noise = np.random.default_rng([self.seed, rows.ndim, rows.size])
        spread = float(rows.std()) if rows.ndim > 1 else 0.0
        ground = self._ground(rows)
        result = np.empty((len(self.sources), *rows.shape[1:]), np.float32)
        for position, sources in enumerate(self.sources):
            if self.yes_or_no and sources:
                result[position] = rows[0] / 2
            elif sources:
                result[position] = rows[list(sources)].mean(axis=0)
            else:
                result[position] = ground
                if position:
                    result[position] += noise.normal(0, NOISE * spread, rows.shape[1:])
        return result

    def _ground(self, rows: Floats) -> Floats:
        """The row that stands for "none of the classes"."""
        if self.yes_or_no:
            # softmax of (−r/2, r/2) is the sigmoid of r
            return np.asarray(-rows[0] / 2, np.float32)
        if self.background is not None:
            return np.asarray(rows[self.background], np.float32)
        return np.zeros(rows.shape[1:], np.float32)
