"""Pixels whose value is like the one pressed on: connected to it, or anywhere."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.masks.blocks import Check, no_check
from engine.masks.box import Box, clip
from engine.masks.flood import flood
from engine.masks.mask import Mask
from engine.masks.tiles import SIDE, Bits, Key, Piece, Tiles, add, box_of, keys_of, settled

Read = Callable[[Box], NDArray[Any]]
"""A box inside the image → values (height, width[, channels])."""

COLOR: Final = "color"
"""Red, green and blue, each of which has to be like."""

LUMINANCE: Final = "luminance"
"""0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601)."""

CHANNELS: Final = ("red", "green", "blue")


@dataclass(frozen=True, slots=True)
class Like:
    """Values like one.

    Attributes:
        value: of the pixel that was pressed on, one number per channel.
        within: largest difference on each channel, 0 or more.
    """

    value: tuple[float, ...]
    within: float

    def __call__(self, values: NDArray[Any]) -> Bits:
        """Which of (height, width[, channels]) are like: bool (height, width).

        Values that are no number are like nothing.
        """
        if values.dtype == np.uint8:
            import cv2

            low = tuple(max(0.0, np.ceil(each - self.within)) for each in self.value)
            high = tuple(min(255.0, np.floor(each + self.within)) for each in self.value)
            found = np.asarray(cv2.inRange(np.ascontiguousarray(values), low, high))
            found &= 1  # 255 otherwise, and bits that are counted with are 0 or 1
            return found.view(np.bool_)
        flat = values if values.ndim == 3 else values[..., None]
        far = np.abs(flat.astype(np.float64) - np.array(self.value)) <= self.within
        return np.asarray(far.all(axis=2))


def channel(pixels: NDArray[np.uint8], name: str) -> NDArray[np.uint8]:
    """What is compared of RGB pixels (height, width, 3): all of it, or (height, width).

    Args:
        pixels: as displayed.
        name: ``COLOR``, ``LUMINANCE`` or one of ``CHANNELS``.
    """
    if name == COLOR:
        return pixels
    if name == LUMINANCE:
        import cv2

        return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), np.uint8)
    return np.ascontiguousarray(pixels[..., CHANNELS.index(name)])


def spread(bits: Bits, seed: tuple[int, int]) -> Bits:
    """The 4-connected part of ``bits`` that holds ``seed`` (x, y), which always belongs to it."""
    import cv2

    cells = np.array(bits, np.uint8)
    cells[seed[1], seed[0]] = 1
    cv2.floodFill(cells, None, seed, 2, flags=4)
    return np.asarray(cells == 2)


def without_holes(bits: Bits, most: int) -> Bits:
    """``bits`` with its gaps of at most ``most`` pixels filled, for a preview: all at once.

    Gaps are 4-connected and do not reach the edge, as in ``components.fill_holes``, which does the
    same for masks of any size.
    """
    import cv2

    gaps = (~bits).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(gaps, connectivity=4)
    left, top, width, height, areas = stats.T
    inside = (left > 0) & (top > 0)
    inside &= (left + width < bits.shape[1]) & (top + height < bits.shape[0])
    small = inside & (areas <= most)
    small[0] = False
    return np.asarray(bits | small[labels])


def connected(
    read: Read, size: tuple[int, int], seed: tuple[int, int], like: Like, check: Check = no_check
) -> Mask:
    """The 4-connected pixels that are like, from ``seed`` (x, y) on, read only as far as they go.

    Args:
        read: the values.
        size: (height, width) of the image.
        seed: in whole pixels; empty where it is outside.
        like: which belong.
        check: called for each tile.
    """

    def checked(box: Box) -> NDArray[Any]:
        check()
        return read(box)

    return flood(checked, size, seed, like)


def everywhere(
    read: Read,
    size: tuple[int, int],
    like: Like,
    keys: Iterable[Key] | None = None,
    check: Check = no_check,
) -> Mask:
    """All pixels of the image that are like.

    Args:
        read: the values.
        size: (height, width) of the image.
        like: which belong.
        keys: look only into these tiles (row, column); see ``likely``.
        check: called for each tile.
    """
    out: Tiles = {}
    for key in keys_of((0, 0, size[1], size[0])) if keys is None else keys:
        check()
        inside = clip(box_of(key), size)
        if inside is None:
            continue
        bits = like(read(inside))
        if bits.any():
            add(out, Piece(inside[0], inside[1], bits))
    return Mask.from_canonical(settled(out))


def likely(coarse: NDArray[Any], step: int, like: Like) -> list[Key]:
    """The tiles in which a coarse look at the image finds something that is like, or near one.

    What is smaller than a coarse pixel can be missed: it is for images too large to be read whole.

    Args:
        coarse: values of the whole image, one for each step × step pixels.
        step: a divisor of the side of a tile.
        like: which are wanted.
    """
    import cv2

    found = cv2.dilate(like(coarse).view(np.uint8), np.ones((3, 3), np.uint8))
    side = SIDE // step
    rows, columns = np.nonzero(found)
    return sorted(
        {(int(row), int(column)) for row, column in _pairs(rows // side, columns // side)}
    )


def _pairs(rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[Any]:
    return np.unique(np.stack([rows, columns], 1), axis=0)
