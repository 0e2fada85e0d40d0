"""The list of classes of a YOLO data set, and the folder its labels are in.

Ultralytics takes any YAML file with "names", whose "path" may name the data set's folder; labelImg
and Label Studio write a `classes.txt`, labelImg beside the labels.
Source: https://docs.ultralytics.com/datasets/segment/, "Dataset YAML format".
"""

from __future__ import annotations

import os
from pathlib import Path

from engine.errors import EngineError
from engine.formats.coco_file import whole
from engine.formats.reading import read_text
from engine.formats.simple_yaml import Value, parse

LISTS = ("data.yaml", "data.yml", "dataset.yaml", "obj.names", "classes.txt")
YAML = (".yaml", ".yml")

MOST_LIST = 16 << 20
"""Bytes of the list of classes."""

MOST_FOLDERS = 64
"""Folders in one that are looked into for a list."""

NAMED = 3
"""Lists named in a sentence."""

MOST_CLASSES = 100_000
"""No list has a number beyond this."""


def list_files(path: Path) -> list[Path]:
    """The files that may list the classes of a folder, likeliest first; of a file, that alone."""
    if path.is_file():
        return [path]
    own = [path / name for name in LISTS]
    others = [path / name for name in _names_in(path) if name not in LISTS]
    own += [each for each in others if each.suffix.lower() in YAML]
    return [each for each in own if each.is_file()]


def _lists_below(path: Path) -> list[Path]:
    """The same in the folders of a folder, and beside the labels in them."""
    folders = [each for name in _names_in(path) if (each := path / name).is_dir()][:MOST_FOLDERS]
    places = [*folders, *(each / "labels" for each in folders)]
    return [each for one in places for name in LISTS if (each := one / name).is_file()]


def _names_in(path: Path) -> list[str]:
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def class_names(path: Path) -> list[str]:
    """The classes in the order of their numbers.

    Args:
        path: The list, or a folder that has one.

    Raises:
        EngineError: There is no list of classes, or there are several that differ.
    """
    own = (_names(each) for each in list_files(path))
    names = next((each for each in own if each is not None), None)
    if names is not None:
        return names
    below = {each: _names(each) for each in ([] if path.is_file() else _lists_below(path))}
    listed = {each: names for each, names in below.items() if names is not None}
    if len({*map(tuple, listed.values())}) > 1:
        told = ", ".join(each.relative_to(path).as_posix() for each in [*listed][:NAMED])
        raise EngineError(
            f"{path.name} holds several data sets with other classes: {told}. Choose the folder of "
            "one of them."
        )
    for names in listed.values():
        return names
    raise EngineError(
        f"There is no list of classes in {path}: no data.yaml with “names”, no obj.names and no "
        "classes.txt. Choose the folder that holds it, or write a classes.txt there with a name in "
        "each line."
    )


def has_list(path: Path) -> bool:
    """Whether there is a list of classes; see `class_names`."""
    try:
        return bool(class_names(path))
    except EngineError:
        return False


def told_folder(path: Path) -> Path | None:
    """The folder that "path" in a YAML file names; None for none there, or none near the file."""
    file = next((each for each in list_files(path) if each.suffix.lower() in YAML), None)
    value = None if file is None else _fields(file).get("path")
    if file is None or not isinstance(value, str) or not value or "\0" in value:
        return None
    folder = file.resolve().parent / value
    real = os.path.realpath(folder)
    near = os.path.realpath(file.resolve().parent.parent).rstrip(os.sep) + os.sep
    return Path(real) if real.startswith(near) and os.path.isdir(real) else None


def _fields(file: Path) -> dict[str, Value]:
    return parse(read_text(file, MOST_LIST))


def _names(file: Path) -> list[str] | None:
    if file.suffix.lower() not in YAML:
        lines = read_text(file, MOST_LIST).splitlines()
        return [line.strip() for line in lines if line.strip()]
    names = _fields(file).get("names")
    if isinstance(names, list):
        return names
    if not isinstance(names, dict):
        return None
    given = ((whole(key), value) for key, value in names.items())
    numbered = {key: value for key, value in given if key is not None and key >= 0}
    last = max(numbered, default=-1)
    if last > MOST_CLASSES:
        return None
    return [numbered.get(at, f"class {at}") for at in range(last + 1)]
