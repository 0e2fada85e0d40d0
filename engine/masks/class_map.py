"""The layer of classes that are painted as pixels: one class number for every pixel of an image."""

from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.masks import values
from engine.masks.box import Box, clip, intersect
from engine.masks.index_patch import IndexPatch, IndexPiece
from engine.masks.mask import Mask
from engine.masks.tiles import FULL, SIDE, Bits, Key, box_of, keys_of
from engine.masks.values import Rule, Tile, Values

HIGHEST: Final = 0xFFFF
"""The largest class number a pixel can have."""


FORETOLD: Final = "foretold"
"""See ``ClassMap.foretelling``."""


class Foretold(NamedTuple):
    """What painting a tile will change.

    Attributes:
        rule: what is painted.
        bits: the tile of the region.
        old: the tile of the map.
        change: what changes; None for nothing.
        tile: the map's tile after it.
    """

    rule: Rule
    bits: Bits
    old: Tile
    change: values.Change | None
    tile: Tile | None

    def holds(self, rule: Rule, bits: Bits, old: Tile) -> bool:
        """Whether that is what is asked for now."""
        return bits is self.bits and values.is_one(old, self.old) and rule == self.rule


class ClassMap:
    """An immutable class number (0–65535) for each pixel of one image.

    A tile of 256 × 256 pixels is absent where all its pixels are 0, an int where all are of one
    class, and else an array (256, 256), uint8 where that is enough and uint16 where not. The form
    is canonical, pixels of edge tiles that lie outside the image are 0 in arrays, and a change
    leaves every tile it does not touch the same object.
    """

    __slots__ = ("_areas", "_counts", "_known", "_tiles", "size")

    def __init__(self, size: tuple[int, int], tiles: Mapping[Key, Tile] | None = None) -> None:
        """Take canonical tiles, or begin with 0 everywhere.

        Args:
            size: (height, width) of the image in pixels.
            tiles: by (row, column); as the class says. Use ``from_tiles`` for any others.
        """
        self.size = size
        self._tiles: dict[Key, Tile] = dict(tiles or {})
        self._counts: dict[Key, dict[int, int]] = {}
        self._areas: dict[int, int] | None = None
        self._known: frozenset[int] | None = None if self._tiles else frozenset({0})

    @classmethod
    def from_tiles(cls, size: tuple[int, int], tiles: Mapping[Key, Tile]) -> "ClassMap":
        """The map with these tiles, made canonical; those outside the image are dropped."""
        out: dict[Key, Tile] = {}
        for key, tile in tiles.items():
            inside = clip(box_of(key), size)
            if inside is None:
                continue
            shape = inside[3] - inside[1], inside[2] - inside[0]
            kept = tile if isinstance(tile, int) else values.canonical(tile[: shape[0], : shape[1]])
            if isinstance(kept, int) and kept == 0:
                continue
            out[key] = kept
        return cls(size, out)

    @classmethod
    def from_array(cls, array: NDArray[np.integer]) -> "ClassMap":
        """The map with the numbers of ``array``, (height, width), any integers in 0–65535.

        Raises:
            ValueError: a number is out of that range, or the shape is another.
        """
        if array.ndim != 2 or array.dtype.kind not in "ui":
            raise ValueError(f"want a (h, w) array of integers, got {array.dtype} {array.shape}")
        size = int(array.shape[0]), int(array.shape[1])
        out: dict[Key, Tile] = {}
        for key in keys_of((0, 0, size[1], size[0])):
            y, x = key[0] * SIDE, key[1] * SIDE
            part = array[y : y + SIDE, x : x + SIDE]
            low, high = int(part.min()), int(part.max())
            if low < 0 or high > HIGHEST:
                raise ValueError(f"class numbers are 0 to {HIGHEST}, got {low} to {high}")
            tile = values.canonical(part)
            if not isinstance(tile, int) or tile:
                out[key] = tile
        return cls(size, out)

    def tiles(self) -> Mapping[Key, Tile]:
        """Its tiles by (row, column); absent ones are 0."""
        return MappingProxyType(self._tiles)

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return sum(tile.nbytes for tile in self._tiles.values() if not isinstance(tile, int))

    def at(self, x: int, y: int) -> int:
        """The class of the pixel in column ``x`` and row ``y``; 0 outside the image."""
        if not (0 <= x < self.size[1] and 0 <= y < self.size[0]):
            return 0
        tile = self._tiles.get((y // SIDE, x // SIDE), 0)
        return tile if isinstance(tile, int) else int(tile[y % SIDE, x % SIDE])

    def read(self, box: Box) -> Values:
        """Copy ``box``: (bottom - top, right - left), uint8, or uint16 where a class needs it.

        What lies outside the image is 0.
        """
        left, top, right, bottom = box
        inside = clip(box, self.size)
        parts = [] if inside is None else list(self._within(inside))
        wide = any(tile > 255 if isinstance(tile, int) else tile.itemsize > 1 for _, tile in parts)
        out = np.zeros(
            (max(0, bottom - top), max(0, right - left)), np.uint16 if wide else np.uint8
        )
        for key, tile in parts:
            a, b, c, d = intersect(box_of(key), inside or box) or (0, 0, 0, 0)
            y, x = key[0] * SIDE, key[1] * SIDE
            cells = tile if isinstance(tile, int) else tile[b - y : d - y, a - x : c - x]
            out[b - top : d - top, a - left : c - left] = cells
        return out

    def _within(self, box: Box) -> Iterator[tuple[Key, Tile]]:
        for key in keys_of(box):
            tile = self._tiles.get(key, 0)
            if not isinstance(tile, int) or tile:
                yield key, tile

    def to_array(self) -> Values:
        """The whole map, (height, width); see ``read``."""
        return self.read((0, 0, self.size[1], self.size[0]))

    def mask(self, index: int) -> Mask:
        """The pixels of class ``index``."""
        out: dict[Key, Bits] = {}
        keys = self._tiles if index else keys_of((0, 0, self.size[1], self.size[0]))
        for key in keys:
            tile = self._tiles.get(key, 0)
            if isinstance(tile, int):
                if tile == index:
                    out[key] = self._image_part(key)
                continue
            bits = tile == index
            if index == 0:
                bits &= self._image_part(key)
            out[key] = bits
        return Mask.from_tiles(out)

    def _shape(self, key: Key) -> tuple[int, int]:
        """Rows and columns of the tile that lie inside the image."""
        return (
            min(SIDE, self.size[0] - key[0] * SIDE),
            min(SIDE, self.size[1] - key[1] * SIDE),
        )

    def _image_part(self, key: Key) -> Bits:
        rows, columns = self._shape(key)
        if (rows, columns) == (SIDE, SIDE):
            return FULL
        bits = np.zeros((SIDE, SIDE), np.bool_)
        bits[:rows, :columns] = True
        return bits

    def areas(self) -> dict[int, int]:
        """Pixels of each class that has any, 0 among them. Only changed tiles are counted again."""
        if self._areas is None:
            total: dict[int, int] = {}
            for key, tile in self._tiles.items():
                if isinstance(tile, int):
                    rows, columns = self._shape(key)
                    total[tile] = total.get(tile, 0) + rows * columns
                    continue
                counted = self._counts.get(key)
                if counted is None:
                    counted = self._counts[key] = values.counts(tile)
                for index, pixels in counted.items():
                    total[index] = total.get(index, 0) + pixels
            total.pop(0, None)
            rest = self.size[0] * self.size[1] - sum(total.values())
            self._areas = {0: rest, **total} if rest else total
        return dict(self._areas)

    def candidates(self) -> frozenset[int]:
        """Every class that has a pixel, and maybe some that have none; known without counting.

        After a change these are the classes before it and those that it can make of them.
        """
        if self._known is None:
            self._known = frozenset(self.areas())
        return self._known

    def change(self, region: Mask, index: int, keep: Collection[int] = ()) -> IndexPatch:
        """The patch that gives ``region`` the class ``index``.

        Args:
            region: what lies outside the image is left out.
            index: 0–65535.
            keep: classes whose pixels are not touched (locked ones).
        """
        return self._patch(region, Rule(index, frozenset(keep)))

    def change_where(self, region: Mask, only: Collection[int], index: int) -> IndexPatch:
        """Like ``change``, touching only pixels whose class is in ``only``."""
        return self._patch(region, Rule(index, only=frozenset(only)))

    def foretelling(self, rule: Rule) -> Callable[[Key, Bits], Foretold]:
        """What works out, tile by tile, what a change of a region that is being painted will be.

        The answers belong into the region's ``memo`` under ``FORETOLD``, by tile; what is not
        there, or was worked out from something else, ``change`` works out itself.
        """
        return lambda key, bits: self._foretell(key, bits, rule)

    def _foretell(self, key: Key, bits: Bits, rule: Rule) -> Foretold:
        old, change = self._tiles.get(key, 0), self._exchange(key, bits, rule)
        tile = None
        if change is not None:
            tile = self._flipped(key, _piece(key, change))
        return Foretold(rule, bits, old, change, tile)

    def _exchange(self, key: Key, bits: Bits, rule: Rule) -> values.Change | None:
        shape = self._shape(key)
        if min(*key, *shape) < 0 or 0 in shape:
            return None  # outside the image
        cells = bits if bits is FULL or shape == (SIDE, SIDE) else bits[: shape[0], : shape[1]]
        return values.exchange(self._tiles.get(key, 0), cells, shape, rule)

    def _patch(self, region: Mask, rule: Rule) -> IndexPatch:
        if not 0 <= rule.value <= HIGHEST:
            raise ValueError(f"class numbers are 0 to {HIGHEST}, got {rule.value}")
        pieces: list[IndexPiece] = []
        made: dict[Key, tuple[Tile, Tile]] = {}
        foretold: Mapping[Key, Foretold] = region.memo.get(FORETOLD, {})
        for key, bits in region.tiles().items():
            known, old = foretold.get(key), self._tiles.get(key, 0)
            if known is None or not known.holds(rule, bits, old):
                change = self._exchange(key, bits, rule)
            else:
                change = known.change
                if known.tile is not None:
                    made[key] = old, known.tile
            if change is not None:
                pieces.append(_piece(key, change))
        return IndexPatch(tuple(pieces), made)

    def classes(self, patch: IndexPatch) -> set[int]:
        """Every class that loses or gains a pixel when ``patch`` is applied, 0 among them."""
        found: set[int] = set()
        for piece in patch.pieces:
            tile = self._tiles.get((piece.top // SIDE, piece.left // SIDE), 0)
            if isinstance(tile, int) and piece.value:
                found |= {tile, tile ^ piece.value}
            else:
                old = self.read(piece.box)
                changed = piece.xor != 0 if piece.bits is None else piece.bits
                found |= values.present(old, changed) | values.present(old ^ piece.xor, changed)
        return found

    def flip(self, patch: IndexPatch) -> "ClassMap":
        """The map with ``patch`` applied; applying it again gives this one back.

        Raises:
            ValueError: a piece of the patch reaches outside the image or across tiles.
        """
        tiles, counts = dict(self._tiles), dict(self._counts)
        made = patch.take_made()
        for piece in patch.pieces:
            key = piece.top // SIDE, piece.left // SIDE
            ready = made.get(key)
            if ready is not None and values.is_one(ready[0], tiles.get(key, 0)):
                tile = ready[1]
            else:
                tile = self._flipped(key, piece)
            counts.pop(key, None)
            if isinstance(tile, int) and tile == 0:
                tiles.pop(key, None)
            else:
                tiles[key] = tile
        out = ClassMap(self.size, tiles)
        out._counts = counts
        changes = {piece.value for piece in patch.pieces}
        if self._known is not None and 0 not in changes:  # 0: more than one value in a piece
            known = self._known | {old ^ by for old in self._known for by in changes}
            out._known = known if len(known) <= 512 else None
        return out

    def _flipped(self, key: Key, piece: IndexPiece) -> Tile:
        """The tile ``key`` after a change of a part of it."""
        shape, at = self._shape(key), (piece.top - key[0] * SIDE, piece.left - key[1] * SIDE)
        if min(key) < 0 or at[0] + piece.shape[0] > shape[0] or at[1] + piece.shape[1] > shape[1]:
            raise ValueError(f"a patch of {piece.box} does not fit tile {key} of {self.size}")
        old, value = self._tiles.get(key, 0), piece.value
        if isinstance(old, int) and value and piece.shape == shape:  # most tiles of a large stroke
            if piece.bits is None:
                return old ^ value
            if shape == (SIDE, SIDE):
                tile = values.spotted(old, old ^ value, piece.bits)
                if tile is not None:
                    return tile
        return values.flipped(old, at, piece.xor, shape)

    def same(self, other: "ClassMap") -> bool:
        """Whether both have the same size and the same class everywhere."""
        if self.size != other.size or self._tiles.keys() != other._tiles.keys():
            return False
        return all(values.equal(tile, other._tiles[key]) for key, tile in self._tiles.items())

    def __repr__(self) -> str:
        return f"<ClassMap {self.size[1]} × {self.size[0]}, {len(self._tiles)} tiles>"


def _piece(key: Key, change: values.Change) -> IndexPiece:
    row, column, extent, value, where, xor = change
    left, top = key[1] * SIDE + column, key[0] * SIDE + row
    return IndexPiece(left, top, extent, value=value, bits=where, xor=xor)


__all__ = ["FORETOLD", "HIGHEST", "ClassMap", "Foretold", "IndexPatch", "IndexPiece", "Rule"]
