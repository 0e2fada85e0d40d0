"""Measures models on the frozen labels of a training run, exactly as predicting uses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.formats.whole import write_whole
from engine.jobs.job import Context
from engine.metrics import semantic
from engine.models.catalog import Entry
from engine.models.mapping import propose
from engine.models.predictor import Predictor
from engine.store import Project
from engine.training.compare import Judged
from engine.training.data import Shot, read_label
from engine.training.recipe import mapped
from engine.training.schema import Recipe

BEFORE = "before.json"


class _Kept(msgspec.Struct):
    model: str
    images: list[int]
    known: list[bool]
    counts: list[list[list[int]]]


def places(project: Project, entry: Entry, recipe: Recipe) -> dict[int, int]:
    """Class index of a model → place in the recipe's classes, by the project's mapping.

    A class that goes nowhere counts as background.
    """
    place = {class_id: at for at, class_id in enumerate(recipe.class_ids)}
    pairs = dict(mapped(project, entry, recipe.classes))
    if project.mapping(entry.id) is None and entry.origin != "project":
        for index, target in propose(entry.card, project.taxonomy).items():
            if isinstance(target, int):
                pairs.setdefault(index, target)
    return {index: place[class_id] for index, class_id in pairs.items() if class_id in place}


def before(
    entry: Entry | None,
    table: Mapping[int, int],
    shots: Sequence[Shot],
    classes: int,
    context: Context,
) -> Judged | None:
    """How the model in use does; measured at the first start of a run and kept in its folder.

    A model in use that cannot be opened is said and left out of the comparison.
    """
    if entry is None:
        return None
    judged = _load(context.folder, entry.id, shots)
    if judged is None:
        try:
            judged = judge(entry, table, shots, classes, context)
        except EngineError as error:
            context.note(f"{entry.card.name} could not be measured: {error}", "warning")
            return None
        kept = _Kept(
            entry.id, [each.id for each in shots], list(judged.known), judged.counts.tolist()
        )
        write_whole(context.folder / BEFORE, msgspec.json.encode(kept))
    context.metric("miou_before", 0, semantic.miou(judged.total))
    return judged


def judge(
    entry: Entry, table: Mapping[int, int], shots: Sequence[Shot], classes: int, context: Context
) -> Judged:
    """Let a model label images and count how that meets the truth, at the images' own size.

    Args:
        entry: The model.
        table: Its class index → place in the class order; what is not named is background.
        shots: The images.
        classes: Number of classes, background first.
        context: Told how far it is; may end it.

    Raises:
        EngineError: The model cannot be opened.
    """
    lookup = np.zeros(65536, np.uint8)
    for index, place in table.items():
        lookup[index] = place
    counts = np.zeros((len(shots), classes, classes), np.int64)
    predictor = Predictor(entry, "cpu")
    try:
        for at, shot in enumerate(shots):
            context.check()
            context.progress(at, len(shots), f"Measuring {entry.card.name}")
            counts[at] = _one(predictor, lookup, shot, classes, context.folder)
    finally:
        predictor.close()
    known = {0, *table.values()}
    return Judged(counts, tuple(place in known for place in range(classes)))


def _one(
    predictor: Predictor, lookup: NDArray[np.uint8], shot: Shot, classes: int, folder: Path
) -> NDArray[np.int64]:
    truth = read_label(folder, shot.id)
    try:
        rgb = predictor.read(shot.picture)
    except EngineError:
        return np.zeros((classes, classes), np.int64)  # said while learning
    if rgb.shape[:2] != truth.shape:
        return np.zeros((classes, classes), np.int64)
    guess = lookup[predictor.labels(rgb, shot.name)]
    return semantic.confusion(truth, guess, classes)


def _load(folder: Path, model: str, shots: Sequence[Shot]) -> Judged | None:
    try:
        kept = msgspec.json.decode((folder / BEFORE).read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError):
        return None
    if kept.model != model or kept.images != [each.id for each in shots]:
        return None
    return Judged(np.asarray(kept.counts, np.int64), tuple(kept.known))
