"""Comparing copies on a thread, and where two of them differ in one image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from engine.hands.agreement import Comparison, compare, differing, pairs_of
from engine.masks.mask import Mask
from engine.store import Project


def compared(
    project: Path, others: Sequence[Path], begun: bool, tell: Callable[[float], None]
) -> list[Comparison]:
    """Compare a project with one other copy, or several others with each other.

    Args:
        project: the open project's file, all of it written.
        others: the copies.
        begun: count images that are not done too.
        tell: called with the part that is done, 0..1; may raise to stop.

    Raises:
        EngineError: one cannot be read, or is no copy of the project.
    """
    found, pairs = [], pairs_of(project, others)
    for at, (one, two) in enumerate(pairs):
        with (
            closing(Project.open(one, read_only=True)) as first,
            closing(Project.open(two, read_only=True)) as second,
        ):
            found.append(
                compare(
                    first,
                    second,
                    begun=begun,
                    tell=lambda done, total, at=at: tell(  # type: ignore[misc]
                        (at + done / max(1, total)) / len(pairs)
                    ),
                )
            )
    return [each for each in found if each.images]


def differences(found: Comparison, image: int) -> dict[int, Mask]:
    """Where both copies of a comparison differ, see ``differing``.

    Raises:
        EngineError: one cannot be read any more.
    """
    with (
        closing(Project.open(found.first, read_only=True)) as first,
        closing(Project.open(found.second, read_only=True)) as second,
    ):
        return differing(first, second, image)
