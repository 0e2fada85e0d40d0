"""labelme: a JSON file an image, with shapes; written as `mask` shapes, which are exact.

A `mask` shape holds the corner pixels of a box, both inside, and a PNG of that box. Shapes with
one label and one `group_id` are one object. Source: https://github.com/wkentaro/labelme, the
files it writes (version 5).
"""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Mapping
from itertools import islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.formats.base import (
    FoundImage,
    FoundObject,
    Reading,
    Sheet,
    Written,
    add_region,
    live_classes,
)
from engine.formats.coco_file import size_of
from engine.formats.find_text import holds
from engine.formats.format import SURE, Format, ReadOptions, Work
from engine.formats.label_png import Names, png_bits, png_bytes
from engine.formats.pictures import Pictures
from engine.formats.png_values import CLASSES_FILE, LIST_FILE, read_table
from engine.formats.polygons import box_points, draw, ellipse_points, placed, points_of
from engine.formats.reading import (
    ClassBook,
    ListReading,
    head,
    make_folder,
    read_json,
    write_check,
)
from engine.formats.report import Report
from engine.formats.resolve import regions, taking_part
from engine.formats.sidecar import write_classes
from engine.formats.whole import write_whole
from engine.masks.mask import Mask

VERSION = "5.5.0"
MOST = 512 << 20
"""Bytes of one file; labelme puts the whole image into it."""

SAMPLE = 8
"""JSON files of a folder that are looked into."""

_POLYGONS = ("polygon", "rectangle", "oriented_rectangle", "rotation", "quadrilateral")
"""Kinds whose points are corners; the last two are those of X-AnyLabeling."""

_KNOWN = frozenset(("label", "points", "group_id", "shape_type", "flags", "mask", "description"))


class Labelme(Format):
    """The format; see the module."""

    name = "labelme"
    words = "labelme"
    suffixes = (".json",)
    cannot: ClassVar[tuple[str, ...]] = ("crowds", "scored", "unkept", "told")
    detail = "a JSON for each image, masks"
    pictures = ""

    def detect(self, path: Path) -> float:
        """Sure of a JSON file with `shapes` and `imagePath`, or of a folder of such."""
        if path.is_dir():
            files = (each for each in path.rglob("*.json") if not _is_list(each))
            return max(map(self.detect, islice(files, SAMPLE)), default=0.0)
        # An image inside the file, or an outline of many points, may come before either word.
        if path.suffix.lower() != ".json" or not holds(path, b'"shapes"'):
            return 0.0
        return SURE if holds(path, b'"imagePath"') or holds(path, b'"shape_type"') else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open a folder of files, or one file."""
        return _Reader(path, options).reading()

    def keeps(self, fields: Mapping[str, Any]) -> bool:
        """All but what a shape has itself; its group would make it one with others."""
        own = fields.keys() & (_KNOWN - {"flags", "description"})
        flags, words = fields.get("flags", {}), fields.get("description", "")
        return not own and isinstance(flags, dict) and isinstance(words, str)

    def write(self, target: Path, work: Work) -> Written:
        """Write a file for every image."""
        return _write(target, work)


# -- reading


def _is_list(path: Path) -> bool:
    """Whether a file is the list of classes of an earlier export, not that of an image."""
    return path.name == CLASSES_FILE and b'"shapes"' not in head(path, 1 << 16)


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        self._folder = path if path.is_dir() else path.parent
        self._files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
        self._files = [each for each in self._files if not _is_list(each)]
        if not self._files:
            raise EngineError(f"There are no JSON files in {path}. Choose another folder.")
        self._book = ClassBook()
        before = _is_list(self._folder / CLASSES_FILE) and not (self._folder / LIST_FILE).is_file()
        for listed in read_table(self._folder, CLASSES_FILE if before else LIST_FILE):
            self._book.key(listed.name, color=listed.color, thing=listed.thing)
        around = [self._folder.parent / "images"]
        deep, flat = ([self._folder], []) if path.is_dir() else ([], [self._folder])
        self._pictures = Pictures(
            [*deep, *around], options, self.report, beside=[*flat, self._folder.parent]
        )

    def reading(self) -> Reading:
        return ListReading(
            self._files, self._image, self._book.classes, self._pictures, self.report
        )

    def _image(self, file: Path) -> FoundImage | None:
        inner = file.relative_to(self._folder)
        try:
            data = read_json(file, MOST)
        except EngineError:
            data = None
        if not isinstance(data, dict) or not isinstance(data.get("shapes"), list):
            if len(self._files) == 1:
                raise EngineError(f"{file.name} has no “shapes”, so it is no file of labelme.")
            self.report.add("bad file", inner.as_posix())
            return None
        given = size_of(data.get("imageHeight"), data.get("imageWidth"))
        picture = self._pictures.any_of(self._names(inner, data.get("imagePath")), given)
        if picture is None:
            return None
        size = picture.frame.drawn
        objects: dict[tuple[Any, ...], FoundObject] = {}
        layer: dict[int, Mask] = {}
        for place, shape in enumerate(data["shapes"]):
            where = f"{inner.as_posix()}, shape {place + 1}"
            mask = self._shape(shape, size, where) if isinstance(shape, dict) else None
            if mask is None:
                continue
            key = self._book.key(str(shape.get("label") or ""))
            if not self._book.is_thing(key):
                add_region(layer, key, mask)
                continue
            group = shape.get("group_id")
            slot = (key, group) if isinstance(group, int | str) else (key, None, place)
            known = objects.get(slot)
            extra = {k: v for k, v in shape.items() if k not in _KNOWN}
            for field in ("flags", "description"):
                if shape.get(field):
                    extra[field] = shape[field]
            objects[slot] = FoundObject(
                class_key=key,
                mask=mask if known is None else known.mask | mask,
                extra=extra if known is None else known.extra,
            )
        flags = data.get("flags")
        extra = {"flags": flags} if flags and isinstance(flags, dict) else {}
        return self._pictures.found(picture, objects.values(), layer, extra=extra)

    def _names(self, inner: Path, given: Any) -> list[str]:
        """What the image of a file may be called: the way there from the file, then beside it."""
        path = str(given or "").replace("\\", "/")
        last = path.rpartition("/")[2] or f"{inner.stem}.jpg"
        beside = (inner.parent / last).as_posix()
        away = path.startswith("/") or "://" in path or PureWindowsPath(path).drive
        way = PurePosixPath(
            posixpath.normpath((inner.parent / (last if away else path)).as_posix())
        )
        # Above the folder that is opened, images are looked for in the one around it.
        parts = [each for each in way.parts if each != ".."]
        names = ["/".join(parts) or beside, beside]
        if self._pictures.has(*names):
            return names
        # Files that were renamed together with their images still hold the name of before.
        return [names[0], inner.with_suffix(PurePosixPath(last).suffix).as_posix(), beside]

    def _shape(self, shape: dict[str, Any], size: tuple[int, int], where: str) -> Mask | None:
        kind = shape.get("shape_type") or "polygon"
        if kind in ("point", "points", "line", "linestrip", "cuboid"):
            self.report.add("no area", where)
            return None
        points = points_of(shape.get("points"), self.report, where)
        if points is None:
            return None
        if kind == "mask":
            return self._mask(shape, points.ravel().tolist(), size, where)
        flat = points.ravel().tolist()
        if kind == "rectangle" and len(points) == 2:
            return draw([box_points(*flat)], size, self.report, where, thin=True)
        if kind == "circle" and len(points) == 2:
            radius = float(np.hypot(*(points[1] - points[0])))
            ring = ellipse_points(flat[0], flat[1], radius, radius)
            return draw([ring.tolist()], size, self.report, where)
        if kind in _POLYGONS:
            return draw([points.tolist()], size, self.report, where, thin=True)
        self.report.add("bad shape", where)
        return None

    def _mask(
        self, shape: dict[str, Any], corners: list[float], size: tuple[int, int], where: str
    ) -> Mask | None:
        bits = _decoded(shape.get("mask"))
        if bits is None or len(corners) < 2 or max(map(abs, corners)) > max(size) * 2:
            self.report.add("bad shape", where)
            return None
        sides = [round(each) for each in corners[:4]]
        if len(sides) == 4 and bits.shape != (sides[3] - sides[1] + 1, sides[2] - sides[0] + 1):
            self.report.add("mask box", where)
        return placed(bits, round(corners[0]), round(corners[1]), size, self.report, where)


def _decoded(value: Any) -> NDArray[np.bool_] | None:
    """The pixels of a base64 PNG that are not 0, (height, width); None where it is none."""
    try:
        return png_bits(base64.b64decode(value)) if isinstance(value, str) else None
    except ValueError:
        return None


# -- writing


def _write(target: Path, work: Work) -> Written:
    make_folder(target)
    classes = {each.id: each for each in live_classes(work.taxonomy)}
    values = {each: place for place, each in enumerate(classes, 1)}
    # labelme and its converters take every *.json of a folder for one of theirs.
    write_classes(target, work.taxonomy, values, zero="", void=None, file=LIST_FILE)
    names, images, masks = Names(), 0, 0
    for done, sheet in enumerate(work.sheets()):
        work.watch(done, sheet.image.file_name)
        stem = names.of(sheet.image)
        shapes = []
        for class_id, mask, extra in _masks(sheet, set(classes)):
            shape = _shape(classes[class_id].name, mask, extra)
            bits = _decoded(shape["mask"])
            same = bits is not None and Mask.from_bits(bits, *mask.box[:2]).same(mask)
            write_check(target, same, sheet.image.file_name)
            shapes.append(shape)
        height, width = sheet.image.size
        flags = sheet.image.extra.get("flags")
        data: dict[str, Any] = {
            "version": VERSION,
            "flags": flags if isinstance(flags, dict) else {},
            "shapes": shapes,
            "imagePath": PurePosixPath(sheet.image.file_name.replace("\\", "/")).name,
            "imageData": None,
            "imageHeight": height,
            "imageWidth": width,
        }
        path = target / f"{stem}.json"
        make_folder(path.parent)
        encoded = msgspec.json.encode(data)
        write_whole(path, encoded)
        write_check(path, path.read_bytes() == encoded, sheet.image.file_name)
        images += 1
        masks += len(shapes)
    return Written(path=target, images=images, masks=masks, decoded=masks)


def _masks(sheet: Sheet, classes: set[int]) -> list[tuple[int, Mask, dict[str, Any]]]:
    found = [(each.class_id, each.mask, dict(each.extra)) for each in taking_part(sheet, classes)]
    return found + [(key, mask, {}) for key, mask in regions(sheet, classes)]


def _shape(name: str, mask: Mask, extra: dict[str, Any]) -> dict[str, Any]:
    left, top, right, bottom = mask.box
    bits = mask.read(mask.box).astype(np.uint8)
    return {
        **{key: value for key, value in extra.items() if key not in _KNOWN},
        "label": name,
        "points": [[left, top], [right - 1, bottom - 1]],
        "group_id": None,
        "description": str(extra.get("description") or ""),
        "shape_type": "mask",
        "flags": extra.get("flags") if isinstance(extra.get("flags"), dict) else {},
        "mask": base64.b64encode(png_bytes(bits)).decode("ascii"),
    }
