"""The masks in a picture of labels: one for each value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.masks.box import Box
from engine.masks.mask import Mask

MOST_VALUES: Final = 1_000_000
"""Different values of a picture of labels."""

STREWN: Final = 64
STREWN_FREE: Final = 256_000_000
"""How often the boxes of all values may cover a picture of labels, and pixels allowed on top."""


class NoLabelsError(EngineError):
    """The picture is none of labels."""


def kind_of(problem: EngineError) -> str:
    """What a report calls a mask file that could not be used."""
    return "no labels" if isinstance(problem, NoLabelsError) else "bad file"


def value_figures(
    values: NDArray[np.integer], skip: tuple[int, ...] = (0,)
) -> dict[int, tuple[int, Box]]:
    """How many pixels every value has, and their box, in the order of values.

    Costs one sort of the pixels that are not skipped, whatever the number of values, and little
    memory besides the picture: rows are looked at in bands.

    Args:
        values: (height, width).
        skip: Values that are left out.

    Raises:
        NoLabelsError: There are more than a million.
    """
    found: dict[int, tuple[int, Box]] = {}
    for rows in _bands(values):
        for value, (count, box) in _figures(values[rows], skip).items():
            here = (box[0], box[1] + rows.start, box[2], box[3] + rows.start)
            before, old = found.get(value, (0, here))
            found[value] = before + count, _around(old, here)
        if len(found) > MOST_VALUES:
            raise NoLabelsError(
                f"This is no picture of labels: it has more than {MOST_VALUES:,} values, as a "
                "photo has. Choose the mask file."
            )
    return dict(sorted(found.items()))


def _bands(values: NDArray[np.integer]) -> Iterator[slice]:
    """Rows of a million pixels or so."""
    step = max(1, (1 << 20) // max(1, values.shape[1]))
    for top in range(0, values.shape[0], step):
        yield slice(top, top + step)


def _around(first: Box, second: Box) -> Box:
    (left, top, right, bottom), (x0, y0, x1, y1) = first, second
    return min(left, x0), min(top, y0), max(right, x1), max(bottom, y1)


def _figures(values: NDArray[np.integer], skip: tuple[int, ...]) -> dict[int, tuple[int, Box]]:
    flat = values.ravel()
    kept = np.ones(flat.size, np.bool_)
    for value in skip:
        kept &= flat != value
    places = np.flatnonzero(kept)
    if not len(places):
        return {}
    there = flat[places]
    order = np.argsort(there, kind="stable")
    there, places = there[order], places[order]
    begins = np.concatenate([[0], np.flatnonzero(there[1:] != there[:-1]) + 1])
    counts = np.diff(begins, append=len(there)).tolist()
    rows, columns = np.divmod(places, values.shape[1])
    sides = (
        np.minimum.reduceat(columns, begins),
        np.minimum.reduceat(rows, begins),
        np.maximum.reduceat(columns, begins) + 1,
        np.maximum.reduceat(rows, begins) + 1,
    )
    boxes = zip(*(side.tolist() for side in sides), strict=True)
    keys = there[begins].tolist()
    return {k: (n, box) for k, n, box in zip(keys, counts, boxes, strict=True)}


def value_masks(values: NDArray[np.integer], skip: tuple[int, ...] = (0,)) -> dict[int, Mask]:
    """The pixels of every value, in the order of values; see `value_figures`."""
    return _masks_of(values, value_figures(values, skip))


def _masks_of(
    values: NDArray[np.integer], figures: Mapping[int, tuple[int, Box]]
) -> dict[int, Mask]:
    found = {}
    for value, (_, (left, top, right, bottom)) in figures.items():
        crop = values[top:bottom, left:right] == value
        found[value] = Mask.from_bits(np.ascontiguousarray(crop), left, top)
    return found


def label_masks(values: NDArray[np.integer], skip: tuple[int, ...] = (0,)) -> dict[int, Mask]:
    """As ``value_masks``, of a picture of others, which may be no picture of labels at all.

    Raises:
        NoLabelsError: See ``label_figures``.
    """
    return _masks_of(values, label_figures(values, skip))


def label_figures(
    values: NDArray[np.integer], skip: tuple[int, ...] = (0,)
) -> dict[int, tuple[int, Box]]:
    """As ``value_figures``, of a picture of others.

    Raises:
        NoLabelsError: Its values are strewn over it as those of a photo are. Each would become an
            object as large as the picture: of 16 bits and a megapixel, 60 GB.
    """
    figures = value_figures(values, skip)
    boxes = sum((x1 - x0) * (y1 - y0) for _, (x0, y0, x1, y1) in figures.values())
    if boxes > STREWN * values.size + STREWN_FREE:
        raise NoLabelsError(
            f"This is no picture of labels: {len(figures):,} values are strewn all over it, as in "
            "a photo. Choose the mask file."
        )
    return figures
