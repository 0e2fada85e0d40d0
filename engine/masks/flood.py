"""The connected region around a point, read only as far as it reaches."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.masks.box import Box, clip, intersect
from engine.masks.mask import Mask
from engine.masks.parts import FOUR, Labelled, edge, label
from engine.masks.tiles import FULL, PIXELS, SIDE, Bits, Key, Piece, Tiles, box_of

_SIDES = {"left": (0, -1), "right": (0, 1), "top": (-1, 0), "bottom": (1, 0)}
_FACING = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}


def flood(
    read: Callable[[Box], NDArray[Any]],
    size: tuple[int, int],
    seed: tuple[int, int],
    accept: Callable[[NDArray[Any]], NDArray[np.bool_]] | None = None,
    limit: Box | None = None,
) -> Mask:
    """The 4-connected region that holds the pixel ``seed``.

    Args:
        read: gives the values of a box inside the image, (bottom - top, right - left[, …]); asked
            once for each tile the region comes to, and for no other.
        size: (height, width) of the image.
        seed: (x, y) in whole pixels.
        accept: values of a box → bool (h, w), which pixels may belong; without it, those whose
            value equals the one at the seed.
        limit: stay inside this box.

    Returns:
        The region; empty where the seed is outside or not accepted.
    """
    bounds = clip(limit, size) if limit else (0, 0, size[1], size[0])
    x, y = seed
    if bounds is None or intersect(bounds, (x, y, x + 1, y + 1)) is None:
        return Mask.EMPTY
    if accept is None:
        value = read((x, y, x + 1, y + 1))[0, 0]

        def accept(values: NDArray[Any]) -> NDArray[np.bool_]:
            equal: NDArray[np.bool_] = values == value
            return np.asarray(equal.all(axis=tuple(range(2, equal.ndim))))

    return _Spread(read, accept, bounds).run(seed)


class _Spread:
    """A flood under way: tiles seen, and which parts of them are reached."""

    def __init__(
        self,
        read: Callable[[Box], NDArray[Any]],
        accept: Callable[[NDArray[Any]], NDArray[np.bool_]],
        bounds: Box,
    ) -> None:
        self._read, self._accept, self._bounds = read, accept, bounds
        self._tiles: dict[Key, Labelled | None] = {}
        self._reached: dict[Key, set[int]] = {}
        self._next: list[tuple[Key, int]] = []

    def run(self, seed: tuple[int, int]) -> Mask:
        """Spread from ``seed`` until nothing more is reached."""
        x, y = seed
        key = y // SIDE, x // SIDE
        labelled = self._tile(key)
        if labelled is None:
            return Mask.EMPTY
        labels = labelled.piece.bits if labelled.labels is None else labelled.labels
        self._reach(key, int(labels[y % SIDE, x % SIDE]))
        while self._next:
            self._spread(*self._next.pop())
        return Mask.from_tiles(self._taken())

    def _spread(self, key: Key, part: int) -> None:
        labelled = self._tiles[key]
        if labelled is None:
            return
        for side, (down, right) in _SIDES.items():
            open_here = edge(labelled, side) == part
            if not open_here.any():
                continue
            other = key[0] + down, key[1] + right
            neighbour = self._tile(other)
            if neighbour is not None:
                for found in np.unique(edge(neighbour, _FACING[side])[open_here]).tolist():
                    self._reach(other, found)

    def _reach(self, key: Key, part: int) -> None:
        reached = self._reached.setdefault(key, set())
        if part and part not in reached:
            reached.add(part)
            self._next.append((key, part))

    def _tile(self, key: Key) -> Labelled | None:
        """The tile with its parts, read at its first visit; None outside the bounds or empty."""
        if key not in self._tiles:
            self._tiles[key] = self._look(key)
        return self._tiles[key]

    def _look(self, key: Key) -> Labelled | None:
        inside = intersect(box_of(key), self._bounds)
        if inside is None:
            return None
        bits = np.zeros((SIDE, SIDE), np.bool_)
        x, y = key[1] * SIDE, key[0] * SIDE
        left, top, right, bottom = inside
        bits[top - y : bottom - y, left - x : right - x] = self._accept(self._read(inside))
        pixels = np.count_nonzero(bits)
        if pixels == 0:
            return None
        return label(Piece(x, y, FULL if pixels == PIXELS else bits), FOUR)

    def _taken(self) -> Tiles:
        out: Tiles = {}
        for key, reached in self._reached.items():
            labelled = self._tiles[key]
            if labelled is not None and reached:
                out[key] = _bits(labelled, reached)
        return out


def _bits(labelled: Labelled, reached: set[int]) -> Bits:
    if labelled.labels is None or len(reached) == len(labelled.areas):
        return labelled.piece.bits
    wanted = np.zeros(len(labelled.areas) + 1, np.bool_)
    wanted[list(reached)] = True
    return np.asarray(wanted[labelled.labels])
