"""What taking up a job's results changed in the project."""

from __future__ import annotations

from collections.abc import Iterator
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

    def __iter__(self) -> Iterator[int]:
        return iter(self.images)

    def __add__(self, other: TakenUp) -> TakenUp:
        return TakenUp(
            self.images + tuple(each for each in other.images if each not in self.images),
            self.objects + other.objects,
            other.model or self.model,
            tuple(dict.fromkeys((*self.remarks, *other.remarks))),
        )
