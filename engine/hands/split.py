"""Handing a project out: parts that are projects of their own, and know where they come from."""

import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Final

from engine.document.taxonomy import Taxonomy
from engine.document.taxonomy_commands import packed_class
from engine.errors import EngineError
from engine.hands.deal import By, deal
from engine.store import ImageRow, Project, part_file
from engine.store.hands import PART
from engine.store.part_file import PartPlan
from engine.store.paths import SUFFIX, files_of
from engine.store.settings import CURRENT_MODEL

SPLITS: Final = "hands.splits"
IMAGES: Final = "images"
"""Folder of copied images in the folder of a part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How a project is to be split.

    Attributes:
        parts: how many there are to be.
        overlap: share of images that goes to ``times`` parts, 0..1.
        times: to how many parts those go.
        by: see ``engine.hands.deal``.
        seed: the same seed deals the same way.
        copy_images: give each part copies of its images, in a folder of its own.
    """

    parts: int
    overlap: float = 0.0
    times: int = 2
    by: By = "order"
    seed: int = 0
    copy_images: bool = False


@dataclass(frozen=True, slots=True)
class MadePart:
    """A part that was written.

    Attributes:
        path: its project file.
        images: how many it has.
        shared: how many of them another part has too.
    """

    path: Path
    images: int
    shared: int


def default_folder(project: Path) -> Path:
    """Where parts go if nothing is said: beside the project, so that paths stay relative."""
    return project.parent / f"{project.stem}-parts"


@dataclass(frozen=True, slots=True)
class Dealt:
    """Who gets what, before anything is set aside or written.

    Attributes:
        targets: the file of each part.
        images: image ids of each.
        moved: where copies of its images go, by where they are now.
    """

    targets: Sequence[Path]
    images: Sequence[Sequence[int]]
    moved: Sequence[Mapping[Path, Path]]


def dealt(rows: Sequence[ImageRow], split: Split, project: Path, folder: Path) -> Dealt:
    """Deal images into parts; changes nothing and may be done on any thread.

    Args:
        rows: the images, in the order of the list.
        split: how.
        project: the project file.
        folder: where the parts are to be.

    Raises:
        EngineError: there are too few images, or a part is there already.
    """
    images = deal(
        rows, split.parts, by=split.by, overlap=split.overlap, times=split.times, seed=split.seed
    )
    targets = [part_path(project, folder, k, split) for k in range(split.parts)]
    taken = next((each for each in targets if each.exists()), None)
    if taken is not None:
        raise EngineError(f"{taken.name} is already there: {taken.parent}. Choose another folder.")
    pairs = zip(targets, images, strict=True)
    moved = [_moved(rows, some, each) if split.copy_images else {} for each, some in pairs]
    return Dealt(targets, images, moved)


def plans(project: Project, split: Split, who: Dealt) -> list[PartPlan]:
    """Set numbers aside for each part; ``write`` then makes the files, on any thread.

    Args:
        project: open for writing.
        split: how.
        who: what ``dealt`` answered.

    Raises:
        EngineError: there are not enough numbers left.
    """
    ranges = project.hand_on(split.parts)
    name, made = uuid.uuid4().hex, time.time()
    found = [
        PartPlan(
            target=target,
            images=who.images[k],
            ranges=ranges[k],
            settings=_settings(project, split, k, name, made),
            split=name,
            outer=[each["split"] for each in _outer(project)],
            moved=who.moved[k],
        )
        for k, target in enumerate(who.targets)
    ]
    past = project.setting(SPLITS) or []
    about = {"id": name, "made": made, "parts": split.parts, "overlap": split.overlap}
    project.set_setting(SPLITS, [*past, {**about, "by": split.by, "seed": split.seed}])
    return found


def part_path(project: Path, folder: Path, number: int, split: Split) -> Path:
    """The file of a part, from 0; in a folder of its own where its images go with it."""
    digits = len(str(split.parts))
    stem = f"{project.stem}-part{number + 1:0{digits}}"
    place = folder / stem if split.copy_images else folder
    return place.absolute() / f"{stem}{SUFFIX}"


def write(
    project: Project,
    planned: Sequence[PartPlan],
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> list[MadePart]:
    """Write parts: all of them, or none.

    Args:
        project: the one they were planned for, all of it written.
        planned: see ``plans``.
        tell: called with how many are done, and of how many; may raise to stop.

    Raises:
        EngineError: one cannot be written.
    """
    often = Counter(number for plan in planned for number in plan.images)
    fresh = {_first_missing(plan.target.parent) for plan in planned}
    named: list[Path] = []
    try:
        for done, plan in enumerate(planned):
            tell(done, len(planned))
            for old, new in plan.moved.items():
                _copy(old, new)
            project.write_part(plan)
        tell(len(planned), len(planned))
        for plan in planned:
            named.append(plan.target)  # before: it may have its name although that fails
            part_file.settle(plan)
    except BaseException:
        for plan in planned:
            part_file.drop(plan)
        for target in named:
            with suppress(OSError):
                target.unlink()
        for folder in fresh - {None}:
            shutil.rmtree(str(folder), ignore_errors=True)
        raise
    return [
        MadePart(plan.target, len(plan.images), sum(often[each] > 1 for each in plan.images))
        for plan in planned
    ]


def _first_missing(folder: Path) -> Path | None:
    """The topmost folder that making this one makes; None where it is there."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    return missing[-1] if missing else None


def base_classes(taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """The classes as they are when copies part, for telling later who changed one."""
    return [packed_class(entry) for entry in taxonomy.everything]


def _settings(
    project: Project, split: Split, number: int, name: str, made: float
) -> dict[str, Any]:
    about = {
        "project": project.project_id,
        "split": name,
        "number": number + 1,
        "of": split.parts,
        "name": project.name,
        "made": made,
        "classes": base_classes(project.taxonomy),
        "outer": _outer(project),
    }
    changed: dict[str, Any] = {
        PART: about,
        SPLITS: None,
        "name": f"{project.name}, part {number + 1} of {split.parts}",
    }
    model = project.current_model
    if model and (files_of(project.path) / "models" / model).exists():
        changed[CURRENT_MODEL] = None  # it lies with the project and does not come along
    return changed


def _outer(project: Project) -> list[dict[str, Any]]:
    """The splits a project comes from itself, the latest first, with the classes of that time."""
    part = project.part
    if not isinstance(part.get("split"), str):
        return []
    outer = part.get("outer")
    own = {"split": part["split"], "classes": part.get("classes")}
    return [own, *(outer if isinstance(outer, list) else [])]


def _moved(rows: Sequence[ImageRow], images: Sequence[int], target: Path) -> dict[Path, Path]:
    """Where copies of images go: as they are named in the project, below the part's folder."""
    wanted = set(images)
    found: dict[Path, Path] = {}
    used: set[str] = set()
    for row in rows:
        if row.id not in wanted or row.path in found:
            continue
        tail = PurePath(row.stored_path)
        inside = not tail.is_absolute() and ".." not in tail.parts
        name = tail.as_posix() if inside else tail.name
        if name.casefold() in used:
            name = f"{row.id}_{tail.name}"
        used.add(name.casefold())
        found[row.path] = target.parent / IMAGES / name
    return found


def _copy(old: Path, new: Path) -> None:
    try:
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(old, new)
    except OSError as problem:
        raise EngineError(
            f"{old.name} could not be copied to {new.parent}: {problem.strerror}. "
            "Choose another folder, or hand out parts without images."
        ) from problem
