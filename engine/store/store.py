"""An open project file: one connection that reads, one writer, and the lock."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from engine.errors import EngineError
from engine.images.folder import must_be_text
from engine.store import backup, comeback, connection, foreign, known, looking, paths, recovered
from engine.store.careful import Run
from engine.store.keeper import Keeper, Told
from engine.store.lock import Lock
from engine.store.place import Place, place_of
from engine.store.private_copy import PrivateCopy
from engine.store.recovered import Recovered
from engine.store.rights import begin, must_be_writable, only_looked_at, unreachable, unwritable
from engine.store.writer import Work, Writer, commits, joined


class Store:
    """See the module. Reading may be done from any thread; writing is handed to the writer.

    Attributes:
        path: the project file, absolute.
        owner: why the project can only be read, as a sentence; empty where it can be written.
        writer: the writing thread; None where the project can only be read.
        place: what its folder can be trusted with.
        recovered: what a session that was broken off had left; None where the last one closed.
        made: opening it made the file.
    """

    def __init__(self, path: Path, *, read_only: bool = False, create: bool = False) -> None:
        """Open the file, or make it.

        Raises:
            EngineError: it is not there, is already there, cannot be read, is no project, is
                damaged, or needs a newer Maskwright. Nothing of it was changed.
        """
        self.path = paths.real(path)
        must_be_text(self.path)
        self.owner, self.elsewhere = "", False
        self.writer: Writer | None = None
        self.place: Place = place_of(self.path.parent)
        self.recovered: Recovered | None = None
        self._copy: PrivateCopy | None = None
        self._keeper: Keeper | None = None
        self._reading = threading.RLock()
        self._group: list[Work] | None = None
        self._begun_file = False  # there was not even an empty one
        self._lock = Lock(self.path)
        self._strange = looking.has_strange_log(self.path)
        self._db: sqlite3.Connection | None = None
        try:
            begun = self._look(create)
            self.made = not begun
            if not read_only:
                self._own(begun)
            if self.writer is None:
                self._only_read(read_only)
        except connection.TROUBLE as problem:
            self._abandon()
            raise connection.unreadable(self.path, problem) from problem
        except OSError as problem:
            self._abandon()
            raise unreachable(self.path, problem) from problem
        except BaseException:
            self._abandon()
            raise

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        return self.writer is None

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._db is None

    @property
    def name(self) -> str:
        """The name of the file without its ending."""
        return self.path.stem

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The reading connection, for this thread alone; the file as it is when the block begins.

        Raises:
            EngineError: the project is closed, or the file cannot be read.
        """
        with self._reading:
            if self._db is None:
                raise EngineError(f"“{self.name}” is closed; open it again.")
            if self._db.in_transaction:  # asked for inside the same reading
                yield self._db
                return
            try:
                self._db.execute("BEGIN")
                yield self._db
            except connection.TROUBLE as problem:
                raise connection.unreadable(self.path, problem) from problem
            finally:
                if self._db is not None and self._db.in_transaction:
                    with suppress(*connection.TROUBLE):  # a damaged page fails even here
                        self._db.execute("ROLLBACK")

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own that sees the file as it is now until the block ends."""
        self.flush()
        try:
            with closing(connection.connect(self._content, write=False)) as db:
                db.execute("BEGIN")
                yield db
        except connection.TROUBLE as problem:
            raise connection.unreadable(self.path, problem) from problem

    @property
    def _content(self) -> Path:
        """The file that is read: the project, or a copy of it."""
        return self.path if self._copy is None else self._copy.path

    def must_write(self) -> None:
        """Pass if the project can be written.

        Raises:
            EngineError: it can only be read, with the reason.
        """
        if self.writer is None:
            raise EngineError(self.owner or f"“{self.name}” is open for reading only.")

    def submit(
        self, run: Run, done: Callable[[], None] | None = None, instead: Run | None = None
    ) -> None:
        """Hand ``run`` to the writer; returns at once. Within ``together``, at its end.

        Args:
            run: see ``Work``, as for the others.
            done: called when it is on the disk.
            instead: done where ``run`` is at fault.

        Raises:
            EngineError: the project can only be read.
        """
        self.must_write()
        if self._group is not None:
            self._group.append(Work(run, done, instead))
        elif self.writer is not None:
            self.writer.submit(Work(run, done, instead))

    @contextmanager
    def together(self) -> Iterator[None]:
        """Everything submitted inside the block is one transaction.

        What was submitted before an error is still written: memory already has it.
        """
        if self._group is not None:
            yield
            return
        group = self._group = []
        try:
            yield
        finally:
            self._group = None
            if group and self.writer is not None:
                self.writer.submit(joined(group))

    def flush(self) -> None:
        """Wait until everything is on the disk.

        Raises:
            EngineError: it could not be written; it is kept and tried again.
        """
        if self.writer is not None:
            self.writer.flush()

    def keep_daily(self, keep: int, told: Told) -> None:
        """Begin the backup of the day, unless it is there; see ``Keeper``."""
        self.must_write()
        self._stop_keeping()
        self._keeper = Keeper(self.path, keep, told)

    def _stop_keeping(self) -> None:
        if self._keeper is not None:
            self._keeper.stop()
            self._keeper = None

    def close(self, *, discard: bool = False) -> None:
        """Write what waits, leave one plain file, give the lock back. Closing twice is fine.

        Args:
            discard: close although something cannot be written.

        Raises:
            EngineError: something could not be written; the project stays open.
        """
        if self._db is None:
            return
        if self.writer is not None and not discard:
            self.writer.flush()
        self._stop_keeping()
        with self._reading:
            self._db.close()
            self._db = None
        if self.writer is not None:
            self.writer.close(lambda db: comeback.finish(db, self.path, self._identity))
            looking.hold(self._identity, more=-1)
            with suppress(OSError):
                known.remember(self.path)
        elif self._copy is None and not self._strange:
            looking.leave_no_litter(self.path)
        self._drop_copy()
        self._lock.release()

    def _drop_copy(self) -> None:
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def _look(self, create: bool) -> bool:
        """Whether the file holds a project already."""
        there = self.path.exists()
        if create and there and self.path.stat().st_size:
            raise EngineError(f"{self.path.name} is already there. Open it or take another name.")
        if not there and not create:
            raise EngineError(f"{self.path.name} is not there: {self.path}. Choose another file.")
        begun = connection.check_header(self.path) if there else False
        if not begun:
            comeback.refuse_lost(self.path)
        return begun

    def _own(self, begun: bool) -> None:
        """Take the lock and start the writer, or say in ``owner`` why not."""
        try:
            if not begun:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self._lock.acquire():
                self.owner, self.elsewhere = str(self._lock.refusal(self.name)), True
                return
            if begun:
                must_be_writable(self.path)
                if not known.is_known(self.path):
                    foreign.look(self.path)
            else:
                self._begun_file = begin(self.path)
            db = connection.connect(self.path, write=True)
        except (OSError, sqlite3.OperationalError) as problem:
            self._give_up(begun, problem)
            self.owner = only_looked_at(self.path, self._lock.path, problem)
            return
        try:
            backup.before_migration(db, self.path)
            connection.prepare_writing(db, self.path, logged=self.place.trusted)
            self._identity = looking.file_identity(self.path)
            self._begun, self._id = commits(db), comeback.own_id(db)
            self._db = connection.connect(self.path, write=False)
            self.recovered = recovered.look(db, self._lock.left)
            with suppress(OSError):  # a full disk; it is for people
                self._lock.note(**{recovered.BEGAN_AT: recovered.newest_step(db)})
        except (OSError, sqlite3.OperationalError) as problem:
            db.close()
            self._close_reading()
            self._give_up(begun, problem)
            self.owner = f"{self.path.name} can only be looked at: its file cannot be written."
            return
        except BaseException:
            db.close()
            raise
        looking.hold(self._identity)
        self.writer = Writer(db, self.name, self._same_file, self._renew)

    def _give_up(self, begun: bool, problem: Exception) -> None:
        """Give the lock back; where there was no project, take away what was made and refuse."""
        if self._begun_file:
            backup.remove(self.path)
        self._lock.release(as_found=begun)
        if not begun:
            raise unwritable(self.path, problem) from problem

    def _same_file(self) -> None:
        """Stop writing into a file that nobody can find any more."""
        if comeback.there(self.path, self._identity) != self._identity:
            raise FileNotFoundError(2, comeback.REPLACED, str(self.path))

    def _renew(self, old: sqlite3.Connection, committed: int | None) -> sqlite3.Connection:
        """Open the file anew where it came back: another mount, or a copy, with all that was in it.

        Raises:
            OSError: it is not there, it is another project, or somebody else has it open.
        """
        identity = comeback.there(self.path, self._identity)
        lock = self._lock if identity == self._identity else Lock(self.path)
        if lock is not self._lock and not lock.acquire():
            raise FileNotFoundError(2, comeback.REPLACED, str(self.path))
        try:
            db = comeback.opened(
                self.path,
                number=self._id,
                commits=self._begun if committed is None else committed,
                logged=self.place.trusted,
            )
        except BaseException:
            if lock is not self._lock:
                lock.release()
            raise
        with self._reading:
            self._close_reading()
            self._db = connection.connect(self.path, write=False)
        with suppress(sqlite3.Error):
            old.close()  # SQLite sees that its file has moved, and leaves the new one's log alone
        if lock is not self._lock:
            self._lock.release()
            lock.note(**{recovered.BEGAN_AT: recovered.newest_step(db)})
        looking.hold(identity)
        looking.hold(self._identity, more=-1)
        self._lock, self._identity = lock, identity
        return db

    def _only_read(self, asked: bool) -> None:
        if asked:
            self.owner = f"“{self.name}” was opened for reading only."
            if not self.place.trusted:  # reading for long would keep the owner from writing
                self._copy = PrivateCopy(self.path)
        self._db = connection.connect(self._content, write=False)
        if known.is_known(self.path):
            connection.check_schema(self._db, self.path)
            return
        foreign.check_shape(self._db, self.path)
        if not asked:
            connection.quick_check(self._db, self.path)

    def _close_reading(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _abandon(self) -> None:
        self._close_reading()
        self._drop_copy()
        if self.writer is not None:
            self.writer.close(sqlite3.Connection.close)
            looking.hold(self._identity, more=-1)
        self._lock.release()
        if not looking.has_log(self.path):
            looking.leave_no_litter(self.path)
