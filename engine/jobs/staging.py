"""An export takes its place when all of it is whole (rule 8): until then nothing has changed."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineError


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder in which an export is made.

    Attributes:
        folder: On the disk of the place where it will be.
        goal: The folder into which what is in `folder` will be put.
        target: What is written to meanwhile, in `folder`.
        pictures: Files in `folder` that are images, not masks of them.
    """

    folder: Path
    goal: Path
    target: Path
    pictures: set[Path] = field(default_factory=set)

    def final(self, path: Path) -> Path:
        """Where something in the folder will be."""
        return self.goal / path.relative_to(self.folder)

    def put(self, guarded: Iterable[Path] = ()) -> list[str]:
        """Put everything in its place; files of the same names are replaced.

        Args:
            guarded: Files that must stay what they are: the images the masks were made for.

        Returns:
            Names of files that lay beside them before and are of the same kind: those of an
            earlier export, which this one does not have.

        Raises:
            EngineError: A folder has the name of a file, or the other way round, or a guarded file
                would be replaced; then nothing has been changed. Or the disk refuses.
        """
        kept: list[str] = []
        replaced: dict[str, list[Path]] = {}
        for folder, folders, files in os.walk(self.folder):
            there = self.final(Path(folder))
            for name in (each for each in folders if (there / each).is_file()):
                raise EngineError(f"{there / name} is a file. Export to another place.")
            for name in (each for each in files if (there / each).is_dir()):
                raise EngineError(f"{there / name} is a folder. Export to another place.")
            for path in (there / each for each in files):
                if path.exists():
                    replaced.setdefault(path.name.casefold(), []).append(path)
            if there != self.goal and there.is_dir():
                masks = {each for each in files if Path(folder, each) not in self.pictures}
                kept += [self._told(there / name) for name in _others(there, masks)]
        _refuse_guarded(replaced, guarded)
        try:
            _move(self.folder, self.goal)
        except OSError as error:
            raise EngineError(
                f"The export could not be put into {self.goal}: {error.strerror or error}. Choose "
                "another folder."
            ) from error
        return kept

    def _told(self, path: Path) -> str:
        return path.relative_to(self.goal).as_posix()


@contextlib.contextmanager
def staged(target: Path) -> Iterator[Stage]:
    """A stage for an export; what was not put in its place when the block ends is gone.

    Args:
        target: File or folder of the export.

    Raises:
        EngineError: The folder cannot be written; what the block raises names the target.
    """
    goal = target.parent
    made = _missing(goal)
    # Where the target is a folder, the one above may be write-protected.
    home = target if target.is_dir() else goal
    place = home / f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp"
    try:
        try:
            place.mkdir(parents=True)
        except OSError as error:
            raise EngineError(
                f"The folder {home} cannot be written: {error.strerror or error}. Choose another."
            ) from error
        yield Stage(place, goal, place / target.name)
    except EngineError as error:
        told = str(error).replace(f"{place}{os.sep}", f"{goal}{os.sep}")
        raise EngineError(told.replace(str(place), str(goal))) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
        for folder in made:
            with contextlib.suppress(OSError):  # it holds something
                folder.rmdir()


def _refuse_guarded(replaced: Mapping[str, Sequence[Path]], guarded: Iterable[Path]) -> None:
    if not replaced:
        return
    for path in guarded:
        for each in replaced.get(path.name.casefold(), ()):
            if os.path.realpath(each) == os.path.realpath(path):
                raise EngineError(
                    f"{each} is an image of the project, which a mask would replace. Export into "
                    "another folder."
                )


def _missing(folder: Path) -> list[Path]:
    """A folder and those above it that are not there yet, the lowest first."""
    found = []
    for each in (folder, *folder.parents):
        if each.exists():
            break
        found.append(each)
    return found


def _others(folder: Path, names: set[str]) -> list[str]:
    """Files in a folder of the kinds that are put there, and that are none of them."""
    kinds = {os.path.splitext(name)[1].lower() for name in names}
    return sorted(
        each.name
        for each in os.scandir(folder)
        if each.name not in names
        and not each.name.startswith(".")
        and os.path.splitext(each.name)[1].lower() in kinds
        and each.is_file()
    )


def _move(source: Path, goal: Path) -> None:
    """Everything in a folder into another; what is a folder in both goes on inside."""
    for each in list(source.iterdir()):
        there = goal / each.name
        if each.is_dir() and there.is_dir():
            _move(each, there)
        else:
            each.replace(there)
