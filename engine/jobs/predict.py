"""Predict: a model proposes masks for many images; results appear in parts while it runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from engine.document.document import Status
from engine.errors import EngineError
from engine.formats.whole import write_whole
from engine.images.picture import Picture
from engine.jobs.job import Cancelled, Context, PredictSpec
from engine.jobs.parts import PartImage, PartObject, numbers, read_parts, write_part
from engine.jobs.snapshot import chosen, snapshot
from engine.masks import codec
from engine.models.answer import Answer
from engine.models.card import Card
from engine.models.catalog import Catalog, Entry
from engine.models.learned import tone_remark
from engine.store import ImageRow

MODEL = "model.json"
"""The card of the model that answered, beside the parts."""

PART_SECONDS = 2.0
"""A part is closed after this time even when it is not full, so that results can be seen."""


def run(spec: PredictSpec, context: Context) -> dict[str, Any]:
    """Predict the chosen images, done ones only when they are named.

    A job that is started again goes on with the images that have no result yet.

    Returns:
        model, images, objects, failed (names), provider, provider_reason, seconds, summary.

    Raises:
        EngineError: The model cannot be opened, or there is nothing to predict.
        Cancelled: With what was done as its argument.
    """
    with snapshot(spec.project) as project:
        rows = chosen(project, spec.images)
        if spec.images is None:
            rows = [row for row in rows if row.status != Status.DONE]
        entry = Catalog(project_files=project.files).get(spec.model)
        tone = project.tone
    if not rows:
        raise EngineError(
            "There is no image to predict: all are done. Name the images to predict them again."
        )
    write_whole(context.folder / MODEL, msgspec.json.encode(entry.card))
    answered = {each.image for _, part in read_parts(context.folder) for each in part.images}
    waiting = [row for row in rows if row.id not in answered]
    remark = tone_remark(entry.card, tone)
    if remark:
        context.note(remark)
    pictures = [(row.id, row.picture(tone)) for row in waiting]
    return _Run(spec, context, entry, rows, len(rows) - len(waiting)).go(pictures)


class _Run:
    """One run over the images that wait."""

    def __init__(
        self,
        spec: PredictSpec,
        context: Context,
        entry: Entry,
        rows: Sequence[ImageRow],
        before: int,
    ) -> None:
        self._spec = spec
        self._context = context
        self._entry = entry
        self._rows = {row.id: row for row in rows}
        self._total = len(rows)
        self._done = before
        self._objects = 0
        self._failed: list[str] = []
        self._unread: list[int] = []  # ids of the same images
        self._notes: set[str] = set()
        self._batch: list[PartImage] = []
        self._part = max(numbers(context.folder), default=0)
        self._written = time.monotonic()
        self._provider = ("", "")

    def go(self, waiting: Sequence[tuple[int, Picture]]) -> dict[str, Any]:
        from engine.models.predictor import Predictor

        began = time.monotonic()
        self._context.progress(self._done, self._total, "Loading the model")
        predictor = Predictor(self._entry, self._spec.device)
        if predictor.fallback:
            self._context.note(predictor.fallback, "warning")
        try:
            ahead = 1 if self._context.out_of_memory else self._spec.ahead
            for key, answer in predictor.predict_many(waiting, ahead=ahead):
                self._take(self._rows[key], answer)
                if self._context.cancelled():
                    raise Cancelled
            self._provider = (predictor.provider, predictor.provider_reason)
        except Cancelled as cancelled:
            self._close_part()
            raise Cancelled(self._result(time.monotonic() - began)) from cancelled
        finally:
            predictor.close()
        self._close_part()
        self._tell_failed()
        return self._result(time.monotonic() - began)

    def _take(self, row: ImageRow, answer: Answer | EngineError) -> None:
        self._batch.append(part_image(row, answer))
        self._done += 1
        if isinstance(answer, EngineError):
            self._failed.append(row.file_name)
            self._unread.append(row.id)
        else:
            self._objects += len(answer.objects)
            for note in answer.notes:
                if note not in self._notes:
                    self._notes.add(note)
                    self._context.note(note, "warning")
        self._context.progress(self._done, self._total, row.file_name)
        late = time.monotonic() - self._written > PART_SECONDS
        if len(self._batch) >= self._spec.per_part or late:
            self._close_part()

    def _close_part(self) -> None:
        if self._batch:
            self._part += 1
            path = write_part(self._context.folder, self._part, self._batch)
            self._context.artifact("part", path)
            self._batch = []
        self._written = time.monotonic()

    def _tell_failed(self) -> None:
        if not self._failed:
            return
        few = ", ".join(self._failed[:3]) + (" …" if len(self._failed) > 3 else "")
        verb = "are" if len(self._failed) > 1 else "is"
        self._context.note(
            f"{len(self._failed):,} of {self._total:,} images could not be read and {verb} "
            f"skipped: {few}.",
            "warning",
        )

    def _result(self, seconds: float) -> dict[str, Any]:
        fine, found = self._done - len(self._failed), self._objects
        return {
            "model": self._entry.id,
            "images": fine,
            "objects": self._objects,
            "failed": self._failed,
            "unread": self._unread,
            "provider": self._provider[0],
            "provider_reason": self._provider[1],
            "seconds": round(seconds, 2),
            "summary": f"{found:,} proposal{'s' * (found != 1)} in {fine:,} "
            f"image{'s' * (fine != 1)}.",
        }


def part_image(row: ImageRow, answer: Answer | EngineError) -> PartImage:
    """One image's answer as it is kept in a part."""
    if isinstance(answer, EngineError):
        return PartImage(image=row.id, size=row.size or (1, 1), error=str(answer))
    return PartImage(
        image=row.id,
        path=str(row.path),
        file_name=row.file_name,
        size=answer.size,
        objects=[
            PartObject(key=each.label, mask=codec.to_bytes(each.mask), score=each.score)
            for each in answer.objects
        ],
    )


def read_card(folder: Path) -> Card:
    """The card of the model whose results are in `folder`.

    Raises:
        EngineError: It is missing or damaged.
    """
    try:
        return msgspec.json.decode((folder / MODEL).read_bytes(), type=Card)
    except (OSError, msgspec.MsgspecError) as error:
        raise EngineError(
            f"The prediction in {folder} does not say which model made it: {error}. Predict again."
        ) from error
