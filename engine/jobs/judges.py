"""Who says what is in an image when a project is measured: a model, or a file."""

from __future__ import annotations

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
from engine.formats.coco_file import read_categories, read_results, whole
from engine.formats.coco_shapes import read_segmentation
from engine.formats.report import Report
from engine.jobs.job import EvaluateSpec
from engine.jobs.measures import Judged
from engine.masks.mask import Mask
from engine.metrics.detection import XYWH, FoundObject
from engine.store import ImageRow, Project

Labels = NDArray[np.uint8]

_LARGEST = 1e9
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
        self.remark = tone_remark(entry.card, self._tone)

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
        self._class_of = _class_ids(project.taxonomy, path, self._report)
        numbers = {row.id if row.coco_id is None else row.coco_id: row.id for row in rows}
        # As JSON, a quarter of what dicts take.
        self._entries: dict[int, list[bytes]] = {row.id: [] for row in rows}
        likely = False
        for entry in read_results(path, self._report):
            number = whole(entry.get("image_id"))
            if number in numbers:
                self._entries[numbers[number]].append(msgspec.json.encode(entry))
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
        """The class and mask of an entry; nothing where it has none that is known."""
        mask = read_segmentation(entry, size, self._report, where).mask
        class_id = self._class_of.get(whole(entry.get("category_id")) or 0)
        inside = mask.clip((0, 0, size[1], size[0])) if mask is not None else None
        if class_id is not None and inside:
            yield class_id, inside

    def _drawn(self, size: tuple[int, int], shown: Sequence[FoundObject]) -> Labels:
        """Place in the class order of every pixel, (height, width)."""
        out = np.zeros(size, np.uint8)
        for each in sorted(shown, key=lambda each: each.score):
            for left, top, bits in each.mask.pieces:
                view = out[top : top + bits.shape[0], left : left + bits.shape[1]]
                view[bits[: view.shape[0], : view.shape[1]]] = self._classes.place[each.class_id]
        return out

    def close(self) -> None:
        """Nothing to free."""


def _class_ids(taxonomy: Taxonomy, path: Path, report: Report) -> dict[int, int]:
    """Category id → class id: by name where the file lists names, else by number."""
    ids = {each.id if each.coco_id is None else each.coco_id: each.id for each in taxonomy.classes}
    for found in read_categories(path, report):
        known = taxonomy.by_name(found.name)
        if found.coco_id is not None and known is not None:
            ids[found.coco_id] = known.id
    return ids


def _score(entry: Mapping[str, Any]) -> float:
    """The score of a prediction; 1 where it has none, 0 where it is none that can be compared."""
    value = entry.get("score", 1.0)
    if not isinstance(value, int | float):
        return 1.0
    return float(value) if _ordinary(value) else 0.0


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
