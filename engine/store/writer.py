"""The one thread that writes a project.

Work is handed over and done in order, everything that waits in one transaction. Work that cannot
be committed stays, and is tried again: nothing that was handed over is dropped for want of a disk.
Work that is itself at fault would be so for ever; it is gone around, see ``careful``, and told.
"""

import errno
import logging
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from engine.errors import EngineError
from engine.store import careful
from engine.store.careful import Fault, Run

Renew = Callable[[sqlite3.Connection, int | None], sqlite3.Connection]

RETRY_AFTER: Final = 2.0
"""Seconds between attempts while writing does not work."""

PAINT_FIRST: Final = 0.025
"""Seconds that the first work after a rest waits. The window hands a step over before it paints it,
and both need the interpreter; this is a quarter of the time within which a step is to be kept."""

SAFE: Final = "Your changes are safe in memory."
"""Of a program that stays open; a command says what became of them."""

_BATCH: Final = 500
_MOST_COMMITS: Final = (1 << 62) - 1
_Write = Callable[[sqlite3.Connection, list["Work"]], list[Fault]]


@dataclass(frozen=True, slots=True)
class Work:
    """Something to write.

    Attributes:
        run: does it on the connection, inside a transaction; is called again after a failure.
        done: called on the writer's thread after the commit.
        instead: what to write where ``run`` is at fault; see ``careful``.
    """

    run: Run
    done: Callable[[], None] | None = None
    instead: Run | None = None


def joined(group: list[Work]) -> Work:
    """Several works as one, so that all of them are one transaction."""

    def run(db: sqlite3.Connection) -> None:
        _plainly(db, group)

    def done() -> None:
        for work in group:
            if work.done is not None:
                work.done()

    return Work(run, done, careful.joined(group))


class Writer:
    """A thread, its connection, and what waits for it.

    Attributes:
        on_saved: called on the writer's thread whenever nothing waits any more.
        on_failed: called there with the problem whenever an attempt failed.
        on_fault: called there with work that was at fault, once what came with it is on the disk.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        name: str,
        guard: Callable[[], None] | None = None,
        renew: Renew | None = None,
    ) -> None:
        """Start the thread.

        Args:
            db: the connection; nobody else may use it any more.
            name: the project's name, for sentences.
            guard: called before each transaction; raises ``OSError`` where writing must stop.
            renew: then asked for another connection to the same content, with the number of
                commits that were made; raises ``OSError`` where there is none.
        """
        self.on_saved: list[Callable[[], None]] = []
        self.on_failed: list[Callable[[EngineError], None]] = []
        self.on_fault: list[Callable[[Fault], None]] = []
        self.problem: EngineError | None = None
        self._db, self._name, self._guard, self._renew = db, name, guard, renew
        self._commits: int | None = None  # as the file counts them; None before the first here
        self._strange = False  # the last attempt failed in reading or writing
        self._waiting: deque[Work] = deque()
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._unfinished = False  # committed, but not everyone has been told
        self._attempts = self._failed_at = 0  # begun so far, and the last that failed
        self._again = False
        self._urgent = False  # somebody waits until all is written
        self._leaving = self._ended = False
        self._end: Callable[[sqlite3.Connection], None] | None = None
        self._thread = threading.Thread(target=self._run, name=f"writer of {name}", daemon=True)
        self._thread.start()

    @property
    def saved(self) -> bool:
        """Whether everything handed over is on the disk."""
        return not self._waiting and not self._unfinished

    @property
    def waiting(self) -> int:
        """How much that was handed over is not written yet."""
        return len(self._waiting)

    def submit(self, work: Work) -> None:
        """Hand over; returns at once."""
        with self._changed:
            if self._leaving:
                raise EngineError(f"“{self._name}” is closed; open it again to change it.")
            self._waiting.append(work)
            self._again = True
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until everything handed over is on the disk.

        Raises:
            EngineError: it could not be written; it is kept and will be tried again.
        """
        with self._changed:
            if self.saved:
                return
            # One that is under way may fail for what was so before; the next is what counts.
            attempts, self._again, self._urgent = self._attempts, True, True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.saved or self._failed_at > attempts or self._ended)
            if not self.saved:
                raise self.problem or EngineError(f"“{self._name}” could not be saved.")

    @contextmanager
    def paused(self) -> Iterator[list[Work]]:
        """Nothing is written inside the block; answers with what waits and is in no file yet."""
        with self._writing:
            with self._changed:
                waiting = list(self._waiting)
            yield waiting

    def close(self, end: Callable[[sqlite3.Connection], None] | None = None) -> None:
        """Stop the thread, whether all is written or not, and wait until it has ended.

        Args:
            end: closes the connection, on the thread: taking the log over into the file can take
                a while. Without it the connection stays open.
        """
        with self._changed:
            self._leaving, self._end = True, end
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop()
        finally:  # however it ends: nobody may wait for a thread that is gone
            with self._changed:
                self._ended = True
                self._changed.notify_all()
        if self._end is not None:
            self._end(self._db)

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._await_work()
                if self._leaving and (self.problem or not self._waiting):
                    return
                self._again = False
                self._attempts += 1
                batch = [self._waiting[n] for n in range(min(_BATCH, len(self._waiting)))]
            try:
                with self._writing:
                    faults = self._written(batch)
                    self._take_off(batch)
            except Exception as problem:
                self._failed(problem)
            else:
                self._tell_faults(faults)
                self._succeeded(batch)

    def _await_work(self) -> None:
        if self._waiting:
            return
        self._urgent = False
        self._changed.wait_for(lambda: self._waiting or self._leaving)
        self._changed.wait_for(lambda: self._urgent or self._leaving, PAINT_FIRST)

    def _look(self) -> None:
        """Pass if the file can be written; one that went away and came back is opened anew."""
        if self._guard is None:
            return
        try:
            self._guard()
            if not self._strange or self._renew is None:
                return
        except OSError:
            if self._renew is None:
                raise
        self._db = self._renew(self._db, self._commits)
        self._strange = False

    def _written(self, batch: list[Work]) -> list[Fault]:
        """Commit; where some work is at fault, all that can be, answering with what was not."""
        try:
            self._commit(batch)
        except Exception as problem:
            if not careful.is_fault(problem):
                raise
            return self._transact(batch, careful.write)
        return []

    def _commit(self, batch: list[Work]) -> None:
        self._transact(batch, _plainly)

    def _transact(self, batch: list[Work], write: _Write) -> list[Fault]:
        self._look()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            faults = write(self._db, batch)
            if self._renew is not None:
                count = (commits(self._db) + 1) & _MOST_COMMITS
                self._db.execute("INSERT OR REPLACE INTO counters VALUES ('commit', ?)", (count,))
            self._db.execute("COMMIT")
            if self._renew is not None:
                self._commits = count
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        return faults

    def _take_off(self, batch: list[Work]) -> None:
        with self._changed:
            for _ in batch:
                self._waiting.popleft()
            self._unfinished = True

    def _succeeded(self, batch: list[Work]) -> None:
        for work in batch:
            if work.done is not None:
                _tell(work.done)
        with self._changed:
            self.problem, self._unfinished = None, False
            empty = not self._waiting
            self._changed.notify_all()
        if empty:
            for told in tuple(self.on_saved):
                _tell(told)

    def _tell_faults(self, faults: list[Fault]) -> None:
        for fault in faults:
            logging.getLogger(__name__).error("work was at fault", exc_info=fault.error)
            for told in tuple(self.on_fault):
                _tell(told, fault)

    def _failed(self, problem: Exception) -> None:
        code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
        self._strange = code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
        said = sentence(problem, self._name)
        with self._changed:
            self.problem = said
            self._failed_at = self._attempts
            self._changed.notify_all()
        for told in tuple(self.on_failed):
            _tell(told, said)
        with self._changed:
            self._changed.wait_for(lambda: self._again or self._leaving, RETRY_AFTER)


def _plainly(db: sqlite3.Connection, batch: list[Work]) -> list[Fault]:
    for work in batch:
        work.run(db)
    return []


def commits(db: sqlite3.Connection) -> int:
    """How many transactions a writer ever committed to the file."""
    row = db.execute("SELECT value FROM counters WHERE kind = 'commit'").fetchone()
    return 0 if row is None else int(row[0])


def _tell(told: Callable[..., None], *news: object) -> None:
    """A listener's own trouble must not stop the writing."""
    try:
        told(*news)
    except Exception:
        logging.getLogger(__name__).exception("a listener of the writer failed")


def sentence(problem: Exception, name: str) -> EngineError:
    """What to tell the user when ``name`` could not be written."""
    code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    number = getattr(problem, "errno", None)
    if code == sqlite3.SQLITE_FULL or number in (errno.ENOSPC, errno.EDQUOT):
        why, advice = "the disk is full", "Free some space, or choose another folder."
    elif code == sqlite3.SQLITE_READONLY or number in (errno.EROFS, errno.EACCES, errno.EPERM):
        why, advice = "its folder is read-only", "Make it writable, or choose another folder."
    elif isinstance(problem, FileNotFoundError) and problem.filename2:
        why = f"its file was renamed to {os.path.basename(problem.filename2)}"
        advice = "Give it its name back, or choose another folder."
    elif isinstance(problem, FileNotFoundError):
        why, advice = "its file is gone", "Bring the folder back, or choose another."
    elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        why, advice = "another program is using the file", "It is tried again."
    elif code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        why, advice = "the file is damaged", "Save it as a copy in another folder."
    else:
        why, advice = f"{problem or type(problem).__name__}", "Choose another folder."
    said = EngineError(f"Could not save {name}: {why}. {SAFE} {advice}")
    said.__cause__ = problem
    return said
