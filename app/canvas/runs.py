"""Pixels of tiles that lie side by side, picked for the pixels of the screen that show them."""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Run(NamedTuple):
    """Screen pixels along one axis that show pixels of one tile.

    Attributes:
        start: the first of them.
        tile: row or column of the tile.
        places: for each the tile's pixel.
        even: whether they are one after the other.
    """

    start: int
    tile: int
    places: NDArray[np.intp]
    even: bool

    @property
    def stop(self) -> int:
        """After the last."""
        return self.start + len(self.places)


def runs(places: NDArray[np.intp], side: int) -> list[Run]:
    """Places along an axis, in order, by the tile of ``side`` pixels that each lies in."""
    tiles = places // side
    starts = [0, *(np.flatnonzero(np.diff(tiles)) + 1).tolist(), len(places)]
    found = []
    for start, stop in pairwise(starts):
        tile = int(tiles[start])
        inside = places[start:stop] - tile * side
        found.append(Run(start, tile, inside, bool((np.diff(inside) == 1).all())))
    return found


def picked(tile: NDArray[Any], rows: Run, columns: Run) -> NDArray[Any]:
    """The pixels of a tile that are shown; itself in part where they stand one on one."""
    for axis, run in enumerate((rows, columns)):
        if run.even:
            part = slice(int(run.places[0]), int(run.places[-1]) + 1)
            tile = tile[part] if axis == 0 else tile[:, part]
        else:
            tile = np.take(tile, run.places, axis)
    return tile
