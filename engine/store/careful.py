"""What is done about work that can never be written: a fault of the program, not of the disk.

A full disk gets room again, so what could not be written waits. A fault comes back at each attempt;
waiting for it would keep everything after it from the disk for ever, and the project from closing.
So such work is gone around: everything else is written, and in its place its ``instead``.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol

from engine.errors import EngineError

Run = Callable[[sqlite3.Connection], None]

_OF_WORK: Final = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.NotSupportedError,
)


class Worked(Protocol):
    """What is written: ``run``, or where that cannot be done ``instead``."""

    @property
    def run(self) -> Run:
        """Does it on the connection, inside a transaction."""

    @property
    def instead(self) -> Run | None:
        """Does what can be done where ``run`` cannot; None where there is nothing."""


class LeftOutError(EngineError):
    """Raised by an ``instead`` that wrote all but some: nothing of what it wrote is taken back."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Work that could not be written as it was meant.

    Attributes:
        error: the fault.
        kept: what the work was to bring is in the file all the same, without its step of undo.
    """

    error: Exception
    kept: bool

    @property
    def words(self) -> str:
        """What it means to the user, as sentences."""
        if self.kept:
            return (
                "A fault of the program kept a change from being saved as a step. What the image "
                "holds was saved whole; its steps of before cannot be undone once it is closed."
            )
        return (
            "A fault of the program keeps a change from being saved. It is shown here and will be "
            "missing when the project is opened again, so make it anew. Everything else is saved."
        )


def is_fault(problem: Exception) -> bool:
    """Whether trying again cannot help: the work is at fault, not the place it is written to."""
    if isinstance(problem, sqlite3.Error):
        if getattr(problem, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            return True  # such as a table that is not there
        return isinstance(problem, _OF_WORK)
    return not isinstance(problem, OSError | MemoryError)


@contextmanager
def savepoint(db: sqlite3.Connection) -> Iterator[None]:
    """What is written inside the block is taken back where the block raises."""
    db.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk may have taken back everything already
            db.execute("ROLLBACK TO part")
            db.execute("RELEASE part")
        raise
    db.execute("RELEASE part")


def write(db: sqlite3.Connection, works: Iterable[Worked]) -> list[Fault]:
    """Do each work, or what there is instead of it; answers with those that were at fault.

    Args:
        db: inside a transaction.
        works: in order.

    Raises:
        sqlite3.Error, OSError: the place is at fault.
    """
    return [fault for work in works if (fault := _written(db, work)) is not None]


def _written(db: sqlite3.Connection, work: Worked) -> Fault | None:
    error = tried(db, work.run)
    if error is None:
        return None
    again = tried(db, work.instead) if work.instead is not None else error
    return Fault(error, again is None)


def tried(db: sqlite3.Connection, run: Run) -> Exception | None:
    """Do it whole or not at all; the fault it has, if any."""
    left: LeftOutError | None = None
    try:
        with savepoint(db):
            try:
                run(db)
            except LeftOutError as some:
                left = some
    except Exception as problem:
        if not is_fault(problem) or not db.in_transaction:
            raise
        return problem
    return left


def joined(works: Iterable[Worked]) -> Run:
    """What is done instead of several works that were to be one transaction."""
    some = tuple(works)

    def instead(db: sqlite3.Connection) -> None:
        left = [each for each in write(db, some) if not each.kept]
        if left:
            raise LeftOutError(str(left[0].error)) from left[0].error

    return instead
