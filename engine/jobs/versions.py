"""What a job exported or learned from, as a version the owner takes up; jobs write no project.

Where no owner watches the job, see `engine.jobs.versions_left`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from engine.formats.base import Sheet, SheetImage
from engine.formats.whole import write_whole
from engine.jobs.job import Context
from engine.jobs.snapshot import sheets
from engine.store import ImageRow, Project
from engine.store.files_check import check
from engine.store.versions import Frozen, Item, class_digest
from engine.store.versions_table import packed

Named = tuple[str, tuple[int, int]]
"""A file name, and (height, width)."""

FILE = "version.bin"
"""Msgpack of an `engine.store.versions.Frozen`, in the job's folder."""


class Recorder:
    """Notes what goes out while a writer goes through it, at next to no cost.

    Images whose digests the project knows already are not looked at again. What is noted is what
    was read, in one transaction with it, whatever the project's owner does meanwhile.
    """

    def __init__(self, project: Project, kind: str) -> None:
        self._project, self._kind = project, kind
        self._found: dict[int, tuple[int, bytes]] = {}  # stamp and digests, by image

    def sheets(self, images: Sequence[SheetImage]) -> Iterator[Sheet]:
        """The work on each image; each is noted the first time it is read."""
        every = all(each.key in self._found for each in images)
        return sheets(self._project, images, None if every else self.note)

    def note(self, image: int, stamp: int, digests: bytes) -> None:
        """An image was read, and holds this; see `Project.iter_documents`."""
        self._found.setdefault(image, (stamp, digests))

    def finish(self, images: Mapping[int, Named], folder: Path, facts: Mapping[str, Any]) -> str:
        """Leave the version in the job's folder.

        Args:
            images: those that went out: what each is called, and its (height, width).
            folder: of the job.
            facts: see `engine.store.versions.Frozen`.

        Returns:
            The snapshot hash.

        Raises:
            EngineError: it cannot be written.
        """
        found = self._found
        here = [key for key in images if key in found]
        items = [Item(key, (named := images[key])[0], *named[1], found[key][1]) for key in here]
        rest = self._project.contents_now([key for key in images if key not in found])
        frozen = Frozen(
            kind=self._kind,
            classes=class_digest(self._project.taxonomy),
            items=(*items, *rest[0]),
            stamps=(*(found[key][0] for key in here), *rest[1]),
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
    return frozen, packed(frozen)
