"""Formats in which a pixel is one thing only: who gets it, and whose it is when nobody has it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.document.annotation import Annotation
from engine.document.claims import shared_pixels, unclaimed
from engine.document.taxonomy import BACKGROUND, UNLABELLED
from engine.errors import EngineError
from engine.formats.base import Sheet
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask

Overlap = Literal["order", "smaller", "void"]
OVERLAPS: tuple[Overlap, ...] = ("order", "smaller", "void")


@dataclass(frozen=True, slots=True)
class Resolver:
    """The rules.

    Attributes:
        overlap: Pixels of several objects go to the upper one ("order"), to the one with fewer
            pixels ("smaller"; the upper of equals), or to nobody ("void").
        refuse: Refuse images with pixels nobody has, instead of writing void.
        lost: (image key, object id) of objects that were left without a pixel by these rules.
    """

    overlap: Overlap = "order"
    refuse: bool = False
    lost: set[tuple[int, int]] = field(default_factory=set, compare=False)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a person would have to decide in one image.

    Attributes:
        twice: Pixels that more than one object claims.
        nobody: Pixels without object and class; background is somebody's.
    """

    twice: Mask
    nobody: Mask


@dataclass(frozen=True, slots=True)
class Flat:
    """One image with every pixel decided.

    Attributes:
        objects: Those that take part and have pixels left, bottom to top.
        owner: int32 (height, width): 1 + the place in `objects`, 0 where no object is.
        void: bool (height, width): contested and given to nobody.
    """

    objects: list[Annotation]
    owner: NDArray[np.int32]
    void: NDArray[np.bool_]


def taking_part(sheet: Sheet, classes: Collection[int]) -> list[Annotation]:
    """The objects that are written: accepted, not empty, of a live class; bottom to top."""
    return [
        each
        for each in sheet.objects
        if each.mask and not each.proposal and each.class_id in classes
    ]


def regions(sheet: Sheet, classes: Collection[int]) -> list[tuple[int, Mask]]:
    """(class id, pixels) of the regions that are written: of live classes, by class id."""
    there = sorted(key for key in sheet.layer.areas() if key in classes)
    return [(key, sheet.layer.mask(key)) for key in there]


def pieces_within(
    mask: Mask, size: tuple[int, int]
) -> Iterator[tuple[int, int, NDArray[np.bool_]]]:
    """(left, top, bits) of a mask's pieces, cut to an image of `size` (height, width)."""
    height, width = size
    for left, top, bits in mask.pieces:
        cut = bits[: max(0, height - top), : max(0, width - left)]
        if left < 0 or top < 0:
            cut = cut[max(0, -top) :, max(0, -left) :]
        if cut.size:
            yield max(0, left), max(0, top), cut


def flatten(sheet: Sheet, classes: Collection[int], resolver: Resolver | None = None) -> Flat:
    """Decide every pixel of an image.

    Args:
        sheet: The image.
        classes: Ids of classes that are written.
        resolver: The rules; the upper object wins where it is not given.

    Raises:
        EngineError: Pixels are nobody's and the rules refuse that.
    """
    rules = resolver or Resolver()
    objects = taking_part(sheet, classes)
    owner = np.zeros(sheet.image.size, np.int32)
    void = np.zeros(sheet.image.size, np.bool_)
    for place in order_of(objects, rules.overlap):
        for left, top, bits in pieces_within(objects[place].mask, sheet.image.size):
            rows, columns = bits.shape
            there = owner[top : top + rows, left : left + columns]
            if rules.overlap == "void":
                void[top : top + rows, left : left + columns] |= bits & (there != 0)
            there[bits] = place + 1
    owner[void] = 0
    if rules.refuse:
        _refuse_nobody(sheet, classes, owner)
    flat = _seen_only(Flat(objects, owner, void))
    if len(flat.objects) < len(objects):
        gone = {each.id for each in objects} - {each.id for each in flat.objects}
        rules.lost.update((sheet.image.key, each) for each in gone)
    return flat


def order_of(objects: Sequence[Annotation], overlap: Overlap) -> list[int]:
    """Places of objects, from the one that yields to all to the one that yields to none."""
    places = list(range(len(objects)))
    if overlap == "smaller":
        places.sort(key=lambda place: (-objects[place].mask.area, place))
    return places


def _seen_only(flat: Flat) -> Flat:
    """The same without objects that lost all of their pixels, so that numbers have no gaps."""
    count = len(flat.objects)
    there = np.bincount(flat.owner.ravel(), minlength=count + 1)[1:] > 0
    if not count or there.all():
        return flat
    numbers = np.zeros(count + 1, np.int32)
    numbers[1:][there] = np.arange(1, 1 + int(there.sum()))
    kept = [each for each, seen in zip(flat.objects, there.tolist(), strict=True) if seen]
    return Flat(kept, numbers[flat.owner], flat.void)


def _refuse_nobody(sheet: Sheet, classes: Collection[int], owner: NDArray[np.int32]) -> None:
    layer = sheet.layer.to_array()
    free = (owner == 0) & ~np.isin(layer, [*classes, BACKGROUND])
    count = int(np.count_nonzero(free))
    if count:
        raise EngineError(
            f"{count:,} pixels of {sheet.image.file_name} belong to nothing. Label them, or let "
            "them become void."
        )


def claims(sheet: Sheet, classes: Collection[int]) -> Claims:
    """What several objects of an image claim, and what nobody does."""
    objects = taking_part(sheet, classes)
    return Claims(shared_pixels(objects), unclaimed(objects, sheet.layer))


def class_values(sheet: Sheet, flat: Flat, classes: Collection[int]) -> NDArray[np.uint16]:
    """The class of every pixel, things above regions; 0 where there is none, 1 background."""
    values = sheet.layer.to_array().astype(np.uint16)
    known = np.zeros(65536, np.bool_)
    known[[UNLABELLED, BACKGROUND, *classes]] = True
    values[~known[values]] = UNLABELLED
    of_owner = np.array([0, *(each.class_id for each in flat.objects)], np.uint16)
    covered = flat.owner > 0
    values[covered] = of_owner[flat.owner[covered]]
    values[flat.void] = UNLABELLED
    return values


def semantic(sheet: Sheet, classes: Collection[int], resolver: Resolver | None = None) -> Sheet:
    """The image with its objects turned into pixels of their class."""
    values = class_values(sheet, flatten(sheet, classes, resolver), classes)
    return Sheet(image=sheet.image, objects=(), layer=ClassMap.from_array(values))
