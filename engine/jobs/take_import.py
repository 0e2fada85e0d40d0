"""An import's parts become images, classes and annotations of the project."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.document.annotation import Annotation
from engine.document.annotation import imported as from_file
from engine.document.document import Document, Status
from engine.document.provenance_fields import FIELD, taken_from
from engine.document.taxonomy import BACKGROUND, UNLABELLED, LabelClass
from engine.errors import EngineError
from engine.formats.base import BACKGROUND_KEY
from engine.jobs.folder import JobFolder
from engine.jobs.import_classes import take_classes
from engine.jobs.import_files import Imported, read_imported
from engine.jobs.job import ImportSpec
from engine.jobs.parts import Part, PartImage, PartObject
from engine.jobs.taken import TakenUp
from engine.masks import codec
from engine.masks.class_map import ClassMap
from engine.masks.codec_many import check_crop
from engine.masks.mask import Mask
from engine.store import ImageRow, Project

COCO_FIELDS = "coco.fields"
"""Setting that keeps the top-level fields of an imported COCO file for the export."""

KEPT = "import.classes/"
"""Setting that keeps which class each class of a file became, until the import is taken up."""


STAND_IN = Mask.rectangle((0, 0, 1, 1))
"""In the place of a small mask that is not unpacked."""


class Import:
    """A finished import on its way into the project, image by image.

    Images of the project (see `engine.jobs.landing`) get the new annotations besides their own;
    an object equal to one that is there is left out.

    Args:
        project: Open for writing.
        folder: The import job's folder.

    Raises:
        EngineError: What the job left is damaged.
    """

    def __init__(self, project: Project, folder: Path) -> None:
        imported = read_imported(folder)
        self._project = project
        self._status = imported.status
        self._apart = frozenset(imported.apart)
        self._now = round(time.time(), 3)
        self._source = _source(folder)
        self._kept = f"{KEPT}{folder.name}"
        self._same = self._again = self._worked = self._maps = 0
        self._plain: dict[tuple[tuple[int, int], bool], ClassMap] = {}  # of images without regions
        with project.together():
            self._classes = self._of_before(imported) or take_classes(project, imported.classes)
            ids = {str(key): found.id for key, found in self._classes.items()}
            project.set_setting(self._kept, ids)
            if imported.fields:
                fields = project.setting(COCO_FIELDS) or {}
                project.set_setting(COCO_FIELDS, {**imported.fields, **fields})

    def _of_before(self, imported: Imported) -> dict[int, LabelClass] | None:
        """The classes of a taking up that was broken off, so that none is made twice."""
        kept = self._project.setting(self._kept)
        if not kept:
            return None
        taxonomy = self._project.taxonomy
        found = {each.key: taxonomy.get(kept.get(str(each.key), 0)) for each in imported.classes}
        return {key: each for key, each in found.items() if each is not None}

    def begin(self, part: Part) -> None:
        """Add a part's images to the project, inside a transaction."""
        for each in part.images:
            name = each.asked or each.file_name
            if each.own and name in self._apart:
                each.image, each.path, each.file_name = 0, each.own, name
        there = {(each.path, each.page): each.image for each in part.images if self._is_there(each)}
        others = [each for each in part.images if (each.path, each.page) not in there]
        first = [each for each in others if not each.page]
        first += {each.path: each for each in others if each.page}.values()
        files = self._project.add_images(
            [Path(each.path) for each in first],
            [None if each.page else each.size for each in first],
            [{} if each.page else self._fields(each) for each in first],
        )
        self._rows = {(each.path, 0): row.id for row, each in zip(files, first, strict=True)}
        for each in others:
            if each.page:
                file = self._rows[each.path, 0]
                row = self._project.add_pages(file, [each.page])[0]
                self._rows[each.path, each.page] = row.id
                if row.size is None:
                    self._project.set_image(row.id, size=each.size, **self._fields(each))
        self._rows |= there
        self._project.find_blank([*self._rows.values()])

    def _is_there(self, each: PartImage) -> bool:
        """Whether an image of the project is meant, and was not taken out of it since."""
        try:
            return bool(each.image) and bool(self._project.image(each.image))
        except EngineError:
            return False

    def image(self, each: PartImage) -> TakenUp:
        """Give an image of the begun part what was read for it, inside a transaction.

        Raises:
            EngineError: A mask is damaged.
        """
        project, row = self._project, self._project.image(self._rows[each.path, each.page])
        news: dict[str, Any] = {}
        if row.coco_id is None and each.coco_id is not None:
            news = {"coco_id": each.coco_id, "extra": {**each.extra, **row.extra}}
        if row.size is None:
            news |= {"size": each.size, "orientation": each.orientation}
        if news:
            row = project.set_image(row.id, **news)
        taken = self._new(row, each)
        if taken is not None:
            return taken
        document = project.load(row.id)
        annotations = self._annotations(document, each)
        layer, regions = self._layer(document, each)
        if not annotations and layer is document.layer:
            return TakenUp()
        status = Status(self._status) if self._status != Status.NEW else None
        history = project.history(document)
        if history.can_undo or history.can_redo:
            # Its steps would not fit a class map that was changed outside the history.
            self._maps += layer is not document.layer
            layer, regions = document.layer, 0
            if status is Status.DONE:
                status = Status.CORRECTED
                self._worked += 1
        if status is Status.DONE:
            layer = _with_background(layer)
        changed = None if layer is document.layer else layer
        project.add_annotations(row.id, annotations, changed, status)
        if regions:
            project.note_layer(row.id, self._source, self._now)
        return TakenUp((row.id,), len(annotations) + regions)

    def _new(self, row: ImageRow, each: PartImage) -> TakenUp | None:
        """Take in an image that holds nothing, which most do; None where it holds something."""
        if row.objects or row.proposals or row.size != each.size:
            return None
        document = Document(row.id, each.size, layer=self._blank(each.size))
        layer, regions = self._layer(document, each)
        wanted = []
        for found in each.objects:
            # A small mask goes into the file as it is; only that it is whole is looked at.
            small = check_crop(found.mask, each.size)
            mask = STAND_IN if small else found.shape(each.size)
            if mask:
                wanted.append((found, self._classes[found.key].id, mask))
        annotations = self._made(wanted, 0)
        if not annotations and layer is document.layer:
            return TakenUp()
        status = Status(self._status)
        if status is Status.DONE:
            layer = self._filled(layer)
        stored = [found.mask for found, _, _ in wanted]
        if not self._project.add_to_new(row.id, annotations, stored, layer, status):
            return None
        if regions:
            self._project.note_layer(row.id, self._source, self._now)
        return TakenUp((row.id,), len(annotations) + regions)

    def _blank(self, size: tuple[int, int]) -> ClassMap:
        return self._plain.setdefault((size, False), ClassMap(size))

    def _filled(self, layer: ClassMap) -> ClassMap:
        """The map of a done image; images without regions share one."""
        if layer is not self._blank(layer.size):
            return _with_background(layer)
        known = self._plain.get((layer.size, True))
        if known is None:
            known = self._plain[layer.size, True] = _with_background(layer)
        return known

    def end(self) -> tuple[str, ...]:
        """All images are in: what there is to remark."""
        self._project.set_setting(self._kept, None)
        said = (
            (self._same, "object", "in the project already and left out."),
            (self._again, "object", "there by number with other pixels, and both were kept."),
            (self._worked, "image", "worked on before and became corrected, not done."),
            (self._maps, "image", "worked on before; regions of it were left out."),
        )
        return tuple(f"{_were(count, what)} {rest}" for count, what, rest in said if count)

    @staticmethod
    def _fields(each: PartImage) -> dict[str, Any]:
        fields: dict[str, Any] = {"orientation": each.orientation}
        if each.file_name:
            fields["file_name"] = each.file_name
        if each.coco_id is not None:
            fields["coco_id"] = each.coco_id
        if each.extra:
            fields["extra"] = each.extra
        return fields

    def _annotations(self, document: Document, each: PartImage) -> list[Annotation]:
        there: dict[int, list[Mask]] = {}
        for old in document.annotations.values():
            there.setdefault(old.class_id, []).append(old.mask)
        numbers = {old.coco_id for old in document.annotations.values()} - {None}
        wanted = []
        for found in each.objects:
            mask = found.shape(document.size)
            class_id = self._classes[found.key].id
            if any(mask.same(old) for old in there.get(class_id, ())):
                self._same += 1
            elif mask:
                self._again += found.coco_id in numbers
                wanted.append((found, class_id, mask))
        first = 1 + max((old.order for old in document.annotations.values()), default=-1)
        return self._made(wanted, first)

    def _made(self, wanted: list[tuple[PartObject, int, Mask]], first: int) -> list[Annotation]:
        """Annotations of (object, class, mask), stacked from place `first` on."""
        ids = self._project.new_ids(len(wanted))
        made = [
            Annotation(
                id=number,
                class_id=class_id,
                mask=mask,
                order=first + place,
                score=found.score,
                source=self._source,
                crowd=found.crowd,
                coco_id=found.coco_id,
                created=self._now,
                modified=self._now,
                extra=found.extra,
            )
            for place, (number, (found, class_id, mask)) in enumerate(zip(ids, wanted, strict=True))
        ]
        return [_told(each) if FIELD in each.extra else each for each in made]

    def _layer(self, document: Document, each: PartImage) -> tuple[ClassMap, int]:
        """The class map with the import's regions laid over it, and how many changed it."""
        layer, regions = document.layer, 0
        for key, data in each.layer.items():
            class_id = BACKGROUND if key == BACKGROUND_KEY else self._classes[key].id
            patch = layer.change(codec.from_bytes(data, document.size), class_id)
            if patch:
                layer = layer.flip(patch)
                regions += key != BACKGROUND_KEY
        return layer, regions


def _source(folder: Path) -> str:
    """What objects of an import have as their source: the name of its file or folder."""
    spec = JobFolder(folder).spec()
    return from_file(Path(spec.source).name if isinstance(spec, ImportSpec) else "")


def _told(each: Annotation) -> Annotation:
    """An object whose file says who made it: that counts more than that it came by a file."""
    found, rest = taken_from(each.extra)
    return replace(each, **found, extra=rest)


def _were(count: int, what: str) -> str:
    return f"1 {what} was" if count == 1 else f"{count:,} {what}s were"


def _with_background(layer: ClassMap) -> ClassMap:
    """Unlabelled pixels of a done image are background (decision 2)."""
    whole = Mask.rectangle((0, 0, layer.size[1], layer.size[0]))
    patch = layer.change_where(whole, {UNLABELLED}, BACKGROUND)
    return layer.flip(patch) if patch else layer
