"""How far two copies of a project agree: class by class, object by object, image by image.

Images count that are done in both. Pixels count that both have labelled; figures per pixel are
those of ``engine.metrics.agreement``. Objects of a class are matched one to one, the largest IoU
first, from ``MATCH`` on. Images that are only begun count on request; what is unlabelled in them is
then taken for background, since an object that one side has not drawn is a disagreement.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.document.annotation import Annotation
from engine.document.document import Document, Status
from engine.document.labels import IGNORED, label_image
from engine.document.taxonomy import UNLABELLED, Taxonomy
from engine.errors import EngineError
from engine.hands.class_pairs import NOBODY, ClassPairs
from engine.hands.images import kin, pair
from engine.masks.box import intersect
from engine.masks.mask import Mask
from engine.metrics import semantic
from engine.metrics.agreement import Agreement
from engine.store import ImageRow, Project

MATCH: Final = 0.5
"""Least IoU of two objects that are the same thing."""

_WORKED: Final = (Status.CORRECTED, Status.DONE)


@dataclass(slots=True)
class Objects:
    """Objects of one class.

    Attributes:
        matched: pairs of both sides.
        first: objects that only the first has.
        second: objects that only the second has.
        overlap: sum of the IoUs of the pairs.
    """

    matched: int = 0
    first: int = 0
    second: int = 0
    overlap: float = 0.0

    def __add__(self, other: "Objects") -> "Objects":
        return Objects(
            self.matched + other.matched,
            self.first + other.first,
            self.second + other.second,
            self.overlap + other.overlap,
        )

    @property
    def f1(self) -> float:
        """2 · matched / (objects of both sides); NaN without objects."""
        every = 2 * self.matched + self.first + self.second
        return 2 * self.matched / every if every else math.nan


@dataclass(frozen=True, slots=True)
class ClassRow:
    """Figures of one class, NaN where neither side has it; see ``ClassAgreement``."""

    name: str
    iou: float
    boundary_iou: float
    kappa: float
    objects: Objects


@dataclass(frozen=True, slots=True)
class ImageRowAgreement:
    """Figures of one image.

    Attributes:
        image: its number in the first copy.
        name: its file name.
        miou: mean IoU over the classes that either side has in it.
        differing: share of the labelled pixels that differ.
        objects: of all classes.
    """

    image: int
    name: str
    miou: float
    differing: float
    objects: Objects


@dataclass(slots=True)
class Comparison:
    """Two copies beside each other.

    Attributes:
        first, second: the project files.
        names: what they are called.
        classes: a row for each class that either has.
        kappa: over all classes.
        images: the images, those that agree least first.
        notes: sentences about what was left out.
    """

    first: Path
    second: Path
    names: tuple[str, str]
    classes: list[ClassRow] = field(default_factory=list)
    kappa: float = math.nan
    images: list[ImageRowAgreement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def mean(self) -> ClassRow:
        """The mean over the classes; objects are added up."""

        def over(name: str) -> float:
            values = [getattr(row, name) for row in self.classes]
            known = [value for value in values if not math.isnan(value)]
            return sum(known) / len(known) if known else math.nan

        objects = sum((row.objects for row in self.classes), Objects())
        return ClassRow("mean", over("iou"), over("boundary_iou"), over("kappa"), objects)


def pairs_of(project: Path, others: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Which copies are compared: with one other the project and it, else all others in pairs.

    With several, the project itself is left out: what was merged into it from a part agrees with
    that part by itself.
    """
    return [(project, others[0])] if len(others) == 1 else list(combinations(others, 2))


def compare(
    first: Project,
    second: Project,
    *,
    begun: bool = False,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Comparison:
    """Compare two copies of one project.

    Args:
        first: one of them, whose classes and image numbers are used.
        second: the other.
        begun: count images that are not done too.
        tell: called with how many images are done, and of how many; may raise to stop.

    Raises:
        EngineError: they are not copies of one project, or have too many classes.
    """
    kin(first, second)
    found = Comparison(first.path, second.path, (first.name, second.name))
    wanted = [rows for rows in pair(first, second).pairs if _counts(rows, begun)]
    here, there = first.taxonomy, second.taxonomy
    classes = ClassPairs(first, second)
    order, other = classes.first, classes.second
    if len(order) > IGNORED:
        raise EngineError(f"Agreement is worked out for at most {IGNORED - 1} classes.")
    found.notes += classes.notes
    total = Agreement(len(order))
    objects = [Objects() for _ in order]
    documents = (
        side.iter_documents([rows[at].id for rows in wanted])
        for at, side in enumerate((first, second))
    )
    for done, (rows, mine, theirs) in enumerate(zip(wanted, *documents, strict=True)):
        tell(done, len(wanted))
        if mine.size != theirs.size:
            found.notes.append(f"{rows[0].file_name} has another size in {second.name}; left out.")
            continue
        before = total.counts.copy()
        total.add(_labels(mine, order, here, begun), _labels(theirs, other, there, begun))
        each = _objects(mine, theirs, order, other)
        objects = [a + b for a, b in zip(objects, each, strict=True)]
        found.images.append(_image(rows[0], total.counts - before, each))
    tell(len(wanted), len(wanted))
    found.images.sort(key=lambda row: (-1 if math.isnan(row.miou) else row.miou, row.name))
    found.kappa = total.kappa()
    for name, figures, things in zip(classes.names, total.classes(), objects, strict=True):
        if figures.first or figures.second or things.matched or things.first or things.second:
            found.classes.append(
                ClassRow(name, figures.iou, figures.boundary_iou, figures.kappa, things)
            )
    return found


def differing(first: Project, second: Project, image: int) -> dict[int, Mask]:
    """Where two copies differ in an image: what the second says there, by class of the first.

    What the second has of classes that the first has not stands under 0.

    Args:
        first: one copy, whose classes and image numbers are used.
        second: the other.
        image: the number of the image in the first; pixels one side has not labelled are left out.

    Raises:
        EngineError: the image is not in both.
    """
    rows = next((rows for rows in pair(first, second).pairs if rows[0].id == image), None)
    if rows is None:
        raise EngineError(f"{second.name} does not have this image.")
    here, there = first.taxonomy, second.taxonomy
    classes = ClassPairs(first, second)
    order, other = classes.first[:IGNORED], classes.second[:IGNORED]
    mine = next(first.iter_documents([rows[0].id]))
    theirs = next(second.iter_documents([rows[1].id]))
    if mine.size != theirs.size:
        raise EngineError(f"{rows[0].file_name} has another size in {second.name}.")
    one, two = _labels(mine, order, here, True), _labels(theirs, other, there, True)
    differ = (one != two) & (one != IGNORED) & (two != IGNORED)
    masks: dict[int, Mask] = {}
    for place in np.unique(two[differ]).tolist():
        key = UNLABELLED if order[place] == NOBODY else order[place]
        masks[key] = masks.get(key, Mask.EMPTY) | Mask.from_bits(differ & (two == place))
    return masks


def _counts(rows: tuple[ImageRow, ImageRow], begun: bool) -> bool:
    wanted = _WORKED if begun else (Status.DONE,)
    return all(row.status in wanted for row in rows)


def _labels(
    document: Document, order: Sequence[int], taxonomy: Taxonomy, begun: bool
) -> NDArray[np.uint8]:
    drawn = label_image(document, order, taxonomy)
    if begun and document.status is not Status.DONE:
        # Only what nobody decided: objects of other classes and crowds stay out.
        free = document.layer.mask(UNLABELLED)
        for annotation in document.annotations.values():
            free = free - annotation.mask
        drawn[free.read(document.box)] = 0
    return drawn


def _objects(
    first: Document, second: Document, order: Sequence[int], other: Sequence[int]
) -> list[Objects]:
    """Objects of each class, matched; crowds are none."""
    found = []
    for mine, theirs in zip(order, other, strict=True):
        sides = [
            [a for a in document.annotations.values() if a.class_id == number and not a.crowd]
            for document, number in ((first, mine), (second, theirs))
        ]
        overlaps = _matched(*sides)
        count = len(overlaps)
        found.append(Objects(count, len(sides[0]) - count, len(sides[1]) - count, sum(overlaps)))
    return found


def _matched(first: Sequence[Annotation], second: Sequence[Annotation]) -> list[float]:
    """IoUs of the pairs, the largest taken first."""
    possible = [
        (a.mask.iou(b.mask), i, j)
        for i, a in enumerate(first)
        for j, b in enumerate(second)
        if intersect(a.mask.box, b.mask.box) is not None
    ]
    taken: tuple[set[int], set[int]] = (set(), set())
    found = []
    for overlap, i, j in sorted(possible, key=lambda each: (-each[0], each[1], each[2])):
        if overlap >= MATCH and i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            found.append(overlap)
    return found


def _image(row: ImageRow, counts: semantic.Counts, objects: Sequence[Objects]) -> ImageRowAgreement:
    ious = semantic.iou(counts)
    known = ious[~np.isnan(ious)]
    pixels = int(counts.sum())
    return ImageRowAgreement(
        row.id,
        row.file_name,
        float(known.mean()) if known.size else math.nan,
        1 - int(counts.trace()) / pixels if pixels else math.nan,
        sum(objects, Objects()),
    )
