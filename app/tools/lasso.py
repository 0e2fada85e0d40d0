"""The lasso: an area drawn around by hand."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.tools.base import Desk, Gesture, Point, Pointer
from app.tools.drawing import draw
from app.tools.painting import aimed, kept_inside, painted
from engine.masks.raster import polygon

STRAY = 1 / 16
"""Image pixels by which points may be left out: too little to change a pixel but by rounding."""


class Lasso:
    """Adds what a line encloses, or takes it away; the line closes by itself.

    Option: ``KEEP_INSIDE``, which fills the gap between objects that is drawn around.
    """

    def gesture(self, press: Pointer, desk: Desk) -> Gesture:
        """See Tool.gesture; ``app.tools.drawing.draw`` says how the line is drawn."""
        target = aimed(press, desk)
        line = yield from draw(press, desk)
        if line is None or len(line.points) < 3:
            return None
        region = desk.allowed(polygon(thinned(line.points), desk.document.size))
        region = kept_inside(desk, target, press, region)
        return painted(desk, region, target, press, line.end, "Lasso")


def thinned(points: Sequence[Point]) -> NDArray[np.float64]:
    """A closed line without points that stray less than ``STRAY`` from those that are left."""
    import cv2

    line = np.asarray(points, np.float64)
    # OpenCV works in 32 bits, which near 100,000 leave no 1/64 pixel: counted from the corner
    corner = np.floor(line.min(0))
    kept = cv2.approxPolyDP((line - corner).astype(np.float32), STRAY, True)
    return np.asarray(kept.reshape(-1, 2).astype(np.float64) + corner)
