"""Train: a model learns from the project, is written as ONNX and compared with the one in use.

labels/, snapshot.json   what it learns from, frozen at the first start
checkpoint.pt, best-*    where it stands (`engine.training.checkpoint`)
model/                   the new model, whole: model.onnx, weights.safetensors, card.toml,
                         recipe.json, metrics.json
compare.json             champion against challenger on the held-out images
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from safetensors.torch import save_file

from engine.formats.whole import write_whole
from engine.images.tone import Tone
from engine.jobs import train_compare, train_start, versions
from engine.jobs.job import Context, TrainSpec
from engine.jobs.snapshot import snapshot
from engine.models.card import Card, CardClass, OutputSpec, make_id, save_card
from engine.models.catalog import Catalog, Entry, file_sha256
from engine.store import Project
from engine.training import checkpoint, data, device, export_onnx, loop, schema, trainee
from engine.training.checkpoint import Place
from engine.training.compare import Judged, compare
from engine.training.data import Shot, Snapshot
from engine.training.geometry import Geometry
from engine.training.samples import Samples
from engine.training.schema import Recipe

COMPARISON = "compare.json"
MODEL = "model"
CHECKED = 4
"""Pictures the exported model is checked on."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a run stands in.

    Attributes:
        catalog: Where models are.
        project: Name of the project.
        used: The model in use, None where there is none.
        places: Class index of the model in use → place in the recipe's classes.
        start: Where learning begins.
        number: The new model is the so-manieth of the project.
    """

    catalog: Catalog
    project: str
    used: Entry | None
    places: dict[int, int]
    start: train_start.Begin
    number: int

    @property
    def in_use(self) -> str:
        """How the model in use is called in a sentence."""
        return self.used.card.name if self.used else "The model in use"


def run(spec: TrainSpec, context: Context) -> dict[str, Any]:
    """Train, or go on training, by the spec's recipe.

    Returns:
        model_id, name, better, reason, accept (the recipe's rule), take_over (whether the rule
        says so), miou_before, miou_after, last_miou, held_out, best_epoch, epochs, seconds,
        summary; and `classes` and `images` as in compare.json.

    Raises:
        EngineError: The recipe cannot be followed, or learning cannot go on; the model in use
            stays in use.
    """
    finished = _finished(context)
    if finished is not None:
        return finished
    recipe = schema.recipe_from_data(spec.recipe)
    device.use_threads(spec.threads)
    where = device.choose(recipe.device)
    with snapshot(spec.project) as project:
        recorder = versions.Recorder(project, "train")
        frozen = data.take(project, recipe, context.folder, context, recorder.note)
        setting = _setting(project, spec, recipe)
        _record(project, spec, frozen, context, recorder)
    _remark(recipe, frozen, context)
    measured = frozen.fold("held") or frozen.fold("train")
    before = train_compare.before(
        setting.used, setting.places, measured, len(recipe.classes), context
    )
    net = trainee.build(setting.start.start, recipe)
    geometry = Geometry.of(net.input, recipe.size)
    _say_start(setting, net, where, recipe, context)
    train, held = _samples(frozen, measured, geometry, net, recipe, context)
    work = loop.Run(recipe, net, train, held, context.folder, where, context, setting.in_use)
    place = loop.fit(work, halve=context.out_of_memory)
    result = _finish(spec, context, setting, work, place, (measured, before))
    checkpoint.forget(context.folder)
    shutil.rmtree(context.folder / data.LABELS, ignore_errors=True)
    return result


def _record(
    project: Project,
    spec: TrainSpec,
    frozen: Snapshot,
    context: Context,
    recorder: versions.Recorder,
) -> None:
    """Note what is learned from as a version of the dataset; once, whatever resumes the run."""
    if not (context.folder / versions.FILE).exists():
        rows = [project.image(shot.id) for shot in frozen.shots]
        images = {row.id: (row.file_name, row.size or (0, 0)) for row in rows}
        facts = {"compared": spec.model, "name": spec.name, "chosen": True}
        recorder.finish(images, context.folder, facts)


def _finished(context: Context) -> dict[str, Any] | None:
    """The result of an earlier start that ended just before it could say so."""
    try:
        written = (context.folder / COMPARISON).read_bytes()
    except FileNotFoundError:
        return None
    result: dict[str, Any] = msgspec.json.decode(written)
    return result


def _setting(project: Project, spec: TrainSpec, recipe: Recipe) -> _Setting:
    catalog = Catalog(project_files=project.files)
    used = catalog.get(spec.model) if spec.model else None
    places = train_compare.places(project, used, recipe) if used else {}
    rounds = [int(entry.card.training.get("round", 0)) for entry in catalog.entries()]
    start = train_start.begin(catalog, recipe)
    return _Setting(catalog, project.name, used, places, start, 1 + max(rounds, default=0))


def _remark(recipe: Recipe, frozen: Snapshot, context: Context) -> None:
    """What the user should know about the labels before the time is spent."""
    if frozen.skipped:
        one = len(frozen.skipped) == 1
        what = "1 image has" if one else f"{len(frozen.skipped):,} images have"
        context.note(
            f"{what} no labelled pixel of these classes and {'is' if one else 'are'} left out: "
            f"{', '.join(frozen.skipped[:3])}{' …' if len(frozen.skipped) > 3 else ''}.",
            "warning",
        )
    if not frozen.fold("held"):
        context.note(
            "No image is held back, so the figures are of the images it learns from. "
            "Finish one more image to see how good it really is.",
            "warning",
        )
    for each, pixels in zip(recipe.classes, frozen.pixels("train"), strict=True):
        if pixels:
            continue
        if each.id == recipe.classes[0].id:
            context.note(
                "No pixel is marked as background, so the model cannot learn where nothing is. "
                "Mark an image as done: what is left unpainted becomes background.",
                "warning",
            )
        else:
            context.note(
                f"No image to learn from shows {each.name}, so it cannot be learned.", "warning"
            )


def _say_start(
    setting: _Setting, net: trainee.Trainee, where: torch.device, recipe: Recipe, context: Context
) -> None:
    kept = f", {net.kept} of {len(recipe.classes) - 1} classes known to it" if net.kept else ""
    context.note(f"Learning starts from {setting.start.start.name}{kept}, on {where}.")


def _samples(
    frozen: Snapshot,
    measured: list[Shot],
    geometry: Geometry,
    net: trainee.Trainee,
    recipe: Recipe,
    context: Context,
) -> tuple[Samples, Samples]:
    fill = trainee.fill(net.input)
    first, second = (
        Samples(shots, context.folder, geometry, recipe.augment, recipe.seed, context, fill)
        for shots in (frozen.fold("train"), measured)
    )
    return first, second


def _finish(
    spec: TrainSpec,
    context: Context,
    setting: _Setting,
    work: loop.Run,
    place: Place,
    champion: tuple[list[Shot], Judged | None],
) -> dict[str, Any]:
    """Export, compare, and leave the whole model under its name."""
    recipe = work.recipe
    measured, before = champion
    context.progress(1, 1, "Writing the model")
    folder = context.folder / f".{MODEL}.partial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    state = work.trainee.state()
    exported = export_onnx.export(
        work.trainee, folder / "model.onnx", _pictures(work.held), setting.in_use
    )
    context.check()
    save_file(state, str(folder / "weights.safetensors"))
    schema.save(recipe, folder / "recipe.json")
    write_whole(folder / "metrics.json", msgspec.json.encode(place.history))
    card = _card(spec, context, setting, work, exported, folder)
    save_card(card, folder)
    entry = Entry(card.id, card, folder, "file")
    after = train_compare.judge(
        entry, {at: at for at in range(len(recipe.classes))}, measured, len(recipe.classes), context
    )
    classes = [(each.id, each.name) for each in recipe.classes]
    images = [shot.id for shot in measured]
    held_out = bool(recipe.held) and measured[0].fold == "held"
    compared = compare(classes, images, before, after, recipe.max_fall, held_out)
    card = msgspec.structs.replace(card, training=card.training | _scores(compared, place))
    save_card(card, folder)
    shutil.rmtree(context.folder / MODEL, ignore_errors=True)
    for each in filter(Path.is_file, folder.iterdir()):  # a power cut must not leave them empty
        with each.open("rb+") as file:
            os.fsync(file.fileno())
    folder.rename(context.folder / MODEL)
    compared |= {"model_id": card.id, "name": card.name} | _outcome(recipe, compared, place)
    write_whole(
        context.folder / COMPARISON, msgspec.json.format(msgspec.json.encode(compared), indent=1)
    )
    context.artifact("model", context.folder / MODEL)
    context.artifact("comparison", context.folder / COMPARISON)
    return compared


def _outcome(recipe: Recipe, compared: dict[str, Any], place: Place) -> dict[str, Any]:
    take_over = {"better": compared["better"], "always": True, "never": False}[recipe.accept]
    return {
        "accept": recipe.accept,
        "take_over": take_over,
        "last_miou": place.history[-1]["miou"] if place.history else None,
        "best_epoch": place.best_epoch,
        "epochs": place.epoch,
        "seconds": round(place.seconds, 1),
        "summary": compared["reason"],
    }


def _pictures(held: Samples) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Pictures of one size, as the network sees them."""
    found = [held.views(at)[0].rgb for at in range(min(len(held), CHECKED))]
    same = [each for each in found if each.shape == found[0].shape]
    return np.stack(same)


def _card(
    spec: TrainSpec,
    context: Context,
    setting: _Setting,
    work: loop.Run,
    exported: export_onnx.Exported,
    folder: Path,
) -> Card:
    recipe, begin = work.recipe, setting.start
    name = spec.name or recipe.name or f"v{setting.number}"
    shown = [shot.name for shot in work.train.shots]
    training = {
        "parent": begin.parent,
        "round": setting.number,
        "architecture": begin.start.architecture,
        "weights": "weights.safetensors",
        "recipe": "recipe.json",
        "class_ids": list(recipe.class_ids),
        "class_names": [each.name for each in recipe.classes],
        "images": len(shown),
        "held": len(recipe.held),
        "created": time.time(),
        "export": {
            "difference": exported.difference,
            "largest_score": exported.largest,
            "same_class": exported.same,
        },
    }
    number = f"{len(shown):,} {'image' if len(shown) == 1 else 'images'}"
    return Card(
        id=make_id(f"{name}-{context.folder.name[-6:]}"),
        name=name,
        file="model.onnx",
        sha256=file_sha256(folder / "model.onnx"),
        licence=begin.licence,
        origin=begin.origin,
        input=train_start.trained_input(begin.input, recipe, exported.input),
        output=OutputSpec(
            name=exported.output,
            layout="NHWC" if exported.layout == "NHWC" else "NCHW",
            meaning="logits",
        ),
        classes=tuple(
            CardClass(index=at, name=each.name, thing=each.thing, background=at == 0)
            for at, each in enumerate(recipe.classes)
        ),
        trained_on=f"{number} of {setting.project}, from {begin.start.name}",
        training=training,
        tone=recipe.tone or Tone().as_json(),
    )


def _scores(compared: dict[str, Any], place: Place) -> dict[str, Any]:
    """What the card keeps of how the run went; TOML has no "none"."""
    scores = {
        "miou": compared["miou_after"],
        "miou_before": compared["miou_before"],
        "better": compared["better"],
        "held_out": compared["held_out"],
        "epochs": place.epoch,
        "best_epoch": place.best_epoch,
        "batch": place.batch,
        "seconds": round(place.seconds, 1),
    }
    return {key: value for key, value in scores.items() if value is not None}
