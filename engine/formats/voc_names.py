"""Where the parts of a PASCAL VOC data set lie, and what its colours mean.

labelme's converters write `SegmentationClassPNG/` beside arrays, and a `class_names.txt` whose
lines are in the order of VOC's colours; users of SBD keep `SegmentationClassAug/`. Sources: the VOC
development kit; https://github.com/wkentaro/labelme, examples, labelme2voc.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.formats.coco_file import whole
from engine.formats.label_png import voc_palette
from engine.formats.reading import read_text

VOID = 255

LABEL_MAP, CLASS_NAMES = "labelmap.txt", "class_names.txt"

MOST_FOLDERS = 64
"""Folders in one that are looked into for a data set."""

_CLASSES = ("SegmentationClass", "SegmentationClassPNG", "SegmentationClassAug")
_NAMES = """
background aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse
motorbike person pottedplant sheep sofa train tvmonitor
"""
NAMES = tuple(_NAMES.split())


def classes_at(path: Path) -> Path | None:
    """The folder of the pictures of classes, one that has some before others; None for none."""
    there = [each for name in _CLASSES if (each := path / name).is_dir()]
    full = (each for each in there if next(each.rglob("*.png"), None) is not None)
    return next(full, there[0] if there else None)


def objects_at(path: Path) -> Path:
    """The folder of the pictures of objects, which need not be there."""
    own, other = path / "SegmentationObject", path / "SegmentationObjectPNG"
    return other if other.is_dir() and next(own.rglob("*.png"), None) is None else own


def root_of(path: Path) -> Path:
    """The data set in a folder that holds no other, as `VOCdevkit` holds `VOC2012`."""
    if classes_at(path) is not None:
        return path
    below = _folders(path)
    sets = [each for one in below for each in (one, *_folders(one)) if classes_at(each) is not None]
    return sets[0] if len(sets) == 1 else path


def _folders(path: Path) -> list[Path]:
    try:
        with os.scandir(path) as found:
            return [path / each.name for each in found if each.is_dir()][:MOST_FOLDERS]
    except OSError:
        return []


def names_of(path: Path) -> dict[str, str]:
    """Colour → name, from the list of a data set; VOC's own where there is none.

    Raises:
        EngineError: A line is none.
    """
    own, listed = path / LABEL_MAP, path / CLASS_NAMES
    if own.is_file():
        return _label_map(own)
    names: list[str] | tuple[str, ...] = NAMES
    if listed.is_file():
        lines = (line.strip() for line in read_text(listed).splitlines())
        names = [line for line in lines if line][:VOID]
        names = ["background" if name == "_background_" else name for name in names]
    colors = voc_palette()
    named = {_hex(colors[at]): name for at, name in enumerate(names)}
    return {**named, _hex(colors[VOID]): "ignored"}


def _label_map(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    kept = (each for each in read_text(path).splitlines() if each.strip())
    for place, line in enumerate(each for each in kept if not each.lstrip().startswith("#")):
        # Names may hold colons; colours, parts and actions do not.
        parts = line.rsplit(":", 3)
        numbers = parts[1].split(",") if len(parts) == 4 else []
        if numbers == [""] and place <= VOID:  # Datumaro leaves VOC's own colours out
            numbers = [str(part) for part in voc_palette()[place].tolist()]
        if len(numbers) != 3 or not all(0 <= _number(each) < 256 for each in numbers):
            raise EngineError(
                f"“{line[:60]}” in {path.name} is no class. Lines are NAME:R,G,B:PARTS:ACTIONS."
            )
        found.setdefault("#" + "".join(f"{int(n):02X}" for n in numbers), parts[0].strip())
    return found


def _number(text: str) -> int:
    """The whole number in a text, -1 for none."""
    found = whole(text)
    return -1 if found is None else found


def _hex(color: NDArray[np.uint8]) -> str:
    return "#" + "".join(f"{int(part):02X}" for part in color)
