"""What an export would write and leave out, worked out from the project. Knows no widget."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.document.document import Status
from engine.document.taxonomy import Taxonomy
from engine.formats.losses import Contents, losses
from engine.jobs.job import ExportSpec
from engine.store.rows import ImageRow

Which = Literal["done", "this", "all"]
Carry = Literal["full", "part", "none"]


@dataclass(frozen=True, slots=True)
class FormatChoice:
    """A format of this version and what it can carry.

    Attributes:
        carries: in the order of `COLUMNS`.
    """

    key: str
    name: str
    short: str
    detail: str
    carries: tuple[Carry, ...]


COLUMNS = ("Pixels", "Holes", "Overlap", "Objects", "Score", "Notes")
FORMATS = (
    FormatChoice(
        "coco",
        "COCO, RLE masks",
        "COCO RLE",
        "one JSON for all images",
        ("full", "full", "full", "full", "part", "none"),
    ),
    FormatChoice(
        "png",
        "Index PNG",
        "an index PNG",
        "one PNG per image and classes.json",
        ("full", "full", "none", "none", "none", "none"),
    ),
)
TILES = (("0", "Whole"), ("1024", "1,024"), ("2048", "2,048"), ("4096", "4,096"))
"""Sides of tiles that are offered, pixels."""

CARRY_WORDS = {"full": "carried exactly", "part": "carried if you ask", "none": "not carried"}


@dataclass(frozen=True, slots=True)
class Plan:
    """One choice of images, format and options.

    Attributes:
        rows: images that would be written.
        undone: images of the project left out because they are not done.
        losses: one sentence for each thing that stays behind.
        empty: ids of chosen images without an object, where that looks like a slip.
    """

    rows: tuple[ImageRow, ...]
    undone: int
    losses: tuple[str, ...]
    empty: tuple[int, ...]


def counts(rows: Sequence[ImageRow]) -> tuple[int, int]:
    """(done images, all images)."""
    return sum(row.status is Status.DONE for row in rows), len(rows)


def plan(
    rows: Sequence[ImageRow],
    taxonomy: Taxonomy,
    which: Which,
    current: int | None,
    format_key: str,
    *,
    scores: bool,
) -> Plan:
    """What would be written.

    Args:
        rows: all images of the project.
        taxonomy: its classes.
        which: "done", "this" or "all" images.
        current: id of the open image.
        format_key: "coco" or "png".
        scores: whether scores are asked for.
    """
    if which == "this":
        chosen = tuple(row for row in rows if row.id == current)
    elif which == "done":
        chosen = tuple(row for row in rows if row.status is Status.DONE)
    else:
        chosen = tuple(rows)
    undone = len(rows) - len(chosen) if which == "done" else 0
    stuff = any(not each.thing for each in taxonomy.classes)
    scored = any(row.objects and row.lowest_score is not None for row in chosen)
    contents = Contents(
        objects=sum(row.objects for row in chosen),
        proposals=sum(row.proposals for row in chosen),
        stuff=stuff,
        scored=scored and not scores,
        undone=undone,
    )
    empty = () if stuff else tuple(row.id for row in chosen if _looks_forgotten(row))
    return Plan(chosen, undone, tuple(losses(format_key, contents)), empty)


def _looks_forgotten(row: ImageRow) -> bool:
    return row.status is Status.DONE and not row.objects


def default_name(project_name: str, now: float | None = None) -> str:
    """File name for a COCO export: the project's name and the day."""
    plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in project_name).strip("_.")
    day = time.strftime("%Y-%m-%d", time.localtime(now))
    return f"{plain or 'annotations'}_{day}.json"


def target_of(format_key: str, folder: Path, name: str) -> Path:
    """File (coco) or folder (png) to write."""
    if format_key == "png":
        return folder
    return folder / (name if name.lower().endswith(".json") else f"{name}.json")


def spec_of(
    project: Path,
    which: Which,
    current: int | None,
    format_key: str,
    target: Path,
    *,
    scores: bool,
    deep: bool,
    tile: int = 0,
) -> ExportSpec:
    """The job that writes it."""
    return ExportSpec(
        project=str(project),
        target=str(target),
        format=format_key,
        images=(current,) if which == "this" and current is not None else None,
        only_done=which == "done",
        scores=scores and format_key == "coco",
        deep=deep,
        tile=tile,
    )
