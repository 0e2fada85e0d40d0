"""YOLO segmentation: a text file an image, a line an object: "class x y x y" from 0 to 1.

Regions have a line for each of their parts.

`data.yaml` (or another list, see `yolo_list`) names the classes; `labels/` stands for `images/`.
Source: https://docs.ultralytics.com/datasets/segment/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

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
from engine.formats.coco_file import whole
from engine.formats.format import LIKELY, SURE, Format, ReadOptions, Work
from engine.formats.label_png import Names, paired_names
from engine.formats.pictures import Picture, Pictures
from engine.formats.png_values import ValueEntry, read_table
from engine.formats.polygons import INSET, draw, one_ring, parts_of
from engine.formats.reading import ClassBook, ListReading, head, make_folder, read_text, write_check
from engine.formats.report import Report
from engine.formats.resolve import regions, taking_part
from engine.formats.sidecar import write_classes
from engine.formats.simple_yaml import parse, quoted
from engine.formats.whole import write_whole
from engine.formats.yolo_list import LISTS, MOST_LIST, class_names, has_list, told_folder
from engine.masks.mask import Mask

SAMPLE = 8
"""Text files of a folder that are looked into."""

MOST_TEXT = 256 << 20
"""Bytes of one text file."""


class YoloSeg(Format):
    """The format; see the module."""

    name = "yolo-seg"
    words = "YOLO segmentation"
    suffixes = (".yaml", ".yml")
    cannot: ClassVar[tuple[str, ...]] = ("rings", "crowds", "scored", "fielded", "told")
    detail = "a text for each image, outlines"

    def detect(self, path: Path) -> float:
        """Sure of a folder with a list of classes and text files; likely of a `data.yaml`.

        Likely also of labels without a list, or of a list whose labels are elsewhere.
        """
        if path.is_file():
            return LIKELY if path.suffix.lower() in self.suffixes else 0.0
        if has_list(path):
            if _any_labels(path) or any((path / "labels").rglob("*.txt")):
                return SURE  # texts of images without objects are empty
            return LIKELY * _any_labels(told_folder(path))
        return LIKELY if _any_labels(path, within=True) else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the folder that holds the list of classes, or that list."""
        return _Reader(path, options).reading()

    def join(self, target: Path, parts: Mapping[str, Path], taxonomy: Taxonomy) -> None:
        """Write one `data.yaml` for all parts, which is what training programs are given."""
        classes = live_classes(taxonomy)
        numbers = {each.id: place for place, each in enumerate(classes)}
        write_classes(target, taxonomy, numbers, zero="", void=None)
        folders = {part: f"{path.name}/images" for part, path in parts.items()}
        write_whole(target / "data.yaml", _data_yaml(classes, folders).encode())

    def picture_names(self, images: Sequence[SheetImage]) -> dict[int, str]:
        """Programs find one by the other's name."""
        return paired_names(images)

    def examine(self, path: Path, options: ReadOptions, report: Report) -> None:
        """Whether `data.yaml` counts its own classes right; training refuses it else."""
        for file in (path / name for name in LISTS if name.endswith((".yaml", ".yml"))):
            table = parse(read_text(file, MOST_LIST)) if file.is_file() else {}
            names, said = table.get("names"), whole(table.get("nc"))
            if said is not None and isinstance(names, list | dict) and said != len(names):
                report.add("class count", file.name)

    def write(self, target: Path, work: Work) -> Written:
        """Write `labels/` and `data.yaml`; every line is drawn again and compared."""
        return _write(target, work)


def _any_labels(folder: Path | None, *, within: bool = False) -> bool:
    """Whether one of the first text files of a folder is one of labels.

    Args:
        folder: None for nowhere.
        within: Only those in a folder called so count.
    """
    texts = folder.rglob("*.txt") if folder is not None else iter(())
    named = (each for each in texts if each.name not in LISTS)
    some = islice((each for each in named if not within or "labels" in each.parts[-3:]), SAMPLE)
    return any(map(_looks_like_labels, some))


def _looks_like_labels(path: Path) -> bool:
    parts = head(path, 200).removeprefix(b"\xef\xbb\xbf").split(b"\n")[0].split()
    try:
        numbers = [float(part) for part in parts]
        return len(numbers) >= 5 and numbers[0] == int(numbers[0])
    except (ValueError, OverflowError):
        return False


# -- reading


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        names = class_names(path)
        own = path if path.is_dir() else path.parent
        told = told_folder(path)
        self._root = told if told is not None and not _any_labels(own) else own
        self._book = ClassBook()
        self._keys: list[int] = []
        listed = {each.name.casefold(): each for each in read_table(own)}
        for name in names:
            known = listed.get(name.casefold(), ValueEntry(0, name, thing=True))
            self._keys.append(self._book.key(name, color=known.color, thing=known.thing))
        root = self._root
        splits = [each / "images" for each in sorted(root.iterdir()) if each.is_dir()]
        folders = [root / "images", *(each for each in splits if each.is_dir()), root]
        self._pictures = Pictures(folders, options, self.report)

    def reading(self) -> Reading:
        files = sorted(each for each in self._root.rglob("*.txt") if self._is_label(each))
        if any(map(self._is_within, files)):  # an empty text elsewhere is an empty list of images
            files = [each for each in files if self._is_within(each) or head(each, 1)]
        if not files:
            raise EngineError(f"There are no label files in {self._root}. Choose another folder.")
        return ListReading(files, self._image, self._book.classes, self._pictures, self.report)

    def _is_label(self, path: Path) -> bool:
        """Whether a text file is one of labels, and no list of classes or images."""
        within = self._is_within(path)
        listed = path.name in LISTS or path.name.lower().startswith("readme")
        if listed and not within:
            return False
        if not head(path, 1) or _looks_like_labels(path):
            return True  # images may be called as the lists are
        return not listed and (within or "labels" in self._root.parts)

    def _is_within(self, path: Path) -> bool:
        return "labels" in path.relative_to(self._root).parts[:-1]

    def _stems(self, file: Path) -> list[str]:
        """What the image may be called: the same path with `images` in the place of `labels`."""
        parts = list(file.relative_to(self._root).with_suffix("").parts)
        found = []
        for at in reversed([place for place, part in enumerate(parts[:-1]) if part == "labels"]):
            # train/labels/a belongs to train/images/a, labels/train/a to images/train/a.
            before = [*parts[:at], "images"] if at else []
            found.append("/".join([*before, *parts[at + 1 :]]))
        return found or ["/".join(parts)]

    def _image(self, file: Path) -> FoundImage | None:
        picture = self._pictures.of_stem(*self._stems(file))
        if picture is None:
            return None
        where = file.relative_to(self._root).as_posix()
        objects: list[FoundObject] = []
        layer: dict[int, Mask] = {}
        for number, line in enumerate(read_text(file, MOST_TEXT).splitlines(), 1):
            self._line(line, picture, objects, layer, f"{where}, line {number}")
        return self._pictures.found(picture, objects, layer)

    def _line(
        self,
        line: str,
        picture: Picture,
        objects: list[FoundObject],
        layer: dict[int, Mask],
        where: str,
    ) -> None:
        if not line.strip():
            return
        try:
            numbers = [float(part) for part in line.split()]
            index = int(numbers[0])
        except (ValueError, OverflowError):
            self.report.add("bad entry", where)
            return
        if len(numbers) == 5:
            self.report.add("box only", where)
            return
        if not 0 <= index < 100_000 or index != numbers[0]:
            self.report.add("bad entry", where)
            return
        height, width = picture.frame.drawn
        if len(numbers) % 2 == 0:
            self.report.add("odd polygon", where)
            return
        points = np.array(numbers[1:])
        scale = np.resize([width, height], len(points))
        ring = (points * scale).tolist()
        mask = draw([ring], (height, width), self.report, where, thin=True)
        if mask is None:
            return
        key = self._key(index, where)
        if self._book.is_thing(key):
            objects.append(FoundObject(class_key=key, mask=mask))
        else:
            add_region(layer, key, mask)

    def _key(self, index: int, where: str) -> int:
        if index < len(self._keys):
            return self._keys[index]
        self.report.add("unknown value", f"class {index} in {where}")
        return self._book.key(f"class {index}")


# -- writing


def _write(target: Path, work: Work) -> Written:
    classes = live_classes(work.taxonomy)
    numbers = {each.id: place for place, each in enumerate(classes)}
    make_folder(target / "labels")
    write_classes(target, work.taxonomy, numbers, zero="", void=None)
    names, images, masks = Names(), 0, 0
    for done, sheet in enumerate(work.sheets()):
        work.watch(done, sheet.image.file_name)
        lines = []
        for class_id, mask in _masks(sheet, numbers):
            ring = one_ring(mask, INSET)
            line = _line(ring, sheet.image.size)
            back = draw([_points(line, sheet.image.size)], sheet.image.size, Report(), "")
            write_check(target, back is not None and back.same(mask), sheet.image.file_name)
            lines.append(f"{numbers[class_id]} {line}\n")
        path = target / "labels" / f"{names.of(sheet.image)}.txt"
        make_folder(path.parent)
        write_whole(path, "".join(lines).encode())
        images += 1
        masks += len(lines)
    write_whole(target / "data.yaml", _data_yaml(classes).encode())
    return Written(path=target, images=images, masks=masks, decoded=masks)


def _masks(sheet: Sheet, numbers: dict[int, int]) -> list[tuple[int, Mask]]:
    found = [(each.class_id, each.mask) for each in taking_part(sheet, numbers)]
    return found + [
        (class_id, part) for class_id, mask in regions(sheet, numbers) for part in parts_of(mask)
    ]


def _line(ring: NDArray[np.float64], size: tuple[int, int]) -> str:
    """Coordinates from 0 to 1, with as many digits as give back a two-hundredth of a pixel."""
    digits = len(str(max(size))) + 3
    share = ring / (size[1], size[0])
    return " ".join(f"{value:.{digits}f}" for value in share.ravel().tolist())


def _points(line: str, size: tuple[int, int]) -> list[float]:
    values = np.array(line.split(), np.float64)
    scaled: list[float] = (values * np.resize([size[1], size[0]], len(values))).tolist()
    return scaled


def _data_yaml(classes: list[LabelClass], folders: Mapping[str, str] | None = None) -> str:
    where = folders or {"train": "images", "val": "images"}
    # A part that was not written is measured on another: the program wants both.
    train = where.get("train", next(iter(where.values())))
    # Without "path", folders count from the file; "." would be where the program was started.
    lines = [f"train: {train}", f"val: {where.get('val', train)}"]
    lines += [f"test: {where['test']}"] if "test" in where else []
    lines += [f"nc: {len(classes)}", "names:"]
    lines += [f"  {place}: {quoted(each.name)}" for place, each in enumerate(classes)]
    return "\n".join(lines) + "\n"
