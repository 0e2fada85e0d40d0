"""What a model found, as proposals under the project's classes.

The project's class decides how: of a "thing" every connected part is an object, "stuff" stays one
mask, whatever the model takes the class for.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.document.annotation import Annotation
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.masks.bitmap import Bitmap
from engine.masks.components import components
from engine.models.answer import Found
from engine.models.card import Card
from engine.models.mapping import Target, propose
from engine.store import Project

NOISE = 8
"""Parts of fewer pixels are noise of the network, not objects."""


def proposals_of(
    project: Project, card: Card, size: tuple[int, int], found: Sequence[Found]
) -> list[Annotation]:
    """Proposals with ids of the project; classes they are the first of are made.

    Args:
        project: Open for writing.
        card: Of the model that answered.
        size: (height, width) of the image.
        found: What it found.
    """
    mapping = class_mapping(project, card, {each.label for each in found})
    wanted = under_classes(project.taxonomy, mapping, card, size, found)
    now = time.time()
    return [
        Annotation(
            id=number,
            class_id=class_id,
            mask=each.mask,
            score=each.score,
            source=card.id,
            proposal=True,
            created=now,
            modified=now,
        )
        for number, (class_id, each) in zip(project.new_ids(len(wanted)), wanted, strict=True)
    ]


def under_classes(
    taxonomy: Taxonomy,
    mapping: Mapping[int, Target],
    card: Card,
    size: tuple[int, int],
    found: Sequence[Found],
) -> list[tuple[int, Found]]:
    """What was found under the project's classes, shaped as each class asks for.

    Args:
        taxonomy: The project's classes.
        mapping: Model class index → class id; what is mapped to nothing else is left out.
        card: Of the model that answered.
        size: (height, width) of the image.
        found: What it found.
    """
    by_class: dict[int, list[Found]] = {}
    for each in found:
        target = mapping.get(each.label)
        if isinstance(target, int):
            by_class.setdefault(target, []).append(each)
    return [
        (class_id, each)
        for class_id, members in by_class.items()
        for each in _shaped(taxonomy[class_id], card, size, members)
    ]


def _shaped(
    target: LabelClass, card: Card, size: tuple[int, int], found: list[Found]
) -> Iterable[Found]:
    """The found regions of one class of the project, joined or parted as it asks for."""
    if target.thing:
        return _parted(card, found)
    return found if len(found) == 1 else [_joined(size, found)]


def _parted(card: Card, found: list[Found]) -> Iterator[Found]:
    for each in found:
        of_model = card.class_named(each.label)
        if of_model is None or of_model.thing:
            yield each
            continue
        for part in components(each.mask, NOISE):
            yield Found(each.label, each.score, part)


def _joined(size: tuple[int, int], found: list[Found]) -> Found:
    """One region, whose score is the mean over its pixels; None where a part has none."""
    whole = Bitmap(size)
    for each in found:
        whole.add(each.mask)
    scores = [each.score * each.mask.area for each in found if each.score is not None]
    area = sum(each.mask.area for each in found)
    score = sum(scores) / area if len(scores) == len(found) and area else None
    return Found(found[0].label, score, whole.to_mask())


def class_mapping(project: Project, card: Card, found: set[int]) -> dict[int, Target]:
    """The project's mapping of a model; classes marked "new" that were found are made, once.

    Args:
        project: Open for writing.
        card: The model's.
        found: Class indices of the model that a class is needed for.

    Returns:
        Model class index → class id, "new" where none was needed yet, or "ignore".
    """
    kept = project.mapping(card.id)
    mapping: dict[int, Target] = dict(propose(card, project.taxonomy) if kept is None else kept)
    changed = kept is None
    for index in sorted(found):
        target = mapping.get(index, "ignore")
        gone = isinstance(target, int) and target not in project.taxonomy
        if (target != "new" and not gone) or (target == "new" and _locked(project, card, index)):
            continue
        mapping[index] = "ignore" if gone else _new_class(project, card, index)
        changed = True
    if changed:
        project.set_mapping(card.id, mapping)
    return mapping


def kept_out(project: Project, card: Card, found: set[int]) -> str:
    """Why some of what was found is no proposal, as a sentence; empty where all of it is.

    Args:
        project: The project, its mapping of the model known.
        card: The model's.
        found: Class indices of the model.
    """
    mapping = project.mapping(card.id) or {}
    names = [_name(card, i) for i in sorted(found) if mapping.get(i) == "new"]
    lock = project.taxonomy.lock
    if lock is None or not names:
        return ""
    listed = ", ".join(f"“{name}”" for name in names)
    return f"{lock.words}, so nothing was proposed for the new classes {listed}."


def _locked(project: Project, card: Card, index: int) -> bool:
    """Whether the class list is locked and does not hold the model's class."""
    taxonomy = project.taxonomy
    return taxonomy.lock is not None and taxonomy.by_name(_name(card, index)) is None


def _name(card: Card, index: int) -> str:
    of_model = card.class_named(index)
    return of_model.name if of_model else f"{card.name} {index}"


def _new_class(project: Project, card: Card, index: int) -> int:
    of_model, name = card.class_named(index), _name(card, index)
    known = project.taxonomy.by_name(name)
    if known is not None:
        return known.id
    made = project.taxonomy.new_class(name, thing=of_model is None or of_model.thing)
    project.add_classes([made])
    return made.id
