"""CVAT for images 1.1 (and the shapes of CVAT for video): one XML file.

Source: https://docs.cvat.ai/docs/manual/advanced/formats/format-cvat/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar
from xml.sax.saxutils import escape, quoteattr

from engine.document.annotation import Annotation
from engine.document.palette import is_color
from engine.document.taxonomy import LabelClass
from engine.errors import EngineError
from engine.formats.base import (
    FoundClass,
    FoundImage,
    FoundObject,
    Reading,
    Sheet,
    Written,
    add_region,
    live_classes,
)
from engine.formats.coco_file import size_of, whole
from engine.formats.cvat_frames import Tracks
from engine.formats.cvat_shapes import NO_AREA, runs_of, shape_mask
from engine.formats.format import LIKELY, READ_BACK, SURE, Format, ReadOptions, Work
from engine.formats.pictures import Picture, Pictures
from engine.formats.reading import ClassBook, head, make_room, write_check
from engine.formats.report import Report
from engine.formats.resolve import regions, taking_part
from engine.formats.whole import whole_file
from engine.formats.xml_read import Node, elements
from engine.masks.mask import Mask

SHAPES = frozenset(("mask", "polygon", "box", "ellipse", *NO_AREA))
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STUFF = "stuff"
"""What the `type` of a class without objects is here; CVAT passes over types it does not know."""


class Cvat(Format):
    """The format; see the module."""

    name = "cvat"
    words = "CVAT for images"
    folder = False
    suffixes = (".xml",)
    cannot: ClassVar[tuple[str, ...]] = ("crowds", "scored", "unkept", "told")
    detail = "one XML for all images, masks"

    def detect(self, path: Path) -> float:
        """Sure of an XML file that begins with `annotations`; likely where a folder has one."""
        if path.is_dir():
            return LIKELY if self.detect(path / "annotations.xml") else 0.0
        data = head(path, 512) if path.suffix.lower() == ".xml" else b""
        return SURE if b"<annotations" in data else 0.0

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Open the file, or the `annotations.xml` of a folder."""
        return _Reading(_file(path), options)

    def write(self, target: Path, work: Work) -> Written:
        """Write the file and read it back."""
        return _write(target, work)

    def keeps(self, fields: Mapping[str, Any]) -> bool:
        """Attributes that are text, whether it is occluded, and its group."""
        attributes = fields.get("attributes", {})
        texts = isinstance(attributes, dict) and all(
            isinstance(each, str) for each in attributes.values()
        )
        group = "group_id" not in fields or bool(whole(fields["group_id"]))
        own = fields.keys() <= {"attributes", "occluded", "group_id"}
        return own and texts and group and isinstance(fields.get("occluded", True), bool)

    def examine(self, path: Path, options: ReadOptions, report: Report) -> None:
        """Whether shapes have labels that the file lists."""
        labels: set[str] = set()
        for node in elements(_file(path), "meta", "image"):
            if node.tag == "meta":
                labels |= {label.value("name") for label in node.all("label")}
                continue
            for shape in node.children if labels else ():
                if shape.tag in SHAPES and shape.get("label") not in labels:
                    report.add("dangling class", f"{node.get('name')}, “{shape.get('label')}”")


def _file(path: Path) -> Path:
    return path / "annotations.xml" if path.is_dir() else path


# -- reading


class _Reading:
    """See `base.Reading`; the file is gone through twice, image by image."""

    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.report = Report()
        self.fields: Mapping[str, Any] = {}
        self._path = path
        self._book = ClassBook()
        self._tracks = Tracks()
        self._seen = False
        self.count = 0
        for node in elements(path, "meta", "image", "track"):
            self._look(node)
        if not self._seen:
            raise EngineError(
                f"{path.name} has no images and no tracks, so it is no file of CVAT. Choose "
                "another."
            )
        self.count += len(self._tracks)
        around = [path.parent / "images", path.parent.parent / "images"]
        self._pictures = Pictures(around, options, self.report, beside=[path.parent])

    @property
    def classes(self) -> Sequence[FoundClass]:
        """The labels, and names that shapes have besides."""
        return self._book.classes

    def _look(self, node: Node) -> None:
        self._seen = True
        if node.tag == "image":
            self.count += 1
        elif node.tag == "meta":
            for label in node.all("label"):
                name, color = label.value("name"), label.value("color").upper()
                thing = label.value("type") != _STUFF
                if name:
                    self._book.key(name, color=color if is_color(color) else None, thing=thing)
            self._tracks.look(node)
        else:
            self._tracks.take(node)

    def images(self) -> Iterator[FoundImage]:
        """Every image, then every frame of a video that has shapes."""
        for node in elements(self._path, "image"):
            given = size_of(node.get("height"), node.get("width"))
            name, subset = node.get("name"), node.get("subset")
            # In exports of projects, images of one name lie in folders of their subsets.
            names = [f"{subset}/{name}", name, f"{subset}/{name}"] if subset else [name]
            picture = self._pictures.any_of(names, given)
            if picture is not None:
                yield self._image(picture, node.children)
            yield from self._pictures.named_only()
        for frame in self._tracks.frames():
            picture = self._pictures.of_stem(*frame.stems, given=frame.size)
            if picture is not None:
                yield self._image(picture, frame.shapes)
            yield from self._pictures.named_only()
        self._pictures.say_missing(self.count)

    def _image(self, picture: Picture, nodes: list[Node]) -> FoundImage:
        name = picture.name
        shapes = [each for each in nodes if each.tag in SHAPES]
        shapes.sort(key=lambda each: whole(each.get("z_order")) or 0)
        objects: list[FoundObject] = []
        layer: dict[int, Mask] = {}
        for place, node in enumerate(shapes, 1):
            mask = shape_mask(node, picture.frame.drawn, self.report, f"{name}, shape {place}")
            if mask is None:
                continue
            key = self._book.key(node.get("label"))
            if self._book.is_thing(key):
                objects.append(FoundObject(class_key=key, mask=mask, extra=_fields(node)))
            else:
                add_region(layer, key, mask)
        return self._pictures.found(picture, objects, layer)


def _fields(node: Node) -> dict[str, Any]:
    """What a shape has besides its form, given back when it is written."""
    found: dict[str, Any] = {}
    attributes = {each.get("name"): each.text for each in node.children if each.tag == "attribute"}
    if attributes:
        found["attributes"] = attributes
    if node.get("occluded") == "1":
        found["occluded"] = True
    group = whole(node.get("group_id"))
    if group:
        found["group_id"] = group
    return found


# -- writing


def _write(target: Path, work: Work) -> Written:
    make_room(target, "annotations.xml")
    classes = {each.id: each for each in live_classes(work.taxonomy)}
    images = masks = 0
    with whole_file(target) as file:
        file.write(_head(list(classes.values()), len(work.images)).encode())
        for done, sheet in enumerate(work.sheets()):
            work.watch(done, sheet.image.file_name)
            lines = list(_shapes(sheet, classes))
            height, width = sheet.image.size
            name = quoteattr(_allowed(sheet.image.file_name))
            opening = f'  <image id="{done}" name={name} width="{width}" height="{height}">\n'
            file.write((opening + "".join(lines) + "  </image>\n").encode())
            images += 1
            masks += len(lines)
        file.write(b"</annotations>\n")
    work.say(READ_BACK)
    _read_back(target, work, classes)
    return Written(path=target, images=images, masks=masks, decoded=masks)


def _head(classes: list[LabelClass], count: int) -> str:
    labels = "".join(
        f"        <label><name>{escape(_allowed(each.name))}</name>"
        f"<color>{each.color.lower()}</color>"
        f"<type>{'any' if each.thing else _STUFF}</type><attributes></attributes></label>\n"
        for each in classes
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
        f"  <meta>\n    <task>\n      <size>{count}</size>\n      <mode>annotation</mode>\n"
        f"      <labels>\n{labels}      </labels>\n    </task>\n  </meta>\n"
    )


def _masks(
    sheet: Sheet, classes: Mapping[int, LabelClass]
) -> Iterator[tuple[int, Mask, Annotation | None]]:
    """Regions first, so that objects lie above them."""
    for key, mask in regions(sheet, classes):
        yield key, mask, None
    for each in taking_part(sheet, classes):
        yield each.class_id, each.mask, each


def _shapes(sheet: Sheet, classes: Mapping[int, LabelClass]) -> Iterator[str]:
    for order, (class_id, mask, each) in enumerate(_masks(sheet, classes)):
        left, top, right, bottom = mask.box
        rle = ", ".join(map(str, runs_of(mask.read(mask.box))))
        extra = each.extra if each is not None else {}
        attributes = extra.get("attributes")
        inner = "".join(
            f"<attribute name={quoteattr(_allowed(str(name)))}>{escape(_allowed(str(value)))}"
            "</attribute>"
            for name, value in (attributes.items() if isinstance(attributes, dict) else ())
        )
        group = f' group_id="{extra["group_id"]}"' if whole(extra.get("group_id")) else ""
        yield (
            f'    <mask label={quoteattr(_allowed(classes[class_id].name))} source="manual" '
            f'occluded="{int(bool(extra.get("occluded")))}" rle="{rle}" left="{left}" top="{top}" '
            f'width="{right - left}" height="{bottom - top}" z_order="{order}"{group}>'
            f"{inner}</mask>\n"
        )


def _allowed(text: str) -> str:
    """Text without the signs that no XML file can hold (XML 1.0, section 2.2)."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _read_back(target: Path, work: Work, classes: Mapping[int, LabelClass]) -> None:
    """Compare every mask of the file with the work."""
    report = Report()
    nodes = elements(target, "image")
    for sheet in work.sheets():
        node = next(nodes, None)
        want = [mask for _, mask, _ in _masks(sheet, classes)]
        there = [] if node is None else node.children
        have = [shape_mask(each, sheet.image.size, report, "") for each in there]
        same = len(have) == len(want) and all(
            mask is not None and mask.same(other) for mask, other in zip(have, want, strict=True)
        )
        write_check(target, same, sheet.image.file_name)
