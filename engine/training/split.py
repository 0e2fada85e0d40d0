"""Which images are learned from and which are only measured on.

The split belongs to the project: once an image is in a fold it stays there, so the figures of one
round can be compared with those of the next. Light: no torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

HELD = "held"
TRAIN = "train"
TEST = "test"
"""Neither learned from nor measured on while learning."""

SHARE = 0.2
"""Share of the images that is held out."""


def rank(key: str, seed: int) -> int:
    """A number that orders images as if by chance, the same in every process and version.

    Args:
        key: What names the image for good.
        seed: Of the project.
    """
    digest = hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def assign(
    folds: Mapping[int, str], keys: Mapping[int, str], seed: int, share: float = SHARE
) -> dict[int, str]:
    """Folds for the images that have none.

    Images that have a fold keep it. The others join in the order of `rank`: one is held out where
    fewer than `share` of all would be, and at least one of two or more always is; at least one is
    always learned from.

    Args:
        folds: Image id → "train", "held" or "" for all labelled images; those of other folds are
            passed over.
        keys: Image id → what names the image for good.
        seed: Of the project.
        share: Share to hold out, 0..1.

    Returns:
        Image id → "train" or "held" for those that had none.
    """
    folds = {each: fold for each, fold in folds.items() if fold in ("", TRAIN, HELD)}
    new = sorted(
        (each for each in folds if not folds[each]), key=lambda i: (rank(keys[i], seed), i)
    )
    total = len(folds)
    held = sum(fold == HELD for fold in folds.values())
    learned = sum(fold == TRAIN for fold in folds.values())
    wanted = max(1, round(share * total)) if total > 1 else 0
    missing = max(0, min(wanted - held, total - held - max(1 - learned, 0)))
    return {each: HELD if index < missing else TRAIN for index, each in enumerate(new)}
