"""One tile of a map of classes: an int where all its pixels are equal, else an array."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.masks.tiles import FULL, SIDE, Bits

Values = NDArray[np.uint8 | np.uint16]
Tile = int | Values


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
    """Pixels of each class in (a part of) a tile; cells outside the image count as 0.

    A tile has few classes as a rule, and finding them one by one is then four times as fast as a
    histogram of bytes that have to become 64-bit numbers first.
    """
    found: dict[int, int] = {}
    flat = tile.ravel()
    value, left = int(flat[0]), np.ones(flat.shape, np.bool_)
    while len(found) < 12:
        here = flat == value
        found[value] = int(np.count_nonzero(here))
        np.greater(left, here, out=left)
        at = int(left.argmax())
        if not left[at]:
            return found
        value = int(flat[at])
    histogram = np.bincount(flat)
    present = np.flatnonzero(histogram)
    return dict(zip(present.tolist(), histogram[present].tolist(), strict=True))


def present(part: Values, where: Bits) -> set[int]:
    """The classes that ``part`` has at the pixels ``where``."""
    return {value for value in counts(part) if np.any((part == value) & where)}


def is_one(a: Tile, b: Tile) -> bool:
    """Whether two tiles are one and the same, without looking at their pixels."""
    return a is b or (isinstance(a, int) and isinstance(b, int) and a == b)


def equal(a: Tile, b: Tile) -> bool:
    """Whether two canonical tiles have the same pixels."""
    if isinstance(a, int) or isinstance(b, int):
        return isinstance(a, int) and isinstance(b, int) and a == b
    return a is b or bool(np.array_equal(a, b))


def uniform(value: int, height: int, width: int) -> Values:
    """A read-only (height, width) array of one value that takes no memory."""
    return np.broadcast_to(np.array(value, kind(value)), (height, width))


class Rule(NamedTuple):
    """What is painted, over what.

    Attributes:
        value: the new class.
        keep: classes whose pixels are not touched.
        only: the classes whose pixels are; None for all.
    """

    value: int
    keep: frozenset[int] = frozenset()
    only: frozenset[int] | None = None

    def takes(self, value: int) -> bool:
        """Whether pixels of a class may change."""
        return value not in self.keep and (self.only is None or value in self.only)

    @property
    def takes_all(self) -> bool:
        """Whether pixels of every class may."""
        return not self.keep and self.only is None


class Change(NamedTuple):
    """What changes in a tile: the tight part of it or, with ``bits``, all of it; old XOR new.

    Attributes:
        row: of the part within the tile.
        column: likewise.
        shape: of the part.
        value: the XOR where it is one and the same; else 0.
        bits: where ``value`` applies, read-only; None for all of the box.
        xor: the XOR where it differs from pixel to pixel, read-only.
    """

    row: int
    column: int
    shape: tuple[int, int]
    value: int = 0
    bits: Bits | None = None
    xor: Values | None = None


def exchange(old: Tile, bits: Bits, shape: tuple[int, int], rule: Rule) -> Change | None:
    """What changes when pixels of ``bits`` get the class of a rule.

    Args:
        old: the tile as it is.
        bits: a canonical tile of a mask, or bool of ``shape``, read-only; shared by the answer.
        shape: rows and columns of the tile that lie inside the image.
        rule: the new class, and what may become it.
    """
    index = rule.value
    if isinstance(old, int):
        if old == index or not rule.takes(old):
            return None
        if bits is FULL:
            return Change(0, 0, shape, old ^ index)
        if shape == (SIDE, SIDE):
            return Change(0, 0, shape, old ^ index, bits)  # the mask's own tile: nothing is made
        return _change(bits, lambda _: old ^ index)
    part = old[: shape[0], : shape[1]]
    differs = part != index
    if bits is not FULL:
        differs &= bits
    if not differs.any():
        return None
    for value in () if rule.takes_all else counts(part):
        if value != index and not rule.takes(value):
            differs &= part != value
    target = np.array(index, kind(index))
    return _change(differs, lambda inside: part[inside] ^ target)


def _change(bits: Bits, xor: Callable[[tuple[slice, slice]], int | Values]) -> Change | None:
    """The change by ``xor`` (asked for the tight part) where ``bits`` is set."""
    rows = np.flatnonzero(bits.any(1))
    if rows.size == 0:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(bits[top:bottom].any(0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    shape = bottom - top, right - left
    inside = slice(top, bottom), slice(left, right)
    bits = bits[inside]
    bits.flags.writeable = False
    whole = np.count_nonzero(bits) == bits.size
    by = xor(inside)
    if not isinstance(by, int):
        by = by * bits
        one = int(by.max())
        if np.count_nonzero(by == one) != np.count_nonzero(bits):
            by = by.astype(kind(one), copy=False)
            by.flags.writeable = False
            return Change(top, left, shape, xor=by)
        by = one
    return Change(top, left, shape, by, None if whole else bits)


def even(bits: Bits, value: int) -> Values:
    """``value`` where ``bits`` is set and 0 elsewhere, read-only."""
    out = bits.view(np.uint8) * np.array(value, kind(value))
    out.flags.writeable = False
    return out


def spotted(old: int, new: int, bits: Bits) -> Values | None:
    """The tile of ``new`` where ``bits`` is set and of ``old`` elsewhere, canonical.

    None where that would be one value throughout. ``bits`` is bool, (SIDE, SIDE).
    """
    if np.count_nonzero(bits) in {0, bits.size}:
        return None
    form = kind(max(old, new)).type
    if old == 0:
        tile = np.multiply(bits.view(np.uint8), form(new), dtype=form)
    else:
        tile = np.where(bits, form(new), form(old))
    tile.flags.writeable = False
    return tile


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
    if not isinstance(old, int):
        new = old.astype(result)
    elif shape == (SIDE, SIDE):
        new = np.full(shape, old, result)
    else:
        new = np.zeros((SIDE, SIDE), result)
        new[: shape[0], : shape[1]] = old
    view = new[at[0] : at[0] + xor.shape[0], at[1] : at[1] + xor.shape[1]]
    np.bitwise_xor(view, xor, out=view)
    part = new[: shape[0], : shape[1]]
    low, high = int(part.min()), int(part.max())
    if low == high:
        return low
    new = new.astype(kind(high), copy=False)
    new.flags.writeable = False
    return new
