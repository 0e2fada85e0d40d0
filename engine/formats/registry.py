"""All formats: those that are built in, and plug-ins of the entry point group `maskwright.formats`.

An entry point names a subclass of `format.Format`. A plug-in that cannot be loaded is passed over
and said; one with the name of a built-in format does not take its place.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path

from engine.errors import EngineError
from engine.formats.format import Format

GROUP = "maskwright.formats"

BUILT_IN = {
    "coco": "engine.formats.coco:Coco",
    "coco-panoptic": "engine.formats.panoptic:CocoPanoptic",
    "coco-stuff": "engine.formats.stuff:CocoStuff",
    "voc": "engine.formats.voc:Voc",
    "cityscapes": "engine.formats.cityscapes:Cityscapes",
    "yolo-seg": "engine.formats.yolo:YoloSeg",
    "labelme": "engine.formats.labelme:Labelme",
    "cvat": "engine.formats.cvat:Cvat",
    "png": "engine.formats.png:Png",
    "png-instances": "engine.formats.png_instances:PngInstances",
    "camvid": "engine.formats.color_masks:ColorMasks",
    "ade20k": "engine.formats.ade20k:Ade20k",
    "datumaro": "engine.formats.datumaro:Datumaro",
    "label-studio": "engine.formats.label_studio:LabelStudio",
    "supervisely": "engine.formats.supervisely:Supervisely",
}
"""Name → "module:class"; the module is imported when the format is first asked for."""

_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
"""How archives begin: zip, gzip (and tar in it), 7z, rar, bzip2, xz."""

LEAST = 0.25
"""Confidence below which nothing is taken to be found."""


@lru_cache(maxsize=1)
def plug_ins() -> tuple[dict[str, Format], tuple[str, ...]]:
    """The formats of plug-ins by name, and a sentence for each that could not be loaded."""
    found: dict[str, Format] = {}
    said: list[str] = []
    for point in entry_points(group=GROUP):
        try:
            made = point.load()()
        except Exception as error:  # a plug-in is code of others
            said.append(f"The plug-in {point.name} could not be loaded: {error}.")
            continue
        if not isinstance(made, Format):
            said.append(f"The plug-in {point.name} is no format and was passed over.")
        elif made.name in BUILT_IN or made.name in found:
            said.append(f"The plug-in {point.name} has the name of another format: {made.name}.")
        else:
            found[made.name] = made
    return found, tuple(said)


@lru_cache(maxsize=64)
def _built_in(name: str) -> Format:
    module, _, kind = BUILT_IN[name].partition(":")
    made: Format = getattr(importlib.import_module(module), kind)()
    return made


def names() -> list[str]:
    """The names of all formats."""
    return [*BUILT_IN, *plug_ins()[0]]


def get(name: str) -> Format:
    """The format of a name.

    Raises:
        EngineError: There is none.
    """
    if name in BUILT_IN:
        return _built_in(name)
    found = plug_ins()[0].get(name)
    if found is None:
        raise EngineError(f"“{name}” is no format. There are: {', '.join(names())}.")
    return found


def readable() -> list[Format]:
    """The formats that can be read."""
    return [each for each in map(get, names()) if each.reads]


def writable() -> list[Format]:
    """The formats that can be written."""
    return [each for each in map(get, names()) if each.writes]


def _confidence(form: Format, path: Path) -> float:
    """How sure a format is; not at all where it may not look."""
    try:
        return form.detect(path)
    except OSError:
        return 0.0


def detect(path: Path) -> Format:
    """The format of a file or folder.

    Raises:
        EngineError: It is not there, or no format knows it.
    """
    if not path.exists():
        raise EngineError(f"There is no {path}. Choose the file or folder to import.")
    sure = [(_confidence(each, path), each) for each in readable()]
    best, found = max(sure, key=lambda pair: pair[0])
    from engine.formats.reading import head

    if best < LEAST and head(path, 8).startswith(_PACKED):
        raise EngineError(
            f"{path.name} is packed. Unpack it, and import the folder or the file that is in it."
        )
    if best < LEAST:
        raise EngineError(
            f"What {path.name} holds cannot be told. Say it with --format, one of: "
            f"{', '.join(each.name for each in readable())}."
        )
    return found
