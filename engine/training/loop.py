"""Trains a network by a recipe, round by round, and can stop and go on at any step."""

from __future__ import annotations

import contextlib
import gc
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from engine.errors import EngineError
from engine.metrics import semantic
from engine.training import checkpoint
from engine.training.checkpoint import Place
from engine.training.device import is_memory
from engine.training.losses import loss
from engine.training.measure import Measured, measure
from engine.training.samples import Samples
from engine.training.schema import Recipe
from engine.training.trainee import Trainee
from engine.training.watch import Watch

WARM_UP = 0.1
"""Share of the training in which the steps grow to their full size."""
KEEP_EVERY = 60.0
"""Seconds between checkpoints inside a long round."""
CLIP = 5.0
"""Largest norm of a gradient."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a training run is made of.

    Attributes:
        recipe: What to do.
        trainee: The network.
        train: Images to learn from.
        held: Images to measure on; the same as `train` where none are held out.
        folder: Where checkpoints go.
        device: That learns.
        watch: Who is told.
        in_use: Name of the model that stays in use if this fails.
    """

    recipe: Recipe
    trainee: Trainee
    train: Samples
    held: Samples
    folder: Path
    device: torch.device
    watch: Watch
    in_use: str = "The model in use"


def fit(run: Run, halve: bool = False) -> Place:
    """Train to the end of the recipe; goes on from the checkpoint where there is one.

    Args:
        run: What, with the network as it was built.
        halve: An earlier start ran out of memory: go on with half its batch.

    Returns:
        Where it ended; the best weights are in the run's folder and in the network.

    Raises:
        EngineError: the loss is no number, memory does not suffice for one image, the disk is full.
    """
    trainee = run.trainee.to(run.device)
    optimizer = torch.optim.AdamW(trainee.groups(run.recipe), weight_decay=run.recipe.weight_decay)
    place = checkpoint.load(run.folder, trainee.net, optimizer)
    if place is None:
        torch.manual_seed(run.recipe.seed)
        place = Place(batch=min(run.recipe.batch, len(run.train)))
        checkpoint.save(run.folder, place, trainee.net, optimizer)
    else:
        run.watch.note(f"Learning goes on after epoch {place.epoch}.")
    if halve:
        _halve(run, place)
    while not _over(run, place):
        try:
            _round(run, optimizer, place)
        except (RuntimeError, MemoryError) as error:
            if not is_memory(error):
                raise
            place = _after_memory(run, optimizer, place)
    trainee.load(checkpoint.load_best(run.folder, place.best_epoch))
    return place


def _over(run: Run, place: Place) -> bool:
    if 0 < run.recipe.epochs <= place.epoch:
        return True
    spent = run.recipe.minutes > 0 and place.seconds >= run.recipe.minutes * 60
    return spent and place.epoch > 0


def _round(run: Run, optimizer: torch.optim.Optimizer, place: Place) -> None:
    """One round through the images, from `place` to its end, measured and kept."""
    began, spent = time.monotonic(), place.seconds
    kept = began
    run.trainee.learn(run.recipe.norm)
    losses: list[float] = []
    with contextlib.closing(run.train.batches(place.epoch, place.position, place.batch)) as batches:
        for position, pictures, labels in batches:
            run.watch.check()
            set_step_sizes(run, optimizer, place)
            losses.append(_step(run, optimizer, place, pictures, labels))
            now = time.monotonic()
            place.position, place.step = position, place.step + 1
            place.seconds = spent + now - began
            run.watch.metric("loss", place.step, losses[-1])
            _say_how_far(run, place)
            if now - kept > KEEP_EVERY and position < len(run.train):
                checkpoint.save(run.folder, place, run.trainee.net, optimizer)
                kept = time.monotonic()
            if _time_is_up(run, place):
                break
    measured = _measured(run, place)
    place.epoch, place.position = place.epoch + 1, 0
    place.seconds = spent + time.monotonic() - began
    _note_round(run, optimizer, place, losses, measured)
    checkpoint.save(run.folder, place, run.trainee.net, optimizer)
    checkpoint.forget(run.folder, place.best_epoch)


def _step(
    run: Run,
    optimizer: torch.optim.Optimizer,
    place: Place,
    pictures: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    labels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> float:
    scores = run.trainee(torch.from_numpy(pictures).to(run.device))
    value = loss(scores, torch.from_numpy(labels).to(run.device), run.recipe.dice)
    number = float(value.detach())
    if not math.isfinite(number):
        raise EngineError(
            f"Learning stopped at epoch {place.epoch + 1}: the loss is no longer a number. "
            f"{run.in_use} stays in use. Try again with a smaller step (lr {run.recipe.lr / 4:g})."
        )
    optimizer.zero_grad(set_to_none=True)
    value.backward()
    torch.nn.utils.clip_grad_norm_(run.trainee.net.parameters(), CLIP)
    optimizer.step()
    return number


def share_done(run: Run, place: Place) -> float:
    """How much of the training is done, 0..1, by rounds or by time, whichever is further."""
    epochs, limit = run.recipe.epochs, run.recipe.minutes * 60
    rounds = place.epoch + place.position / max(1, len(run.train))
    return min(
        1.0, max(rounds / epochs if epochs else 0.0, place.seconds / limit if limit else 0.0)
    )


def set_step_sizes(run: Run, optimizer: torch.optim.Optimizer, place: Place) -> None:
    """Step sizes for the next step: a linear warm-up, then a falling half cosine."""
    done = share_done(run, place)
    factor = min(1.0, (done + 0.01) / WARM_UP) * (
        0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))
    )
    for group, base in zip(optimizer.param_groups, run.trainee.groups(run.recipe), strict=True):
        group["lr"] = base["lr"] * factor


def _time_is_up(run: Run, place: Place) -> bool:
    return 0 < run.recipe.minutes * 60 <= place.seconds


def _measured(run: Run, place: Place) -> Measured:
    return measure(
        run.trainee,
        run.held,
        len(run.recipe.classes),
        run.device,
        run.watch,
        place.batch,
        run.recipe.dice,
    )


def _note_round(
    run: Run,
    optimizer: torch.optim.Optimizer,
    place: Place,
    losses: list[float],
    measured: Measured,
) -> None:
    values = semantic.iou(measured.counts)
    mean = float(np.mean(losses)) if losses else float("nan")
    run.watch.metric("epoch_loss", place.epoch, mean)
    run.watch.metric("held_loss", place.epoch, measured.loss)
    run.watch.metric("miou", place.epoch, measured.miou)
    for each, value in zip(run.recipe.classes, values, strict=True):
        run.watch.metric(f"iou/{each.name}", place.epoch, float(value))
    place.history.append(
        {
            "epoch": place.epoch,
            "step": place.step,
            "loss": mean,
            "val_loss": measured.loss,
            "miou": measured.miou,
            "iou": [float(each) for each in values],
            "lr": float(optimizer.param_groups[0]["lr"]),
            "seconds": place.seconds,
        }
    )
    score = measured.miou if math.isfinite(measured.miou) else 0.0
    if score > place.best or place.best_epoch == 0:
        place.best, place.best_epoch = score, place.epoch
        checkpoint.save_best(run.folder, place.epoch, run.trainee.state())


def _say_how_far(run: Run, place: Place) -> None:
    epochs, size = run.recipe.epochs, len(run.train)
    text = f"Epoch {place.epoch + 1}" + (f" of {epochs}" if epochs else "")
    if run.recipe.minutes:
        run.watch.progress(round(1000 * share_done(run, place)), 1000, text)
    else:
        run.watch.progress(place.epoch * size + place.position, epochs * size, text)


def _halve(run: Run, place: Place) -> None:
    if place.batch > 1:
        place.batch //= 2
        run.watch.note(
            f"Memory ran out. Learning goes on with {place.batch} "
            f"{'image' if place.batch == 1 else 'images'} at a time, from epoch {place.epoch + 1}.",
            "warning",
        )


def _after_memory(run: Run, optimizer: torch.optim.Optimizer, place: Place) -> Place:
    """Back to the last checkpoint with half the batch."""
    if place.batch <= 1:
        raise EngineError(
            f"There is not enough memory on {run.device} to learn from even one image at a time. "
            f"{run.in_use} stays in use. Choose a smaller size or the CPU."
        )
    batch = place.batch
    optimizer.zero_grad(set_to_none=True)
    gc.collect()
    if run.device.type == "cuda":
        torch.cuda.empty_cache()
    again = checkpoint.load(run.folder, run.trainee.net, optimizer)
    assert again is not None  # one is written before the first step
    again.batch = batch
    _halve(run, again)
    return again
