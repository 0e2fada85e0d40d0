"""COCO panoptic: a JSON file, and a folder of PNGs whose colours number the segments.

A pixel belongs to segment R + 256 G + 65,536 B; 0 is void. `segments_info` gives each segment its
class, area and box. Source: https://cocodataset.org/#format-data, "4. Panoptic Segmentation", and
panopticapi, `utils.py` (rgb2id, id2rgb).
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from engine.errors import EngineError
from engine.formats.base import FoundClass, FoundImage, FoundObject, Reading, Written, add_region
from engine.formats.coco_file import CocoFile, keys_by_text, open_coco, size_of, whole
from engine.formats.find_images import SAMPLE, guess_folder, safe_name, stays_inside
from engine.formats.find_text import holds
from engine.formats.format import SURE, Format, Option, ReadOptions, Work
from engine.formats.label_masks import kind_of, label_masks
from engine.formats.label_png import read_colors
from engine.formats.panoptic_write import write_panoptic
from engine.formats.pictures import Pictures
from engine.formats.reading import ListReading
from engine.formats.report import Report
from engine.masks.mask import Mask

_IMAGE_FIELDS = frozenset(("id", "file_name", "width", "height"))
_SEGMENT_FIELDS = frozenset(("id", "category_id", "area", "bbox", "iscrowd"))


class CocoPanoptic(Format):
    """The format; see the module."""

    name = "coco-panoptic"
    words = "COCO panoptic"
    folder = False
    suffixes = (".json",)
    cannot: ClassVar[tuple[str, ...]] = ("shared", "joined", "scored", "told", "nobody")
    detail = "one JSON, a PNG for each image"
    options: ClassVar[tuple[Option, ...]] = ("overlap", "refuse_void")

    def detect(self, path: Path) -> float:
        """Sure of a JSON file with `segments_info`."""
        return SURE if path.suffix.lower() == ".json" and holds(path, b'"segments_info"') else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the file; the PNGs lie in the folder of its name, or in `options.masks`."""
        return _Reader(path, options).reading()

    def write(self, target: Path, work: Work) -> Written:
        """Write OUT.json and the PNGs in OUT/."""
        return write_panoptic(target, work)


class _Reader:
    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        self._file: CocoFile = open_coco(path, self.report)
        self._masks = _mask_folder(path, options)
        self.classes: list[FoundClass] = self._file.categories
        self._things = {each.key: each.thing for each in self.classes}
        self._by_text = keys_by_text(self.classes)
        self._names = {each["id"]: str(each.get("file_name") or "") for each in self._file.images}
        folder = self._beside(path)
        around = [path.parent / "images", path.parent.parent / "images"]
        self._pictures = Pictures(around, options, self.report, beside=[folder, path.parent])
        self._originals = {number: was for was, number in self._file.ids.items()}

    def _beside(self, path: Path) -> Path:
        """The folder near the file that holds the images; not that of PNGs called as they are."""
        names = [safe_name(name, Report()) for name in self._names.values()]
        alike = False
        for number, name in list(self._names.items())[:SAMPLE]:
            found = self._file.annotations.of(number)
            marked = str((found[0] or {}).get("file_name") or "") if found else ""
            alike = alike or PurePosixPath(marked).name == PurePosixPath(name).name
        return guess_folder(path, names, but=self._masks if alike else None)

    def reading(self) -> Reading:
        return ListReading(
            self._file.images,
            self._image,
            self.classes,
            self._pictures,
            self.report,
            self._file.fields,
        )

    def _image(self, entry: dict[str, Any]) -> FoundImage | None:
        number = entry["id"]
        name = self._names[number] or f"image_{number}"
        annotation = self._annotation(number, name)
        masks = self._segments(annotation, name)
        size = size_of(entry.get("height"), entry.get("width"))
        if masks is not None:
            if size is not None and masks[0] not in (size, size[::-1]):
                self.report.add("mask size", name)
                masks = None
            else:
                size = masks[0]
        picture = self._pictures.named(name, size)
        if picture is None:
            return None
        objects, layer = self._sort(annotation, masks[1], name) if masks else ([], {})
        extra = {k: v for k, v in entry.items() if k not in _IMAGE_FIELDS}
        original = self._originals.get(number)
        if original is not None:
            extra["original_id"] = original
        coco_id = None if original is not None else number
        return self._pictures.found(picture, objects, layer, coco_id, extra)

    def _annotation(self, number: int, name: str) -> dict[str, Any]:
        found = self._file.annotations.of(number)
        if len(found) > 1:
            self.report.add("twice mask", name)
        entry = found[0] if found else {}
        if entry is None:
            self.report.add("bad entry", name)
            return {}
        return entry

    def _segments(
        self, annotation: dict[str, Any], name: str
    ) -> tuple[tuple[int, int], dict[int, Mask]] | None:
        """(height, width) and segments of an image's PNG; None where there is none to read."""
        if not annotation:
            return None
        file = safe_name(str(annotation.get("file_name") or ""), self.report)
        path = self._masks / file
        if not file or not path.is_file():
            self.report.add("no mask file", file or name)
            return None
        try:
            if not stays_inside(self._masks, file, self.report):
                return None
            values = read_colors(path)
            return (int(values.shape[0]), int(values.shape[1])), label_masks(values)
        except EngineError as problem:
            self.report.add(kind_of(problem), file)
            return None

    def _sort(
        self, annotation: dict[str, Any], masks: dict[int, Mask], name: str
    ) -> tuple[list[FoundObject], dict[int, Mask]]:
        objects: list[FoundObject] = []
        layer: dict[int, Mask] = {}
        listed = annotation.get("segments_info")
        for info in listed if isinstance(listed, list) else ():
            number = whole(info.get("id")) if isinstance(info, dict) else None
            if number is None:
                self.report.add("bad entry", name)
                continue
            mask = masks.pop(number, None)
            if mask is None:
                self.report.add("no segment", f"{name}, segment {number}")
                continue
            key = self._key(info.get("category_id"), f"{name}, segment {number}")
            crowd = info.get("iscrowd") in (1, True)
            if self._things[key] or crowd:
                objects.append(
                    FoundObject(
                        class_key=key,
                        mask=mask,
                        crowd=crowd,
                        extra={k: v for k, v in info.items() if k not in _SEGMENT_FIELDS},
                    )
                )
            else:
                if key in layer:
                    self.report.add("joined segment", f"{name}, segment {number}")
                add_region(layer, key, mask)
        for number in masks:
            self.report.add("unlisted segment", f"{name}, segment {number}")
        return objects, layer

    def _key(self, value: Any, where: str) -> int:
        given = whole(value)
        key = self._by_text.get(str(value)) if given is None else given
        if key is None:  # one class for all that have none
            key = self._by_text[str(value)] = max(self._things, default=0) + 1
        if key not in self._things:
            self.report.add("dangling class", where)
            self.classes.append(FoundClass(key=key, name=f"class {key}", coco_id=given))
            self._things[key] = True
        return key


def _mask_folder(path: Path, options: ReadOptions) -> Path:
    """Where the PNGs are.

    Raises:
        EngineError: There is no such folder.
    """
    if options.masks is not None:
        if not options.masks.is_dir():
            raise EngineError(f"There is no folder {options.masks}. Choose the folder of the PNGs.")
        return options.masks
    folder = path.with_suffix("")
    if not folder.is_dir():
        raise EngineError(
            f"The PNGs of {path.name} are not in {folder}. Name their folder with --png."
        )
    return folder
