"""Cityscapes: `*_gtFine_labelIds.png`, `_labelTrainIds.png`, `_instanceIds.png`, `_polygons.json`.

`instanceIds` holds 1,000 × class + number for objects and the class alone for regions and groups.
Source: the data set's description and its label table; see `cityscapes_labels`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.document.annotation import Annotation
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.errors import EngineError
from engine.formats.base import (
    FoundImage,
    FoundObject,
    Reading,
    Sheet,
    SheetImage,
    Written,
    add_region,
    live_classes,
)
from engine.formats.cityscapes_labels import BY_ID, BY_NAME, BY_TRAIN, LABELS, LAST, OWN
from engine.formats.cityscapes_polygons import examine_polygons, write_polygons
from engine.formats.coco_file import size_of
from engine.formats.format import SURE, Format, Kinds, Loss, Option, ReadOptions, Work
from engine.formats.label_masks import kind_of, label_masks
from engine.formats.label_png import Names, lookup, paired_names, read_labels, write_labels
from engine.formats.pictures import Pictures
from engine.formats.png_values import read_value_table
from engine.formats.polygons import draw
from engine.formats.reading import ClassBook, ListReading, make_folder, read_json
from engine.formats.report import Report
from engine.formats.resolve import Flat, class_values, flatten
from engine.formats.sidecar import few, write_classes
from engine.formats.verify_maps import examine_cityscapes
from engine.masks.mask import Mask

KINDS = ("instanceIds", "polygons", "labelIds", "labelTrainIds")
"""What may be there of an image, the fullest first."""

_TAIL = "_leftImg8bit"
_VOID_TRAIN = 255


class Cityscapes(Format):
    """The format; see the module."""

    name = "cityscapes"
    words = "Cityscapes"
    cannot: ClassVar[tuple[str, ...]] = ("shared", "joined", "scored", "fielded", "told", "nobody")
    detail = "labelIds, trainIds and instanceIds"
    pictures = "leftImg8bit/default"
    options: ClassVar[tuple[Option, ...]] = ("overlap", "refuse_void", "polygons")

    def detect(self, path: Path) -> float:
        """Sure of a folder `gtFine` or `gtCoarse`, or of files of such names."""
        if (path / "gtFine").is_dir() or (path / "gtCoarse").is_dir():
            return SURE
        return SURE if path.is_dir() and next(path.glob("*_gtFine_*"), None) else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the folder that holds `gtFine`, or a folder of its files."""
        return _Reader(path, options).reading()

    def examine(self, path: Path, options: ReadOptions, report: Report) -> None:
        """See `verify_maps`; outlines besides, which are exact where they were written here."""
        examine_cityscapes(path, report)
        reader = _Reader(path, options)
        examine_polygons(reader.files, reader.image, report, exact=reader.own)

    def picture_names(self, images: Sequence[SheetImage]) -> dict[int, str]:
        """Programs find one by the other's name."""
        return paired_names(images, _TAIL)

    def write(self, target: Path, work: Work) -> Written:
        """Write class, training and object numbers, and outlines, below `gtFine/default`."""
        return _write(target, work)

    def losses(self, taxonomy: Taxonomy, kinds: Kinds, asked: Collection[str] = ()) -> list[Loss]:
        """As every format, and the classes that Cityscapes does not have."""
        said = super().losses(taxonomy, kinds, asked)
        own = [each for each in live_classes(taxonomy) if each.name.casefold() not in BY_NAME]
        if own:
            text = "1 class is none of Cityscapes and gets a number of its own, from 34 on."
            if len(own) > 1:
                text = (
                    f"{len(own)} classes are none of Cityscapes and get numbers of their own, "
                    "from 34 on."
                )
            said.append(Loss(text, len(own)))
        return said


# -- reading


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        roots = [path / name for name in ("gtFine", "gtCoarse") if (path / name).is_dir()]
        self.files = _files(roots or [path])
        if not self.files:
            raise EngineError(
                f"There are no files *_gtFine_*.png in {path}. Choose another folder."
            )
        pictures = [path / "leftImg8bit", path.parent / "leftImg8bit", path]
        self._pictures = Pictures(pictures, options, self.report)
        self._book = ClassBook()
        table = read_value_table(path)
        self._own, self._literal = {each.value: each for each in table.classes}, table.literal
        self.own = bool(self._own)
        self._keys: dict[str, int | None] = {}
        for entry in self._own.values():
            self._key_of(entry.value, "")
        if not self._own:
            for each in LABELS:
                self._key_of(each.id, "")

    def reading(self) -> Reading:
        entries = sorted(self.files.items())
        return ListReading(entries, self.image, self._book.classes, self._pictures, self.report)

    def _key_of(self, number: int, where: str) -> int | None:
        """The class key of an id; None for what counts as unlabelled."""
        own = self._own.get(number)
        label = BY_ID.get(number)
        name = own.name if own else label.name if label and not self._own else f"class {number}"
        if name not in self._keys:
            void = name == "ignore" or number == 0 or (label and label.void and own is None)
            if void and number not in self._literal:
                self._keys[name] = None
                return None
            if own is None and label is None:
                self.report.add("unknown value", f"{number} in {where}")
            color = own.color if own else label.color if label else None
            thing = own.thing if own else bool(label and label.thing)
            self._keys[name] = self._book.key(name, color=color, thing=thing)
        return self._keys[name]

    def image(self, entry: tuple[str, Mapping[str, Path]]) -> FoundImage | None:
        """Read an image, by name, from the fullest of its files."""
        stem, files = entry
        kind = next(each for each in KINDS if each in files)
        file = files[kind]
        try:
            if kind == "polygons":
                return self._polygons(stem, read_json(file), file.name)
            labels = read_labels(file)
            values = labels.values.astype(np.int32)
            if kind == "labelTrainIds":
                values = self._from_training(values)
            masks = label_masks(values, skip=())
        except EngineError as problem:
            self.report.add(kind_of(problem), file.name)
            return None
        picture = self._pictures.of_stem(*_stems(stem), given=labels.size)
        if picture is None:
            return None
        objects: list[FoundObject] = []
        layer: dict[int, Mask] = {}
        for value, mask in masks.items():
            number, nth = divmod(value, 1000) if value >= 1000 else (value, -1)
            self._take(number, nth, mask, objects, layer, file.name)
        # Objects of one class lie in the order of their numbers, as they were written.
        return self._pictures.found(picture, objects, layer)

    def _take(
        self,
        number: int,
        nth: int,
        mask: Mask,
        objects: list[FoundObject],
        layer: dict[int, Mask],
        where: str,
    ) -> None:
        key = self._key_of(number, where)
        if key is None:
            return
        if nth >= 0:
            objects.append(FoundObject(class_key=key, mask=mask))
        elif self._book.is_thing(key) and "instanceIds" in where:
            objects.append(FoundObject(class_key=key, mask=mask, crowd=True))
        else:
            add_region(layer, key, mask)

    def _from_training(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        """Ids in place of training numbers."""
        out = np.zeros_like(values)
        for value in np.unique(values).tolist():
            label = BY_TRAIN.get(value)
            out[values == value] = label.id if label is not None and not self._own else 0
        return out

    def _polygons(self, stem: str, data: Any, where: str) -> FoundImage | None:
        fields = data if isinstance(data, dict) else {}
        size = size_of(fields.get("imgHeight"), fields.get("imgWidth"))
        if size is None:
            self.report.add("bad file", where)
            return None
        picture = self._pictures.of_stem(*_stems(stem), given=size)
        if picture is None:
            return None
        objects: list[FoundObject] = []
        layer: dict[int, Mask] = {}
        taken = Mask.EMPTY
        for each in reversed(fields.get("objects") or []):  # later ones lie on top
            if not isinstance(each, dict) or each.get("deleted"):
                continue
            mask = draw([each.get("polygon")], size, self.report, where)
            if mask is None:
                continue
            seen, taken = mask - taken, taken | mask
            self._take_polygon(str(each.get("label") or ""), seen, objects, layer)
        return self._pictures.found(picture, objects[::-1], layer)

    def _take_polygon(
        self, name: str, mask: Mask, objects: list[FoundObject], layer: dict[int, Mask]
    ) -> None:
        group = name.endswith("group") and name not in BY_NAME and name not in self._keys
        plain = name.removesuffix("group") if group else name
        own = {each.name: each.value for each in self._own.values()}
        label = BY_NAME.get(plain)
        number = own.get(plain, None if label is None else label.id)
        if number is not None:
            key = self._key_of(number, plain)
        else:
            key = self._keys.setdefault(plain, self._book.key(plain, thing=False))
        if key is None or not mask:
            return
        if not self._book.is_thing(key):
            add_region(layer, key, mask)
            return
        crowds = [at for at, each in enumerate(objects) if each.crowd and each.class_key == key]
        if group and crowds:  # a group may have several polygons, as in instanceIds it has one id
            mask = mask | objects.pop(crowds[0]).mask
        objects.append(FoundObject(class_key=key, mask=mask, crowd=group))


def _stems(stem: str) -> list[str]:
    """What an image may be called: with and without the split's folder and the usual ending."""
    rest = stem.partition("/")[2] or stem
    return [f"{stem}{_TAIL}", f"{rest}{_TAIL}", stem, rest]


def _files(roots: list[Path]) -> dict[str, dict[str, Path]]:
    """Path of an image without its ending → kind of file → file."""
    found: dict[str, dict[str, Path]] = {}
    for root in roots:
        for file in root.rglob("*_gt*_*"):
            stem, _, kind = file.stem.rpartition("_")
            plain = stem.removesuffix("_gtFine").removesuffix("_gtCoarse")
            if kind in KINDS and plain != stem and file.is_file():
                inner = file.relative_to(root).parent / Path(plain).name
                found.setdefault(inner.as_posix(), {}).setdefault(kind, file)
    return found


# -- writing


def _write(target: Path, work: Work) -> Written:
    few(work.taxonomy, LAST - OWN + 1, "Cityscapes")
    classes = live_classes(work.taxonomy)
    ids = _ids(classes)
    train = _train_ids(classes)
    root = target / "gtFine" / "default"
    make_folder(root)
    write_classes(target, work.taxonomy, ids, zero="", void=None)
    names, images, masks = Names(), 0, 0
    for done, sheet in enumerate(work.sheets()):
        work.watch(done, sheet.image.file_name)
        stem = names.of(sheet.image).removesuffix(_TAIL)
        flat = flatten(sheet, ids, work.resolver)
        values = class_values(sheet, flat, ids)
        pictures: dict[str, NDArray[np.unsignedinteger]] = {
            "labelIds": lookup(ids, 0, np.uint8)[values],
            "labelTrainIds": lookup(train, _VOID_TRAIN, np.uint8)[values],
            "instanceIds": _instances(sheet, flat, ids, lookup(ids, 0, np.uint16)[values]),
        }
        for kind, array in pictures.items():
            write_labels(root / f"{stem}_gtFine_{kind}.png", array, sheet.image.file_name)
        if work.polygons:
            file = root / f"{stem}_gtFine_polygons.json"
            write_polygons(file, sheet, flat, values, work.taxonomy)
        images += 1
        masks += len(np.unique(flat.owner[flat.owner > 0]))
    return Written(path=target, images=images, masks=masks, decoded=masks)


def _ids(classes: list[LabelClass]) -> dict[int, int]:
    """Class id → Cityscapes id; classes it does not have count from `OWN`."""
    ids: dict[int, int] = {}
    fresh = OWN
    for each in classes:
        label = BY_NAME.get(each.name.casefold())
        if label is not None and label.id > 0:
            ids[each.id] = label.id
        else:
            ids[each.id] = fresh
            fresh += 1
    return ids


def _train_ids(classes: list[LabelClass]) -> dict[int, int]:
    """Class id → training number: Cityscapes' own where it has the class, else none is free."""
    labels = [BY_NAME.get(each.name.casefold()) for each in classes]
    if any(labels):
        return {
            each.id: label.train
            for each, label in zip(classes, labels, strict=True)
            if label is not None
        }
    return {each.id: place for place, each in enumerate(classes)}


def _instances(
    sheet: Sheet, flat: Flat, ids: dict[int, int], labels: NDArray[np.uint16]
) -> NDArray[np.uint16]:
    """`instanceIds` of an image from its `labelIds`."""
    numbers = np.zeros(len(flat.objects) + 1, np.uint16)
    nth: dict[int, int] = {}
    for place, each in enumerate(flat.objects, 1):
        numbers[place] = _number(each, ids, nth, sheet)
    covered = flat.owner > 0
    out = labels.copy()
    out[covered] = numbers[flat.owner[covered]]
    return out


def _number(each: Annotation, ids: dict[int, int], nth: dict[int, int], sheet: Sheet) -> int:
    number = ids[each.class_id]
    if each.crowd:
        return number
    count = nth.get(number, 0)
    if count > 999:
        raise EngineError(
            f"{sheet.image.file_name} has more than 1,000 objects of one class, for which "
            "Cityscapes has no numbers. Choose another format, or export with --tile."
        )
    nth[number] = count + 1
    return number * 1000 + count
