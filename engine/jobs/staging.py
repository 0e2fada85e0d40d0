"""An export takes its place when all of it is whole (rule 8): until then nothing has changed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.errors import EngineError
from engine.jobs import litter

_NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL)
"""What disks answer that give a file one name only."""


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
            EngineError: A folder has the name of a file, or the other way round, a guarded or
                special file would be replaced, or something may not be written; then nothing has
                been changed. Or the disk refuses.
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
                if os.path.exists(path) and not os.path.isfile(path):  # for root even /dev/null
                    raise EngineError(f"{path} is a pipe or device. Export to another place.")
                if os.path.exists(path):
                    replaced.setdefault(path.name.casefold(), []).append(path)
            if there != self.goal and there.is_dir():
                masks = {each for each in files if Path(folder, each) not in self.pictures}
                kept += [self._told(there / name) for name in _others(there, masks)]
        _refuse_guarded(replaced, guarded)
        _refuse_unwritable(self.folder, self.goal)
        moved = _Moved(self.folder / f".{secrets.token_hex(4)}")
        try:
            moved.all(self.folder, self.goal)
        except OSError as error:
            moved.back()
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
    litter.throw_away(litter.begun(home, target.name))
    try:
        try:
            place.mkdir(parents=True)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                said = f"“{target.name[:40]}…” is too long a name in {home}. Choose a shorter one."
                raise EngineError(said) from error
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


def _refuse_unwritable(folder: Path, goal: Path) -> None:
    """Pass if everything in a folder can be put into another, so that nothing or all of it is.

    Raises:
        EngineError: Something there belongs to somebody else.
    """
    for place, folders, files in os.walk(folder):
        there = goal / Path(place).relative_to(folder)
        folders[:] = [name for name in folders if (there / name).is_dir()]  # others move whole
        new = [name for name in os.listdir(place) if name not in folders]
        if new and not os.access(there, os.W_OK):
            raise EngineError(f"The folder {there} cannot be written. Choose another.")
        for name in (each for each in files if _is_kept(there / each)):
            raise EngineError(
                f"{there / name} belongs to somebody else and cannot be replaced there. Choose "
                "another name or folder."
            )


def _is_kept(path: Path) -> bool:
    """Whether a file may not be replaced although its folder may be written: inode(7), sticky."""
    if os.name != "posix" or not os.path.lexists(path):
        return False
    home, mine = path.parent.stat(), os.geteuid()
    return bool(home.st_mode & stat.S_ISVTX) and mine not in (0, home.st_uid, path.lstat().st_uid)


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


def _link(there: Path, kept: Path) -> None:
    """Give a file a second name, on disks that have such."""
    try:
        os.link(there, kept)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise


@dataclass(frozen=True, slots=True)
class _Moved:
    """What got its place, so that all of it can be taken back: half an export is worse than none.

    Attributes:
        aside: Folder that keeps what is replaced under a second name, so that nothing is ever away.
        done: Where each was, where it is, and what is kept of the one it replaced.
    """

    aside: Path
    done: list[tuple[Path, Path, Path | None]] = field(default_factory=list)

    def all(self, source: Path, goal: Path) -> None:
        """Put everything in a folder into another; what is a folder in both goes on inside.

        Raises:
            OSError: The disk refuses; what was put there before is there.
        """
        self.aside.mkdir(exist_ok=True)
        for each in list(source.iterdir()):
            there = goal / each.name
            if each == self.aside:
                continue
            if each.is_dir() and there.is_dir():
                self.all(each, there)
                continue
            kept = self.aside / str(len(self.done)) if os.path.lexists(there) else None
            if kept is not None:
                _link(there, kept)
            each.replace(there)
            self.done.append((each, there, kept))

    def back(self) -> None:
        """Take all of it back, as far as the disk lets that happen."""
        for each, there, kept in reversed(self.done):
            with contextlib.suppress(OSError):
                if kept is None:
                    there.replace(each)
                else:
                    kept.replace(there)
