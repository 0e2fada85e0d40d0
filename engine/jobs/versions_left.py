"""Versions of exports that no window watches: kept at once, or left for who owns the project."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from engine.errors import EngineError
from engine.formats.whole import write_whole
from engine.jobs.folder import JobFolder
from engine.jobs.versions import taking
from engine.store import Project, contents
from engine.store.versions import LEFT, Frozen
from engine.store.versions_table import MOST, packed

SUFFIX = ".bin"
"""Of files in the folder `LEFT`; msgpack of `Frozen`."""

UNKEPT = "It is not noted as a version of the dataset"
WAITS = (
    "The project is open in another program. It notes this export as a version when its list of "
    "versions is next opened, or the project is."
)


def record(path: Path, job: JobFolder) -> str:
    """Keep the version of a job that no window takes up, or leave it for who owns the project.

    Args:
        path: the project file.
        job: ended well.

    Returns:
        Why it is not kept, or not yet, as a sentence; empty where it is.
    """
    found = taking(job.path)
    if found is None:
        return ""
    name = f"{job.id}-{os.urandom(4).hex()}"
    try:
        project = Project.open(path)
        try:
            if project.elsewhere:
                leave(project.files, name, found[0])
                return WAITS
            if project.read_only:
                return f"{UNKEPT}: {project.owner}"
            project.add_version(found[0], name, found[1])
            project.flush()
        finally:
            project.close()
    except EngineError as problem:
        return f"{UNKEPT}: {problem}"
    return ""


# -- versions that wait for the owner ------------------------------------------------------------


def leave(files: Path, name: str, frozen: Frozen) -> None:
    """Leave a version in the project's files folder, for its owner to take up (decision 6).

    Its digests are not left to be taken over: nobody knows what happens to the project until then.

    Args:
        files: the project's files folder.
        name: of the job; a version of one name is kept once.
        frozen: what it is.

    Raises:
        EngineError: the folder cannot be written.
    """
    try:
        (files / LEFT).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise EngineError(f"{files} cannot be written: {problem.strerror}.") from problem
    bare = msgspec.structs.replace(frozen, stamps=())
    write_whole(files / LEFT / f"{name}{SUFFIX}", msgspec.msgpack.encode(bare))


def waiting(files: Path) -> list[Path]:
    """Versions that were left and not taken up, the oldest first."""
    try:
        return sorted((files / LEFT).glob(f"*{SUFFIX}"))
    except OSError:
        return []


def take_left(project: Project) -> int:
    """Take up versions that were left; on any thread. What cannot be read stays where it is.

    Args:
        project: open; where it can only be read, nothing is done.

    Returns:
        How many.

    Raises:
        EngineError: they could not be written, or the project was closed.
    """
    taken: list[Path] = []
    for path in () if project.read_only else waiting(project.files):
        frozen = _checked(path)
        if frozen is not None:
            project.add_version(frozen, path.name.removesuffix(SUFFIX), packed(frozen))
            taken.append(path)
    if taken:
        project.flush()
    for path in taken:
        path.unlink(missing_ok=True)
    if taken:
        with suppress(OSError):  # another was left meanwhile
            (project.files / LEFT).rmdir()
    return len(taken)


def _checked(path: Path) -> Frozen | None:
    """A version from a folder that may have been sent."""
    try:
        if path.stat().st_size > MOST:
            return None
        frozen = msgspec.msgpack.decode(path.read_bytes(), type=Frozen)
        for item in frozen.items:
            contents.unpack(item.content)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None
    return msgspec.structs.replace(frozen, stamps=())
