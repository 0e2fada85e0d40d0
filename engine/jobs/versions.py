"""What a job exported or learned from, as a version the owner takes up; jobs write no project."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from engine.errors import EngineError
from engine.formats.base import Sheet
from engine.formats.whole import write_whole
from engine.jobs.folder import JobFolder
from engine.jobs.job import Context
from engine.store import ImageRow, Project, contents, versions_table
from engine.store.files_check import check
from engine.store.versions import Frozen, Item, class_digest

Size = tuple[int, int]

FILE = "version.bin"
"""Msgpack of an `engine.store.versions.Frozen`, in the job's folder."""


class Recorder:
    """Notes what goes out while a writer goes through it, at next to no cost.

    Images whose digests the project knows already are not looked at again.
    """

    def __init__(self, project: Project, kind: str) -> None:
        self._project, self._kind = project, kind
        self._known = project.known_contents()
        self._found: dict[int, bytes] = {
            key: packed for key, (_, packed) in self._known.items() if packed is not None
        }

    def through(self, sheets: Iterable[Sheet]) -> Iterator[Sheet]:
        """The same sheets; each is noted the first time it passes."""
        found = self._found
        for sheet in sheets:
            key = sheet.image.key
            if key not in found:
                found[key] = contents.pack(contents.content_of(sheet.objects, sheet.layer))
            yield sheet

    def finish(self, sizes: Mapping[int, Size], folder: Path, facts: Mapping[str, Any]) -> str:
        """Leave the version in the job's folder.

        Args:
            sizes: the images that went out, and (height, width) of each.
            folder: of the job.
            facts: see `engine.store.versions.Frozen`.

        Returns:
            The snapshot hash.

        Raises:
            EngineError: it cannot be written.
        """
        stamps = {key: stamp for key, (stamp, _) in self._known.items()}
        here = [key for key in sizes if key in self._found]
        items = [
            Item(key, self._project.image(key).file_name, *sizes[key], self._found[key])
            for key in here
        ]
        rest = self._project.contents_now([key for key in sizes if key not in self._found])
        frozen = Frozen(
            kind=self._kind,
            classes=class_digest(self._project.taxonomy),
            items=(*items, *rest[0]),
            stamps=(*(stamps.get(key, 0) for key in here), *rest[1]),
            facts=dict(facts),
        )
        write_whole(folder / FILE, msgspec.msgpack.encode(frozen))
        return frozen.digest


def say_changed(project: Project, rows: Iterable[ImageRow], context: Context) -> None:
    """Say which image files are gone or changed since their masks were made."""
    known = project.identities()
    rows = [row for row in rows if row.id in known]
    found = check(rows, known, watch=lambda _done, _total: context.check())
    for state, one, many in (
        ("missing", "1 image file is missing", "{} image files are missing"),
        ("changed", "1 image file has changed", "{} image files have changed"),
    ):
        names = [row.file_name for row in found.of(state)]
        if names:
            words = one if len(names) == 1 else many.format(f"{len(names):,}")
            some = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
            context.note(f"{words}: {some}. The masks are written as they are.", "warning")


def read(folder: Path) -> Frozen | None:
    """The version a job left; None where it left none, or one that cannot be read."""
    try:
        return msgspec.msgpack.decode((folder / FILE).read_bytes(), type=Frozen)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None


def taking(folder: Path, model: str = "") -> tuple[Frozen, tuple[str, str, bytes]] | None:
    """What `Project.add_version` wants of a job; reads and packs, on any thread.

    Args:
        folder: of the job.
        model: id of the model that was learned from it, "" for none.
    """
    frozen = read(folder)
    if frozen is None:
        return None
    if model:
        frozen = msgspec.structs.replace(frozen, facts={**frozen.facts, "model": model})
    return frozen, versions_table.packed(frozen)


def record(path: Path, job: JobFolder) -> str:
    """Keep the version of a job that no window takes up, if the project can be owned now.

    Args:
        path: the project file.
        job: ended well.

    Returns:
        Why it was not kept, as a sentence; empty where it was.
    """
    found = taking(job.path)
    if found is None:
        return ""
    try:
        project = Project.open(path)
        try:
            if project.read_only:
                return f"It is not noted as a version of the dataset: {project.owner}"
            project.add_version(found[0], f"{job.id}-{os.urandom(4).hex()}", found[1])
            project.flush()
        finally:
            project.close()
    except EngineError as problem:
        return f"It is not noted as a version of the dataset: {problem}"
    return ""
