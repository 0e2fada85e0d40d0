"""A project of what other programs lose: shapes, names, crowds, overlaps, empty and tiny images.

The truth is kept beside it as plain arrays, so that what another program reads can be compared
with it by numpy alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.document.annotation import Annotation
from engine.document.taxonomy import BACKGROUND, Taxonomy
from engine.formats.base import Sheet, SheetImage
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.formats.shapes import BITS, SIZE

CAR, SKY, ODD, LONG, ROAD, NONE = 2, 3, 4, 5, 6, 7
NAMES = {
    CAR: "car",
    SKY: "sky",
    ODD: "Größe, “é” & <b> 'q' \"w\"",
    LONG: "a rather long name of a class " * 4 + "end",
    ROAD: "road",
    NONE: "nowhere",
}
STUFF = (SKY, ROAD)
TINY = (1, 1)
WIDE = (40, 333)

Bits = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the truth: its class, whole pixels, and whether it is a crowd."""

    class_id: int
    bits: Bits
    crowd: bool = False


@dataclass(slots=True)
class Page:
    """One image of the truth; objects bottom to top, regions below them."""

    name: str
    size: tuple[int, int] = SIZE
    things: list[Thing] = field(default_factory=list)
    regions: dict[int, Bits] = field(default_factory=dict)


def _box(left: int, top: int, right: int, bottom: int, size: tuple[int, int] = SIZE) -> Bits:
    bits = np.zeros(size, bool)
    bits[top:bottom, left:right] = True
    return bits


def pages() -> list[Page]:
    """Every image of the project."""
    found = [
        Page(f"{name.replace(' ', '_')}.jpg", things=[Thing(CAR, bits)])
        for name, bits in BITS.items()
        if name != "dust"
    ]
    left, right = _box(5, 5, 30, 40), _box(30, 5, 60, 40)
    found.append(Page("touching.jpg", things=[Thing(CAR, left), Thing(CAR, right)]))
    shifted = _box(40, 25, 70, 60)
    found.append(Page("overlap.jpg", things=[Thing(CAR, BITS["donut"]), Thing(ODD, shifted)]))
    crowds = [Thing(CAR, BITS["dust"] & _box(0, 0, 48, 123), crowd=True)]
    crowds.append(Thing(CAR, BITS["dust"] & _box(48, 0, 97, 123), crowd=True))
    found.append(Page("crowds.jpg", things=crowds))
    sky = {SKY: BITS["checker"], ROAD: _box(0, 100, 97, 120)}
    found.append(Page("regions.jpg", regions=sky, things=[Thing(LONG, _box(20, 90, 50, 110))]))
    found += [
        Page("one/same.jpg", things=[Thing(CAR, left)]),
        Page("two/same.jpg", things=[Thing(ODD, right)]),
        Page("empty.jpg"),
        Page(
            "wide.jpg", WIDE, [Thing(ODD, _box(0, 0, 333, 2, WIDE) | _box(331, 0, 333, 40, WIDE))]
        ),
        Page("tiny.jpg", TINY, [Thing(CAR, np.ones(TINY, bool))]),
        Page("two.dots.jpg", things=[Thing(CAR, BITS["6 x 6"])]),
        Page("é, 'q' & b.jpg", things=[Thing(CAR, left), Thing(LONG, _box(0, 60, 97, 123))]),
    ]
    return found


def taxonomy() -> Taxonomy:
    """The classes; one has no object."""
    made = Taxonomy()
    for class_id, name in NAMES.items():
        made = made.with_(made.new_class(name, thing=class_id not in STUFF))
    assert [each.id for each in made.classes] == [*NAMES]
    return made


def sheets() -> list[Sheet]:
    """The same for the writers."""
    found = []
    for key, page in enumerate(pages(), 1):
        layer = ClassMap(page.size)
        for class_id, bits in page.regions.items():
            layer = layer.flip(layer.change(Mask.from_bits(bits), class_id))
        if page.name == "regions.jpg":
            free = _box(0, 95, 97, 100) & ~page.regions[SKY]
            layer = layer.flip(layer.change(Mask.from_bits(free), BACKGROUND))
        things = [
            Annotation(
                id=at,
                class_id=each.class_id,
                mask=Mask.from_bits(each.bits),
                crowd=each.crowd,
                order=at,
            )
            for at, each in enumerate(page.things, 1)
        ]
        image = SheetImage(key=key, file_name=page.name, size=page.size)
        found.append(Sheet(image=image, objects=things, layer=layer))
    return found


def seen(page: Page) -> Page:
    """The page where a pixel is one thing only: the upper object has it, things above regions."""
    free = np.ones(page.size, bool)
    kept = []
    for each in reversed(page.things):
        kept.append(replace(each, bits=each.bits & free))
        free = free & ~each.bits
    regions = {key: bits & free for key, bits in page.regions.items()}
    return Page(page.name, page.size, kept[::-1], {k: b for k, b in regions.items() if b.any()})


def joined(page: Page) -> Page:
    """The page of a format with one crowd of a class in an image."""
    kept: list[Thing] = []
    for each in page.things:
        places = [at for at, k in enumerate(kept) if k.crowd and k.class_id == each.class_id]
        if each.crowd and places:
            at = places[0]
            kept[at] = replace(kept[at], bits=kept[at].bits | each.bits)
        else:
            kept.append(each)
    return Page(page.name, page.size, kept, page.regions)


def objects_only(page: Page) -> Page:
    """The page of a format without regions."""
    return Page(page.name, page.size, page.things)


def semantic(page: Page) -> Page:
    """The page of a format that knows classes only: each is one region."""
    flat = seen(page)
    regions: dict[int, Bits] = dict(flat.regions)
    for each in flat.things:
        none = np.zeros(page.size, bool)
        regions[each.class_id] = regions.get(each.class_id, none) | each.bits
    return Page(page.name, page.size, [], regions)


def write_images(folder: Path) -> None:
    """A grey picture for every page."""
    for page in pages():
        path = folder / page.name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", page.size[::-1], "gray").save(path)


def write_truth(folder: Path, kind: str, truth: list[Page]) -> None:
    """Pixels and a list of what they are: `<kind>.npz` and `<kind>.json`."""
    arrays: dict[str, Bits] = {}
    listed = []
    for at, page in enumerate(truth):
        masks = [(NAMES[t.class_id], t.crowd, t.bits) for t in page.things]
        masks += [(NAMES[key], False, bits) for key, bits in page.regions.items()]
        entries = []
        for nth, (name, crowd, bits) in enumerate(masks):
            key = f"{at}_{nth}"
            arrays[key] = bits
            region = nth >= len(page.things)
            entries.append({"key": key, "class": name, "crowd": crowd, "region": region})
        listed.append({"name": page.name, "size": page.size, "masks": entries})
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / f"{kind}.npz", **arrays)
    (folder / f"{kind}.json").write_text(json.dumps(listed, ensure_ascii=False))
