"""The documents of a project: loaded once while anyone holds them, journaled, written behind."""

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from engine.document import proposals as proposing
from engine.document.annotation import Annotation
from engine.document.commands import Command, from_payload
from engine.document.document import Annotations, Document, State, Status
from engine.document.history import LIMIT, History, Step
from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.store import contents, journal, ranges, states, whole_state
from engine.store import images as image_rows
from engine.store.held import Held, held
from engine.store.image_journal import ImageJournal
from engine.store.images import Images
from engine.store.many import Note, held_by
from engine.store.settings import Settings
from engine.store.store import Store

T = TypeVar("T")
Write = Callable[[sqlite3.Connection], None]

MOST_BYTES: Final = 256 << 20
"""Bytes of undo kept in a project, unless its setting ``KEEP_BYTES`` says otherwise."""

NONE: Final[Annotations] = MappingProxyType({})

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
        self._blank: set[int] = set()
        self._added: set[int] = set()  # not in the file yet, and held by nobody
        self._highest: int | None = None
        self._last: int | None = None  # of the numbers that are this project's own
        self._person = ""

    @property
    def person(self) -> str:
        """Name of who works on the images from now on; empty where that is not said."""
        return self._person

    @person.setter
    def person(self, name: str) -> None:
        self._person = name
        for document in list(self._alive.values()):
            document.person = name

    def new_ids(self, count: int) -> range:
        """That many annotation ids which were never given out in this project."""
        if self._highest is None:
            with self._store.reading() as db:
                limit = self._last = ranges.own(db, "annotation")  # above it are other parts'
                row = db.execute(
                    "SELECT MAX(COALESCE((SELECT MAX(id) FROM annotations WHERE id <= ?), 0), "
                    "COALESCE((SELECT value FROM counters WHERE kind = 'annotation'), 0))",
                    (limit if limit is not None else (1 << 63) - 1,),
                ).fetchone()
            self._highest = int(row[0])
        first = self._highest + 1
        self._highest += count
        return range(first, first + count)

    def number_from(self, highest: int) -> None:
        """Give out no id up to ``highest`` any more, unless it is one of another part's."""
        self.new_ids(0)  # finds out which were given out
        if highest > (self._highest or 0) and (self._last is None or highest <= self._last):
            self._highest = highest
            self._store.submit(lambda db: states.note_highest(db, "annotation", highest))

    def forget_numbers(self) -> None:
        """Ask the file again which ids were given out; after ranges of them were handed on."""
        self._highest = None

    def load(self, image_id: int) -> Document:
        """The document of an image; the same one for as long as someone holds it.

        Raises:
            EngineError: there is no such image, or what is stored of it is damaged.
        """
        alive = self._alive.get(image_id)
        if alive is not None:
            return alive
        size = self.size_of(image_id)
        if image_id in self._added:
            self._store.flush()
        with self._store.reading() as db:
            document = self._read(db, image_id, size)
        document.person = self._person
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

    def blank(self, ids: Collection[int]) -> None:
        """Find out which of some images hold nothing, for ``take_in_new`` of these alone."""
        with self._store.reading() as db:
            held = states.hold_anything(db, ids)
        self._blank = {each for each in ids if each not in held and not self.waits(each)}
        self._blank -= self._added

    def take_in_new(
        self,
        image_id: int,
        annotations: Sequence[Annotation],
        stored: Sequence[bytes],
        layer: ClassMap,
        status: Status,
    ) -> bool:
        """Add what an import brought to an image of those that ``blank`` answered with.

        Args:
            image_id: the image.
            annotations: its objects, accepted.
            stored: the mask of each by ``codec.to_bytes``.
            layer: its class map.
            status: how far it is.

        Returns:
            False when it is no longer blank, or somebody has it open, so that nothing was done.
        """
        self._store.must_write()
        if image_id not in self._blank or image_id in self._alive:
            return False
        self._blank.discard(image_id)
        objects = MappingProxyType({a.id: a for a in annotations})
        state = State(objects, NONE, layer, status)
        row = self._images.count(image_id, state)

        def run(db: sqlite3.Connection) -> None:
            states.write_new(db, image_id, annotations, stored, layer)
            contents.forget(db, image_id)
            image_rows.write_counts(db, row)

        self._added.add(image_id)
        whole = partial(whole_state.write, row, state)
        self._store.submit(run, lambda: self._added.discard(image_id), whole)
        return True

    def change(self, document: Document, act: Callable[[], T]) -> T:
        """Do something to a document that is no step of its history, and write it."""
        self._store.must_write()
        with document.change():
            before = document.state
            answer = act()
            self.write(document.image_id, document, before, None)
        return answer

    def iterate(self, ids: Sequence[int], note: Note | None = None) -> Iterator[Document]:
        """Documents one after another, as the file holds them now; none is kept.

        Args:
            ids: which.
            note: called with each image, the stamp and the packed digests of exactly what was read
                (see ``engine.store.contents``), before its document is given.
        """
        for image_id, size, objects, layer in held_by(self._store, ids, self.size_of, note):
            yield self._made(image_id, size, objects, layer)

    def waits(self, image_id: int) -> bool:
        """Whether something of the image is still on its way to the file."""
        with self._guard:
            return image_id in self._unsaved

    def forget(self, image_id: int) -> None:
        """Read the image anew at the next question, whoever holds the document of before."""
        self._alive.pop(image_id, None)
        self._histories.pop(image_id, None)

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
        self._blank.discard(image_id)
        row = self._images.count(image_id, after)

        def run(db: sqlite3.Connection) -> None:
            if step is not None:
                step(db)
            states.write_state(db, image_id, before, after)
            if before.annotations is not after.annotations or before.layer is not after.layer:
                contents.forget(db, image_id)
            image_rows.write_counts(db, row)

        self._hold(image_id, document)
        try:
            whole = partial(whole_state.write, row, after)
            self._store.submit(run, lambda: self._let_go(image_id), whole)
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
        return from_payload(found[0], found[1], self.size_of(image_id), step.label)

    def must_write(self) -> None:
        """See ``Store.must_write``."""
        self._store.must_write()

    def _read(self, db: sqlite3.Connection, image_id: int, size: tuple[int, int]) -> Document:
        status = self._images.glimpse(image_id)[1]
        return self._made(image_id, size, *states.read_state(db, image_id, size, status))

    def _made(
        self, image_id: int, size: tuple[int, int], annotations: list[Annotation], layer: ClassMap
    ) -> Document:
        return Document(
            image_id,
            size,
            annotations=annotations,
            layer=layer,
            status=self._images.glimpse(image_id)[1],
            new_ids=self.new_ids,
        )

    def size_of(self, image_id: int) -> tuple[int, int]:
        """(height, width) of an image; its file is asked where that is not known yet."""
        known = self._images.glimpse(image_id)[0]
        if known is not None:
            return known
        row = self._images.get(image_id)
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
