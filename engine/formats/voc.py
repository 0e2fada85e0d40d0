"""PASCAL VOC segmentation: palette PNGs of classes and of objects, 255 for void.

Folders: `SegmentationClass/`, `SegmentationObject/`, `JPEGImages/`, `ImageSets/Segmentation/`, and
`labelmap.txt` ("name:R,G,B:parts:actions") where the classes are not VOC's own. Regions have a
number among the objects too, since programs that read objects pass over pixels without one;
`classes.json` says which classes are regions. What others write besides: see `voc_names`.
Source: http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html, section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.document.taxonomy import BACKGROUND, LabelClass
from engine.errors import EngineError
from engine.formats.base import (
    BACKGROUND_KEY,
    FoundImage,
    FoundObject,
    Reading,
    Sheet,
    SheetImage,
    Written,
    add_region,
    live_classes,
)
from engine.formats.format import SURE, Format, Option, ReadOptions, Work
from engine.formats.label_masks import kind_of, label_figures, label_masks, value_masks
from engine.formats.label_png import (
    Labels,
    Names,
    hex_color,
    lookup,
    pack,
    paired_names,
    read_labels,
    voc_palette,
    write_labels,
)
from engine.formats.pictures import Pictures
from engine.formats.png_values import ValueEntry, read_table
from engine.formats.reading import ClassBook, ListReading, make_folder
from engine.formats.report import Report
from engine.formats.resolve import class_values, flatten
from engine.formats.sidecar import few, write_classes
from engine.formats.verify_maps import examine_voc
from engine.formats.voc_names import LABEL_MAP, VOID, classes_at, names_of, objects_at, root_of
from engine.formats.whole import write_whole
from engine.masks.mask import Mask

MOST = 254
"""Objects in one image, and classes."""

_IGNORED = ("ignored", "void", "ignore", "unlabeled", "unlabelled")


class Voc(Format):
    """The format; see the module."""

    name = "voc"
    words = "PASCAL VOC"
    cannot: ClassVar[tuple[str, ...]] = ("shared", "crowds", "scored", "fielded")
    detail = "PNGs of classes and of objects"
    pictures = "JPEGImages"
    options: ClassVar[tuple[Option, ...]] = ("overlap", "refuse_void")

    def detect(self, path: Path) -> float:
        """Sure of a folder with `SegmentationClass` in it, or in its only data set."""
        return SURE if classes_at(root_of(path)) is not None else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the folder that holds `SegmentationClass`, or the one above."""
        return _Reader(root_of(path), options).reading()

    def examine(self, path: Path, options: ReadOptions, report: Report) -> None:
        """See `verify_maps`."""
        examine_voc(root_of(path), report)

    def picture_names(self, images: Sequence[SheetImage]) -> dict[int, str]:
        """Programs find one by the other's name."""
        return paired_names(images)

    def write(self, target: Path, work: Work) -> Written:
        """Write classes, objects, label map and list of names."""
        return _write(target, work)


# -- reading


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        found = classes_at(path)
        if found is None:
            raise EngineError(f"There is no SegmentationClass in {path}, so it is no VOC folder.")
        self._classes_at, self._objects_at = found, objects_at(path)
        self._names = names_of(path)
        self._own = _own_classes(path)
        self._book = ClassBook()
        own = [self._classes_at, self._objects_at]
        self._pictures = Pictures([path / "JPEGImages", path], options, self.report, masks=own)
        self._keys: dict[str, int | None] = {}
        for color, name in self._names.items():
            self._keys[color] = self._key_of_name(name, color)

    def reading(self) -> Reading:
        files = sorted(self._classes_at.rglob("*.png"))
        if not files:
            raise EngineError(f"There are no PNG files in {self._classes_at}. Choose another.")
        return ListReading(files, self._image, self._book.classes, self._pictures, self.report)

    def _key_of_name(self, name: str, color: str) -> int | None:
        if own := self._own.get(name):
            return self._book.key(own.name, color=own.color or color, thing=own.thing)
        if name.casefold() in _IGNORED:
            return None
        if name.casefold() == "background":
            return BACKGROUND_KEY
        return self._book.key(name, color=color)

    def _image(self, file: Path) -> FoundImage | None:
        inner = file.relative_to(self._classes_at)
        try:
            labels = read_labels(file, gray_is_color=True)
            masks = label_masks(labels.values, skip=())
        except EngineError as problem:
            self.report.add(kind_of(problem), inner.as_posix())
            return None
        picture = self._pictures.of_stem(inner.with_suffix("").as_posix(), given=labels.size)
        if picture is None:
            return None
        owner = self._owner(self._objects_at / inner, labels)
        objects: list[FoundObject] = []
        layer: dict[int, Mask] = {}
        for value, mask in masks.items():
            key = self._key(labels, value, inner.as_posix())
            if key is None:
                continue
            if key == BACKGROUND_KEY or owner is None or not self._book.is_thing(key):
                add_region(layer, key, mask)
                continue
            here = np.where(mask.read((0, 0, *labels.size[::-1])), owner, 0)
            parts = value_masks(here)
            objects += [FoundObject(class_key=key, mask=part) for part in parts.values()]
            rest = mask
            for part in parts.values():
                rest = rest - part
            if rest:
                add_region(layer, key, rest)
        return self._pictures.found(picture, objects, layer)

    def _key(self, labels: Labels, value: int, where: str) -> int | None:
        """The class key of a value; None for void."""
        if not labels.colors and value == VOID:
            return None
        color = hex_color(value) if labels.colors else labels.palette.get(value, "")
        if color in self._keys:
            return self._keys[color]
        if not labels.colors and value == 0:
            return BACKGROUND_KEY
        # An index without a palette, or with a foreign one, goes by VOC's own order.
        if not labels.colors and value < len(self._names) - 1 and not labels.palette:
            return list(self._keys.values())[value]
        self.report.add("unknown value", f"{color or value} in {where}")
        known = self._book.key(f"class {color or value}", color=color or None)
        self._keys[color or str(value)] = known
        return known

    def _owner(self, path: Path, labels: Labels) -> NDArray[np.unsignedinteger] | None:
        """The object of every pixel, 0 for none; None where there is no such file."""
        if not path.is_file():
            return None
        try:
            objects = read_labels(path, gray_is_color=True)
            label_figures(objects.values)
        except EngineError as problem:
            self.report.add(kind_of(problem), f"SegmentationObject/{path.name}")
            return None
        if objects.size != labels.size:
            self.report.add("mask size", f"SegmentationObject/{path.name}")
            return None
        values = objects.values
        void = int(pack(voc_palette()[None, VOID:])[0, 0]) if objects.colors else VOID
        cleaned: NDArray[np.unsignedinteger] = np.where(values == void, 0, values)
        return cleaned


# -- writing


def listed_names(classes: list[LabelClass]) -> dict[int, str]:
    """Class id → what `labelmap.txt` calls it: colons part its fields, "#" begins a remark.

    Words that mean no class there get an underscore, as do names that would otherwise be twice.
    """
    taken = {"background", *_IGNORED}
    found = {}
    for each in classes:
        name = " ".join(each.name.replace(":", "_").split())
        name = f"_{name}" if name[:1] in ("#", "") else name
        while name.casefold() in taken:
            name += "_"
        taken.add(name.casefold())
        found[each.id] = name
    return found


def _own_classes(path: Path) -> dict[str, ValueEntry]:
    """What `labelmap.txt` calls a class → the line of it in `classes.json`; may be empty."""
    listed = [each for each in read_table(path) if 0 < each.value < VOID]
    called = listed_names([LabelClass(id=e.value, name=e.name, color="#000000") for e in listed])
    return {called[each.value]: each for each in listed}


def _write(target: Path, work: Work) -> Written:
    few(work.taxonomy, MOST, "PASCAL VOC")
    classes = live_classes(work.taxonomy)
    values = {each.id: place for place, each in enumerate(classes, 1)}
    colors = voc_palette()
    folders = {name: target / name for name in ("SegmentationClass", "SegmentationObject")}
    lists = target / "ImageSets" / "Segmentation"
    for folder in (*folders.values(), lists):
        make_folder(folder)
    lines = ["# label:color_rgb:parts:actions", f"background:{_rgb(colors[0])}::"]
    called = listed_names(classes)
    lines += [f"{called[each.id]}:{_rgb(colors[values[each.id]])}::" for each in classes]
    lines.append(f"ignored:{_rgb(colors[VOID])}::")
    write_whole(target / LABEL_MAP, ("\n".join(lines) + "\n").encode())
    write_classes(target, work.taxonomy, values, zero="background", void=VOID)
    names, stems, masks = Names(), [], 0
    for done, sheet in enumerate(work.sheets()):
        work.watch(done, sheet.image.file_name)
        stem = names.of(sheet.image)
        stems.append(stem)
        pair = _arrays(sheet, values, work)
        for folder, array in zip(folders.values(), pair, strict=True):
            path = folder / f"{stem}.png"
            write_labels(path, array, sheet.image.file_name, colors.tobytes())
        masks += len(np.unique(pair[1][(pair[1] > 0) & (pair[1] < VOID)]))
    write_whole(lists / "default.txt", "".join(f"{stem}\n" for stem in stems).encode())
    return Written(path=target, images=len(stems), masks=masks, decoded=masks)


def _rgb(color: NDArray[np.uint8]) -> str:
    return ",".join(str(int(part)) for part in color)


def _arrays(
    sheet: Sheet, values: dict[int, int], work: Work
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Classes and objects of an image as VOC has them."""
    flat = flatten(sheet, values, work.resolver)
    if len(flat.objects) > MOST:
        raise EngineError(
            f"{sheet.image.file_name} has {len(flat.objects):,} objects, and PASCAL VOC has room "
            f"for {MOST} in an image. Choose another format, or export with --tile."
        )
    table = lookup({BACKGROUND: 0, **values}, VOID, np.uint8)
    classes = table[class_values(sheet, flat, values)]
    objects = flat.owner.astype(np.uint8)
    objects[(flat.owner == 0) & (classes == VOID)] = VOID
    free = np.where((flat.owner == 0) & (classes != VOID), classes, 0)
    for number, value in enumerate(np.unique(free[free > 0]).tolist(), len(flat.objects) + 1):
        if number <= MOST:
            objects[free == value] = number
    return classes, objects
