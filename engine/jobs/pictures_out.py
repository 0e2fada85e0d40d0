"""The images beside an export: copied or linked, none ever over another."""

from __future__ import annotations

import filecmp
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

from engine.errors import EngineError
from engine.formats.find_images import DEEPEST, LONGEST_PART, WINDOWS, tidy_part
from engine.images.picture import split_page
from engine.store import ImageRow

Pictures = Literal["none", "copy", "link"]
PICTURES: tuple[Pictures, ...] = ("none", "copy", "link")


def write_images(
    rows: Iterable[ImageRow],
    names: Mapping[int, str],
    folder: Path,
    how: Pictures,
    watch: Callable[[int, str], None] = lambda done, name: None,
    final: Path | None = None,
    placed: set[Path] | None = None,
) -> list[str]:
    """Put image files into a folder under the names that the export calls them.

    A link is a second name of the same file (a hard link), which every program follows; where the
    disk cannot, the file is copied. A file that is there already and the same is left alone.

    Args:
        rows: The images.
        names: Image id → name in the export, "/" between folders; see `snapshot.file_names`.
        folder: Made where it is missing.
        how: "copy" or "link".
        watch: Called with the number of finished images and the name of the next.
        final: Where the folder will be put; a file that is there and the same is not written.
        placed: Takes what is written.

    Returns:
        A sentence for each kind of thing that went otherwise.

    Raises:
        EngineError: Another file is there under such a name, or the folder cannot be written.
    """
    missing: list[str] = []
    copied = 0
    for done, row in enumerate(rows):
        name, _ = split_page(names[row.id]) if row.page else (names[row.id], 0)
        watch(done, name)
        inside = _inside(name)
        if not row.path.is_file():
            missing.append(row.file_name)
            continue
        if _is_there(row.path, (final or folder) / inside):
            continue
        copied += not _place(row.path, folder / inside, how) and how == "link"
        if placed is not None:
            placed.add(folder / inside)
    said = []
    if missing:
        what = "1 image file is" if len(missing) == 1 else f"{len(missing):,} image files are"
        said.append(f"{what} missing and not beside the export: {', '.join(missing[:3])}.")
    if copied:
        what = "1 image was" if copied == 1 else f"{copied:,} images were"
        said.append(
            f"{what} copied: {final or folder} is on another disk, which cannot hold links to them."
        )
    return said


def _inside(name: str) -> PurePosixPath:
    """A name that stays in its folder, whatever a project of others calls its images."""
    given = name.replace("\\", "/").split("/")
    parts = [part for each in given if (part := _part(each))]
    return PurePosixPath(*(parts[-DEEPEST:] or ["image"]))


def _part(part: str) -> str:
    """One part of it: as it is where files can be called so, for the masks name it like that."""
    fits = len(part.encode(errors="surrogatepass")) <= LONGEST_PART
    if fits and not WINDOWS and part not in (".", "..") and "\0" not in part:
        return part
    return tidy_part(part, LONGEST_PART)


def _is_there(source: Path, target: Path) -> bool:
    """Whether a picture is there already.

    Raises:
        EngineError: Another one is, under its name.
    """
    try:
        if not target.exists():
            return False
        if os.path.samefile(source, target) or filecmp.cmp(source, target, shallow=False):
            return True
    except OSError as error:
        raise EngineError(f"{target} cannot be read: {error.strerror or error}.") from error
    raise EngineError(
        f"{target} is there already and is another picture than {source}. Export into an empty "
        "folder."
    )


def _place(source: Path, target: Path, how: Pictures) -> bool:
    """Copy or link one file; whether it is now a link, or was there already.

    Raises:
        EngineError: See `write_images`.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if _is_there(source, target):  # the file of another page
            return True
        temporary = target.with_name(f".{secrets.token_hex(6)}.tmp")
        linked = how == "link" and _linked(source, temporary)
        if not linked:
            shutil.copyfile(source, temporary)
        temporary.replace(target)
    except OSError as error:
        raise EngineError(
            f"{source.name} could not be put into {target.parent}: {error.strerror or error}. "
            "Choose another folder, or export without the images."
        ) from error
    return linked


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source.resolve(), target)
    except OSError:  # another disk, or one without links
        return False
    return True
