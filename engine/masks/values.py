"""One tile of a map of classes: an int where all its pixels are equal, else an array."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.masks.tiles import FULL, SIDE, Bits

Values = NDArray[np.uint8 | np.uint16]
Tile = int | Values
Wanted = Callable[[int], bool]


def kind(value: int) -> np.dtype[np.uint8 | np.uint16]:
    """The smallest type that holds ``value``."""
    return np.dtype(np.uint8) if value <= 0xFF else np.dtype(np.uint16)


def type_of(tile: Tile) -> np.dtype[np.uint8 | np.uint16]:
    """The type its pixels need."""
    return kind(tile) if isinstance(tile, int) else tile.dtype


def canonical(part: NDArray[np.integer]) -> Tile:
    """The one form of a tile whose part inside the image is ``part``; copied.

    Args:
        part: (h, w) of at most (SIDE, SIDE), values 0–65535.
    """
    low, high = int(part.min()), int(part.max())
    if low == high:
        return low
    tile = np.zeros((SIDE, SIDE), kind(high))
    tile[: part.shape[0], : part.shape[1]] = part
    tile.flags.writeable = False
    return tile


def counts(tile: Values) -> dict[int, int]:
    """Pixels of each class in an array tile; cells outside the image count as 0."""
    found = np.bincount(tile.ravel())
    present = np.flatnonzero(found)
    return dict(zip(present.tolist(), found[present].tolist(), strict=True))


def equal(a: Tile, b: Tile) -> bool:
    """Whether two canonical tiles have the same pixels."""
    if isinstance(a, int) or isinstance(b, int):
        return isinstance(a, int) and isinstance(b, int) and a == b
    return a is b or bool(np.array_equal(a, b))


def uniform(value: int, height: int, width: int) -> Values:
    """A read-only (height, width) array of one value that takes no memory."""
    return np.broadcast_to(np.array(value, kind(value)), (height, width))


def exchange(
    old: Tile, bits: Bits, shape: tuple[int, int], index: int, wanted: Wanted
) -> tuple[int, int, Values] | None:
    """What changes when the wanted pixels of ``bits`` become ``index``.

    Args:
        old: the tile as it is.
        bits: ``FULL``, or bool of ``shape``.
        shape: rows and columns of the tile that lie inside the image.
        index: the new class.
        wanted: whether pixels of a class may change.

    Returns:
        (row, column, old XOR new) of the tight box of the change within the tile, or None.
    """
    if isinstance(old, int):
        if old == index or not wanted(old):
            return None
        if bits is FULL:
            return 0, 0, uniform(old ^ index, *shape)
        return _tight(bits.view(np.uint8) * np.array(old ^ index, kind(old ^ index)))
    part = old[: shape[0], : shape[1]]
    change = part ^ np.array(index, kind(index))
    for value in counts(part):
        if value != index and not wanted(value):
            change[part == value] = 0
    if bits is not FULL:
        change *= bits
    return _tight(change)


def _tight(change: Values) -> tuple[int, int, Values] | None:
    rows = np.flatnonzero(change.any(1))
    if rows.size == 0:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(change[top:bottom].any(0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    change = change[top:bottom, left:right]
    low, high = int(change.min()), int(change.max())
    if low == high:
        return top, left, uniform(low, *change.shape)
    narrow = change.astype(kind(high))
    narrow.flags.writeable = False
    return top, left, narrow


def flipped(old: Tile, at: tuple[int, int], xor: Values, shape: tuple[int, int]) -> Tile:
    """The canonical tile after XOR with ``xor`` placed at (row, column) ``at``.

    Args:
        old: the tile as it is.
        at: where ``xor`` begins within the tile.
        xor: (h, w); lies inside ``shape``.
        shape: rows and columns of the tile that lie inside the image.
    """
    if isinstance(old, int) and xor.strides == (0, 0) and xor.shape == shape:
        return old ^ int(xor[0, 0])
    before = type_of(old)
    result = before if before.itemsize > 1 else xor.dtype
    if isinstance(old, int):
        new = np.full(shape, old, result)
    else:
        new = old[: shape[0], : shape[1]].astype(result)
    view = new[at[0] : at[0] + xor.shape[0], at[1] : at[1] + xor.shape[1]]
    np.bitwise_xor(view, xor, out=view)
    return canonical(new)
