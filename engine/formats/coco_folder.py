"""Which file of a folder is COCO's: Roboflow's lies among the images, others in `annotations/`.

Sources: exports of Roboflow ("COCO"), of CVAT ("COCO 1.0") and of Label Studio ("COCO").
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from engine.errors import EngineError
from engine.formats.find_text import holds

ROBOFLOW = "_annotations.coco.json"
"""What Roboflow calls the file that lies among the images."""

MOST = 16
"""Files, and folders, that are looked into."""

NAMED = 5
"""Files named in a sentence."""


def coco_files(folder: Path) -> list[Path]:
    """The COCO files of instances in a folder, in its `annotations`, or in those of its splits."""
    own = folder / ROBOFLOW
    if own.is_file():
        return [own]
    beside = [each for place in (folder, folder / "annotations") for each in _jsons(place)]
    splits = [each for one in _folders(folder) if (each := one / ROBOFLOW).is_file()]
    return [*filter(_are_instances, beside), *splits]


def only_file(folder: Path) -> Path:
    """The COCO file of a folder.

    Raises:
        EngineError: There is none, or there are several.
    """
    found = coco_files(folder)
    if not found:
        raise EngineError(f"There is no COCO file in {folder}. Choose the file itself.")
    if len(found) > 1:
        named = ", ".join(each.relative_to(folder).as_posix() for each in found[:NAMED])
        more = " …" if len(found) > NAMED else ""
        raise EngineError(
            f"{folder.name} holds several COCO files: {named}{more}. Choose one of them."
        )
    return found[0]


def _are_instances(path: Path) -> bool:
    words = (b'"annotations"', b'"images"')
    return all(holds(path, word) for word in words) and not holds(path, b'"segments_info"')


def _jsons(folder: Path) -> list[Path]:
    return [path for path in _entries(folder, ".json") if path.is_file()]


def _folders(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if path.is_dir()]


def _entries(folder: Path, ending: str = "") -> Iterator[Path]:
    """Some entries of a folder, by name; none where it cannot be listed."""
    try:
        names = sorted(each for each in os.listdir(folder) if each.lower().endswith(ending))
    except OSError:
        return
    yield from (folder / name for name in names[:MOST])
