"""Connected parts of masks, gaps inside them, and specks beside them.

Parts are 8-connected, so the gaps between them are 4-connected, as in OpenCV and scikit-image.
"""

import numpy as np
from numpy.typing import NDArray

from engine.masks.box import Box
from engine.masks.mask import Mask
from engine.masks.parts import EIGHT, FOUR, Part, parts
from engine.masks.tiles import Tiles, add, settled


def components(region: Mask | NDArray[np.bool_], min_area: int = 1) -> list[Mask]:
    """The 8-connected parts of a mask with at least ``min_area`` pixels, largest first.

    Memory follows the pixels of the mask, whatever lies between them.

    Args:
        region: a mask, or bool (height, width) with its corner at the image's.
        min_area: in pixels.
    """
    mask = region if isinstance(region, Mask) else Mask.from_bits(region)
    found = [part for part in parts(mask, EIGHT) if part.area >= min_area]
    found.sort(key=lambda part: -part.area)
    return [mask] if len(found) == 1 and found[0].area == mask.area else [p.mask() for p in found]


def drop_specks(mask: Mask, min_area: int) -> Mask:
    """``mask`` without its 8-connected parts of fewer than ``min_area`` pixels."""
    return mask - _together([part for part in parts(mask, EIGHT) if part.area < min_area])


def fill_holes(mask: Mask, max_area: int | None = None) -> Mask:
    """``mask`` with its gaps filled: 4-connected places it encloses.

    Args:
        mask: what to fill.
        max_area: leave gaps with more pixels open; None fills all.
    """
    outside = Mask.rectangle(mask.box) - mask
    limit = mask.area + outside.area if max_area is None else max_area
    holes = [
        part for part in parts(outside, FOUR) if part.area <= limit and not _reaches(part, mask.box)
    ]
    return mask | _together(holes)


def _reaches(part: Part, box: Box) -> bool:
    """Whether ``part`` touches the border of ``box`` from inside, and so is no gap."""
    for labelled, number in part.pieces:
        left, top, right, bottom = labelled.boxes[number - 1]
        x, y = labelled.piece.left, labelled.piece.top
        if left + x <= box[0] or top + y <= box[1] or right + x >= box[2] or bottom + y >= box[3]:
            return True
    return False


def _together(found: list[Part]) -> Mask:
    """The pixels of many parts at once."""
    tiles: Tiles = {}
    for part in found:
        for labelled, number in part.pieces:
            add(tiles, labelled.bits(number))
    return Mask.from_canonical(settled(tiles), sum(part.area for part in found))
