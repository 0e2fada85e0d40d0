"""Proposals of a model become proposals of the project's images."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from engine.document.annotation import Annotation
from engine.document.document import Status
from engine.errors import EngineError
from engine.jobs.parts import PartImage
from engine.jobs.predict import read_card
from engine.jobs.taken import TakenUp
from engine.models.card import Card
from engine.models.mapping import Target, propose
from engine.store import Project


class Predictions:
    """A prediction's results on their way into the project.

    Accepted work is never changed (decision 5), which `Project.set_proposals` sees to.

    Args:
        project: Open for writing.
        folder: The job's folder.
        named: The images were named by the user; else those that are done by now are passed over.
    """

    def __init__(self, project: Project, folder: Path, named: bool = False) -> None:
        self._project, self._folder, self._named = project, folder, named
        self._card: Card | None = None

    def image(self, each: PartImage) -> TakenUp:
        """Set the proposals of one image, inside a transaction.

        Raises:
            EngineError: A mask is damaged, or it is not known which model answered.
        """
        project = self._project
        try:
            row = project.image(each.image)
        except EngineError:
            return TakenUp()  # it was removed meanwhile
        if each.error or (row.status == Status.DONE and not self._named):
            return TakenUp()
        if row.size is not None and row.size != each.size:
            remark = (
                f"{row.file_name} has changed its size since it was added; its proposals are "
                "left out."
            )
            return TakenUp(remarks=(remark,))
        card = self._card = self._card or read_card(self._folder)
        mapping = class_mapping(project, card, {found.key for found in each.objects})
        proposals = _proposals(project, card, each, mapping)
        project.set_proposals(each.image, proposals)
        return TakenUp((each.image,), len(proposals))


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
