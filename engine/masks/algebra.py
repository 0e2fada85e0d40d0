"""Set operations on canonical tiles, sharing every tile that comes out unchanged.

Each takes ``big`` as it is, copies at most its dictionary, and looks only at tiles both have. The
number returned with the tiles is by how many pixels the area differs from that of ``big``; it
is 0 when ``measured`` is false, for callers that do not know that area.
"""

from collections.abc import Callable, Mapping

import numpy as np

from engine.masks.packed import Kept, opened
from engine.masks.tiles import FULL, PIXELS, KeptTiles, Key, canonical, count, freeze

Tiles = Mapping[Key, Kept]
Join = Callable[[Tiles, Tiles, bool], tuple[KeptTiles, int]]


def union(big: Tiles, small: Tiles, measured: bool) -> tuple[KeptTiles, int]:
    """What is set in either."""
    out, change = dict(big), 0
    for key, tile in small.items():
        old = big.get(key)
        if old is FULL or old is tile:
            continue
        new = tile
        if old is not None and tile is not FULL:
            both = freeze(np.logical_or(opened(old), opened(tile)))
            both = FULL if count(both) == PIXELS else both
            new = tile if count(both) == count(tile) else both
            if count(both) == count(old):
                continue
        out[key] = new
        if measured:
            change += count(new) - (0 if old is None else count(old))
    return out, change


def toggle(big: Tiles, small: Tiles, measured: bool) -> tuple[KeptTiles, int]:
    """What is set in one of the two but not in both."""
    out, change = dict(big), 0
    for key, tile in small.items():
        old = big.get(key)
        new: Kept | None = tile
        if old is not None:
            new = None
            if old is not tile:
                new = canonical(np.logical_xor(opened(old), opened(tile)))
        if new is None:
            del out[key]
        else:
            out[key] = new
        if measured:
            change += (0 if new is None else count(new)) - (0 if old is None else count(old))
    return out, change


def difference(big: Tiles, small: Tiles, measured: bool) -> tuple[KeptTiles, int]:
    """What is set in ``big`` and not in ``small``."""
    out, change = dict(big), 0
    for key in small.keys() & big.keys() if len(small) > len(big) else small:
        old, tile = big.get(key), small[key]
        if old is None:
            continue
        new = None
        if tile is not FULL and old is not tile:
            new = np.greater(opened(old), opened(tile))
            left = int(np.count_nonzero(new))
            if left == count(old):
                continue
            new = freeze(new) if left else None
        if new is None:
            del out[key]
        else:
            out[key] = new
        if measured:
            change += (0 if new is None else count(new)) - count(old)
    return out, change


def intersection(a: Tiles, b: Tiles) -> KeptTiles:
    """What is set in both; tiles of ``a`` are preferred where nothing is lost."""
    out: KeptTiles = {}
    for key in a if len(a) <= len(b) else b:
        one, two = a.get(key), b.get(key)
        if one is None or two is None:
            continue
        if two is FULL or one is two:
            out[key] = one
        elif one is FULL:
            out[key] = two
        else:
            both = np.logical_and(opened(one), opened(two))
            shared = count(both)
            if shared:
                same_as = [t for t in (one, two) if count(t) == shared]
                out[key] = same_as[0] if same_as else freeze(both)
    return out


def equal(a: Tiles, b: Tiles) -> bool:
    """Whether both hold the same pixels."""
    if a.keys() != b.keys():
        return False
    return all(tile is b[key] or _same(tile, b[key]) for key, tile in a.items())


def _same(a: Kept, b: Kept) -> bool:
    return count(a) == count(b) and bool(np.array_equal(opened(a), opened(b)))
