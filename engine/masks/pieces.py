"""Tiles that are kept packed, looked at as if they were not."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import cast, overload

from engine.masks.packed import Kept, Packed, opened
from engine.masks.tiles import SIDE, Bits, Key, Piece


def opening(tiles: Mapping[Key, Kept]) -> Mapping[Key, Bits]:
    """Canonical tiles for reading, those that are packed opened when they are asked for."""
    if any(isinstance(tile, Packed) for tile in tiles.values()):
        return Opening(tiles)
    return MappingProxyType(cast("dict[Key, Bits]", tiles))


def pieces_of(tiles: Mapping[Key, Bits]) -> Sequence[Piece]:
    """The same as pieces of a mask, in turn."""
    if isinstance(tiles, Opening):
        return Pieces(tiles)
    return tuple(Piece(c * SIDE, r * SIDE, tile) for (r, c), tile in tiles.items())


class Opening(Mapping[Key, Bits]):
    """Tiles by (row, column), each opened when it is asked for."""

    def __init__(self, tiles: Mapping[Key, Kept]) -> None:
        """Look at canonical tiles."""
        self._tiles = tiles

    def __getitem__(self, key: Key) -> Bits:
        return opened(self._tiles[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._tiles)

    def __len__(self) -> int:
        return len(self._tiles)

    def __contains__(self, key: object) -> bool:
        return key in self._tiles


class Pieces(Sequence[Piece]):
    """Pieces of which each is opened when it is asked for."""

    def __init__(self, tiles: Opening) -> None:
        """Look at tiles."""
        self._tiles, self._keys = tiles, tuple(tiles)

    @overload
    def __getitem__(self, at: int) -> Piece: ...
    @overload
    def __getitem__(self, at: slice) -> "Sequence[Piece]": ...
    def __getitem__(self, at: int | slice) -> "Piece | Sequence[Piece]":
        if isinstance(at, slice):
            return tuple(self[place] for place in range(*at.indices(len(self))))
        row, column = self._keys[at]
        return Piece(column * SIDE, row * SIDE, self._tiles[row, column])

    def __len__(self) -> int:
        return len(self._keys)
