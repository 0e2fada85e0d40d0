"""Where the images of an annotation file are; a name in a file never leads out of the folder."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath

from engine.formats.name_index import folded
from engine.formats.report import Report
from engine.images.picture import split_page

SAMPLE = 50
"""Names tried to find the right folder."""

LONGEST_PART, LONGEST = 255, 2000
"""Bytes of one part of a name, and of all of it, that file systems take."""

DEEPEST = 64
"""Folders in one name."""

_LONGEST_WRITTEN = 200  # what is written gets an ending

WINDOWS = os.name == "nt"
_PLAIN = re.compile(r"\w[\w-]*(\.[\w-]+)*(/\w[\w-]*(\.[\w-]+)*)*", re.ASCII)
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE)


def safe_name(file_name: str, report: Report) -> str:
    """The name relative to the image folder, "/" between folders.

    Backslashes count as separators. An absolute name, one with a drive or a web address, or one
    that climbs out with ".." is reduced to its last part. A name that no file can have gives "";
    so does, on Windows, the name of a device, whatever its ending.
    """
    if not WINDOWS and len(file_name) <= LONGEST_PART and _PLAIN.fullmatch(file_name):
        return file_name
    name = file_name.strip().replace("\\", "/")
    name = name.partition("?")[0] if "://" in name else name  # what is asked of a server
    windows = PureWindowsPath(name)
    parts = [part for part in PurePosixPath(name).parts if part not in (".", "")]
    outside = name.startswith("/") or windows.drive or "://" in name or ".." in parts
    outside = outside or "\0" in name
    if outside:
        report.add("outside", file_name)
        last = parts[-1] if parts else ""
        last = PureWindowsPath(last).name.replace("\0", "") if last not in ("..", "/") else ""
        parts = [last] if last else []
    long = sum(map(len, parts)) > LONGEST or len(parts) > DEEPEST
    if long or not all(map(_can_be_a_name, parts)):
        told = file_name.encode(errors="replace").decode()
        report.add("no name", f"{told[:40]}…" if len(told) > 40 else told)
        return ""
    return "/".join(parts)


def tidy_part(part: str, longest: int = _LONGEST_WRITTEN) -> str:
    """One part of a name, as it may be written below a folder of ours; "" for what climbs out."""
    plain = "".join(each for each in part if each.isprintable())
    plain = plain.encode(errors="replace")[:longest].decode(errors="ignore")
    if WINDOWS:
        plain = re.sub(r'[<>:"|?*]', "_", plain).rstrip(" .")
        plain = f"_{plain}" if _DEVICE.fullmatch(plain) else plain
    return "" if plain in (".", "..") else plain


def _can_be_a_name(part: str) -> bool:
    """Whether a file can be called so; a lone surrogate is no text."""
    try:
        short = len(part.encode()) <= LONGEST_PART
    except UnicodeEncodeError:
        return False
    device = _DEVICE.fullmatch(part) or ":" in part or part[-1:] in (" ", ".")
    return short and not (WINDOWS and device)


@lru_cache(maxsize=4096)
def _real(folder: str) -> str:
    return os.path.realpath(folder)


def real_path(path: Path) -> str:
    """Where a file really is, links followed; its folder is asked for once."""
    text = os.fspath(path)
    if os.path.islink(text) or not path.name:
        return os.path.realpath(text)
    return os.path.join(_real(os.path.dirname(os.path.abspath(text))), path.name)


def stays_inside(folder: Path, name: str, report: Report) -> bool:
    """Whether the file of a safe name in a folder is no link that leads out of the folder.

    Args:
        folder: May be a link itself.
        name: As `safe_name` gives it.
        report: Takes a link that leads out.
    """
    path = os.path.join(folder, name)
    root = _real(os.fspath(folder))
    at = os.path.realpath(path) if os.path.islink(path) else _real(os.path.dirname(path))
    if at == root or at.startswith(root.rstrip(os.sep) + os.sep):
        return True
    report.add("linked", name)
    return False


NAME_FOLDER = "Name the right folder with --images."
"""How what `say_missing` says ends."""


def say_missing(report: Report, missing: int, count: int, folder: Path) -> None:
    """Say how many of `count` images were not found in a folder, where any were not."""
    if not missing:
        return
    told = (
        f"{missing:,} of {count:,} images are not in {folder}. Their masks are kept; they show "
        "once the files are there."
        if missing > 1
        else f"1 image is not in {folder}. Its masks are kept; they show once the file is there."
    )
    report.say(f"{told} {NAME_FOLDER}", "warning")


def guess_folder(source: Path, names: Sequence[str], but: Path | None = None) -> Path:
    """The folder that holds most of `names`: beside the file, or where COCO puts it.

    Tried: the file's folder, the one above, "images" in each, and any folder beside them whose
    name is part of the file's name (instances_train2017.json → train2017). Falls back to the
    file's own folder.

    Args:
        source: The file.
        names: What it calls the images.
        but: A folder that is none of them.
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
    if but is not None:
        places = [each for each in places if real_path(each) != real_path(but)]
    step = max(1, len(names) // SAMPLE)
    sample = [split_page(name)[0] for name in names[::step] if name]

    def hits(place: Path) -> int:
        return sum((place / name).is_file() for name in sample)

    def likeness(place: Path) -> int:
        """As `hits`, of names that differ in case, Unicode form or the folders in front."""
        try:
            there = {folded(each) for each in os.listdir(place)}
        except OSError:
            return 0
        return sum(folded(name.rpartition("/")[2]) in there for name in sample)

    for count in (hits, likeness):
        best = max(places, key=count)  # the first among equals
        if count(best):
            return best
    return here
