"""Predictions as COCO panoptic files have them: the segments of one PNG for each image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.formats.coco_file import whole
from engine.formats.find_images import safe_name, stays_inside
from engine.formats.json_file import JsonFile
from engine.formats.label_masks import label_masks
from engine.formats.label_png import read_colors
from engine.formats.report import Report
from engine.masks.mask import Mask


def pictures_of(path: Path) -> Path | None:
    """The folder of a panoptic file's PNGs; None for a file of another kind.

    Raises:
        EngineError: The file cannot be read, or the folder is not there.
    """
    file = JsonFile(path)
    if file.is_list or b'"segments_info"' not in file.begins("annotations", 1 << 16):
        return None
    folder = path.with_suffix("")
    if not folder.is_dir():
        raise EngineError(f"The PNGs of {path.name} are not in {folder}. Put them there.")
    return folder


def segments_of(
    entry: Mapping[str, Any], folder: Path, size: tuple[int, int], report: Report
) -> Iterator[tuple[Any, Mask]]:
    """The class number, as stated, and the mask of each segment of an image.

    Args:
        entry: The image's annotation.
        folder: Of the PNGs.
        size: (height, width) that the image has.
        report: Takes a PNG that is missing, damaged or of another size; its table is that of
            `verify_words`.
    """
    name = safe_name(str(entry.get("file_name") or ""), Report())
    path = folder / name
    if not name or not path.is_file() or not stays_inside(folder, name, Report()):
        report.add("no png", name)
        return
    try:
        values = read_colors(path)
        masks = label_masks(values) if values.shape == size else None
    except EngineError:
        report.add("no png", name)
        return
    if masks is None:
        report.add("png size", name)
        return
    infos = entry.get("segments_info")
    for info in infos if isinstance(infos, list) else ():
        number = whole(info.get("id")) if isinstance(info, dict) else None
        if number in masks:
            yield info.get("category_id"), masks[number]
