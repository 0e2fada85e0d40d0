"""What a project lends to the history of its class list."""

import sqlite3
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager

from engine.document.history import History, Step
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.document.taxonomy_commands import ChangeClasses, from_payload
from engine.errors import EngineError
from engine.store import classes, journal
from engine.store.classes import Classes
from engine.store.documents import Documents
from engine.store.images import Images
from engine.store.store import Store


class ProjectHost:
    """See ``engine.document.project_history.Host``; each question sees what is on the disk."""

    def __init__(self, store: Store, images: Images, documents: Documents, listed: Classes) -> None:
        self._store, self._images = store, images
        self._documents, self._classes = documents, listed

    @property
    def taxonomy(self) -> Taxonomy:
        """See Host."""
        return self._classes.taxonomy

    def put_classes(self, changed: Iterable[LabelClass]) -> None:
        """See Host."""
        self._classes.put(changed)

    def together(self) -> AbstractContextManager[None]:
        """See Host."""
        return self._store.together()

    def images_needing(self, class_id: int) -> Collection[int]:
        """See Host."""
        self._store.flush()
        with self._store.reading() as db:
            return classes.images_with(db, class_id) | journal.images_mentioning(db, class_id)

    def open_history(self, image_id: int) -> History:
        """See Host."""
        return self._documents.history(self._documents.load(image_id))

    def newest_share(self, image_id: int, *, undone: bool) -> int:
        """See Host."""
        self._store.flush()
        with self._store.reading() as db:
            return journal.newest_share(db, image_id, undone=undone)

    def image_name(self, image_id: int) -> str:
        """See Host."""
        return self._images.get(image_id).file_name

    def project_steps(self) -> tuple[list[Step], list[Step]]:
        """See Host."""
        with self._store.reading() as db:
            return journal.steps(db, journal.PROJECT)

    def project_command(self, step: Step) -> ChangeClasses:
        """See Host."""
        self._store.flush()
        with self._store.reading() as db:
            found = journal.payload(db, journal.PROJECT, step.number)
        if found is None:
            raise EngineError(f"“{step.label}” is no longer kept and cannot be undone.")
        return from_payload(found[0], found[1], step.label)

    def record_project(self, step: Step, command: ChangeClasses) -> None:
        """See Host."""
        listed, data = journal.listed(command.classes()), command.to_payload()

        def run(db: sqlite3.Connection) -> None:
            journal.append_row(db, journal.PROJECT, step, command.kind, listed, data)

        self._store.submit(run)

    def move_project(self, head: int) -> None:
        """See Host."""
        self._store.submit(lambda db: journal.set_head(db, journal.PROJECT, head))
