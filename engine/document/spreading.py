"""What becomes of classes of areas when their outlines move: each pixel is of one class at most."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.document.taxonomy import BACKGROUND, UNLABELLED, Taxonomy
from engine.masks.bitmap import Bitmap
from engine.masks.blocks import Check, no_check
from engine.masks.box import Box, clip, contains, grow
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.tiles import Piece

Change = Callable[[Mask], Mask]
Allow = Callable[[Mask, bool], Mask]
"""(pixels, whether they are taken away) → those that may be touched."""

_REACH = 64


class Spread(NamedTuple):
    """What becomes of one class of areas: its pixels that come and that go."""

    class_id: int
    comes: Mask
    goes: Mask


def spread(
    layer: ClassMap,
    change: Change,
    areas: Iterable[int],
    taxonomy: Taxonomy,
    allow: Allow,
    within: Box | None = None,
    check: Check = no_check,
) -> list[Spread]:
    """What ``change`` would do to some classes of areas, those with a difference.

    A class takes only pixels that are of no class, or that another of ``areas`` gives up; of
    several that want a pixel the nearest gets it, of equally near ones the first.

    Args:
        layer: the class map.
        change: from the mask of a class to what it should be.
        areas: class ids, none of them locked.
        taxonomy: says whether background is locked; if not, it counts as no class.
        allow: the part of what comes and goes that may be touched.
        within: change nothing outside this box.
        check: called for each class.
    """
    old: dict[int, Mask] = {}
    goes: dict[int, Mask] = {}
    comes: dict[int, Mask] = {}
    for number in areas:
        check()
        mask = layer.mask(number)
        if not mask:
            continue
        new = change(mask)
        if within is not None:
            new = (mask - Mask.rectangle(within)) | new.clip(within)
        old[number] = mask
        goes[number], comes[number] = allow(mask - new, True), allow(new - mask, False)
    given_up = Mask.EMPTY
    for mask in goes.values():
        given_up |= mask
    for number, wanted in comes.items():
        comes[number] = (wanted - _taken(layer, wanted, taxonomy)) | (wanted & given_up)
    if len(comes) > 1:
        _part(comes, old, layer.size)
    every = (Spread(number, comes[number], goes[number]) for number in old)
    return [each for each in every if each.comes or each.goes]


def _taken(layer: ClassMap, region: Mask, taxonomy: Taxonomy) -> Mask:
    """The pixels of a region that are of some class."""
    free = sorted({UNLABELLED, BACKGROUND} - taxonomy.locked_ids)
    out = Bitmap(layer.size)
    for piece in region.pieces:
        taken = np.isin(layer.read(piece.box), free, invert=True)
        out.add_piece(piece.left, piece.top, taken & piece.bits)
    return out.to_mask()


def _part(comes: dict[int, Mask], old: dict[int, Mask], size: tuple[int, int]) -> None:
    """Leave each pixel that several classes want to one of them."""
    once, twice = Mask.EMPTY, Mask.EMPTY
    for mask in comes.values():
        twice |= once & mask
        once |= mask
    for piece in twice.pieces:
        numbers = [number for number, mask in comes.items() if mask.clip(piece.box)]
        far = [_distance(old[number], piece, size) for number in numbers]
        nearest = np.argmin(far, axis=0)
        for place, number in enumerate(numbers):
            lost = piece.bits & (nearest != place)
            comes[number] -= Mask.from_bits(lost, piece.left, piece.top)


def _distance(mask: Mask, piece: Piece, size: tuple[int, int]) -> NDArray[np.float32]:
    """From each pixel of a piece to the mask, squared; exact where the piece is set."""
    import cv2

    whole, reach = (0, 0, size[1], size[0]), _REACH
    while True:
        outer = clip(grow(piece.box, reach), size) or piece.box
        bits = mask.read(outer)
        if bits.any():
            far = cv2.distanceTransform((~bits).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            rows = slice(piece.top - outer[1], piece.top - outer[1] + piece.bits.shape[0])
            left = piece.left - outer[0]
            found = np.asarray(far[rows, left : left + piece.bits.shape[1]], np.float32)
            if float(found[piece.bits].max()) <= reach or contains(outer, whole):
                # Whole numbers, so that equal distances are equal.
                return np.asarray(np.rint(found * found))
        elif contains(outer, whole):
            return np.full(piece.bits.shape, np.inf, np.float32)
        reach *= 2
