"""Who gets which images: a project's list dealt into parts, the same each time for a seed."""

import random
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final, Literal, get_args

from engine.errors import EngineError
from engine.store import ImageRow

By = Literal["folder", "status", "order"]
BYS: Final[tuple[By, ...]] = get_args(By)

MOST: Final = 1_000
"""Parts at most."""


def deal(
    rows: Sequence[ImageRow],
    parts: int,
    *,
    by: By = "order",
    overlap: float = 0.0,
    times: int = 2,
    seed: int = 0,
) -> list[list[int]]:
    """Give each image to a part, and some of them to several.

    Args:
        rows: the images, in the order of the list.
        parts: how many there are to be.
        by: "order": runs of the list, as long as each other. "folder": folders stay whole where
            that leaves parts even; the largest are dealt first. "status": each part gets its share
            of new, proposed, corrected and done images.
        overlap: share of the images that goes to ``times`` parts, 0..1.
        times: to how many parts those go.
        seed: of the choice of those.

    Returns:
        Image ids of each part, in the order of the list.

    Raises:
        EngineError: there are more parts than images, or a figure is out of range.
    """
    _check(len(rows), parts, overlap, times)
    ids = [row.id for row in rows]
    if by == "folder":
        owner = _by_folder(rows, parts)
    elif by == "status":
        ranked = sorted(range(len(rows)), key=lambda at: (rows[at].status, at))
        owner = [0] * len(rows)
        for place, at in enumerate(ranked):
            owner[at] = place % parts
    else:
        owner = [at * parts // len(rows) for at in range(len(rows))]
    held = [{number for number, part in zip(ids, owner, strict=True) if part == k}
            for k in range(parts)]  # fmt: skip
    _share(held, ids, owner, round(overlap * len(ids)), times, random.Random(seed))
    return [[number for number in ids if number in some] for some in held]


def _check(images: int, parts: int, overlap: float, times: int) -> None:
    if not 1 <= parts <= MOST:
        raise EngineError(f"A project is split into 1 to {MOST:,} parts, not {parts:,}.")
    if images < parts:
        raise EngineError(
            f"The project has {images:,} images, too few for {parts:,} parts. Make fewer parts."
        )
    if not 0 <= overlap <= 1:
        raise EngineError("The overlap is a share of the images: 0 % to 100 %.")
    if overlap and parts < 2:
        raise EngineError("One part shares no images. Make more parts, or leave the overlap out.")
    if overlap and not 2 <= times <= parts:
        several = "2" if parts == 2 else f"2 to {parts:,}"
        raise EngineError(
            f"Images that are done more than once go to {several} parts, not {times:,}."
        )


def _by_folder(rows: Sequence[ImageRow], parts: int) -> list[int]:
    """Whole folders to the part that has least; one larger than a fair share is cut."""
    groups: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        groups.setdefault(str(PurePath(row.stored_path).parent), []).append(at)
    fair = -(-len(rows) // parts)
    pieces = [
        group[first : first + fair]
        for group in groups.values()
        for first in range(0, len(group), fair)
    ]
    sizes, owner = [0] * parts, [0] * len(rows)
    for piece in sorted(pieces, key=len, reverse=True):
        part = sizes.index(min(sizes))
        sizes[part] += len(piece)
        for at in piece:
            owner[at] = part
    if 0 in sizes:  # fewer folders than parts: the list's order is all there is to go by
        return [at * parts // len(rows) for at in range(len(rows))]
    return owner


def _share(
    held: list[set[int]],
    ids: Sequence[int],
    owner: Sequence[int],
    count: int,
    times: int,
    chance: random.Random,
) -> None:
    """Give ``count`` images to further parts, those that have fewest of them first."""
    extra = [0] * len(held)
    for at in sorted(chance.sample(range(len(ids)), count)):
        others = [part for part in range(len(held)) if part != owner[at]]
        chance.shuffle(others)
        for part in sorted(others, key=lambda part: extra[part])[: times - 1]:
            held[part].add(ids[at])
            extra[part] += 1
