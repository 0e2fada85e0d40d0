"""Where the images of an annotation file are; a name in a file never leads out of the folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath

from engine.formats.report import Report

SAMPLE = 50
"""Names tried to find the right folder."""


def safe_name(file_name: str, report: Report) -> str:
    """The name relative to the image folder, "/" between folders.

    Backslashes count as separators. An absolute name, one with a drive or a web address, or one
    that climbs out with ".." is reduced to its last part.
    """
    name = file_name.strip().replace("\\", "/")
    windows = PureWindowsPath(name)
    parts = [part for part in PurePosixPath(name).parts if part not in (".", "")]
    outside = name.startswith("/") or windows.drive or "://" in name or ".." in parts
    outside = outside or "\0" in name
    if outside:
        report.add("outside", file_name)
        last = parts[-1] if parts else ""
        return PureWindowsPath(last).name.replace("\0", "") if last not in ("..", "/") else ""
    return "/".join(parts)


@lru_cache(maxsize=4096)
def _real(folder: str) -> str:
    return os.path.realpath(folder)


def stays_inside(folder: Path, name: str, report: Report) -> bool:
    """Whether the file of a safe name in a folder is no link that leads out of the folder.

    Args:
        folder: May be a link itself.
        name: As `safe_name` gives it.
        report: Takes a link that leads out.
    """
    path = folder / name
    root = _real(os.fspath(folder))
    at = os.path.realpath(path) if path.is_symlink() else _real(os.fspath(path.parent))
    if at == root or at.startswith(root.rstrip(os.sep) + os.sep):
        return True
    report.add("linked", name)
    return False


def say_missing(report: Report, missing: int, count: int, folder: Path) -> None:
    """Say how many of `count` images were not found in a folder, where any were not."""
    if not missing:
        return
    whose = f"{missing:,} of {count:,} images" if missing > 1 else "1 image"
    verb = "are" if missing > 1 else "is"
    report.say(
        f"{whose} {verb} not in {folder}. Their masks are kept; they show once the files are "
        "there. Name the right folder with --images.",
        "warning",
    )


def guess_folder(source: Path, names: Sequence[str]) -> Path:
    """The folder that holds most of `names`: beside the file, or where COCO puts it.

    Tried: the file's folder, the one above, "images" in each, and any folder beside them whose
    name is part of the file's name (instances_train2017.json → train2017). Falls back to the
    file's own folder.
    """
    here = source.resolve().parent
    places = [here, here.parent, here / "images", here.parent / "images"]
    for base in (here, here.parent):
        try:
            folders = sorted(each for each in base.iterdir() if each.is_dir())
        except OSError:
            continue
        places += [each for each in folders if each.name.casefold() in source.stem.casefold()]
        places += [base / "images" / each.name for each in folders if each.name in source.stem]
        inner = base / "images"
        if inner.is_dir():
            names_in = sorted(each for each in inner.iterdir() if each.is_dir())
            places += [each for each in names_in if each.name.casefold() in source.stem.casefold()]
    step = max(1, len(names) // SAMPLE)
    sample = [name for name in names[::step] if name]

    def hits(place: Path) -> int:
        return sum((place / name).is_file() for name in sample)

    best = max(places, key=hits)  # the first among equals
    return best if hits(best) else here
