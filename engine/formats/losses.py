"""What a format cannot hold, said before anything is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is about to be written.

    Attributes:
        objects: Accepted objects.
        proposals: Proposals waiting.
        stuff: Whether any class is a region ("stuff").
        scored: Whether objects with scores are written without them.
        undone: Images left out because they are not done.
    """

    objects: int = 0
    proposals: int = 0
    stuff: bool = False
    scored: bool = False
    undone: int = 0


def losses(format_name: str, contents: Contents) -> list[str]:
    """One sentence for each thing that will not be in the file.

    Args:
        format_name: "coco" or "png".
        contents: What is about to be written.
    """
    said = []
    if contents.undone:
        said.append(f"{_count(contents.undone, 'image')} not marked done: left out.")
    if contents.proposals:
        said.append(f"{_count(contents.proposals, 'proposal')} not accepted: left out.")
    if format_name == "png":
        if contents.objects:
            said.append("Objects lose their borders where two of one class touch.")
            said.append("Where objects overlap, only the upper one keeps the pixels.")
    else:
        if contents.stuff:
            said.append("Background and unlabelled pixels are not told apart.")
        if contents.scored:
            said.append("Scores stay out unless you ask for them.")
    said.append("Locks, notes, times of work and undo stay in the project.")
    return said


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
