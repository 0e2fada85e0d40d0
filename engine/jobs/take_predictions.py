"""Proposals of a model become proposals of the project's images."""

from __future__ import annotations

from pathlib import Path

from engine.document.document import Status
from engine.errors import EngineError
from engine.jobs.parts import PartImage
from engine.jobs.predict import read_card
from engine.jobs.proposals import kept_out, proposals_of
from engine.jobs.taken import TakenUp
from engine.models.answer import Found
from engine.models.card import Card
from engine.store import ImageRow, Project


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
        if _is_another(row, each):
            remark = (
                f"{each.file_name} is not in the project any more; proposals for it are left out."
            )
            return TakenUp(remarks=(remark,))
        if row.size is not None and row.size != each.size:
            remark = (
                f"{row.file_name} has changed its size since it was added; its proposals are "
                "left out."
            )
            return TakenUp(remarks=(remark,))
        card = self._card = self._card or read_card(self._folder)
        found = [Found(one.key, one.score, one.shape(each.size)) for one in each.objects]
        proposals = proposals_of(project, card, each.size, found)
        project.set_proposals(each.image, proposals)
        sentence = kept_out(project, card, {one.label for one in found})
        return TakenUp((each.image,), len(proposals), remarks=(sentence,) if sentence else ())


def _is_another(row: ImageRow, each: PartImage) -> bool:
    """Whether the image of that number is not the one that was looked at.

    A project that was made anew in the place of one that is gone finds that one's jobs. A file may
    be moved, or called otherwise, and still be the same.
    """
    return bool(each.path) and Path(each.path) != row.path and each.file_name != row.file_name
