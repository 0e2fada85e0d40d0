"""Lines and handles that a gesture shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.floating[Any]]

NO_POINTS: Points = np.zeros((0, 2))


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """What is drawn over the picture, in image pixels.

    Parts that stay the same object from one figure to the next are taken to be drawn already.

    Attributes:
        rings: closed outlines, (n, 2) each, filled together so that inner ones are holes.
        lines: open lines.
        handles: (k, 2), small squares to take hold of.
        hot: number of the handle that a press would take; None for none.
        spot: a handle that would be new, or is being moved.
    """

    rings: Sequence[Points] = ()
    lines: Sequence[Points] = ()
    handles: Points = field(default_factory=lambda: NO_POINTS)
    hot: int | None = None
    spot: tuple[float, float] | None = None
