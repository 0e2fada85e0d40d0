"""Take up what a job left in its folder; only the project's owner does this (decision 6).

Each step is one transaction that also notes how far it got, so taking up twice, or again after
a restart, changes nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.jobs import take_import, take_predictions
from engine.jobs.folder import JobFolder
from engine.jobs.job import PredictSpec, kind_of
from engine.jobs.parts import numbers, read_part
from engine.store import JobRow, Project

PARTS = "parts"
"""Key of a job's summary: how many of its parts are taken up."""


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What changed in the project; iterating gives the ids of the images.

    Attributes:
        images: Ids of images that have new proposals or annotations.
        objects: How many objects or proposals came in.
        model: Id of a new model of the project, "" for none.
        remarks: Sentences for the user.
    """

    images: tuple[int, ...] = ()
    objects: int = 0
    model: str = ""
    remarks: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[int]:
        return iter(self.images)

    def __add__(self, other: TakenUp) -> TakenUp:
        return TakenUp(
            tuple(dict.fromkeys((*self.images, *other.images))),
            self.objects + other.objects,
            other.model or self.model,
            tuple(dict.fromkeys((*self.remarks, *other.remarks))),
        )


def register(project: Project, job: JobFolder) -> JobRow:
    """The project's row of a job, made where there is none yet."""
    row = find_row(project, job)
    if row is not None:
        return row
    row = JobRow(
        id=job.id,
        kind=kind_of(job.spec()),
        state=job.state(),
        created=job.path.stat().st_mtime,
        folder=job.path,
    )
    project.add_job(row)
    return row


def find_row(project: Project, job: JobFolder) -> JobRow | None:
    """The project's row of a job."""
    return next((row for row in project.jobs() if row.id == job.id), None)


def take_up(project: Project, folder: JobFolder | Path) -> TakenUp:
    """Bring everything a job has finished so far into the project.

    May be called while the job runs (proposals appear part by part), after it ended in any way,
    and again at any time. What a job of each kind leaves: predict: proposals; import: images,
    classes and annotations, once all are read; train: a model, once it is done; evaluate and
    export: nothing.

    Raises:
        EngineError: The project can only be read, or a result is damaged. Nothing of the part it
            was found in was taken up.
    """
    job = folder if isinstance(folder, JobFolder) else JobFolder(folder)
    row = register(project, job)
    if row.taken:
        return TakenUp()
    done = job.done()
    taken = TakenUp()
    if row.kind == "predict":
        taken = _predictions(project, job, row)
    elif row.kind == "import" and done is not None and done.outcome == "done":
        taken = _import(project, job, row)
    elif row.kind == "train" and done is not None and done.outcome == "done":
        taken = _model(project, job)
    with project.together():
        summary = dict(_row(project, job).summary)
        if taken.model:
            summary["model"] = taken.model
        if done is not None:
            summary["result"] = _small(done.result)
        project.update_job(job.id, state=job.state(), summary=summary, taken=done is not None)
    return taken


def _row(project: Project, job: JobFolder) -> JobRow:
    row = find_row(project, job)
    if row is None:
        raise EngineError(f"The job {job.id} is no longer in the project.")
    return row


def _small(result: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a result a list can show: no nested values."""
    return {key: value for key, value in result.items() if isinstance(value, str | int | float)}


def _predictions(project: Project, job: JobFolder, row: JobRow) -> TakenUp:
    taken = TakenUp()
    before = int(row.summary.get(PARTS, 0))
    spec = job.spec()
    named = isinstance(spec, PredictSpec) and spec.images is not None
    for number in numbers(job.path):
        if number <= before:
            continue
        part = read_part(job.path, number)
        with project.together():
            images, objects, remarks = take_predictions.take_part(project, job.path, part, named)
            _note_part(project, job, number)
        taken += TakenUp(images, objects, remarks=remarks)
    return taken


def _note_part(project: Project, job: JobFolder, number: int) -> None:
    row = _row(project, job)
    project.update_job(job.id, summary={**row.summary, PARTS: number})


def _import(project: Project, job: JobFolder, row: JobRow) -> TakenUp:
    with project.together():
        images, objects, remarks = take_import.take_import(project, job.path)
        # In the same transaction: a second start of the program finds it taken.
        project.update_job(job.id, taken=True)
    return TakenUp(images, objects, remarks=remarks)


def _model(project: Project, job: JobFolder) -> TakenUp:
    """Copy the trained model into the project; its classes are those it was trained for."""
    from engine.models.card import load_card
    from engine.models.catalog import Catalog
    from engine.models.mapping import Target, propose

    folder = job.path / "model"
    if not folder.is_dir():
        raise EngineError(f"The job {job.id} ended without a model. Start it again.")
    catalog = Catalog(project_files=project.files)
    card = load_card(folder)
    same = [each for each in catalog.entries() if each.card.sha256 == card.sha256 and card.sha256]
    entry = next((each for each in same if each.id == card.id), None)
    entry = entry or catalog.adopt(folder, "project")
    mapping: dict[int, Target] = dict(propose(entry.card, project.taxonomy))
    for index, class_id in enumerate(entry.card.training.get("class_ids", ())):
        if class_id in project.taxonomy:
            mapping[index] = int(class_id)
    if project.mapping(entry.id) is None:
        project.set_mapping(entry.id, mapping)
    return TakenUp(model=entry.id)


def pending_parts(project: Project, folder: JobFolder | Path) -> bool:
    """Whether a running prediction has parts that are not taken up yet."""
    job = folder if isinstance(folder, JobFolder) else JobFolder(folder)
    row = find_row(project, job)
    if row is None:
        return bool(numbers(job.path))
    return not row.taken and max(numbers(job.path), default=0) > int(row.summary.get(PARTS, 0))


def unfinished(project: Project) -> Iterator[JobRow]:
    """Jobs that are not taken up yet, oldest first; what a start of the program looks at."""
    for row in project.jobs():
        if not row.taken:
            yield replace(row, state=JobFolder(row.folder).state())


__all__ = ["TakenUp", "find_row", "pending_parts", "register", "take_up", "unfinished"]
