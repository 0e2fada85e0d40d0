"""COCO panoptic, written: every pixel decided, ids from the colours of classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.document.taxonomy import FIRST_CLASS, LabelClass
from engine.errors import EngineError
from engine.formats.base import Sheet, SheetImage, Written, live_classes
from engine.formats.coco_write import numbers_for
from engine.formats.format import Work
from engine.formats.label_masks import value_masks
from engine.formats.label_png import Names, packed, png_bytes, read_colors, unpack
from engine.formats.reading import make_folder, make_room, write_check
from engine.formats.resolve import Flat, class_values, flatten
from engine.formats.whole import whole_file, write_whole
from engine.masks.mask import Mask

MOST = 1 << 24
"""Segment ids end before this."""

_STEP = 2_654_435
"""Added, modulo `MOST`, to find another colour; odd, so that every one comes up."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of an image: its id, class, pixels, and what it came with."""

    id: int
    class_id: int
    mask: Mask
    crowd: bool
    extra: Mapping[str, Any]


def write_panoptic(target: Path, work: Work) -> Written:
    """Write the PNGs, each read back, then the JSON file.

    Raises:
        EngineError: See `format.Format.write`; or pixels are nobody's and the resolver refuses it.
    """
    make_room(target, "panoptic.json")
    folder = target.with_suffix("")
    if folder == target:
        raise EngineError(f"Name a file with the suffix .json, such as {target.name}.json.")
    make_folder(folder)
    classes = live_classes(work.taxonomy)
    categories = numbers_for([(each.id, each.coco_id) for each in classes], work.report, "class")
    numbers = numbers_for([(each.key, each.coco_id) for each in work.images], work.report, "image")
    masks = 0
    with whole_file(target) as file:
        file.write(b"{\n")
        for key, value in work.fields.items():
            if key not in ("images", "annotations", "categories"):
                file.write(_encode(str(key)) + b": " + _encode(value) + b",\n")
        lines = [_image(each, numbers[each.key]) for each in work.images]
        file.write(b'"images": [\n' + b",\n".join(lines) + b'\n],\n"annotations": [')
        for at, (line, count) in enumerate(
            _annotations(folder, work, classes, categories, numbers)
        ):
            file.write((b",\n" if at else b"\n") + line)
            masks += count
        lines = [_category(each, categories[each.id]) for each in classes]
        file.write(b'\n],\n"categories": [\n' + b",\n".join(lines) + b"\n]\n}\n")
    return Written(path=target, images=len(work.images), masks=masks, decoded=masks)


def _annotations(
    folder: Path,
    work: Work,
    classes: Sequence[LabelClass],
    categories: Mapping[int, int],
    numbers: Mapping[int, int],
) -> Iterator[tuple[bytes, int]]:
    """The JSON of every image's annotation, and how many segments it has; PNGs on the way."""
    colors = {each.id: packed(each.color) for each in classes}
    names = Names()
    for done, sheet in enumerate(work.sheets()):
        work.watch(done, sheet.image.file_name)
        path = folder / f"{names.of(sheet.image)}.png"
        make_folder(path.parent)
        found = segments(sheet, colors, work)
        picture = np.zeros(sheet.image.size, np.uint32)
        for each in found:
            left, top, right, bottom = each.mask.box
            picture[top:bottom, left:right][each.mask.read(each.mask.box)] = each.id
        write_whole(path, png_bytes(unpack(picture)))
        write_check(path, np.array_equal(read_colors(path), picture), sheet.image.file_name)
        entry = {
            "image_id": numbers[sheet.image.key],
            "file_name": path.relative_to(folder).as_posix(),
            "segments_info": [_info(each, categories[each.class_id]) for each in found],
        }
        yield _encode(entry), len(found)


def segments(sheet: Sheet, colors: Mapping[int, int], work: Work) -> list[Segment]:
    """The segments of an image, disjoint; regions first, then objects bottom to top.

    Crowds of one class become one segment: evaluation knows one of each class in an image, and
    would count the others as wrong.

    Args:
        sheet: The image.
        colors: Class id → R + 256 G + 65,536 B.
        work: For its resolver.
    """
    flat = flatten(sheet, colors, work.resolver)
    ids = _Ids()
    found: list[Segment] = []
    values = class_values(sheet, flat, colors)
    values[flat.owner > 0] = 0
    for class_id, mask in value_masks(values).items():
        if class_id >= FIRST_CLASS:
            found.append(Segment(ids.of(colors[class_id]), class_id, mask, False, {}))
    for place, mask in value_masks(one_crowd_each(flat)).items():
        each = flat.objects[place - 1]
        number = ids.of(colors[each.class_id])
        found.append(Segment(number, each.class_id, mask, each.crowd, each.extra))
    return found


def one_crowd_each(flat: Flat) -> NDArray[np.int32]:
    """`Flat.owner` with the crowds of a class put together under the place of the lowest."""
    table = np.arange(len(flat.objects) + 1, dtype=np.int32)
    first: dict[int, int] = {}
    for place, each in enumerate(flat.objects, 1):
        if each.crowd:
            table[place] = first.setdefault(each.class_id, place)
    return table[flat.owner]


class _Ids:
    """Gives out the ids of an image: that of a colour, or of the next that is free."""

    def __init__(self) -> None:
        self._used = {0}
        self._last: dict[int, int] = {}

    def of(self, color: int) -> int:
        """An id that was not given out before; none before the last of that colour is free."""
        number = self._last.get(color, color)
        while number in self._used:
            number = (number + _STEP) % MOST
        self._used.add(number)
        self._last[color] = number
        return number


def _info(each: Segment, category: int) -> dict[str, Any]:
    left, top, right, bottom = each.mask.box
    return {
        **each.extra,
        "id": each.id,
        "category_id": category,
        "area": each.mask.area,
        "bbox": (left, top, right - left, bottom - top),
        "iscrowd": int(each.crowd),
    }


def _image(each: SheetImage, number: int) -> bytes:
    return _encode(
        {
            **{key: value for key, value in each.extra.items() if key != "original_id"},
            "id": number,
            "file_name": each.file_name,
            "height": each.size[0],
            "width": each.size[1],
        }
    )


def _category(each: LabelClass, number: int) -> bytes:
    return _encode(
        {
            **each.extra,
            "id": number,
            "name": each.name,
            "supercategory": each.supercategory,
            "isthing": int(each.thing),
            "color": [int(each.color[at : at + 2], 16) for at in (1, 3, 5)],
        }
    )
