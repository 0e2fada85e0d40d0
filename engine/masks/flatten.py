"""From many masks to what is seen: which object is on top, pixel by pixel, where one looks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.masks import reduce
from engine.masks.box import Box
from engine.masks.mask import Mask
from engine.masks.tiles import FULL, SIDE, Bits, Key, keys_of

Slots = NDArray[np.uint16]

MOST: Final = 0xFFFF
"""The largest slot; 0 stays for pixels without an object."""

_cells: dict[int, Slots] = {}


def slots(items: Iterable[tuple[int, Mask]], box: Box, step: int = 1) -> Slots:
    """The slot of the topmost mask for each drawn pixel of ``box``.

    Args:
        items: (slot, mask) with slots 1–65535, bottom first; later ones cover earlier ones.
            Masks outside the box cost almost nothing, but see ``TileIndex``.
        box: in image pixels.
        step: image pixels along the side of a drawn pixel, a power of two up to 256. Drawn
            pixels are counted from the image's corner, so the first one may begin before the
            box and the last end after it. It has a mask's slot if any pixel under it is set.

    Returns:
        uint16, (rows, columns) from ``(top // step, left // step)`` to the last that is touched;
        0 where no mask is.

    Raises:
        ValueError: ``step`` or a slot is none.
    """
    reduce.check(step)
    left, top = box[0] // step, box[1] // step
    right, bottom = -(-box[2] // step), -(-box[3] // step)
    out = np.zeros((max(0, bottom - top), max(0, right - left)), np.uint16)
    lay(items, out, (left, top), step)
    return out


def lay(
    items: Iterable[tuple[int, Mask]], out: Slots, corner: tuple[int, int], step: int = 1
) -> None:
    """Like ``slots``, onto what is there already.

    Args:
        items: as for ``slots``.
        out: uint16, written where a mask is.
        corner: (column, row) of ``out[0, 0]`` in drawn pixels.
        step: as for ``slots``.

    Raises:
        ValueError: ``step`` or a slot is none.
    """
    reduce.check(step)
    left, top = corner
    level = left, top, left + out.shape[1], top + out.shape[0]
    for slot, mask in items:  # thousands a frame: what is usual is written out here
        cell = _cells[slot] if slot in _cells else _cell(slot)
        piece = mask.crop if step == 1 else reduce.crop(mask, step)
        if piece is None:
            _lay_tiles(out, mask, cell, level, step)
            continue
        x, y, bits = piece
        x, y = x - left, y - top
        if x >= 0 and y >= 0:
            height, width = bits.shape
            under = out[y : y + height, x : x + width]
            if under.shape == bits.shape:
                np.copyto(under, cell, where=bits)
                continue
        _lay(out, x, y, bits, cell)


def _cell(slot: int) -> Slots:
    """The slot as an array without dimensions, which numpy copies from at once."""
    if not 0 < slot <= MOST:
        raise ValueError(f"slots are 1 to {MOST}, got {slot}")
    return _cells.setdefault(slot, np.array(slot, np.uint16))


def _lay(out: Slots, x: int, y: int, bits: Bits, cell: Slots) -> None:
    """Write ``cell`` where ``bits``, with its corner at (x, y) of ``out``, is set."""
    height, width = bits.shape
    bits = bits[max(0, -y) :, max(0, -x) :]
    under = out[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)]
    np.copyto(under, cell, where=bits[: under.shape[0], : under.shape[1]])


def _lay_tiles(out: Slots, mask: Mask, cell: Slots, level: Box, step: int) -> None:
    if not mask:
        return
    tiles = mask.tiles() if step == 1 else reduce.blocks(mask, step)
    left, top = level[:2]
    for key in keys_of(level):
        tile = tiles[key] if step > 1 else tiles.get(key)
        if tile is None:
            continue
        x, y = key[1] * SIDE - left, key[0] * SIDE - top
        if tile is FULL:
            out[max(y, 0) : max(y + SIDE, 0), max(x, 0) : max(x + SIDE, 0)] = cell
        else:
            _lay(out, x, y, tile, cell)


def _present(tiles: Mapping[Key, object], box: Box) -> Iterable[Key]:
    """The keys of ``tiles`` in ``box``, by whichever way is shorter."""
    left, top, right, bottom = box
    rows, columns = range(top // SIDE, -(-bottom // SIDE)), range(left // SIDE, -(-right // SIDE))
    if len(rows) * len(columns) < len(tiles):
        return (key for key in keys_of(box) if key in tiles)
    return (key for key in tiles if key[0] in rows and key[1] in columns)


class TileIndex:
    """Which items have pixels near a place: tile → items, kept up to date one item at a time.

    An item is any number; a mask counts for the tiles it has, or that its crop touches.
    """

    def __init__(self) -> None:
        self._items: dict[Key, set[int]] = {}
        self._keys: dict[int, frozenset[Key]] = {}
        self._boxes: dict[int, Box] = {}

    def __len__(self) -> int:
        """Number of items."""
        return len(self._keys)

    def __contains__(self, item: int) -> bool:
        return item in self._keys

    def add(self, item: int, mask: Mask) -> None:
        """Enter an item that is not there; the same as ``replace``."""
        self.replace(item, mask)

    def replace(self, item: int, mask: Mask) -> None:
        """Give ``item`` another mask; costs the tiles that come or go."""
        new = frozenset(mask.tiles() if mask.is_tiled else keys_of(mask.box) if mask else ())
        old = self._keys.get(item, frozenset())
        self._leave(item, old - new)
        for key in new - old:
            self._items.setdefault(key, set()).add(item)
        self._keys[item], self._boxes[item] = new, mask.box

    def remove(self, item: int) -> None:
        """Forget ``item``; nothing happens if it is not there."""
        self._leave(item, self._keys.pop(item, frozenset()))
        self._boxes.pop(item, None)

    def _leave(self, item: int, keys: Iterable[Key]) -> None:
        for key in keys:
            there = self._items[key]
            there.discard(item)
            if not there:
                del self._items[key]

    def touching(self, box: Box) -> set[int]:
        """The items that may have a pixel in ``box``, and all that have."""
        left, top, right, bottom = box
        rows, columns = -(-bottom // SIDE) - top // SIDE, -(-right // SIDE) - left // SIDE
        if len(self._boxes) < min(rows * columns, len(self._items)):
            boxes = self._boxes.items()
            return {
                k for k, (a, b, c, d) in boxes if a < right and c > left and b < bottom and d > top
            }
        nothing: set[int] = set()
        return nothing.union(*(self._items[key] for key in _present(self._items, box)))

    def pick(self, box: Box, order: Sequence[int]) -> list[int]:
        """The items ``touching`` the box, in the order they have in ``order``."""
        found = self.touching(box)
        return [item for item in order if item in found]
