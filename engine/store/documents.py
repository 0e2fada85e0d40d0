"""The documents of a project: loaded once while anyone holds them, journaled, written behind."""

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from engine.document import proposals as proposing
from engine.document.annotation import Annotation
from engine.document.commands import Command, from_payload
from engine.document.document import Document, State, Status
from engine.document.history import LIMIT, History, Step
from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.store import images as image_rows
from engine.store import journal, origins, states
from engine.store.held import Held, held
from engine.store.images import Images
from engine.store.settings import Settings
from engine.store.store import Store

T = TypeVar("T")
Write = Callable[[sqlite3.Connection], None]

MOST_BYTES: Final = 256 << 20
"""Bytes of undo kept in a project, unless its setting ``KEEP_BYTES`` says otherwise."""

KEEP_STEPS: Final = "undo.steps"
KEEP_BYTES: Final = "undo.bytes"


class Documents:
    """Loads and keeps what images hold."""

    def __init__(self, store: Store, images: Images, settings: Settings) -> None:
        self._store, self._images, self._settings = store, images, settings
        self._alive: WeakValueDictionary[int, Document] = WeakValueDictionary()
        self._histories: WeakValueDictionary[int, History] = WeakValueDictionary()
        self._unsaved: dict[int, tuple[int, Document, History | None]] = {}
        self._guard = threading.Lock()
        self._highest: int | None = None

    def new_ids(self, count: int) -> range:
        """That many annotation ids which were never given out in this project."""
        if self._highest is None:
            with self._store.reading() as db:
                row = db.execute(
                    "SELECT MAX(COALESCE((SELECT MAX(id) FROM annotations), 0), "
                    "COALESCE((SELECT value FROM counters WHERE kind = 'annotation'), 0))"
                ).fetchone()
            self._highest = int(row[0])
        first = self._highest + 1
        self._highest += count
        return range(first, first + count)

    def load(self, image_id: int) -> Document:
        """The document of an image; the same one for as long as someone holds it.

        Raises:
            EngineError: there is no such image, or what is stored of it is damaged.
        """
        alive = self._alive.get(image_id)
        if alive is not None:
            return alive
        size = self._size(image_id)
        with self._store.reading() as db:
            document = self._read(db, image_id, size)
        self._alive[image_id] = document
        return document

    def history(self, document: Document) -> History:
        """The history of a document that ``load`` gave, reaching back over earlier sessions."""
        history = self._histories.get(document.image_id)
        if history is None or history.document is not document:
            history = History(document, ImageJournal(self, document.image_id))
            self._histories[document.image_id] = history
        return history

    def set_proposals(self, image_id: int, proposals: Iterable[Annotation]) -> list[Annotation]:
        """See ``engine.document.proposals``; the image need not be open."""
        document = self.load(image_id)
        return self.change(document, lambda: proposing.set_proposals(document, proposals))

    def take_in(
        self,
        image_id: int,
        annotations: Sequence[Annotation] = (),
        layer: ClassMap | None = None,
        status: Status | None = None,
    ) -> None:
        """Add what an import brought; no step of the history, whose older steps stay good.

        Raises:
            EngineError: the layer differs from the present one and the image has a history.
        """
        document = self.load(image_id)
        if layer is not None and not document.layer.same(layer):
            history = self.history(document)
            if history.can_undo or history.can_redo:
                raise EngineError(
                    f"{self._images.get(image_id).file_name} has been worked on; its class map is "
                    "not replaced. Import into a new project."
                )
        self.change(document, lambda: document.take_in(annotations, layer, status))

    def change(self, document: Document, act: Callable[[], T]) -> T:
        """Do something to a document that is no step of its history, and write it."""
        self._store.must_write()
        with document.change():
            before = document.state
            answer = act()
            self.write(document.image_id, document, before, None)
        return answer

    def iterate(self, ids: Sequence[int]) -> Iterator[Document]:
        """Documents one after another, as the file holds them now; none is kept."""
        with self._store.snapshot() as db:
            for image_id in ids:
                yield self._read(db, image_id, self._size(image_id))

    def open_ids(self) -> set[int]:
        """Images whose history someone holds."""
        return set(self._histories)

    def held(self) -> Held:
        """What of the documents is in memory."""
        return held(list(self._alive.values()), list(self._histories.values()))

    def trim(self, ids: Collection[int]) -> None:
        """Forget the oldest steps of images, and of others too where there are too many bytes."""
        if self._store.read_only or self._store.closed:
            return
        keep, most = self._limit(KEEP_STEPS, LIMIT), self._limit(KEEP_BYTES, MOST_BYTES)
        others = self.open_ids() - set(ids)
        self._store.submit(
            lambda db: journal.trim(db, ids, keep=keep, most_bytes=most, open_ids=others)
        )

    def _limit(self, key: str, default: int) -> int:
        """A limit of the journal; settings nobody can read do not keep a project from closing."""
        with suppress(EngineError):
            value = self._settings.get(key, default)
            return value if isinstance(value, int) else default
        return default

    def write(self, image_id: int, document: Document, before: State, step: Write | None) -> None:
        """Hand the way from ``before`` to the present state to the writer, and the step with it."""
        after = document.state
        if before is after and step is None:
            return
        row = self._images.count(image_id, after)

        def run(db: sqlite3.Connection) -> None:
            if step is not None:
                step(db)
                origins.note(db, image_id, before, after)
            states.write_state(db, image_id, before, after)
            image_rows.write_counts(db, row)

        self._hold(image_id, document)
        try:
            self._store.submit(run, lambda: self._let_go(image_id))
        except BaseException:
            self._let_go(image_id)
            raise

    def saved_steps(self, image_id: int) -> tuple[list[Step], list[Step]]:
        """The steps of an image in the file."""
        if image_id in self._unsaved:
            self._store.flush()
        with self._store.reading() as db:
            return journal.steps(db, image_id)

    def saved_command(self, image_id: int, step: Step) -> Command:
        """A step read back from the file.

        Raises:
            EngineError: it is not there any more, or damaged.
        """
        if image_id in self._unsaved:
            self._store.flush()
        with self._store.reading() as db:
            found = journal.payload(db, image_id, step.number)
        if found is None:
            raise EngineError(f"“{step.label}” is no longer kept and cannot be undone.")
        return from_payload(found[0], found[1], self._size(image_id), step.label)

    def must_write(self) -> None:
        """See ``Store.must_write``."""
        self._store.must_write()

    def _read(self, db: sqlite3.Connection, image_id: int, size: tuple[int, int]) -> Document:
        status = self._images.get(image_id).status
        annotations, layer = states.read_state(db, image_id, size, status)
        return Document(
            image_id,
            size,
            annotations=annotations,
            layer=layer,
            status=status,
            new_ids=self.new_ids,
        )

    def _size(self, image_id: int) -> tuple[int, int]:
        row = self._images.get(image_id)
        if row.size is not None:
            return row.size
        from engine.images.header import image_header

        size, orientation, _ = image_header(row.path, row.page)
        with suppress(EngineError):  # a project that is only looked at asks again next time
            self._images.set(image_id, size=size, orientation=orientation)
        return size

    def _hold(self, image_id: int, document: Document) -> None:
        with self._guard:
            count = self._unsaved.get(image_id, (0, document, None))[0]
            history = self._histories.get(image_id)
            self._unsaved[image_id] = (count + 1, document, history)

    def _let_go(self, image_id: int) -> None:
        with self._guard:
            count, document, history = self._unsaved.pop(image_id)
            if count > 1:
                self._unsaved[image_id] = (count - 1, document, history)


class ImageJournal:
    """The journal of one image; see ``engine.document.history.Journal``."""

    def __init__(self, documents: Documents, image_id: int) -> None:
        self._documents, self._image_id = documents, image_id

    def steps(self) -> tuple[list[Step], list[Step]]:
        """See Journal."""
        return self._documents.saved_steps(self._image_id)

    def command(self, step: Step) -> Command:
        """See Journal."""
        return self._documents.saved_command(self._image_id, step)

    def record(self, step: Step, document: Document, before: State) -> None:
        """See Journal."""
        command, image_id = step.command, self._image_id
        kept = Step(step.number, step.label, step.project_step)
        self._documents.must_write()
        if command is not None:
            self._documents.write(
                image_id,
                document,
                before,
                lambda db: journal.append(db, image_id, kept, command),
            )

    def move(self, head: int, document: Document, before: State) -> None:
        """See Journal."""
        image_id = self._image_id
        self._documents.must_write()
        self._documents.write(
            image_id, document, before, lambda db: journal.set_head(db, image_id, head)
        )

    def close(self) -> None:
        """See Journal."""
        self._documents.trim([self._image_id])
