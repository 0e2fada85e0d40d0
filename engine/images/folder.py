"""The images of a folder."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from engine.errors import EngineError

_KINDS = (
    "jpg jpeg jpe jfif png apng tif tiff bmp dib webp gif jp2 j2k jpf jpx j2c pbm pgm ppm pnm tga"
    " avif"
)
IMAGE_SUFFIXES: frozenset[str] = frozenset(f".{kind}" for kind in _KINDS.split())
"""Lower-case suffixes taken up when a folder is opened."""

_STEP = 2_048  # entries between two reports of how far a listing is
_SUFFIXES = tuple(IMAGE_SUFFIXES)


@dataclass(slots=True)
class Listing:
    """Image files below a folder.

    Attributes:
        folder: the folder.
        names: paths relative to it with forward slashes: the files of a folder by name, then
            those of each of its subfolders.
        unnamed: files and folders that were left out because their name is no text (not UTF-8);
            those of folders end with a slash.
        shut: folders that could not be looked into; "" for the folder itself.
    """

    folder: Path
    names: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    shut: list[str] = field(default_factory=list)


def list_images(folder: Path, on_count: Callable[[int], None] | None = None) -> Listing:
    """Image files below a folder, subfolders included.

    Hidden files and folders are left out, and the ``.files`` folders beside projects, in which
    jobs keep masks of their own. Names are plain strings: for 100,000 files, paths would cost most
    of the time.

    Args:
        folder: where to look; what cannot be looked into counts as empty, and is noted.
        on_count: called every few thousand files with how many were seen; what it raises ends the
            listing.
    """
    found = Listing(folder)
    seen = 0

    def count(more: int) -> None:
        nonlocal seen
        seen += more
        if on_count is not None:
            on_count(seen)

    _list(found, os.fspath(folder), "", count)
    return found


def images_in(folder: Path) -> list[Path]:
    """As ``list_images``, as paths."""
    return [folder / name for name in list_images(folder).names]


def _list(found: Listing, place: str, prefix: str, count: Callable[[int], None]) -> None:
    files: list[str] = []
    folders: list[str] = []
    try:
        with os.scandir(place) as entries:
            while part := list(islice(entries, _STEP)):
                _sort_out(part, files, folders)
                if len(part) == _STEP:
                    count(_STEP)
    except OSError:
        found.shut.append(prefix[:-1])
    images = [name for name in files if is_image(name)]
    images.sort()
    if not all(map(str.isascii, images)):
        named = [name for name in images if is_text(name)]
        found.unnamed += [prefix + name for name in images if not is_text(name)]
        images = named
    found.names += [prefix + name for name in images] if prefix else images
    for name in sorted(folders):
        if name.startswith(".") or name.endswith(".files"):
            continue
        if is_text(name):
            _list(found, os.path.join(place, name), f"{prefix}{name}/", count)
        else:
            found.unnamed.append(f"{prefix}{name}/")


def _sort_out(part: list[os.DirEntry[str]], files: list[str], folders: list[str]) -> None:
    """Names of files and of folders that are no links."""
    try:
        inside = [entry.is_dir() for entry in part]
    except OSError:  # a link in a circle
        inside = [_is_folder(entry) for entry in part]
    if not any(inside):  # as nearly always, and 10,000 names are there in 2 ms
        files += [entry.name for entry in part]
        return
    for entry, is_folder in zip(part, inside, strict=True):
        if not is_folder:
            files.append(entry.name)
        elif not entry.is_symlink():
            folders.append(entry.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_image(name: str) -> bool:
    """Whether a file's name says that it is an image; hidden files are none."""
    ends = name.endswith(_SUFFIXES) or name.lower().endswith(_SUFFIXES)
    return ends and not name.startswith(".")


def is_text(name: str) -> bool:
    """Whether a name is UTF-8: another cannot be kept in a project, nor said in any format."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def must_be_text(path: Path) -> None:
    """Pass if a path can be written into files: one that is not UTF-8 cannot, in any of ours.

    Raises:
        EngineError: it is not; the sentence names the part that is to be renamed.
    """
    text = os.fspath(path)
    if text.isascii() or is_text(text):
        return
    part = next((each for each in path.parts if not is_text(each)), text)
    raise EngineError(f"The name “{part}” in {path} is no text (UTF-8). Rename it.")
