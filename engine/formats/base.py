"""What every format speaks: plain classes, images and objects, between files and the project.

A reader gives a `Reading`: the classes and fields at once, the images one by one. A writer takes
`Sheet`s one by one. Neither knows the store, and neither holds more than one image's masks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from engine.document.annotation import Annotation
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.formats.report import Report
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask

Exif = Literal["applied", "ignored"]
"""How annotations of a turned photo were drawn: on the picture as seen, or as stored."""

BACKGROUND_KEY = -1
"""Class key for pixels a file says are background."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundClass:
    """A class as the file has it.

    Attributes:
        key: What objects and layers name it by.
        name: As written.
        coco_id: Its category id, None where the format has none.
        color: "#RRGGBB" or None where the file gives none.
        thing: True for countable objects, False for regions ("stuff").
        supercategory: COCO's group, "" for none.
        extra: Every field not named above, kept for the way back.
    """

    key: int
    name: str
    coco_id: int | None = None
    color: str | None = None
    thing: bool = True
    supercategory: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundObject:
    """One object; the mask lies in the oriented image."""

    class_key: int
    mask: Mask
    score: float | None = None
    crowd: bool = False
    coco_id: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundImage:
    """One image of the file.

    Attributes:
        file_name: As the file names it, "/" between folders.
        path: Where the image is, or should be when `present` is False.
        size: (height, width), oriented.
        orientation: EXIF orientation 1..8 of the image file, 1 when it is missing.
        coco_id: Its number, None where the format has none.
        objects: Bottom to top.
        layer: Class key → pixels of that class; `BACKGROUND_KEY` for background. Disjoint.
        page: Which image of the file, from 0.
        asked: What the source calls it in full, "/" between folders, where only a part of that is
            the name of what was found; else "".
    """

    file_name: str
    path: Path
    present: bool
    size: tuple[int, int]
    orientation: int = 1
    coco_id: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    objects: Sequence[FoundObject] = ()
    layer: Mapping[int, Mask] = field(default_factory=dict)
    page: int = 0
    asked: str = ""


class Reading(Protocol):
    """An opened file or folder."""

    @property
    def classes(self) -> Sequence[FoundClass]:
        """All classes, in the file's order; complete once all images are read."""

    @property
    def count(self) -> int:
        """Images to come."""

    @property
    def fields(self) -> Mapping[str, Any]:
        """Fields of the file as a whole (COCO: info, licenses …)."""

    @property
    def report(self) -> Report:
        """What was repaired or left out; grows while images are read."""

    def images(self) -> Iterator[FoundImage]:
        """Every image once, in the file's order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetImage:
    """What a writer needs to know of an image before its masks.

    Attributes:
        key: Its number in the project.
        file_name: What files call it; no other image has this name.
        size: (height, width), oriented.
        coco_id: The number it came with.
        extra: Fields it came with.
        mask_name: Of a mask in a file of its own, without suffix; "" for that of the image.
    """

    key: int
    file_name: str
    size: tuple[int, int]
    coco_id: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    mask_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The finished work on one image: accepted objects bottom to top, and the class layer.

    Attributes:
        areas: Further fields of what the layer has of a class, for formats that have room.
    """

    image: SheetImage
    objects: Sequence[Annotation]
    layer: ClassMap
    areas: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a writer wrote.

    Attributes:
        path: File, or folder of files.
        images: Images in it.
        masks: Masks in it.
        numbers: Of each mask in the file, in the order they were given; for the reading back.
        digests: The hash of the text of each.
        samples: Number of some masks → the mask that was written.
        decoded: Masks that were read back and compared pixel by pixel.
    """

    path: Path
    images: int
    masks: int
    numbers: Sequence[int] = ()
    digests: Sequence[int] = ()
    samples: Mapping[int, Mask] = field(default_factory=dict)
    decoded: int = 0


def add_region(layer: dict[int, Mask], key: int, mask: Mask) -> None:
    """Add pixels to the region of a class in a layer; see `FoundImage.layer`."""
    layer[key] = layer[key] | mask if key in layer else mask


def live_classes(taxonomy: Taxonomy) -> list[LabelClass]:
    """The classes a file lists, in the project's order: neither background nor deleted ones."""
    return [each for each in taxonomy.classes if not each.deleted]
