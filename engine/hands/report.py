"""What a merge did, for people."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.document.conflict import Conflict
from engine.store import Project


@dataclass(slots=True)
class Merged:
    """What a merge did.

    Attributes:
        name: what the other copy is called.
        images: ids of images that changed here.
        objects: objects added, changed or taken away.
        conflicts: what is to be decided, by image.
        settled: conflicts that were decided by preference.
        new_images: how many images came in.
        back: names of images among them that had been taken out here and were worked on there.
        older: images of which the copy holds what it held before it was last merged; left.
        notes: sentences about what was not taken as it is there.
    """

    name: str
    images: list[int] = field(default_factory=list)
    objects: int = 0
    conflicts: list[tuple[int, Conflict]] = field(default_factory=list)
    settled: int = 0
    new_images: int = 0
    back: list[str] = field(default_factory=list)
    older: int = 0
    notes: list[str] = field(default_factory=list)

    def end(self, refused: dict[str, list[str]]) -> None:
        """Say what was left; ``refused``: images by the deleted classes they need."""
        for classes, names in refused.items():
            was, they = ("was", "it uses") if len(names) == 1 else ("were", "they use")
            self.notes.append(
                f"{_some(names)} {was} left out: {they} {classes}, deleted here, and the classes "
                "are locked. Unlock the class list and merge again."
            )
        if self.back:
            self.notes.append(
                f"{_some(self.back)} had been taken out here and came in again, for there was work "
                f"in {self.name}."
            )
        if self.older:
            images = "1 image is" if self.older == 1 else f"{self.older:,} images are"
            self.notes.append(
                f"{images} older in this file than what came from {self.name} before; nothing was "
                "taken from there."
            )


def called(mine: Project, theirs: Project) -> str:
    """What to call a copy: a part of this project by its number, others by their name."""
    part = theirs.part
    if part and part.get("name") == mine.name:
        return f"part {part.get('number')} of {part.get('of')}"
    return theirs.name


def label_of(mine: Project, theirs: Project) -> str:
    """What the step is called that takes a copy's work in."""
    return f"Merge from {called(mine, theirs)}"


def _some(names: Sequence[str]) -> str:
    """Two names at most, and how many more."""
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]}, {names[1]} and {len(names) - 2:,} more"
