"""Proposals of a model become proposals of the project's images."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from engine.document.annotation import Annotation
from engine.document.document import Status
from engine.errors import EngineError
from engine.jobs.parts import Part, PartImage
from engine.jobs.predict import read_card
from engine.models.card import Card
from engine.models.mapping import Target, propose
from engine.store import Project


def take_part(
    project: Project, folder: Path, part: Part, named: bool = False
) -> tuple[tuple[int, ...], int, tuple[str, ...]]:
    """Set the proposals of a part's images.

    Accepted work is never changed (decision 5), which `Project.set_proposals` sees to.

    Args:
        project: Open for writing, inside a transaction.
        folder: The job's folder.
        part: What to take up.
        named: The images were named by the user; else those that are done by now are passed over.

    Returns:
        Ids of the images, how many proposals, remarks.

    Raises:
        EngineError: A mask is damaged.
    """
    card = read_card(folder)
    rows = {row.id: row for row in project.images()}
    images: list[int] = []
    remarks: list[str] = []
    objects = 0
    for each in part.images:
        row = rows.get(each.image)
        if row is None or each.error or (row.status == Status.DONE and not named):
            continue
        if row.size is not None and row.size != each.size:
            remarks.append(
                f"{row.file_name} has changed its size since it was added; its proposals are "
                "left out."
            )
            continue
        mapping = class_mapping(project, card, {found.key for found in each.objects})
        proposals = _proposals(project, card, each, mapping)
        project.set_proposals(each.image, proposals)
        images.append(each.image)
        objects += len(proposals)
    return tuple(images), objects, tuple(remarks)


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
        if target != "new" and not gone:
            continue
        mapping[index] = "ignore" if gone else _new_class(project, card, index)
        changed = True
    if changed:
        project.set_mapping(card.id, mapping)
    return mapping


def _new_class(project: Project, card: Card, index: int) -> int:
    of_model = card.class_named(index)
    name = of_model.name if of_model else f"{card.name} {index}"
    known = project.taxonomy.by_name(name)
    if known is not None:
        return known.id
    made = project.taxonomy.new_class(name, thing=of_model is None or of_model.thing)
    project.add_classes([made])
    return made.id


def _proposals(
    project: Project, card: Card, image: PartImage, mapping: Mapping[int, Target]
) -> list[Annotation]:
    now = time.time()
    wanted = [each for each in image.objects if isinstance(mapping.get(each.key), int)]
    ids = project.new_ids(len(wanted))
    proposals = []
    for number, each in zip(ids, wanted, strict=True):
        class_id = mapping[each.key]
        if not isinstance(class_id, int):
            raise EngineError(f"The class {each.key} of {card.name} has no class of the project.")
        proposals.append(
            Annotation(
                id=number,
                class_id=class_id,
                mask=each.shape(image.size),
                score=each.score,
                source=card.id,
                proposal=True,
                created=now,
                modified=now,
            )
        )
    return proposals
