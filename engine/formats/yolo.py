"""YOLO segmentation: a text file an image, a line an object: "class x y x y" from 0 to 1.

Regions have a line for each of their parts.

`data.yaml` (or `obj.names`, `classes.txt`) names the classes; `labels/` stands for
`images/`.
Source: https://docs.ultralytics.com/datasets/segment/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from engine.formats.polygons import INSET, draw, one_ring, parts_of
from engine.formats.reading import ClassBook, ListReading, head, make_folder, read_text, write_check
from engine.formats.report import Report
from engine.formats.resolve import regions, taking_part
from engine.formats.sidecar import things_of, write_classes
from engine.formats.simple_yaml import parse, quoted
from engine.formats.whole import write_whole
from engine.masks.mask import Mask

LISTS = ("data.yaml", "data.yml", "dataset.yaml", "obj.names", "classes.txt")
MOST_TEXT = 256 << 20
"""Bytes of one text file."""

MOST_LIST = 16 << 20
"""Bytes of the list of classes."""


class YoloSeg(Format):
    """The format; see the module."""

    name = "yolo-seg"
    words = "YOLO segmentation"
    suffixes = (".yaml", ".yml")
    cannot: ClassVar[tuple[str, ...]] = ("rings", "crowds", "scored", "fielded", "told")
    detail = "a text for each image, outlines"

    def detect(self, path: Path) -> float:
        """Sure of a folder with a list of classes and text files; likely of a `data.yaml`."""
        if path.is_file():
            return LIKELY if path.suffix.lower() in self.suffixes else 0.0
        if not any((path / each).is_file() for each in LISTS):
            return 0.0
        texts = (each for each in path.rglob("*.txt") if each.name not in LISTS)
        return SURE if any(_looks_like_labels(each) for each, _ in zip(texts, range(8))) else 0.0  # noqa: B905

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the folder that holds the list of classes, or that list."""
        return _Reader(path if path.is_dir() else path.parent, options).reading()

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

    def write(self, target: Path, work: Work) -> Written:
        """Write `labels/` and `data.yaml`; every line is drawn again and compared."""
        return _write(target, work)


def _looks_like_labels(path: Path) -> bool:
    parts = head(path, 200).split(b"\n")[0].split()
    try:
        numbers = [float(part) for part in parts]
        return len(numbers) >= 5 and numbers[0] == int(numbers[0])
    except (ValueError, OverflowError):
        return False


# -- reading


def class_names(folder: Path) -> list[str]:
    """The classes in the order of their numbers.

    Raises:
        EngineError: There is no list of classes.
    """
    for name in LISTS:
        path = folder / name
        if not path.is_file():
            continue
        text = read_text(path, MOST_LIST)
        if path.suffix not in (".yaml", ".yml"):
            return [line.strip() for line in text.splitlines() if line.strip()]
        names = parse(text).get("names")
        if isinstance(names, list):
            return names
        if isinstance(names, dict):
            given = ((whole(key), value) for key, value in names.items())
            numbered = {key: value for key, value in given if key is not None and key >= 0}
            if numbered and max(numbered) > 100_000:
                break
            last = max(numbered, default=-1)
            return [numbered.get(at, f"class {at}") for at in range(last + 1)]
    raise EngineError(
        f"There is no list of classes in {folder}: no data.yaml with “names”, no obj.names and no "
        "classes.txt. Choose the folder that holds it."
    )


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        self._root = path
        self._book = ClassBook()
        things = things_of(path)
        self._keys = [
            self._book.key(name, thing=things.get(name.casefold(), True))
            for name in class_names(path)
        ]
        splits = [each / "images" for each in sorted(path.iterdir()) if each.is_dir()]
        folders = [path / "images", *(each for each in splits if each.is_dir()), path]
        self._pictures = Pictures(folders, options, self.report)

    def reading(self) -> Reading:
        files = sorted(
            each
            for each in self._root.rglob("*.txt")
            if each.name not in LISTS and each.name.lower()[:6] != "readme" and self._is_label(each)
        )
        if not files:
            raise EngineError(f"There are no label files in {self._root}. Choose another folder.")
        return ListReading(files, self._image, self._book.classes, self._pictures, self.report)

    @staticmethod
    def _is_label(path: Path) -> bool:
        """Whether a text file is one of labels and no list of images."""
        return not head(path, 1) or _looks_like_labels(path) or "labels" in path.parts

    def _stem(self, file: Path) -> str:
        """What the image is called: the same path with `images` in the place of `labels`."""
        parts = list(file.relative_to(self._root).with_suffix("").parts)
        if "labels" in parts[:-1]:
            at = len(parts) - 2 - parts[-2::-1].index("labels")
            before = parts[:at]
            # train/labels/a belongs to train/images/a, labels/train/a to images/train/a.
            return (
                "/".join([*before, "images", *parts[at + 1 :]])
                if before
                else "/".join(parts[at + 1 :])
            )
        return "/".join(parts)

    def _image(self, file: Path) -> FoundImage | None:
        picture = self._pictures.of_stem(self._stem(file))
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
