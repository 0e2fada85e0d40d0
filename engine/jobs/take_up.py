"""Take up what a job left in its folder; only the project's owner does this (decision 6).

It comes in pieces, some images each: a piece is one transaction that also notes how far the job is
taken up, so a window can do a few milliseconds at a time, and taking up twice, or again after a
restart, changes nothing more. What only works on files and may take long is handed out as an
`Aside`, which a window does on another thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from engine.document.document import Status
from engine.errors import EngineError
from engine.jobs.folder import JobFolder
from engine.jobs.job import PredictSpec, kind_of
from engine.jobs.parts import Part, numbers, part_path, read_part
from engine.jobs.taken import TakenUp
from engine.store import JobRow, Project, backup

PARTS = "parts"
"""Key of a job's summary: how many of its parts are taken up whole."""

BEHIND = 64
"""Transactions that may wait for the disk while more is taken up; they hold memory."""

PIECE = 0.003
"""Seconds of images that are taken up in one transaction; a window does other things between."""

KEPT_BEFORE = 5
"""Backups made before imports that are kept."""

IMAGES = "part_images"
"""Key of a job's summary: how many images of the part after those."""


@dataclass(frozen=True, slots=True)
class Aside:
    """Work that touches files only; its result is sent back, an error of it thrown back."""

    work: Callable[[], Any]


Pieces = Generator[TakenUp | Aside, Any, None]


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


def take_up(
    project: Project,
    folder: JobFolder | Path,
    stop: Callable[[TakenUp], bool] = lambda piece: False,
) -> TakenUp:
    """Bring everything a job has finished so far into the project.

    May be called while the job runs (proposals appear part by part), after it ended in any way,
    and again at any time. What a job of each kind leaves: predict: proposals; import: images,
    classes and annotations, once all are read; train: a model, once it is done; evaluate and
    export: nothing.

    Args:
        project: Open for writing.
        folder: Of the job.
        stop: Called with what each piece brought; true ends the taking up for good: what is in the
            project stays, and the rest is dropped.

    Raises:
        EngineError: The project can only be read, or a result is damaged. Nothing of the image it
            was found in was taken up.
    """
    brought = []
    steps = pieces(project, folder)
    try:
        piece = next(steps)
        while True:
            answer = None
            if isinstance(piece, Aside):
                answer = piece.work()
            else:
                brought.append(piece)
                if stop(piece):
                    give_up(project, folder)
                    return TakenUp.sum(brought)
            piece = steps.send(answer)
    except StopIteration:
        return TakenUp.sum(brought)
    finally:
        steps.close()


def pieces(project: Project, folder: JobFolder | Path) -> Pieces:
    """As `take_up`, a piece at a time; a generator that is closed early can be begun again.

    Yields:
        What a piece brought, or an `Aside`, whose result must be sent.

    Raises:
        EngineError: As `take_up`; what was yielded before is in the project.
    """
    job = folder if isinstance(folder, JobFolder) else JobFolder(folder)
    row = register(project, job)
    if row.taken:
        return
    state, done = job.state(), job.done()
    well = done is not None and done.outcome == "done"
    model = ""
    if row.kind == "predict":
        from engine.jobs.take_predictions import Predictions

        spec = job.spec()
        named = isinstance(spec, PredictSpec) and spec.images is not None
        yield from _parts(project, job, Predictions(project, job.path, named).image)
    elif row.kind == "import" and well:
        from engine.jobs.take_import import Import  # all file formats

        if not row.summary.get(IMAGES) and not row.summary.get(PARTS) and _worked_on(project):
            yield Aside(partial(_keep_before, project))
        found = Import(project, job.path)
        yield from _parts(project, job, found.image, found.begin)
        yield TakenUp(remarks=found.end())
    elif row.kind == "train" and well:
        model = yield from _model(project, job)
        yield TakenUp(model=model)
    if row.kind in ("export", "train") and well:
        yield from _version(project, job, model)
    with project.together():
        summary = dict(_row(project, job).summary)
        if model:
            summary["model"] = model
        if done is not None:
            summary["result"] = _small(done.result)
        over = state not in ("queued", "running")
        project.update_job(job.id, state=state, summary=summary, taken=over)


def _worked_on(project: Project) -> bool:
    """Whether there is anything in a project that somebody could want back."""
    rows = project.images()
    return bool(rows.column("objects").any()) or rows.counts()[Status.NEW] < len(rows)


def _keep_before(project: Project) -> None:
    """Keep the project as it is, since no step of the history takes an import back.

    Where that cannot be written the import is taken up all the same: it overwrites nothing.
    """
    with suppress(EngineError):
        project.flush()
        backup.make(project.path, backup.IMPORT, KEPT_BEFORE)


def give_up(project: Project, folder: JobFolder | Path) -> None:
    """End the taking up of a job for good: what is in the project stays, the rest is dropped."""
    job = folder if isinstance(folder, JobFolder) else JobFolder(folder)
    project.update_job(job.id, state="cancelled", taken=True)
    _drop_parts(job)


def reopen(project: Project, folder: JobFolder | Path) -> None:
    """A job that ended goes on: what it brings from now on is to be taken up as well.

    Raises:
        EngineError: It still runs, or the project can only be read.
    """
    job = folder if isinstance(folder, JobFolder) else JobFolder(folder)
    row = register(project, job)
    job.reopen()
    project.update_job(row.id, taken=False, state=job.state())


def tidy(folder: JobFolder | Path) -> None:
    """Delete the parts of a job that is taken up for good: the project has what they held.

    Those of an import that broke off are of no use either; a prediction goes on from them.
    """
    job = folder if isinstance(folder, JobFolder) else JobFolder(folder)
    state = job.state()
    broken_off = state in ("cancelled", "failed", "died") and kind_of(job.spec()) == "import"
    if state == "done" or broken_off:
        _drop_parts(job)


def _drop_parts(job: JobFolder) -> None:
    for number in numbers(job.path):
        part_path(job.path, number).unlink(missing_ok=True)


def _row(project: Project, job: JobFolder) -> JobRow:
    row = find_row(project, job)
    if row is None:
        raise EngineError(f"The job {job.id} is no longer in the project.")
    return row


def _small(result: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a result a list can show: no nested values."""
    return {key: value for key, value in result.items() if isinstance(value, str | int | float)}


def _parts(
    project: Project,
    job: JobFolder,
    take: Callable[[Any], TakenUp],
    begin: Callable[[Part], None] = lambda part: None,
) -> Pieces:
    """Every image of every part that is not taken up yet."""
    for number in numbers(job.path):
        summary = _row(project, job).summary
        if number <= int(summary.get(PARTS, 0)):
            continue
        part: Part = yield Aside(partial(read_part, job.path, number))
        with project.together():
            begin(part)
        at = int(summary.get(IMAGES, 0))
        while at < len(part.images):
            brought: list[TakenUp] = []
            until = time.perf_counter() + PIECE
            with project.together():
                try:
                    while at < len(part.images) and (not brought or time.perf_counter() < until):
                        brought.append(take(part.images[at]))
                        at += 1
                finally:  # what is done is done, whatever the next one is
                    last = at == len(part.images)
                    _note(project, job, number if last else number - 1, 0 if last else at)
            yield TakenUp.sum(brought)
        if project.behind > BEHIND:
            yield Aside(project.flush)


def _note(project: Project, job: JobFolder, parts: int, images: int) -> None:
    summary = {**_row(project, job).summary, PARTS: parts, IMAGES: images}
    project.update_job(job.id, summary=summary)


def _model(project: Project, job: JobFolder) -> Generator[Aside, Any, str]:
    """Copy the trained model into the project; its classes are those it was trained for."""
    from engine.models.card import load_card
    from engine.models.catalog import Catalog, Entry
    from engine.models.mapping import Target, propose

    folder = job.path / "model"
    if not folder.is_dir():
        raise EngineError(f"The job {job.id} ended without a model. Start it again.")
    catalog = Catalog(project_files=project.files)
    card = load_card(folder)

    def adopt() -> Entry:
        same = [e for e in catalog.entries() if e.card.sha256 == card.sha256 and card.sha256]
        found = next((each for each in same if each.id == card.id), None)
        return found or catalog.adopt(folder, "project")

    entry: Entry = yield Aside(adopt)
    mapping: dict[int, Target] = dict(propose(entry.card, project.taxonomy))
    for index, class_id in enumerate(entry.card.training.get("class_ids", ())):
        if class_id in project.taxonomy:
            mapping[index] = int(class_id)
    if project.mapping(entry.id) is None:
        project.set_mapping(entry.id, mapping)
    return entry.id


def _version(project: Project, job: JobFolder, model: str) -> Pieces:
    """Note what went out as a version of the dataset."""
    from engine.jobs.versions import taking

    found = yield Aside(partial(taking, job.path, model))
    if found is not None:
        project.add_version(found[0], job.id, found[1])


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


__all__ = [
    "Aside",
    "Pieces",
    "TakenUp",
    "find_row",
    "give_up",
    "pending_parts",
    "pieces",
    "register",
    "reopen",
    "take_up",
    "tidy",
    "unfinished",
]
