"""What processes that are gone left half-made, and which of it can be thrown away.

Everything that is written whole has, until it is whole, a name that begins with a dot and ends with
the number of its process and ``.tmp``. Such a file of a process that is gone will never be whole.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.errors import EngineError
from engine.jobs.folder import JobFolder
from engine.jobs.job import ExportSpec
from engine.models.catalog import user_models
from engine.store import Project
from engine.store.versions import LEFT

_UNFINISHED = re.compile(r"\..+?\.(\d+)(?:[.-][0-9a-f]{8})?\.tmp(?:-journal|-wal|-shm)?")
_PROBE = re.compile(r"\.maskwright-probe-(\d+)-\w+")
_MODEL = re.compile(r"\..+\.[0-9a-f]{8}\.(?:tmp|gone)")
"""As earlier versions called models that come and go, without a process."""


def unborn(job: JobFolder) -> bool:
    """Whether a job was asked for and no process was ever started for it.

    Only the owner of the project makes jobs, so to the next owner this stays true.
    """
    return job.process() is None and job.done() is None and not (job.path / "log.txt").exists()


def remains(project: Project, *, beside: bool = False) -> list[Path]:
    """Half-made files and folders of a project, and of the user's models, that nobody finishes.

    Asked by the owner before anything is begun.

    Args:
        project: Open for writing.
        beside: Look beside the project file too, which may be a folder of very many images.
    """
    found: list[Path] = []
    if beside:
        found += _unfinished(_names(project.path.parent))
    found += _unfinished(_names(project.files))
    for folder in (project.files / "backups", project.files / LEFT, user_models()):
        found += _unfinished(_names(folder))
    models = _names(project.files / "models")
    found += [path for path in models if _MODEL.fullmatch(path.name)]
    found += _unfinished(models)
    for path in _names(project.files / "jobs"):
        found += remains_of(JobFolder(path))
    return found


def remains_of(job: JobFolder) -> list[Path]:
    """What was left half-made in a job's folder, and where it exported to once it is over.

    Files of a process that lives are never among them.
    """
    inside = list(_names(job.path))
    found = _unfinished(inside)
    if not (job.path / "spec.json").exists():  # the program ended between two steps of making it
        return [job.path] if inside == found else []
    process = job.process()
    if process is None or process.alive():
        return found
    found += [path for path in inside if path.name in ("exit.tmp", ".model.partial")]
    with contextlib.suppress(EngineError):
        spec = job.spec()
        if isinstance(spec, ExportSpec) and job.state() != "done":
            found += _unfinished(_exported(Path(spec.target)))
    return found


def begun(folder: Path, name: str) -> list[Path]:
    """What processes that are gone had begun to write in a folder, to be called ``name``."""
    return _unfinished(each for each in _names(folder) if each.name.startswith(f".{name}."))


def throw_away(paths: Iterable[Path]) -> None:
    """Delete files and folders; what cannot be deleted stays."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()


def _exported(target: Path) -> Iterator[Path]:
    """Where a file may lie that an export had begun."""
    yield from _names(target.parent)
    for folder, folders, names in os.walk(target):
        yield from (Path(folder, name) for name in (*folders, *names))


def _unfinished(paths: Iterable[Path]) -> list[Path]:
    import psutil

    found = []
    for path in paths:
        match = _UNFINISHED.fullmatch(path.name) or _PROBE.fullmatch(path.name)
        if match is not None and not psutil.pid_exists(int(match[1])):
            found.append(path)
    return found


def _names(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in os.listdir(folder)]
    except OSError:
        return []
