"""What the sheet of image files has worked out on other threads, as values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from engine.store.files_check import lost_files, new_places, with_pages
from engine.store.files_match import Match, match
from engine.store.relocation import Relocation, relocation

if TYPE_CHECKING:
    from app.file_states import State
    from engine.store import ImageRow, Project

HOW: Final = {
    "content": "found by its content",
    "name": "found by its name and size",
    "other": "name and size fit, the content differs",
    "size": "a picture of another size",
    "several": "several files fit equally well",
    "taken": "is the file of another image",
    "none": "not found",
}
STATES: Final = {"missing": "missing", "changed": "changed", "resized": "another size"}


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, and where.

    Attributes:
        ids: images whose files changed or are gone.
        every: all images; the list is read on the thread, since naming 100,000 files takes long.
        folder: where to look, and below it.
        others: files of the same name and size will do although their content differs.
    """

    ids: tuple[int, ...]
    every: Sequence[ImageRow]
    folder: Path
    others: bool


class Plan(NamedTuple):
    """What relinking would do.

    Attributes:
        matches: what was found for each file.
        wish: what ``Project.relocate`` wants.
    """

    matches: list[Match]
    wish: Relocation


class Stopped(Exception):
    """The answer is no longer wanted."""


def plan(project: Project, search: Search, stopped: Callable[[], bool]) -> Plan:
    """Look; on any thread.

    Raises:
        Stopped: nobody waits for it any more.
        EngineError: the project cannot be read.
    """

    def watch(_done: int, _total: int) -> None:
        if stopped():
            raise Stopped

    wanted = set(search.ids)
    rows = with_pages([row for row in search.every if row.id in wanted], search.every)
    loose = {row.id for row in rows}
    taken = {row.path: row.id for row in search.every if row.id not in loose}
    lost = lost_files(rows, project.identities([row.id for row in rows]))
    matches = match(lost, [search.folder], taken, others=search.others, watch=watch)
    paths, found = new_places(matches)
    return Plan(matches, relocation([row for row in rows if row.id in paths], paths, found))


def found_words(matches: Sequence[Match]) -> str:
    """How many were found and how, in a line."""
    counts = {key: sum(each.how == key for each in matches) for key in HOW}
    said = {
        "content": "found by content",
        "name": "by name and size",
        "other": "of other content",
        "size": "of another size",
        "several": "found several times",
        "taken": "taken already",
        "none": "not found",
    }
    return " · ".join(f"{counts[key]:,} {words}" for key, words in said.items() if counts[key])


def state_words(states: Sequence[State]) -> str:
    """How many files are in which state, as a sentence."""
    if not states:
        return "All files that were looked at are as they were."
    missing, changed, resized = (
        sum(each == key for each in states) for key in ("missing", "changed", "resized")
    )
    parts = [
        f"{missing:,} {'is' if missing == 1 else 'are'} missing" if missing else "",
        f"{changed:,} changed" if changed else "",
        f"{resized:,} {'is a picture' if resized == 1 else 'are pictures'} of another size"
        if resized
        else "",
    ]
    return ", ".join(filter(None, parts)) + "."
