"""From class numbers per pixel to objects with a mask and a score."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from engine.masks.box import Box
from engine.masks.mask import Mask
from engine.models.answer import Found

NOISE = 8
"""Components of fewer pixels are noise of the network, not objects."""
MOST = 2000
"""Objects kept per class, the largest first."""
_SAMPLES = 4_000_000
_BAND = 512

Chance = Callable[[Box, int], NDArray[np.floating]]
"""(box, step) → probability of the class at every step-th pixel of the box, 0..1."""


def bounds(bits: NDArray[np.bool_]) -> Box | None:
    """The tight box of the set pixels, None where there are none."""
    rows = np.flatnonzero(bits.any(axis=1))
    if not rows.size:
        return None
    columns = np.flatnonzero(bits[rows[0] : rows[-1] + 1].any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def present(labels: NDArray[np.uint8 | np.uint16]) -> list[int]:
    """The values in a label map, ascending."""
    import cv2

    if labels.dtype == np.uint16:
        return [int(value) for value in np.unique(labels)]
    counts = cv2.calcHist([np.ascontiguousarray(labels)], [0], None, [256], [0, 256])
    return [int(value) for value in np.flatnonzero(counts)]


def whole(label: int, bits: NDArray[np.bool_], chance: Chance | None) -> Iterator[Found]:
    """A "stuff" class: all its pixels as one mask.

    Args:
        label: The class.
        bits: (height, width) of the image.
        chance: Probability of the class, None where the model gives none.
    """
    box = bounds(bits)
    if box is None:
        return
    left, top, right, bottom = box
    crop = bits[top:bottom, left:right]
    score = None
    if chance is not None:
        step = _step(crop.size)
        chosen = crop[::step, ::step]
        values = chance(box, step)[chosen] if chosen.any() else chance(box, 1)[crop]
        score = float(values.mean())
    yield Found(label, score, Mask.from_bits(crop, left, top))


def components(
    label: int, bits: NDArray[np.bool_], chance: Chance | None, noise: int = NOISE
) -> tuple[list[Found], int]:
    """A "thing" class: each 8-connected region as an object, the largest first.

    Args:
        label: The class.
        bits: (height, width) of the image.
        chance: Probability of the class, None where the model gives none.
        noise: Smaller regions are dropped.

    Returns:
        (objects, how many above `MOST` were left out).
    """
    import cv2

    box = bounds(bits)
    if box is None:
        return [], 0
    left, top, right, bottom = box
    crop = np.ascontiguousarray(bits[top:bottom, left:right]).view(np.uint8)
    number, regions, stats, _ = cv2.connectedComponentsWithStats(crop, connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    kept = 1 + np.flatnonzero(areas[1:] >= noise)
    kept = kept[np.argsort(-areas[kept], kind="stable")]
    scores = None if chance is None else _means(regions, number, box, chance)
    found = []
    for region in kept[:MOST]:
        x, y, width, height = (int(value) for value in stats[region, :4])
        inside = regions[y : y + height, x : x + width] == region
        score = None
        if scores is not None and chance is not None:
            score = float(scores[region])
            if np.isnan(score):
                corner = (left + x, top + y)
                own = (*corner, corner[0] + width, corner[1] + height)
                score = float(chance(own, 1)[inside].mean())
        found.append(Found(label, score, Mask.from_bits(inside, left + x, top + y)))
    return found, max(0, len(kept) - MOST)


def _step(pixels: int) -> int:
    """Scores of large regions are means over a grid of at most about `_SAMPLES` pixels."""
    return max(1, int(np.ceil(np.sqrt(pixels / _SAMPLES))))


def _means(
    regions: NDArray[np.int32], number: int, box: Box, chance: Chance
) -> NDArray[np.float64]:
    """Mean probability per region; NaN for one that the grid of samples misses."""
    step = _step(regions.size)
    total, count = np.zeros(number), np.zeros(number)
    left, top, right, bottom = box
    rows = _BAND * step
    for start in range(top, bottom, rows):
        stop = min(start + rows, bottom)
        part = regions[start - top : stop - top : step, ::step].ravel()
        values = chance((left, start, right, stop), step).ravel()
        total += np.bincount(part, values, number)
        count += np.bincount(part, minlength=number)
    with np.errstate(invalid="ignore"):
        return total / count
