"""What taking up a job's results changed in the project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What changed in the project; iterating gives the ids of the images.

    Attributes:
        images: Ids of images that have new proposals or annotations.
        objects: How many objects or proposals came in.
        model: Id of a new model of the project, "" for none.
        remarks: Sentences for the user.
    """

    images: tuple[int, ...] = ()
    objects: int = 0
    model: str = ""
    remarks: tuple[str, ...] = ()

    @classmethod
    def sum(cls, some: Iterable[TakenUp]) -> TakenUp:
        """What several brought together, in order."""
        parts = list(some)
        return cls(
            tuple(dict.fromkeys(each for part in parts for each in part.images)),
            sum(part.objects for part in parts),
            next((part.model for part in reversed(parts) if part.model), ""),
            tuple(dict.fromkeys(each for part in parts for each in part.remarks)),
        )

    def __iter__(self) -> Iterator[int]:
        return iter(self.images)

    def __add__(self, other: TakenUp) -> TakenUp:
        return TakenUp.sum((self, other))
