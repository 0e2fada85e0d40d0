"""COCO instances, read image by image into plain objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.errors import EngineError
from engine.formats.base import (
    BACKGROUND_KEY,
    Exif,
    FoundClass,
    FoundImage,
    FoundObject,
    add_region,
)
from engine.formats.coco_file import CocoFile, keys_by_text, open_coco, size_of, whole
from engine.formats.coco_shapes import Shape, Size
from engine.formats.coco_shapes_many import TOGETHER, Asked, read_segmentations
from engine.formats.exif import turn
from engine.formats.find_images import guess_folder, safe_name, say_missing
from engine.formats.finder import Finder
from engine.formats.frames import Frame, frame_of, tell_turn
from engine.formats.report import Report
from engine.masks.mask import Mask

_OBJECT_FIELDS = frozenset(
    ("id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd", "score")
)
NO_PLACES: Mapping[str, Path] = MappingProxyType({})
_IMAGE_FIELDS = frozenset(("id", "file_name", "width", "height"))


def named(entry: Mapping[str, Any]) -> str:
    """The name of an image; LVIS gives only its address, whose last part is the name."""
    address = str(entry.get("coco_url") or "").partition("?")[0]
    return str(entry.get("file_name") or address.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class _Page:
    """An image whose turn has come, and its annotations.

    Attributes:
        entry: As the file has it.
        place: Where its file is, which page of it, and whether it is there.
        asked: Its annotations.
    """

    entry: dict[str, Any]
    name: str
    place: tuple[Path, int, bool]
    frame: Frame
    asked: list[Asked]


class CocoReading:
    """An opened COCO instances file; see `engine.formats.base.Reading`."""

    def __init__(
        self,
        path: Path,
        images: Path | None = None,
        exif: Exif = "applied",
        known: Mapping[str, Path] = NO_PLACES,
    ) -> None:
        """Open `path`.

        Args:
            path: The JSON file.
            images: Folder of the images; None to look around the file.
            exif: How photos whose size does not tell were annotated (decision 3).
            known: Where images are that are not in the folder, by the name files call them.

        Raises:
            EngineError: The file is none that can be read, or `images` is no folder.
        """
        self.report = Report()
        self._file: CocoFile = open_coco(path, self.report)
        self.fields: Mapping[str, Any] = self._file.fields
        self.classes: list[FoundClass] = self._file.categories
        self.count = len(self._file.images)
        self._exif = exif
        self._names_only = False
        self._names = [safe_name(named(entry), self.report) for entry in self._file.images]
        self._refuse_two_of_a_name(path)
        if images is not None and not images.is_dir():
            raise EngineError(f"There is no folder {images}. Choose the folder of the images.")
        self.folder = images or guess_folder(path, self._names)
        # What lies below the file's own folder, or the one above, may be anything.
        near = images is None and self.folder in (*path.resolve().parents[:2],)
        deep, beside = ([], [self.folder]) if near else ([self.folder], [])
        self._finder = Finder(deep, known, self.report, beside)
        self._stuff = {each.key for each in self.classes if not each.thing}
        self._known = {each.key for each in self.classes}
        self._by_text = keys_by_text(self.classes)
        self._nameless: int | None = None
        self.open_classes()
        self._ids: set[int] = set()
        self._originals = {number: was for was, number in self._file.ids.items()}

    def named_only(self) -> CocoReading:
        """The same, with images but without what is on them."""
        self._names_only = True
        return self

    def open_classes(self) -> None:
        """Change the classes as the file has them; a dialect may."""

    def _refuse_two_of_a_name(self, path: Path) -> None:
        """One file cannot be two images of different size."""
        sizes: dict[str, tuple[Any, Any]] = {}
        for entry, name in zip(self._file.images, self._names, strict=True):
            size = entry.get("width"), entry.get("height")
            first = sizes.setdefault(name, size) if name else size
            if first != size:
                a, b = (f"{wide} × {high}" for wide, high in (first, size))
                raise EngineError(
                    f"{path.name} lists {name} twice, as {a} and as {b}. Which masks belong to "
                    "which photo cannot be told. Give them names of their own, with folders, and "
                    "import again."
                )

    def images(self) -> Iterator[FoundImage]:
        """Every image with its objects; what could not be used is in the report at the end."""
        missing = waiting = 0
        pages: list[_Page] = []
        for entry, name in zip(self._file.images, self._names, strict=True):
            given = size_of(entry.get("height"), entry.get("width"))
            path, page, present, ours = self._place(name or f"image_{entry['id']}", given)
            missing += not (present or ours)
            frame = frame_of(given, path, page, present, self._exif, self.report)
            if frame is None:
                continue
            called = name or path.name
            asked = [] if self._names_only else self._asked(entry["id"], called, frame)
            pages.append(_Page(entry, called, (path, page, present), frame, asked))
            waiting += len(asked)
            if waiting >= TOGETHER or len(pages) >= TOGETHER:
                yield from self._together(pages)
                pages, waiting = [], 0
        yield from self._together(pages)
        say_missing(self.report, missing, self.count, self.folder)

    def _together(self, pages: list[_Page]) -> Iterator[FoundImage]:
        """Some images, whose masks are read at once."""
        shapes = iter(read_segmentations([each for p in pages for each in p.asked], self.report))
        for page in pages:
            yield self._image(page, [next(shapes) for _ in page.asked])

    def _place(self, name: str, size: Size | None) -> tuple[Path, int, bool, bool]:
        """Where the image of a name is, which page of the file, if it is, and if it is known.

        A link that leads out of the folder is not followed: its image counts as missing.
        """
        found = self._finder.named(name, size)
        if found is None:
            return self.folder / name, 0, False, False
        ours = found.known is not None
        return found.path, found.page, not ours or found.path.is_file(), ours

    def _asked(self, image: int, name: str, frame: Frame) -> list[Asked]:
        """The annotations of an image that can be read."""
        found = self._file.annotations.of(image)
        if found and not frame.usable:
            self.report.add("other size", name)
            return []
        if found:
            tell_turn(frame, self.report, name)
        asked = []
        for entry in found:
            if entry is None:
                self.report.add("no annotation", name)
            else:
                where = f"{name}, annotation {entry.get('id', '?')}"
                asked.append(Asked(entry, frame.drawn, where))
        return asked

    def _image(self, page: _Page, shapes: list[Shape]) -> FoundImage:
        objects: list[FoundObject] = []
        layer: dict[int, Mask] = {}
        entry, name, frame = page.entry, page.name, page.frame
        path, number, present = page.place
        for asked, shape in zip(page.asked, shapes, strict=True):
            found = self._object(asked, shape, frame)
            if found is None:
                continue
            if found.class_key in self._stuff and not found.crowd:
                self._lay(layer, found)
            else:
                objects.append(found)
        named = entry["id"]
        original = self._originals.get(named)
        extra = {k: v for k, v in entry.items() if k not in _IMAGE_FIELDS}
        if original is not None:
            extra["original_id"] = original
        return FoundImage(
            file_name=name,
            path=path,
            present=present,
            size=frame.size,
            orientation=frame.orientation,
            page=number,
            coco_id=None if original is not None else named,
            extra=extra,
            objects=objects,
            layer=layer,
        )

    @staticmethod
    def _lay(layer: dict[int, Mask], found: FoundObject) -> None:
        """Add a region to the layer; where two claim a pixel, the later one has it."""
        for key, mask in list(layer.items()):
            if key != found.class_key:
                rest = mask - found.mask
                if rest:
                    layer[key] = rest
                else:
                    del layer[key]
        add_region(layer, found.class_key, found.mask)

    def _object(self, asked: Asked, shape: Shape, frame: Frame) -> FoundObject | None:
        entry, where = asked.entry, asked.where
        if shape.mask is None:
            return None
        mask = self._seen(shape.mask, shape.size, frame, where)
        if mask is None:
            return None
        score: Any = entry.get("score")
        scored = isinstance(score, int | float) and not isinstance(score, bool)
        extra = {k: v for k, v in entry.items() if k not in _OBJECT_FIELDS}
        if score is not None and not scored:
            extra["score"] = score
        return FoundObject(
            class_key=self._class_key(entry.get("category_id"), where),
            mask=mask,
            score=float(score) if scored else None,
            crowd=entry.get("iscrowd") in (1, True, "1"),
            coco_id=self._annotation_id(entry.get("id"), where),
            extra=extra,
        )

    def _seen(self, mask: Mask, size: Size, frame: Frame, where: str) -> Mask | None:
        """The mask on the image as seen."""
        if size == frame.drawn:
            return turn(mask, frame.turn, size)
        if frame.orientation < 5:
            self.report.add("rle size", where)
            return None
        # Stored and seen sizes are each other's reverse: the mask's own size says which it is.
        self.report.add("turned rle", where)
        return mask if size == frame.size else turn(mask, frame.orientation, size)

    def _annotation_id(self, value: Any, where: str) -> int | None:
        number = whole(value)
        if number is None or number < 0:
            return None
        if number in self._ids:
            self.report.add("twice annotation", where)
            return None
        self._ids.add(number)
        return number

    def _class_key(self, value: Any, where: str) -> int:
        key = whole(value)
        if key is None and isinstance(value, str | int) and str(value) in self._by_text:
            key = self._by_text[str(value)]
        elif key is None:  # one class for all that have none
            if self._nameless is None:
                self._nameless = max((k for k in self._known if k > BACKGROUND_KEY), default=0) + 1
                self.report.add("dangling class", where)
                self.classes.append(FoundClass(key=self._nameless, name="no class"))
                self._known.add(self._nameless)
            key = self._nameless
        elif key not in self._known:
            self.report.add("dangling class", where)
            self.classes.append(FoundClass(key=key, name=f"class {key}", coco_id=key))
            self._known.add(key)
        return key
