"""Gaps between objects and areas, given pixel by pixel to what lies nearest."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.document.annotation import Annotation
from engine.document.claims import Boxes, boxes_of, meeting, takers, unclaimed
from engine.document.commands import Command
from engine.document.deciding import in_place
from engine.document.document import Document
from engine.document.painting import flip_layer, flip_object
from engine.document.parting import together
from engine.document.targets import is_locked
from engine.document.taxonomy import UNLABELLED, Taxonomy
from engine.masks.box import Box, grow, intersect
from engine.masks.class_map import ClassMap
from engine.masks.components import components
from engine.masks.mask import Mask

LABEL: Final = "Give unclaimed pixels to the nearest"

USUAL: Final = 2_000
"""Pixels of the largest gap that is filled, where nothing else is said."""

_BLOCK, _MARGIN = 1_024, 32  # pixels worked on at a time, and looked at around them at first


class Filled(NamedTuple):
    """What filling gaps does.

    Attributes:
        command: the one step; None where there is nothing it can do.
        pixels: that get an owner.
        locked: pixels whose nearest object or class is locked, which stay nobody's.
        large: gaps of more pixels than were asked for, which are left.
    """

    command: Command | None
    pixels: int
    locked: int
    large: int


def fill_gaps(
    document: Document, taxonomy: Taxonomy, most: int | None = USUAL, region: Mask | None = None
) -> Filled:
    """The step that gives each pixel of nobody to the object or class it lies nearest to.

    What a pixel is given to is joined to it, as nothing else lies between. Distances are those of
    OpenCV's distance transform over 5 × 5 pixels; of two equally near ones either may have it, the
    same each time. Background is a class here; a gap beside nothing is left.

    Args:
        document: the image's annotations.
        taxonomy: the project's classes.
        most: pixels of the largest gap that is filled; None fills all.
        region: only these pixels; None for all.
    """
    objects, layer = takers(document, taxonomy), document.layer
    free = unclaimed(objects, layer, region)
    gaps = components(free) if free else []
    small = gaps if most is None else [gap for gap in gaps if gap.area <= most]
    given = _given(small, objects, layer)
    locked = 0
    steps: list[Command | None] = []
    for owner, pixels in given.items():
        if owner > 0 and not is_locked(taxonomy, objects[owner - 1]):
            steps.append(flip_object(document, objects[owner - 1], pixels, 0.0, LABEL))
        elif owner < 0 and -owner not in taxonomy.locked_ids:
            patch = layer.change_where(pixels, {UNLABELLED}, -owner)
            steps.append(flip_layer(layer, patch, LABEL))
            layer = layer.flip(patch)
        else:
            locked += pixels.area
    filled = sum(pixels.area for pixels in given.values()) - locked
    return Filled(in_place(steps, LABEL), filled, locked, len(gaps) - len(small))


def _given(gaps: Iterable[Mask], objects: Sequence[Annotation], layer: ClassMap) -> dict[int, Mask]:
    """Owner → pixels: an object's place in ``objects`` counted from 1, or a class, negative."""
    boxes = boxes_of(objects)
    parts: dict[int, list[Mask]] = {}
    for gap in gaps:
        for block in _blocks(gap.box):
            bits = gap.read(block)
            found = _of_block(block, bits, objects, boxes, layer) if bits.any() else bits
            for owner in np.unique(found[bits]).tolist():
                if owner:
                    pixels = Mask.from_bits(bits & (found == owner), block[0], block[1])
                    parts.setdefault(owner, []).append(pixels)
    return {owner: together(masks) for owner, masks in parts.items()}


def _blocks(box: Box) -> Iterator[Box]:
    left, top, right, bottom = box
    for y in range(top, bottom, _BLOCK):
        for x in range(left, right, _BLOCK):
            yield x, y, min(x + _BLOCK, right), min(y + _BLOCK, bottom)


def _of_block(
    block: Box,
    bits: NDArray[np.bool_],
    objects: Sequence[Annotation],
    boxes: Boxes,
    layer: ClassMap,
) -> NDArray[np.int32]:
    """The owner nearest to each pixel of a block, 0 where the image has none.

    What was looked at around it is doubled until none that is nearer can lie outside.
    """
    whole, margin = (0, 0, layer.size[1], layer.size[0]), _MARGIN
    while True:
        box = intersect(grow(block, margin), whole) or whole
        owners = _owners(box, objects, boxes, layer)
        there = owners.any()
        inside = np.s_[block[1] - box[1] : block[3] - box[1], block[0] - box[0] : block[2] - box[0]]
        nearest, distance = _nearest(owners) if there else (owners, owners)
        if box == whole or (there and distance[inside][bits].max() <= margin):
            return nearest[inside]
        margin *= 2


def _owners(
    box: Box, objects: Sequence[Annotation], boxes: Boxes, layer: ClassMap
) -> NDArray[np.int32]:
    """Who has each pixel of a box; the uppermost of several objects."""
    owners = -layer.read(box).astype(np.int32)
    for at in np.flatnonzero(meeting(boxes, box)).tolist():
        owners[objects[at].mask.read(box)] = at + 1
    return owners


def _nearest(owners: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The owner nearest to each pixel, where some pixels have one, and how far it is."""
    import cv2

    empty = owners == 0
    distance, numbers = cv2.distanceTransformWithLabels(
        empty.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_number = np.zeros(int(numbers.max()) + 1, np.int32)
    of_number[numbers[~empty]] = owners[~empty]
    return of_number[numbers], distance.astype(np.float32, copy=False)
