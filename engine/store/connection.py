"""Opening a project file as what it is: SQLite from anywhere, trusted in nothing."""

import contextlib
import os
import sqlite3
import struct
from pathlib import Path
from typing import Final

from engine.errors import EngineError
from engine.store import blank, looking, schema
from engine.store.lock import Lock

MOST_BYTES: Final = 256 << 20
"""The largest text or blob that is read or written."""

TROUBLE: Final = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises."""

_DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_TOOBIG}
    | {sqlite3.SQLITE_ERROR}  # such as a form of the tables that SQLite does not know
)
_MAGIC: Final = b"SQLite format 3\0"
_MOST_VERSIONS: Final = 1000  # more than there will be: a bit of the number is wrong
_BUSY: Final = 10.0  # seconds to wait for another connection


def check_header(path: Path) -> bool:
    """Look at the first bytes of ``path`` without opening it as a database.

    Returns:
        False for an empty file: a project that was never begun. True without a look for one that
        this process has open, see ``looking.is_held``.

    Raises:
        EngineError: it cannot be read, is no project, or needs a newer Maskwright.
    """
    if looking.is_held(path):
        return True
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise not_a_project(path)
    try:
        with open(path, "rb") as file:
            head = file.read(100)
    except OSError as problem:
        raise EngineError(f"{path.name} cannot be read: {problem.strerror}.") from problem
    if not head:
        return False
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise _another_beginning(path)
    version, application = (
        struct.unpack_from(">I", head, 60)[0],
        struct.unpack_from(">I", head, 68)[0],
    )
    if application != schema.APPLICATION_ID:
        hot = path.with_name(path.name + "-wal"), path.with_name(path.name + "-journal")
        if version == 0 and application == 0 and any(file.exists() for file in hot):
            return True  # killed while it was being made; the open database tells more
        raise _another_beginning(path)
    refuse_newer(path, version)
    _check_form(path, head)
    return True


def check_form(path: Path) -> None:
    """Pass if SQLite knows how to write a file that nobody has open.

    Raises:
        DamagedError: it would open it, and refuse each write to it and to copies of it.
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        _check_form(path, file.read(100))


def _check_form(path: Path, head: bytes) -> None:
    if max(head[18:20], default=0) > 2:
        raise damaged(path, "its beginning")


def not_a_project(path: Path) -> EngineError:
    """The sentence for a file of another kind."""
    return EngineError(
        f"{path.name} is not a Maskwright project. Choose a .maskwright file, or open the folder "
        "with the images."
    )


def _another_beginning(path: Path) -> EngineError:
    """A file that does not begin as a project does: a damaged one, or none."""
    from engine.store.first_page import could_be_ours

    return damaged(path, "its beginning") if could_be_ours(path) else not_a_project(path)


class DamagedError(EngineError):
    """A project that cannot be trusted any more.

    Attributes:
        path: its file.
        detail: what is wrong, without the advice.
    """

    def __init__(self, path: Path, sentence: str, detail: str) -> None:
        super().__init__(sentence)
        self.path, self.detail = path, detail


def damaged(path: Path, detail: object) -> DamagedError:
    """The sentence for a project that cannot be trusted any more, and what to do."""
    from engine.store.backup import DAMAGED as KEPT_DAMAGED
    from engine.store.backup import backups_of

    kept = [each for each in backups_of(path) if each.kind != KEPT_DAMAGED]
    advice = "Repair it"
    if kept:
        advice = f"Restore its backup of {kept[0].day}, or repair it"
    advice += " with Backups in the File menu, or with: maskwright check --repair."
    said = f"{path.name} is damaged and was not opened ({detail}). {advice}"
    return DamagedError(path, said, str(detail))


def emptied(path: Path) -> EngineError:
    """The sentence for an empty file in the place of a project, if there ever was one."""
    from engine.store.backup import backups_of, way_back

    if not backups_of(path) and not path.with_name(path.name + "-wal").exists():
        return not_a_project(path)
    said = f"{path.name} is empty and was not opened. {way_back(path)}"
    return DamagedError(path, said, "it is empty")


def unreadable(path: Path, problem: Exception) -> EngineError:
    """The sentence for a read that did not work."""
    if isinstance(problem, UnicodeError):  # SQLite quoting what it could not make out
        return damaged(path, "its list of tables")
    if is_damage(problem):
        return damaged(path, detail(problem))
    return EngineError(f"{path.name} cannot be read just now: {problem}. Try it again.")


def is_damage(problem: Exception) -> bool:
    """Whether SQLite says that what it read cannot be so, and not that it could not read."""
    return _is_no_text(problem) or getattr(problem, "sqlite_errorcode", 0) & 0xFF in _DAMAGE


def detail(problem: Exception) -> str:
    """What SQLite says of damage, without what it read."""
    return "one of its texts" if _is_no_text(problem) else str(problem)


def _is_no_text(problem: Exception) -> bool:
    """Whether a text is none: Python's own complaint, which has no number and quotes all of it."""
    return "Could not decode to UTF-8" in str(problem)


class NewerError(EngineError):
    """A file that only a newer version of the program can read."""


def refuse_newer(path: Path, version: int) -> None:
    """Pass if this program knows the version.

    Raises:
        EngineError: it does not, or no program ever will.
    """
    if version > _MOST_VERSIONS:
        raise damaged(path, "its beginning")
    if version > schema.VERSION:
        raise NewerError(
            f"{path.name} was made by a newer Maskwright (version {version} of the file; this "
            f"program reads up to {schema.VERSION}). It was left as it is. Update Maskwright to "
            "open it."
        )


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open a project file; the connection may be used from any thread, one at a time.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    mode = "rwc" if write else "ro"
    if not write and _would_leave_files(path):
        return _connect(path, "immutable=1")
    try:
        return _connect(path, f"mode={mode}")
    except sqlite3.OperationalError:
        wal, journal = (path.with_name(path.name + end) for end in ("-wal", "-journal"))
        if write or (wal.exists() and (wal.stat().st_size or Lock(path).path.exists())):
            raise
        if journal.exists() and journal.stat().st_size:
            _take_back(path)
            return _connect(path, f"mode={mode}")
        return _connect(path, "immutable=1")  # a read-only or full place; nobody writes there


def _would_leave_files(path: Path) -> bool:
    """Whether a reader would make a log that is its own, and so keep the owner out.

    So it is where the file may not be written but the folder may: SQLite makes both files of a
    log for a mere look and cannot remove them. While there is none, nobody has the file open.
    """
    if os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return False
    if any(path.with_name(path.name + end).exists() for end in ("-wal", "-shm", "-journal")):
        return False
    return path.exists() and not looking.is_held(path)


def _take_back(path: Path) -> None:
    """Undo a transaction whose writer died in it, which a reader cannot.

    Raises:
        sqlite3.OperationalError: somebody has the project open, or it cannot be written.
    """
    lock = Lock(path)
    try:
        if not lock.acquire():
            raise sqlite3.OperationalError("its last change is not complete, and it is open")
    except OSError as problem:
        raise sqlite3.OperationalError("its last change is not complete") from problem
    try:
        _connect(path, "mode=rwc").close()
    finally:
        lock.release(as_found=True)


def _connect(path: Path, query: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{query}"
    db = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY
    )
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA cell_size_check = ON")
        db.execute("PRAGMA mmap_size = 0")
        db.execute("PRAGMA cache_size = -16000")
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
        db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        db.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def prepare_writing(db: sqlite3.Connection, path: Path, *, logged: bool = True) -> None:
    """Make a connection the one that writes: every commit reaches the disk, readers go on.

    Args:
        db: the connection, open for writing.
        path: its file.
        logged: keep a write-ahead log; else, and where that is not to be had, a rollback journal.

    Raises:
        EngineError: the file is of another kind or version.
        sqlite3.Error: it cannot be written.
    """
    db.execute("PRAGMA synchronous = FULL")
    version, tables = _identity(db)
    if version == 0 and not tables:
        blank.write(db)
    else:
        check_schema(db, path)
        schema.migrate(db)
    with contextlib.suppress(sqlite3.OperationalError):  # where shared memory is not to be had
        db.execute(f"PRAGMA journal_mode = {'WAL' if logged else 'TRUNCATE'}")
    if logged and db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        db.execute("PRAGMA journal_mode = TRUNCATE")
    db.execute("PRAGMA journal_size_limit = 16777216")


def check_schema(db: sqlite3.Connection, path: Path, *, missing_ok: bool = False) -> None:
    """Pass if the open file is a project this program reads, with nothing active in it.

    Args:
        db: any connection.
        path: its file, for sentences.
        missing_ok: tables may be missing.

    Raises:
        EngineError: it is not.
    """
    version, tables = _identity(db)
    application = int(db.execute("PRAGMA application_id").fetchone()[0])
    if application != schema.APPLICATION_ID:
        raise _another_beginning(path)
    refuse_newer(path, version)
    active = db.execute(
        "SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view') "
        "OR (type = 'table' AND sql LIKE 'CREATE VIRTUAL%')"
    ).fetchone()
    if active is not None:
        raise damaged(path, f"it holds a program of its own, “{active[0]}”")
    loose = db.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' "
        "AND (type <> 'table' OR NOT strict)"
    ).fetchone()
    if loose is not None:
        raise damaged(path, f"its table “{loose[0]}” is not one of ours")
    missing = schema.TABLES - tables
    if missing and not missing_ok:
        raise damaged(path, f"{sorted(missing)[0]} is missing")


def quick_check(db: sqlite3.Connection, path: Path) -> None:
    """Look whether the pages of the file hang together.

    Raises:
        EngineError: they do not.
        sqlite3.Error: they cannot be read just now.
    """
    try:
        answer = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as problem:
        if not is_damage(problem):
            raise
        raise damaged(path, problem) from problem
    if answer != "ok":
        said = [line for line in answer.splitlines() if not line.startswith("***")]
        raise damaged(path, said[0] if said else answer)


def finish_writing(db: sqlite3.Connection) -> None:
    """Close; the last to close leaves one plain file behind.

    The file stays in WAL mode, so that an owner who comes while a job reads need not wait for it.
    """
    with contextlib.suppress(sqlite3.Error):
        if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            db.execute("PRAGMA journal_mode = DELETE")  # else an empty one would stay beside
        pages = int(db.execute("PRAGMA page_count").fetchone()[0])
        free = int(db.execute("PRAGMA freelist_count").fetchone()[0])
        if free * 4 > pages:
            db.execute("PRAGMA incremental_vacuum").fetchall()
    db.close()


def _identity(db: sqlite3.Connection) -> tuple[int, set[str]]:
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    names = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return version, {str(name) for (name,) in names}
