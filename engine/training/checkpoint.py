"""Where a training run stands, on disk, so that it can go on exactly.

    checkpoint.pt    weights, optimizer, generators of chance, place in the data, history
    best-<n>.safetensors   the best weights so far, those after round n

A checkpoint replaces the one before by rename; what it names as best is written before it. It is
read with `weights_only`, so it holds tensors and plain data and runs nothing.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from engine.errors import EngineError

VERSION = 1
FILE = "checkpoint.pt"


@dataclass(slots=True)
class Place:
    """How far a run is.

    Attributes:
        epoch: Rounds finished.
        position: Images used of the round that has begun.
        step: Optimizer steps taken.
        batch: Images in one step; halved when memory runs out.
        seconds: Spent learning, over all starts.
        best: Best mIoU so far, −1 before the first.
        best_epoch: Round whose end gave it, 0 before the first.
        history: Per finished round: loss, val_loss, miou, iou per class, lr, seconds.
    """

    batch: int
    epoch: int = 0
    position: int = 0
    step: int = 0
    seconds: float = 0.0
    best: float = -1.0
    best_epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


_PLACE = tuple(each for each in Place.__dataclass_fields__)


def save(
    folder: Path, place: Place, net: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    """Write a checkpoint; the old one stays until the new one is whole.

    Raises:
        EngineError: the folder cannot be written.
    """
    content = {
        "version": VERSION,
        "place": {key: getattr(place, key) for key in _PLACE},
        "net": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "chance": _chance(),
    }
    unfinished = folder / f".{FILE}.{os.getpid()}.tmp"
    try:
        with unfinished.open("wb") as stream:
            torch.save(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(folder / FILE)
    except (OSError, RuntimeError) as error:
        unfinished.unlink(missing_ok=True)
        raise EngineError(
            f"What was learned could not be kept in {folder}: {error}. "
            "Free some space, then start again; it goes on where it was."
        ) from error


def load(folder: Path, net: torch.nn.Module, optimizer: torch.optim.Optimizer) -> Place | None:
    """Go back to the checkpoint in `folder`.

    Returns:
        The place; None where there is no checkpoint, and nothing is changed.

    Raises:
        EngineError: the checkpoint does not fit the network.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["version"] != VERSION:
            raise ValueError(f"version {content['version']}")
        net.load_state_dict(content["net"])
        optimizer.load_state_dict(content["optimizer"])
        place = Place(**content["place"])
        _set_chance(content["chance"])
    except Exception as error:  # a damaged archive raises whatever its reader meets
        raise EngineError(
            f"The checkpoint in {folder} cannot be used: {str(error).splitlines()[0]} "
            "Remove it to start this training anew."
        ) from error
    return place


def save_best(folder: Path, epoch: int, state: dict[str, torch.Tensor]) -> None:
    """Write the best weights so far; the earlier ones stay until `forget`.

    Raises:
        EngineError: the folder cannot be written.
    """
    unfinished = folder / f".best-{epoch}.{os.getpid()}.tmp"
    try:
        save_file(state, str(unfinished))
        with unfinished.open("rb+") as stream:
            os.fsync(stream.fileno())
        unfinished.replace(best_path(folder, epoch))
    except Exception as error:  # safetensors wraps the system's errors in its own
        unfinished.unlink(missing_ok=True)
        raise EngineError(
            f"What was learned could not be kept in {folder}: {error}. "
            "Free some space, then start again; it goes on where it was."
        ) from error


def forget(folder: Path, keep: int = 0) -> None:
    """Remove best weights that no checkpoint names any more.

    Args:
        folder: Of the run.
        keep: Round whose weights stay; 0 removes the checkpoint too, once a run is over.
    """
    for each in folder.glob("best-*.safetensors"):
        if not keep or each != best_path(folder, keep):
            each.unlink(missing_ok=True)
    if not keep:
        (folder / FILE).unlink(missing_ok=True)


def best_path(folder: Path, epoch: int) -> Path:
    """Where the best weights after a round are."""
    return folder / f"best-{epoch}.safetensors"


def load_best(folder: Path, epoch: int) -> dict[str, torch.Tensor]:
    """The best weights after a round."""
    state: dict[str, torch.Tensor] = load_file(best_path(folder, epoch))
    return state


def _chance() -> dict[str, Any]:
    """The state of every generator that anything may draw from."""
    kind, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    version, numbers, kept = random.getstate()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": [
            str(kind),
            torch.from_numpy(np.asarray(keys, np.int64)),
            position,
            has_gauss,
            gauss,
        ],
        "python": [version, list(numbers), kept],
    }


def _set_chance(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["torch"])
    if state["cuda"] and torch.cuda.device_count() == len(state["cuda"]):
        torch.cuda.set_rng_state_all(state["cuda"])
    kind, keys, position, has_gauss, gauss = state["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, gauss))
    version, numbers, kept = state["python"]
    random.setstate((version, tuple(numbers), kept))
