"""What an export would write and leave out, worked out from the project. Knows no widget."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.document.document import Status
from engine.document.taxonomy import Taxonomy
from engine.formats.losses import stays
from engine.jobs.job import ExportSpec
from engine.store.image_table import NUMBER_OF, ImageRows

if TYPE_CHECKING:
    from engine.formats.format import Format

Which = Literal["done", "this", "all"]
Carry = Literal["full", "part", "none"]
Overlap = Literal["order", "smaller", "void"]
Pictures = Literal["none", "copy", "link"]


@dataclass(frozen=True, slots=True)
class FormatChoice:
    """A format and what it can carry.

    Attributes:
        key: its name on the command line.
        name: what people call it.
        detail: what is written, in a few words.
        carries: in the order of `COLUMNS`.
        folder: whether it is a folder of files.
        suffix: of the file, "." included; "" for a folder.
        options: what it may be asked for, see `engine.formats.format.Option`.
        dialects: (name, words) of its dialects, the usual one first.
    """

    key: str
    name: str
    detail: str
    carries: tuple[Carry, ...]
    folder: bool = False
    suffix: str = ""
    options: tuple[str, ...] = ()
    dialects: tuple[tuple[str, str], ...] = ()


COLUMNS = ("Pixels", "Holes", "Overlap", "Objects", "Areas", "Score")
COCO = FormatChoice(
    "coco",
    "COCO instances",
    "one JSON for all images, RLE masks",
    ("full", "full", "full", "full", "full", "part"),
    suffix=".json",
    options=("scores", "deep", "polygons", "provenance"),
    dialects=(("instances", "Instances"), ("lvis", "LVIS"), ("results", "A list of results")),
)
"""What is offered before the formats have been loaded; a test holds that it is the same then."""


def choice_of(form: Format) -> FormatChoice:
    """What a format's row says."""
    lost = {*form.cannot, *form.lost()}
    carries: tuple[Carry, ...] = (
        "full",
        "part" if lost & {"rings", "holes"} else "full",
        "none" if "shared" in lost else "full",
        "none" if "objects" in lost else "full",
        "none" if "regions" in lost else "full",
        "part" if "scores" in form.options else "none" if "scored" in lost else "full",
    )
    suffix = "" if form.folder or not form.suffixes else form.suffixes[0]
    return FormatChoice(
        form.name,
        form.words,
        form.detail,
        carries,
        form.folder,
        suffix,
        tuple(form.options),
        tuple(form.dialects.items()),
    )


TILES = (("0", "Off"), ("1024", "1,024"), ("2048", "2,048"), ("4096", "4,096"))
"""Sides of tiles that are offered, pixels."""

CARRY_WORDS = {"full": "carried exactly", "part": "carried in part", "none": "not carried"}


@dataclass(frozen=True, slots=True)
class Plan:
    """One choice of images.

    Attributes:
        images: how many would be written.
        objects: accepted objects in them.
        undone: images of the project left out because they are not done.
        stays: one sentence for each thing that no format takes along.
        empty: ids of chosen images without an object, where that looks like a slip.
    """

    images: int
    objects: int
    undone: int
    stays: tuple[str, ...]
    empty: tuple[int, ...]


def counts(rows: ImageRows) -> tuple[int, int]:
    """(done images, all images)."""
    return rows.counts()[Status.DONE], len(rows)


def plan(rows: ImageRows, taxonomy: Taxonomy, which: Which, current: int | None) -> Plan:
    """What would be written; by columns, so that 100,000 images cost a few milliseconds.

    Args:
        rows: all images of the project.
        taxonomy: its classes.
        which: "done", "this" or "all" images.
        current: id of the open image.
    """
    ids, objects = rows.column("id"), rows.column("objects")
    done = rows.column("status") == NUMBER_OF[Status.DONE]
    chosen = np.ones(len(rows), np.bool_)
    if which == "this":
        chosen = ids == (-1 if current is None else current)
    elif which == "done":
        chosen = done
    images = int(np.count_nonzero(chosen))
    stuff = any(not each.thing for each in taxonomy.classes)
    forgotten = chosen & done & (objects == 0)
    return Plan(
        images=images,
        objects=int(objects[chosen].sum()),
        undone=len(rows) - images if which == "done" else 0,
        stays=tuple(
            stays(
                len(rows) - images if which == "done" else 0,
                int(rows.column("proposals")[chosen].sum()),
            )
        ),
        empty=() if stuff else tuple(ids[forgotten].tolist()),
    )


def default_name(project_name: str, choice: FormatChoice, now: float | None = None) -> str:
    """Name of the file or folder: the project's name, and the day or the format."""
    plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in project_name).strip("_.")
    day = time.strftime("%Y-%m-%d", time.localtime(now))
    if choice.folder:
        return f"{plain or 'annotations'}_{choice.key}"
    kind = "" if choice.key == "coco" else f"_{choice.key.removeprefix('coco-')}"
    return f"{plain or 'annotations'}{kind}_{day}{choice.suffix}"


def target_of(choice: FormatChoice, folder: Path, name: str) -> Path:
    """File or folder to write."""
    if choice.folder or name.lower().endswith(choice.suffix):
        return folder / name
    return folder / f"{name}{choice.suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is asked for besides images and format; as `ExportSpec` has it."""

    scores: bool = False
    deep: bool = False
    consecutive: bool = False
    polygons: bool = False
    colors: bool = False
    dialect: str = ""
    overlap: Overlap = "order"
    refuse_void: bool = False
    tile: int = 0
    splits: bool = False
    pictures: Pictures = "none"
    empty: Literal["keep", "skip"] = "keep"
    provenance: bool = False


def spec_of(
    project: Path, which: Which, current: int | None, key: str, target: Path, wishes: Wishes
) -> ExportSpec:
    """The job that writes it."""
    return ExportSpec(
        project=str(project),
        target=str(target),
        format=key,
        images=(current,) if which == "this" and current is not None else None,
        only_done=which == "done",
        **asdict(wishes),
    )
