"""Measures a network on held-out images while it learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.metrics import semantic
from engine.training.losses import loss
from engine.training.samples import Samples, View
from engine.training.trainee import Trainee
from engine.training.watch import Watch

_ROWS = 4_000_000
"""Interpolated scores held at once."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How a network does.

    Attributes:
        loss: Mean over images.
        counts: (classes, classes) confusion matrix in pixels.
        images: Mean IoU per image, NaN where nothing is labelled.
    """

    loss: float
    counts: NDArray[np.int64]
    images: tuple[float, ...]

    @property
    def miou(self) -> float:
        """Mean IoU over the classes that occur in the labels."""
        return semantic.miou(self.counts)


def measure(
    trainee: Trainee,
    samples: Samples,
    classes: int,
    device: torch.device,
    watch: Watch,
    batch: int,
    dice: float,
) -> Measured:
    """Measure on all images, each at its own size (large ones at about a megapixel)."""
    trainee.eval()
    counts = np.zeros((len(samples), classes, classes), np.int64)
    losses: list[float] = []
    with torch.no_grad():
        for views in _together(samples, batch):
            watch.check()
            pictures = torch.from_numpy(np.stack([view.rgb for view in views])).to(device)
            scores = trainee(pictures).float().cpu()
            for view, each in zip(views, scores, strict=True):
                cells = _extent(each, view)
                upscaled_loss, guess = _judge(each, cells, view.labels, dice)
                losses += upscaled_loss
                counts[view.shot] += semantic.confusion(view.labels, guess, classes)
    mean = float(np.mean(losses)) if losses else float("nan")
    return Measured(mean, counts.sum(axis=0), tuple(semantic.miou(each) for each in counts))


def _together(samples: Samples, batch: int) -> Iterator[list[View]]:
    """Views in batches of one size, in order."""
    waiting: list[View] = []
    for index in range(len(samples)):
        for view in samples.views(index):
            if waiting and (len(waiting) >= batch or waiting[0].rgb.shape != view.rgb.shape):
                yield waiting
                waiting = []
            waiting.append(view)
    if waiting:
        yield waiting


def _extent(scores: torch.Tensor, view: View) -> tuple[float, float]:
    """(height, width) in score cells that the image covers."""
    height, width = scores.shape[-2:]
    return (
        view.content[0] * height / view.rgb.shape[0],
        view.content[1] * width / view.rgb.shape[1],
    )


def _judge(
    scores: torch.Tensor, extent: tuple[float, float], labels: NDArray[np.uint8], dice: float
) -> tuple[list[float], NDArray[np.uint8]]:
    """Loss (none where nothing is labelled) and class numbers at the labels' size."""
    size = (labels.shape[0], labels.shape[1])
    down = _along(size[0], extent[0], scores.shape[1])
    across = _along(size[1], extent[1], scores.shape[2]).T
    guess = np.empty(size, np.uint8)
    losses: list[float] = []
    known = 0
    rows = max(1, _ROWS // (scores.shape[0] * size[1]))
    for top in range(0, size[0], rows):
        band = down[top : top + rows] @ scores @ across
        guess[top : top + rows] = band.argmax(dim=0).numpy().astype(np.uint8)
        truth = torch.from_numpy(labels[top : top + rows])
        number = int((truth != 255).sum())
        if number:
            losses.append(float(loss(band[None], truth[None], dice)) * number)
            known += number
    return [sum(losses) / known] if known else [], guess


def _along(size: int, extent: float, cells: int) -> torch.Tensor:
    """(size, cells) weights of bilinear interpolation between cell centres; edges repeat."""
    last = max(1, int(np.ceil(extent - 1e-6)))
    at = np.clip((np.arange(size) + 0.5) * extent / size - 0.5, 0, min(last, cells) - 1)
    low = at.astype(np.intp)
    high = np.minimum(low + 1, min(last, cells) - 1)
    part = (at - low).astype(np.float32)
    matrix = np.zeros((size, cells), np.float32)
    rows = np.arange(size)
    np.add.at(matrix, (rows, low), 1 - part)
    np.add.at(matrix, (rows, high), part)
    return torch.from_numpy(matrix)
