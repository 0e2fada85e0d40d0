"""What a model got wrong on one image, as three exact sets of pixels. Knows no widget.

Rules of decision 2: a pixel nobody labelled counts as nothing; things lie above stuff, and of two
objects the upper one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.document.document import Document, State
from engine.document.taxonomy import BACKGROUND, UNLABELLED
from engine.masks.mask import Mask
from engine.models.answer import Answer


@dataclass(frozen=True, slots=True)
class ErrorMap:
    """Where model and person differ.

    Attributes:
        yours: everything the person labelled with a class.
        predicted: everything the model labelled with a class.
        missed: yours, where the model sees background.
        extra: the model's, where you confirmed background.
        wrong: both have a class, and not the same.
        wrong_by: of ``wrong``, pixels per (your class, the model's class).
        predicted_by: the model's masks per project class; exclusive.
        yours_by: your masks per project class; exclusive.
    """

    yours: Mask
    predicted: Mask
    missed: Mask
    extra: Mask
    wrong: Mask
    wrong_by: Mapping[tuple[int, int], int] = field(default_factory=dict)
    predicted_by: Mapping[int, Mask] = field(default_factory=dict)
    yours_by: Mapping[int, Mask] = field(default_factory=dict)

    @property
    def main_confusion(self) -> tuple[int, int] | None:
        """The pair (yours, the model's) with most wrong pixels."""
        return max(self.wrong_by, key=lambda pair: self.wrong_by[pair]) if self.wrong_by else None

    def at(self, x: int, y: int) -> tuple[int, int]:
        """(your class, the model's class) of a pixel; 0 where there is none."""
        return _class_at(self.yours_by, x, y), _class_at(self.predicted_by, x, y)


def error_map(document: Document | State, predicted: Mapping[int, Mask]) -> ErrorMap:
    """Compare a document with what a model says.

    Args:
        document: the person's masks (a ``State`` may be read on any thread); proposals in it do
            not count.
        predicted: exclusive masks per project class, see `masks_by_class`.
    """
    yours = truth_by_class(document)
    labelled, guessed = _union(yours.values()), _union(predicted.values())
    wrong, wrong_by = Mask.EMPTY, {}
    for mine, mask in yours.items():
        for theirs, other in predicted.items():
            shared = Mask.EMPTY if mine == theirs else mask & other
            if shared:
                wrong_by[mine, theirs] = shared.area
                wrong = wrong | shared
    background = document.layer.mask(BACKGROUND) - labelled
    return ErrorMap(
        labelled,
        guessed,
        labelled - guessed,
        guessed & background,
        wrong,
        wrong_by,
        dict(predicted),
        yours,
    )


def truth_by_class(document: Document | State) -> dict[int, Mask]:
    """The person's label of each pixel: exclusive masks per class, objects above the layer."""
    top_first = sorted(
        document.annotations.values(), key=lambda each: (each.order, each.id), reverse=True
    )
    found = _exclusive((each.class_id, each.mask) for each in top_first)
    covered = _union(found.values())
    for index in document.layer.areas():
        if index not in (UNLABELLED, BACKGROUND):
            rest = document.layer.mask(index) - covered
            if rest:
                found[index] = found.get(index, Mask.EMPTY) | rest
    return found


def masks_by_class(answer: Answer, mapping: Mapping[int, int | str]) -> dict[int, Mask]:
    """What a model answered, in the project's classes; exclusive, the surer object wins.

    Args:
        answer: of the model.
        mapping: model class → project class; "new" and "ignore" give nothing.
    """
    found = sorted(answer.objects, key=lambda each: each.score or 0.0, reverse=True)
    pairs = ((mapping.get(each.label), each.mask) for each in found)
    return _exclusive((number, mask) for number, mask in pairs if isinstance(number, int))


def _exclusive(top_first: Iterable[tuple[int, Mask]]) -> dict[int, Mask]:
    covered = Mask.EMPTY
    found: dict[int, Mask] = {}
    for number, mask in top_first:
        rest = mask - covered
        if rest:
            found[number] = found.get(number, Mask.EMPTY) | rest
            covered = covered | rest
    return found


def _union(masks: Iterable[Mask]) -> Mask:
    whole = Mask.EMPTY
    for mask in masks:
        whole = whole | mask
    return whole


def _class_at(masks: Mapping[int, Mask], x: int, y: int) -> int:
    return next((number for number, mask in masks.items() if mask.at(x, y)), 0)
