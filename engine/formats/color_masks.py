"""Masks whose colours are classes: CamVid, and folders of its kind with a table of colours.

The table is `label_colors.txt` ("R G B name" or "name R G B"), `class_dict.csv` (name,r,g,b),
`classes.json`, `dataset_meta.json`, or of values `_classes.csv` or `objectInfo150.txt` (the scene
parsing form of ADE20K); else the colours of CamVid itself. Masks lie in folders that end in "annot"
or "labels", in `masks`, `annotations` or `GT`, or end in "_L" or "_mask".
Source: http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.formats.base import BACKGROUND_KEY, FoundImage, Reading, add_region
from engine.formats.coco_file import whole
from engine.formats.format import LIKELY, SURE, Format, ReadOptions
from engine.formats.label_masks import kind_of, label_masks
from engine.formats.label_png import (
    hex_color,
    pack,
    packed,
    read_colors,
    read_labels,
    voc_palette,
)
from engine.formats.pictures import Pictures
from engine.formats.png_read import ENDINGS
from engine.formats.png_values import NOTHING, read_table
from engine.formats.reading import ClassBook, ListReading, read_json, read_text
from engine.formats.report import Report
from engine.masks.mask import Mask

COLORS, META, VALUES = "label_colors.txt", "dataset_meta.json", "_classes.csv"
DICT, SCENES = "class_dict.csv", "objectInfo150.txt"
_SPLITS = ("train", "valid", "val", "test")
_FOLDERS = re.compile(
    r"(.*annot|annotations|masks?|gt|gtleft|(.+_)?labels?|labeledapproved.*)", re.IGNORECASE
)
_ENDINGS = ("_L", *ENDINGS)
_PREFIX = "gt_"
_VOID = frozenset((*NOTHING, "void"))

VOC_COLORS = 256
"""Colours of PASCAL VOC's palette."""

LONGEST = 1000
"""Characters of a line of the table of colours."""

_CAMVID = """
404080 Fence
000000 Void
408040 Animal
C00080 Archway
0080C0 Bicyclist
008040 Bridge
800000 Building
400080 Car
4000C0 CartLuggagePram
C08040 Child
C0C080 Column_Pole
8000C0 LaneMkgsDriv
C00040 LaneMkgsNonDriv
808040 Misc_Text
C000C0 MotorcycleScooter
804040 OtherMoving
40C080 ParkingBlock
404000 Pedestrian
804080 Road
8080C0 RoadShoulder
0000C0 Sidewalk
C08080 SignSymbol
808080 Sky
4080C0 SUVPickupTruck
000040 TrafficCone
004040 TrafficLight
C04080 Train
808000 Tree
C080C0 Truck_Bus
400040 Tunnel
C0C000 VegetationMisc
40C000 Wall
"""


@dataclass(frozen=True, slots=True)
class Table:
    """What the pixels mean.

    Attributes:
        names: Colour as R + 256 G + 65,536 B, or value, → name.
        colors: Whether the keys are colours.
    """

    names: dict[int, str]
    colors: bool = True


class ColorMasks(Format):
    """The format; see the module."""

    name = "camvid"
    words = "CamVid and masks by colour"
    writes = False

    def detect(self, path: Path) -> float:
        """Sure of a folder with a table of colours, or with mask folders of CamVid's names."""
        if not path.is_dir():
            return 0.0
        if (path / COLORS).is_file() or any(path.glob("*annot/*.png")):
            return SURE
        tabled = any((path / name).is_file() for name in (META, DICT, SCENES))
        tabled = tabled or _values_of(path) is not None
        return LIKELY if tabled and any(_masks(path)) else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the folder."""
        return _Reader(path, options).reading()


def table_of(folder: Path) -> Table:
    """The table of a folder.

    Raises:
        EngineError: A file of it says something else.
    """
    if (folder / COLORS).is_file():
        return Table(_from_text(read_text(folder / COLORS, 1 << 24), COLORS))
    if (folder / DICT).is_file():
        first, _, rest = read_text(folder / DICT, 1 << 24).partition("\n")
        return Table(_from_text(f"{first if re.search(r'[0-9]', first) else ''}\n{rest}", DICT))
    if (folder / META).is_file():
        return _from_meta(read_json(folder / META, 1 << 24))
    values = _values_of(folder)
    if values is not None:
        rows = (line.split(",", 1) for line in read_text(values, 1 << 24).splitlines())
        named = {row[0].strip(): row[1].strip() for row in rows if len(row) == 2}
        numbered = ((whole(key), name) for key, name in named.items())
        return Table({key: name for key, name in numbered if key is not None}, colors=False)
    if (folder / SCENES).is_file():
        return _from_scenes(read_text(folder / SCENES, 1 << 24))
    listed = read_table(folder)
    if listed:
        return Table({packed(each.color): each.name for each in listed if each.color})
    lines = (line.split() for line in _CAMVID.strip().splitlines())
    return Table({packed(f"#{color}"): name for color, name in lines})


def _from_scenes(text: str) -> Table:
    """Lines of number, shares, counts, stuff and words that mean the same; 0 is anything else."""
    rows = [line.split("\t") for line in text.splitlines()]
    named = {whole(row[0]): row[-1].split(",")[0].strip() for row in rows if len(row) > 1}
    return Table({0: "void", **{n: name for n, name in named.items() if n and name}}, colors=False)


def _values_of(folder: Path) -> Path | None:
    """Roboflow's table, in the folder or in that of a split, all of which have the same."""
    places = (folder, *(folder / split for split in _SPLITS))
    return next((path for each in places if (path := each / VALUES).is_file()), None)


def _from_text(text: str, name: str) -> dict[int, str]:
    found = {}
    lines = [plain for line in text.splitlines() if (plain := line.partition("#")[0].strip())]
    if 0 < len(lines) <= VOC_COLORS and not any(re.search(r"\d", line) for line in lines):
        # Datumaro writes names alone where its colours are those of PASCAL VOC, in their order.
        return dict(zip(pack(voc_palette()[None])[0].tolist(), lines, strict=False))
    for plain in lines:
        if len(plain) > LONGEST:
            raise EngineError(f"A line of {name} has more than {LONGEST} characters. Take it out.")
        match = re.fullmatch(r"(\d+)[\s,]+(\d+)[\s,]+(\d+)[\s,]+(.+)", plain) or re.fullmatch(
            r"(?P<name>.+?)[\s,:]+(\d+)[\s,]+(\d+)[\s,]+(\d+)", plain
        )
        parts = [part for part in match.groups() if part.isdigit()] if match else []
        given = [whole(part) for part in parts[:3]]
        if match is None or len(given) < 3 or any(each is None or each > 255 for each in given):
            raise EngineError(f"“{plain[:60]}” in {name} is no class. Lines are R G B NAME.")
        red, green, blue = map(int, parts[:3])
        words = match.groupdict().get("name") or match.group(4)
        found[red | green << 8 | blue << 16] = words.strip()
    return found


def _from_meta(data: Any) -> Table:
    labels = data.get("label_map") if isinstance(data, dict) else None
    colors = data.get("segmentation_colors") if isinstance(data, dict) else None
    keys = [whole(key) for key in labels] if isinstance(labels, dict) else [None]
    if not isinstance(labels, dict) or None in keys:
        raise EngineError(f"{META} has no “label_map” of numbers and names. Take it out.")
    numbered = {int(key): str(name) for key, name in labels.items()}
    if not isinstance(colors, list):
        return Table(numbered, colors=False)
    found = {}
    for (_, name), color in zip(sorted(numbered.items()), colors, strict=False):
        if not (isinstance(color, list) and len(color) == 3 and all(map(_is_byte, color))):
            raise EngineError(f"A colour in {META} is no list of three numbers from 0 to 255.")
        found[color[0] | color[1] << 8 | color[2] << 16] = name
    return Table(found)


def _is_byte(value: Any) -> bool:
    return type(value) is int and 0 <= value < 256


def _masks(folder: Path) -> Iterator[Path]:
    """PNG files that are masks, by their folder or their ending."""
    for path in sorted(folder.rglob("*.png")):
        inner = path.relative_to(folder)
        if any(_FOLDERS.fullmatch(part) for part in inner.parts[:-1]) or path.stem.endswith(
            _ENDINGS
        ):
            yield path


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        self._folder = path if path.is_dir() else path.parent
        self._files = list(_masks(path)) if path.is_dir() else [path]
        if not self._files:
            raise EngineError(f"There are no masks in {path}: no folder “annot” or “masks”.")
        self._table = table_of(self._folder)
        self._book = ClassBook()
        self._keys: dict[int, int | None] = {}
        for value, name in self._table.names.items():
            color = hex_color(value) if self._table.colors else None
            self._keys[value] = self._key_of_name(name, color)
        self._pictures = Pictures([self._folder], options, self.report)

    def reading(self) -> Reading:
        return ListReading(
            self._files, self._image, self._book.classes, self._pictures, self.report
        )

    def _key_of_name(self, name: str, color: str | None) -> int | None:
        word = name.casefold()
        if word in _VOID:
            return None
        return (
            BACKGROUND_KEY
            if word == "background"
            else self._book.key(name, color=color, thing=False)
        )

    def _stems(self, file: Path) -> list[str]:
        """What the image may be called: the same path without what makes it a mask."""
        inner = file.relative_to(self._folder).with_suffix("")
        stem = inner.name
        for ending in _ENDINGS:
            stem = stem.removesuffix(ending)
        bare = stem.removeprefix(_PREFIX)
        parents = inner.parent.as_posix()
        folders = [re.sub(r"(?i)(?<=[^/])(annot|_labels?)(?=/|$)", "", parents)]
        folders += [
            re.sub(r"(?i)(^|/)(masks?|gt|labels?|annotations)(?=/|$)", rf"\1{each}", parents)
            for each in ("images", "RGB", "image")
        ]
        folders += [re.sub(r"(?i)(^|/)gtleft(?=/|$)", r"\1RGBLeft", parents)]
        names = [stem, bare, f"image_{bare}"]
        elsewhere = [
            f"{folder}/{name}" for folder in folders if folder != parents for name in names
        ]
        # Masks that say so by their ending may lie beside their images.
        here = [f"{parents}/{name}" for name in (stem, bare) if name != inner.name]
        paths = [path.removeprefix("./") for path in (*elsewhere, *here)]
        return list(dict.fromkeys(paths)) or [f"images/{bare}"]

    def _image(self, file: Path) -> FoundImage | None:
        inner = file.relative_to(self._folder)
        try:
            if self._table.colors:
                values = read_colors(file)
            else:
                values = read_labels(file).values.astype("uint32")
            masks = label_masks(values, skip=())
        except EngineError as problem:
            self.report.add(kind_of(problem), inner.as_posix())
            return None
        size = int(values.shape[0]), int(values.shape[1])
        picture = self._pictures.of_stem(*self._stems(file), given=size)
        if picture is None:
            return None
        layer: dict[int, Mask] = {}
        for value, mask in masks.items():
            if value not in self._keys:
                shown = hex_color(value) if self._table.colors else str(value)
                self.report.add("unknown value", f"{shown} in {inner.as_posix()}")
                color = hex_color(value) if self._table.colors else None
                self._keys[value] = self._key_of_name(f"class {shown}", color)
            key = self._keys[value]
            if key is not None:
                add_region(layer, key, mask)
        return self._pictures.found(picture, (), layer)
