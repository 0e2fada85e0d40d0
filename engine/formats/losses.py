"""What no format takes along, said before anything is written."""

from __future__ import annotations


def stays(undone: int, proposals: int) -> list[str]:
    """One sentence for each thing that will be in no file.

    Args:
        undone: Images left out because they are not done.
        proposals: Proposals that wait in the images that are written.
    """
    said = []
    if undone:
        said.append(f"{_count(undone, 'image')} not marked done: left out.")
    if proposals:
        said.append(f"{_count(proposals, 'proposal')} not accepted: left out.")
    said.append("Locks, notes, times of work and undo stay in the project.")
    return said


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
