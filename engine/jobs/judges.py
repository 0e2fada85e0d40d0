"""Who says what is in an image when a project is measured: a model, or a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.document.labels import IGNORED
from engine.document.taxonomy import BACKGROUND, Taxonomy
from engine.errors import EngineError
from engine.formats.base import live_classes
from engine.formats.coco_file import read_categories, read_results, whole
from engine.formats.coco_shapes import read_segmentation
from engine.formats.coco_write import numbers_for
from engine.formats.json_file import JsonFile
from engine.formats.report import Report
from engine.formats.storable import encoded
from engine.formats.verify_words import SENTENCES
from engine.jobs.job import EvaluateSpec
from engine.jobs.judged_segments import pictures_of, segments_of
from engine.jobs.measures import Judged
from engine.jobs.snapshot import file_names, image_numbers
from engine.masks.mask import Mask
from engine.metrics.detection import XYWH, FoundObject
from engine.store import ImageRow, ImageRows, Project

Labels = NDArray[np.uint8]

MOST_NAMED = 5
"""Class numbers named in a sentence."""

_LARGEST = 1e9
_ENCODER = msgspec.json.Encoder()
_ENTRY = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Classes:
    """The order in which classes are counted: background first.

    Attributes:
        order: Class ids.
        names: Their names.
        place: Class id → place in `order`.
    """

    order: tuple[int, ...]
    names: tuple[str, ...]
    place: Mapping[int, int]

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> Classes:
        """Background and all live classes.

        Raises:
            EngineError: There are more than can be told apart here.
        """
        order = (BACKGROUND, *(each.id for each in taxonomy.classes))
        if len(order) >= IGNORED:
            raise EngineError(
                f"The project has {len(order) - 1} classes; at most {IGNORED - 2} can be measured."
            )
        names = ("background", *(each.name for each in taxonomy.classes))
        return cls(order, names, {class_id: at for at, class_id in enumerate(order)})


class ModelJudge:
    """A model's answers under the project's classes."""

    def __init__(self, project: Project, spec: EvaluateSpec, classes: Classes) -> None:
        from engine.jobs.proposals import under_classes
        from engine.models.catalog import Catalog
        from engine.models.learned import tone_remark
        from engine.models.mapping import propose
        from engine.models.predictor import Predictor

        entry = Catalog(project_files=project.files).get(spec.model)
        mapping = project.mapping(entry.id) or propose(entry.card, project.taxonomy)
        # Whatever is not a class of the project counts as background: it is none of its classes.
        self._table = np.zeros(65536, np.uint8)
        for label, target in mapping.items():
            if isinstance(target, int):
                self._table[label] = classes.place.get(target, 0)
        known = {
            label: target
            for label, target in mapping.items()
            if isinstance(target, int) and target in project.taxonomy
        }
        self._under_classes = partial(under_classes, project.taxonomy, known, entry.card)
        self._predictor = Predictor(entry, spec.device)
        self._tone = project.tone
        remark = tone_remark(entry.card, self._tone)
        self.remarks = [remark] if remark else []

    def judge(self, row: ImageRow) -> Judged:
        """What the model finds in an image.

        Raises:
            EngineError: The image cannot be read or answered.
        """
        rgb = self._predictor.read(row.picture(self._tone))
        labels, found = self._predictor.judged(rgb, row.file_name)
        objects = [
            FoundObject(class_id, each.mask, 1.0 if each.score is None else each.score)
            for class_id, each in self._under_classes((rgb.shape[0], rgb.shape[1]), found)
        ]
        return Judged(self._table[labels], objects, objects)

    @property
    def fallback(self) -> str:
        """See `engine.models.predictor.Predictor.fallback`."""
        return self._predictor.fallback

    def close(self) -> None:
        """Free the model."""
        self._predictor.close()


class FileJudge:
    """What a COCO file says: higher scores above lower ones."""

    def __init__(
        self, project: Project, spec: EvaluateSpec, classes: Classes, rows: Sequence[ImageRow]
    ) -> None:
        """Read the file.

        Raises:
            EngineError: It cannot be read, or is about none of the images.
        """
        path = Path(spec.predictions)
        self._report = Report()
        self._classes = classes
        self._threshold = spec.threshold
        self._pictures, self._pngs = pictures_of(path), Report(SENTENCES)
        self._class_of = _class_ids(project.taxonomy, path, self._report)
        numbers = _image_ids(project.images(), path)
        # As JSON, a quarter of what dicts take.
        self._entries: dict[int, list[bytes]] = {row.id: [] for row in rows}
        self._strange: Counter[str] = Counter()
        self._unknown: set[int] = set()
        likely = False
        for entry in read_results(path, self._report):
            number = whole(entry.get("image_id"))
            image = None if number is None else numbers.get(number)
            self._strange["image"] += image is None
            place = None if image is None else self._entries.get(image)
            if place is not None:  # else it is an image that is not measured
                self._strange["score"] += not _has_score(entry)
                place.append(encoded(entry, _ENCODER))
                likely = likely or _score(entry) >= spec.threshold
        if not likely:
            raise EngineError(
                f"No prediction in {path.name} is for an image that is measured. Its image "
                "numbers must be those of the exported COCO file."
            )

    def judge(self, row: ImageRow) -> Judged:
        """What the file says of an image; pixels and segments from the threshold's score on.

        Raises:
            EngineError: The image's size is not known.
        """
        if row.size is None:
            raise EngineError(f"The size of {row.file_name} is not known.")
        objects = [
            FoundObject(class_id, mask, _score(entry), _box(entry))
            for entry in map(_ENTRY.decode, self._entries[row.id])
            for class_id, mask in self._read(entry, row.size, row.file_name)
        ]
        shown = [each for each in objects if each.score >= self._threshold]
        return Judged(self._drawn(row.size, shown), objects, shown)

    def _read(
        self, entry: dict[str, Any], size: tuple[int, int], where: str
    ) -> Iterator[tuple[int, Mask]]:
        """The classes and masks of an entry; nothing where it has none that is known."""
        if self._pictures is not None:
            for number, part in segments_of(entry, self._pictures, size, self._pngs):
                if (found := self._class(number)) is not None:
                    yield found, part
            return
        class_id = self._class(entry.get("category_id"))
        if class_id is None:
            return
        mask = read_segmentation(entry, size, self._report, where).mask
        inside = mask.clip((0, 0, size[1], size[0])) if mask is not None else None
        if inside:
            yield class_id, inside

    def _class(self, stated: Any) -> int | None:
        """The class that a number means; one that means none is counted."""
        number = whole(stated)
        class_id = None if number is None else self._class_of.get(number)
        if class_id is None:
            self._strange["class"] += 1
            self._unknown |= set() if number is None else {number}
        return class_id

    def _drawn(self, size: tuple[int, int], shown: Sequence[FoundObject]) -> Labels:
        """Place in the class order of every pixel, (height, width)."""
        out = np.zeros(size, np.uint8)
        for each in sorted(shown, key=lambda each: each.score):
            for left, top, bits in each.mask.pieces:
                view = out[top : top + bits.shape[0], left : left + bits.shape[1]]
                view[bits[: view.shape[0], : view.shape[1]]] = self._classes.place[each.class_id]
        return out

    @property
    def remarks(self) -> list[str]:
        """What of the file could not be measured, once all images are judged."""
        every = (*self._report.remarks(), *self._pngs.remarks())
        said = [each.text for each in every if each.level == "warning"]
        if count := self._strange["image"]:
            what = "1 prediction is" if count == 1 else f"{count:,} predictions are"
            said.append(f"{what} for images the project does not have and counted nowhere.")
        if count := self._strange["class"]:
            names = ", ".join(map(str, sorted(self._unknown)[:MOST_NAMED]))
            what = "1 prediction is" if count == 1 else f"{count:,} predictions are"
            said.append(
                f"{what} of classes the project does not have and counted nowhere"
                f"{f' (numbers {names})' if names else ''}. Class numbers must be those of the "
                "exported COCO file."
            )
        if count := self._strange["score"]:
            what = "1 score is" if count == 1 else f"{count:,} scores are"
            said.append(f"{what} no number and counted as 0.")
        return said

    def close(self) -> None:
        """Nothing to free."""


def _class_ids(taxonomy: Taxonomy, path: Path, report: Report) -> dict[int, int]:
    """Category id → class id: by name where the file has names, else as an export numbers them."""
    named = {
        found.coco_id: known.id
        for found in read_categories(path, report)
        if found.coco_id is not None and (known := taxonomy.by_name(found.name)) is not None
    }
    if named:
        return named
    given = numbers_for([(each.id, each.coco_id) for each in live_classes(taxonomy)], report, "")
    return {number: class_id for class_id, number in given.items()}


def _image_ids(rows: ImageRows, path: Path) -> dict[int, int]:
    """Image number → image id: by name where the file lists names, else as an export numbers them.

    Args:
        rows: All images of the project, as an export numbers them.
        path: The file.
    """
    names = {each.file_name: key for key, each in file_names(list(rows)).items()}
    listed = ((entry.get("id"), entry.get("file_name")) for entry in _listed(path))
    named = {
        number: names[str(name)]
        for given, name in listed
        if (number := whole(given)) is not None and str(name) in names
    }
    return named or {number: key for key, number in image_numbers(rows).items()}


def _listed(path: Path) -> Iterator[dict[str, Any]]:
    file = JsonFile(path)
    if not file.is_list:
        yield from (entry for entry in file.entries("images") if isinstance(entry, dict))


def _score(entry: Mapping[str, Any]) -> float:
    """The score of a prediction; 1 where it has none, 0 where it is none that can be compared."""
    value = entry.get("score")
    if value is None:
        return 1.0
    return float(value) if _has_score(entry) else 0.0


def _has_score(entry: Mapping[str, Any]) -> bool:
    """Whether the score, if there is one, is a number that others can be compared with."""
    value = entry.get("score")
    return value is None or (isinstance(value, int | float) and _ordinary(value))


def _box(entry: Mapping[str, Any]) -> XYWH | None:
    """The box an entry states, None where it states none."""
    value = entry.get("bbox")
    if not isinstance(value, list) or len(value) != 4:
        return None
    if not all(isinstance(each, int | float) and _ordinary(each) for each in value):
        return None
    left, top, wide, high = map(float, value)
    return (left, top, wide, high) if wide >= 0 and high >= 0 else None


def _ordinary(value: float) -> bool:
    """Whether native code can reckon with a number of others without overflow."""
    return -_LARGEST <= value <= _LARGEST  # not a number is neither
