"""What learning makes small: cross entropy and Dice, over labelled pixels only."""

from __future__ import annotations

import torch
from torch.nn import functional

IGNORED = 255
SMOOTH = 1.0
"""Pixels added above and below in Dice, so that a class of few pixels gives no wild values."""


def loss(scores: torch.Tensor, labels: torch.Tensor, dice: float = 1.0) -> torch.Tensor:
    """Cross entropy plus `dice` times (1 − mean Dice).

    Pixels without a label (255) take no part: the gradient there is exactly zero. Dice (Milletari,
    Navab and Ahmadi 2016, with plain sums) is taken over the whole batch and averaged over the
    classes that occur in its labels.

    Args:
        scores: (n, classes, h, w) float32; brought to the labels' size where it differs.
        labels: (n, H, W), uint8 or int64.
        dice: Weight of the second part, 0 for cross entropy alone.

    Returns:
        A scalar; 0 with a gradient of zero where no pixel is labelled.
    """
    if scores.shape[-2:] != labels.shape[-2:]:
        scores = functional.interpolate(
            scores, size=labels.shape[-2:], mode="bilinear", align_corners=False
        )
    labels = labels.long()
    known = labels != IGNORED
    if not bool(known.any()):
        return scores.sum() * 0.0
    total = functional.cross_entropy(scores, labels, ignore_index=IGNORED)
    if dice > 0:
        total = total + dice * (1 - _dice(scores, labels, known))
    return total


def _dice(scores: torch.Tensor, labels: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    classes = scores.shape[1]
    # Only labelled pixels, as rows: (pixels, classes).
    chance = scores.softmax(dim=1).permute(0, 2, 3, 1)[known]
    truth = functional.one_hot(labels[known], classes).to(chance.dtype)
    both, sums, count = (chance * truth).sum(dim=0), chance.sum(dim=0), truth.sum(dim=0)
    score = (2 * both + SMOOTH) / (sums + count + SMOOTH)
    return score[count > 0].mean()
