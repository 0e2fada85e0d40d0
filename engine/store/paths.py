"""Where a project lives, and how it names its images (ARCHITECTURE.md, decision 15)."""

import hashlib
import os
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

_UNTIDY: Final = (f"{os.sep}.", os.sep * 2)  # signs that a path may not be what it seems
SUFFIX: Final = ".maskwright"


def project_for(path: Path, data_folder: Path | None = None) -> Path:
    """The project file that opening ``path`` uses.

    A project is itself. A folder has ``FOLDER/FOLDER.maskwright`` in it; where that folder cannot
    be written, and for any other file, the project lies in the user's data folder, under a name
    that is the same each time.

    Args:
        path: a project, a folder or a file.
        data_folder: instead of the user's data folder.
    """
    path = Path(os.path.abspath(path))
    if path.suffix.lower() == SUFFIX and not os.path.isdir(path):
        return real(path)
    if os.path.isdir(path):
        inside = path / f"{path.name or 'images'}{SUFFIX}"
        if os.path.exists(inside) or os.access(path, os.W_OK):
            return inside
    return own_project(path, data_folder)


def real(project: Path) -> Path:
    """The project file that a path means, absolute; a link to one is that one.

    SQLite, too, follows the link: its log lies beside the file, and so do our lock and backups.
    """
    path = Path(os.path.abspath(project))
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def own_project(path: Path, data_folder: Path | None = None) -> Path:
    """The project of ``path`` in the user's data folder."""
    folder = (data_folder or user_data()) / "projects"
    mark = hashlib.sha256(os.fsencode(os.path.normcase(path))).hexdigest()[:8]
    stem = path.name if os.path.isdir(path) else path.stem
    return folder / f"{stem or 'images'}-{mark}{SUFFIX}"


def user_data() -> Path:
    """The folder for the user's own data on this system."""
    import platformdirs

    return platformdirs.user_data_path("maskwright", appauthor=False)


def user_state() -> Path:
    """The folder for what the program remembers about this machine."""
    import platformdirs

    return platformdirs.user_state_path("maskwright", appauthor=False)


def is_own(project: Path) -> bool:
    """Whether the project lies in the user's data folder and not beside its images."""
    return project.parent == user_data() / "projects"


def files_of(project: Path) -> Path:
    """The folder beside the project that holds jobs and models."""
    return project.with_name(f"{project.stem}.files")


def stored(path: Path, project: Path) -> str:
    """How ``path`` is written in ``project``.

    Relative, with forward slashes, where it lies in the project's folder or beside it (in the
    folder above); absolute elsewhere.
    """
    # As strings where that is enough: a folder of 10,000 images is named at once.
    text, inside = os.fspath(path), _inside(project)
    if text.startswith(inside) and not any(sign in text for sign in _UNTIDY):
        return text[len(inside) :].replace(os.sep, "/")
    tidy = text.startswith("/") and not any(sign in text for sign in _UNTIDY)
    if os.sep == "/" and tidy and not inside.startswith(os.path.join(text, "")):
        above = _inside(project.parent)
        beside = above != "/" and text.startswith(above)
        return "../" + text[len(above) :] if beside else text
    path, folder = Path(os.path.abspath(path)), project.parent
    if path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    if folder.parent != folder.parent.parent and path.is_relative_to(folder.parent):
        return (PurePosixPath("..") / path.relative_to(folder.parent).as_posix()).as_posix()
    return str(path)


@lru_cache(maxsize=8)
def _inside(project: Path) -> str:
    """What paths in the project's folder begin with."""
    return os.path.join(project.parent, "")


def located(text: str, project: Path) -> Path:
    """The absolute path of what ``stored`` wrote."""
    return Path(os.path.normpath(project.parent / text))
