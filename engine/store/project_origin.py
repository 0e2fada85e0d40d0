"""Where the images and masks of a project come from, and what went out."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from engine.document import tracing
from engine.document.annotation import Annotation
from engine.document.commands import from_payload
from engine.document.provenance import Share, Taken
from engine.document.taxonomy import Taxonomy
from engine.document.tracing import Proposed
from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.store import contents, files, journal, origins, states, versions, versions_table
from engine.store.beside import Beside
from engine.store.documents import Documents
from engine.store.files import FileRow, Identity
from engine.store.images import Images
from engine.store.relocation import Relocation, relocation
from engine.store.versions import Difference, Frozen, Item, Version


class FirstLayer(NamedTuple):
    """A class map as a file brought it.

    Attributes:
        source: the file, see ``Annotation.source``.
        layer: the class map, classes that were merged since being what they are now; None where
            steps were forgotten that lead back to it.
    """

    source: str
    layer: ClassMap | None = None


class ProjectOrigin(Beside):
    """Part of ``Project``; what only reads may be asked on any thread."""

    _images: Images
    _documents: Documents
    _first: tuple[object, ClassMap | None] = (None, None)  # that was last asked for, and of what

    # -- files -------------------------------------------------------------------------------

    def identities(self, ids: Iterable[int] | None = None) -> dict[int, Identity]:
        """What was noted of the files of images; those of which nothing was are missing."""
        if not self.saved:
            self.flush()
        with self._store.reading() as db:
            return files.read(db, ids)

    def note_files(self, found: Mapping[int, Identity | None]) -> None:
        """Note what the files of images are; None forgets it. No step of the history.

        Raises:
            EngineError: the project can only be read.
        """
        kept = dict(found)
        self._store.submit(lambda db: files.write(db, kept))

    def worked_on(self, image_id: int) -> bool:
        """Whether an image holds anything, or has a history, that belongs to its picture."""
        if not self.saved:
            self.flush()
        with self._store.reading() as db:
            return files.worked_on(db, image_id)

    def take_picture(self, image_id: int, now: Identity) -> None:
        """An image nobody has worked on has another picture: note it, and learn its size anew.

        Raises:
            EngineError: there is such work, or the project can only be read; nothing was changed.
        """
        self._store.must_write()
        if self.worked_on(image_id):
            name = self._images.get(image_id).file_name
            raise EngineError(f"{name} has been worked on; its masks belong to another picture.")
        self._documents.forget(image_id)
        self._images.set(image_id, size=None)
        self.note_files({image_id: now})

    def files_after(self, image_id: int, count: int) -> list[FileRow]:
        """The next images after one, by id: what a look at their files needs; on any thread."""
        if not self.saved:
            self.flush()
        with self._store.reading() as db:
            return files.rows_after(db, image_id, count)

    def relocate(self, wish: Relocation) -> Relocation:
        """Give images other files, all of them or none; answers with what takes it back.

        Args:
            wish: see ``engine.store.relocation``.

        Raises:
            EngineError: a file is another image's, or the project can only be read; nothing was
                changed.
        """
        self._store.must_write()
        with self._store.together():
            before = self._images.relocate(wish)
            self.note_files({number: wish.found.get(number) for number in wish.ids})
        return before

    def relink(self, paths: Mapping[int, Path], found: Mapping[int, Identity]) -> Relocation:
        """As ``relocate``, worked out here.

        Args:
            paths: image id → file.
            found: what those files are; noted anew where it is missing.

        Raises:
            EngineError: as there.
        """
        return self.relocate(relocation((self._images.get(key) for key in paths), paths, found))

    # -- who did what ------------------------------------------------------------------------

    @property
    def person(self) -> str:
        """Name of who works on the project now; kept with objects and steps, empty for none."""
        return self._documents.person

    @person.setter
    def person(self, name: str) -> None:
        self._documents.person = name

    def taken(self, image_id: int, size: tuple[int, int]) -> Iterator[Taken]:
        """Steps in force of an image of ``size`` (height, width), the newest first.

        Only as many as the journal keeps; they are read while they are asked for.

        Raises:
            EngineError: what waits to be written cannot be; or, on the way, a step is damaged.
        """
        with self._store.snapshot() as db:
            for each in journal.taken(db, image_id):
                yield _read(each, size)

    def first_layer(self, image_id: int, size: tuple[int, int]) -> FirstLayer | None:
        """What a class map came in as, and by what file; None where no file brought it.

        Args:
            image_id: the image.
            size: (height, width).

        Raises:
            EngineError: as ``taken``.
        """
        with self._store.reading() as db:
            came = origins.layer_source(db, image_id)
        if came is None:
            return None
        with self._store.snapshot() as db:
            if not journal.is_whole(db, image_id):
                return FirstLayer(came[0])
            known, first = self._first
            if known != (image_id, came) or first is None:
                steps = journal.taken(db, image_id)
                layer = states.read_layers(db, {image_id: size}, {})[image_id]
                first = tracing.rewound(layer, (_read(each, size) for each in steps))
                self._first = (image_id, came), first
            if first is None:
                return FirstLayer(came[0])
            merged = origins.merged(db, {*first.areas()})
        for old, new in merged.items():
            first = first.flip(first.change(first.mask(old), new))
        return FirstLayer(came[0], first)

    def whose(self, image_id: int, size: tuple[int, int], each: Annotation) -> list[Share]:
        """Whose each pixel of an object is; see ``engine.document.tracing``. May take long.

        Raises:
            EngineError: as ``taken``.
        """
        copies = {
            one.annotation: Proposed(one.mask, one.source) for one in self.origins(image_id, size)
        }
        return tracing.whose(each, copies, self.taken(image_id, size))

    def whose_area(self, image_id: int, layer: ClassMap, class_id: int) -> list[Share]:
        """Whose each pixel of a class in a class map is, likewise.

        Raises:
            EngineError: as ``taken``.
        """
        size = layer.size
        proposed = [
            Proposed(one.mask, one.source)
            for one in self.origins(image_id, size)
            if one.class_id == class_id
        ]
        came, first = None, self.first_layer(image_id, size)
        if first is not None and first.layer is not None:
            came = Proposed(first.layer.mask(class_id), first.source)
        steps = self.taken(image_id, size)
        return tracing.whose_area(layer.mask(class_id), class_id, proposed, steps, came)

    # -- versions of the dataset -------------------------------------------------------------

    def versions(self) -> list[Version]:
        """What was exported and learned from, the newest first."""
        if not self.saved:
            self.flush()
        with self._store.reading() as db:
            return versions_table.rows(db)

    def add_version(self, frozen: Frozen, job: str, packed: tuple[str, str, bytes]) -> None:
        """Keep a version; one of the same job is kept once.

        Args:
            frozen: what it is.
            job: id of the job.
            packed: of ``versions_table.packed``, which may take long.

        Raises:
            EngineError: the project can only be read.
        """
        self._store.submit(lambda db: versions_table.insert(db, frozen, job, packed))

    def version_difference(self, before: int, after: int) -> Difference:
        """What changed from one version to another.

        Raises:
            EngineError: one of them is not there, or damaged.
        """
        if not self.saved:
            self.flush()
        with self._store.reading() as db:
            old = versions_table.content(db, before)
            new = versions_table.content(db, after)
        return versions.compare(old[1], new[1], (old[0], new[0]))

    def version_names(self, version_id: int) -> dict[int, str]:
        """What the images of a version were called, by id.

        Raises:
            EngineError: it is not there, or damaged.
        """
        with self._store.reading() as db:
            return {item.image: item.name for item in versions_table.content(db, version_id)[1]}

    def changed_since(self, version: Version, taxonomy: Taxonomy) -> Difference:
        """What changed since a version; may take long where much did.

        What it had to work out is kept, so that the next question is answered at once.

        Args:
            version: see ``versions``.
            taxonomy: the project's classes now.

        Raises:
            EngineError: it is damaged, or what waits to be written cannot be.
        """
        with self._store.snapshot() as db:
            classes, before = versions_table.content(db, version.id)
            ids = versions_table.still_in(db, version, before)
            after = versions_table.now(db, ids)
        self._keep_contents(after.fresh)
        return versions.compare(before, after.items, (classes, versions.class_digest(taxonomy)))

    def known_contents(self) -> dict[int, tuple[int, bytes | None]]:
        """Stamp and digests of images as the file has them; see ``engine.store.contents``."""
        with self._store.reading() as db:
            return contents.known(db)

    def contents_now(self, ids: Iterable[int]) -> tuple[list[Item], list[int]]:
        """Images as the file holds them now, and their stamps; may take long.

        Raises:
            EngineError: something stored is damaged, or what waits to be written cannot be.
        """
        with self._store.snapshot() as db:
            found = versions_table.now(db, ids)
            return found.items, found.stamps

    def _keep_contents(self, fresh: list[tuple[int, int, bytes]]) -> None:
        if fresh and not self.read_only and not self._store.closed:

            def run(db: sqlite3.Connection) -> None:
                contents.keep(db, fresh)

            try:
                self._store.submit(run)
            except EngineError:
                return  # it is being closed: worked out again another time


def _read(row: tuple[str, float, str, bytes], size: tuple[int, int]) -> Taken:
    person, when, kind, data = row
    return Taken(person, when, from_payload(kind, data, size))
