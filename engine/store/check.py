"""Looks through a project file and mends what can be mended."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.store import (
    backup,
    check_masks,
    check_numbers,
    check_rules,
    connection,
    first_page,
    foreign,
    looking,
    restore,
    rights,
    salvage,
)
from engine.store.backup import Backup
from engine.store.check_rules import Finding
from engine.store.lock import Lock

Watch = Callable[[int, int, str], None]

PAGES = "pages"
"""The code of the finding that pages of the file do not hang together."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and what was done about it.

    Attributes:
        findings: what is wrong; empty of a sound project.
        done: what repairing did, as sentences; empty where nothing was asked for.
        kept: the backup made before; None where nothing was repaired.
    """

    findings: Sequence[Finding]
    done: Sequence[str] = ()
    kept: Backup | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def check(project: Path, watch: Watch = lambda done, total, text: None) -> Report:
    """Look through a project, open or not; nothing is changed.

    Args:
        project: its file.
        watch: called now and then with (done, total, what).

    Raises:
        EngineError: it is not there, is no project at all, or is of a newer Maskwright.
    """
    _there(project)
    try:
        with looking.looked_at(project) as db:
            db.execute("BEGIN")
            found = _found(db, project, watch)
    except sqlite3.OperationalError as problem:
        if not connection.is_damage(problem):
            raise connection.unreadable(project, problem) from problem
        return Report([_pages(project, connection.detail(problem))])
    except connection.TROUBLE as problem:
        # Only now: closing a file that SQLite has open in this process takes away its locks.
        with contextlib.suppress(connection.DamagedError):
            connection.check_header(project)
        return Report([_pages(project, connection.detail(problem))])
    if not found:
        try:
            connection.check_header(project)
        except connection.DamagedError as problem:
            return Report([_pages(project, problem.detail)])
    return Report(found)


def repair(project: Path, watch: Watch = lambda done, total, text: None) -> Report:
    """Mend what can be mended, after a backup; the project may not be open anywhere.

    Raises:
        EngineError: as ``check``; or somebody has it open, the backup cannot be written, or too
            little of the file can be read. It is then as it was. Or the disk refuses half-way.
    """
    _there(project)
    lock = Lock(project)
    try:
        if not lock.acquire():
            raise lock.refusal(project.stem)
    except OSError as problem:
        raise EngineError(
            f"{project.name} cannot be repaired in {project.parent.absolute()}: "
            f"{problem.strerror}. Make the folder writable."
        ) from problem
    try:
        looking.take_back(project)
        report = check(project, watch)
        if report.sound:
            return report
        rights.refuse_protected(project, "repaired")
        kept = restore.keep_present(project, backup.REPAIR)
        done: list[str] = []
        if any(each.code == PAGES for each in report.findings):
            done += _salvaged(project, watch)
        try:
            done += _mended(project, watch)
        except sqlite3.OperationalError as problem:
            raise EngineError(
                f"{project.name} could not be repaired to the end: {problem}. As it was, it is "
                f"kept in backups as {kept.name}. Free some space, or make the folder writable, "
                "and repair it again."
            ) from problem
        return Report(report.findings, done, kept)
    finally:
        lock.release()
        looking.leave_no_litter(project)


def _there(project: Path) -> None:
    """Pass if there is a file with something in it, which SQLite would otherwise make or empty.

    Raises:
        EngineError: there is none.
    """
    if not project.is_file():
        raise EngineError(f"{project.name} is not there: {project}. Choose another file.")
    if not project.stat().st_size:
        raise connection.emptied(project)


def _found(db: sqlite3.Connection, project: Path, watch: Watch) -> list[Finding]:
    watch(0, 0, "Looking through the file")
    try:
        foreign.check_shape(db, project)  # first: other definitions may compute for hours
    except connection.DamagedError as problem:
        return [_pages(project, problem.detail)]
    found: list[Finding] = []
    problems = _integrity(db)
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        found.append(_pages(project, f"{problems[0]}{more}"))
    try:
        _read_texts(db)
        found += check_numbers.look(db)
        found += check_rules.look(db)
        found += check_masks.look(db, watch)
    except connection.TROUBLE as problem:
        if not problems:
            found.append(_pages(project, connection.detail(problem)))
    except (TypeError, ValueError):
        if not problems:  # else a column may hold what it cannot
            raise
    return found


def _read_texts(db: sqlite3.Connection) -> None:
    """Read every text: SQLite does not look whether it is one.

    Raises:
        sqlite3.Error: one cannot be read.
    """
    tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for (table,) in tables:
        told = db.execute(f"PRAGMA table_info({table})").fetchall()
        texts = ", ".join(f'"{row[1]}"' for row in told if row[2] == "TEXT")
        for _ in db.execute(f"SELECT {texts} FROM {table}") if texts else ():
            pass


def _integrity(db: sqlite3.Connection) -> list[str]:
    try:
        said = [str(row[0]) for row in db.execute("PRAGMA integrity_check(20)")]
    except connection.TROUBLE as problem:
        return [connection.detail(problem)]
    return [] if said == ["ok"] else [line.splitlines()[-1] for line in said]


def _pages(project: Path, detail: str) -> Finding:
    text = f"Pages of the file are damaged ({detail})."
    what = "Repairing reads every row that can still be read into a new file."
    kept = next(filter(lambda each: each.kind != backup.DAMAGED, backup.backups_of(project)), None)
    if kept is not None:
        what += f" Its backup of {kept.day} {kept.clock} can be restored instead."
    return Finding(PAGES, text, what)


def _salvaged(project: Path, watch: Watch) -> list[str]:
    part = project.with_name(f".{project.name}.{os.getpid()}.tmp")
    try:
        try:
            saved = salvage.salvage(project, part, watch)
        except salvage.NothingError:
            saved = _begun_anew(project, part, watch)
        restore.put_in_place(part, project)
    except OSError as problem:
        raise EngineError(
            f"{project.name} could not be repaired: {problem.strerror or problem}. It is as it "
            "was. Free some space, or make the folder writable."
        ) from problem
    finally:
        backup.remove(part)
    return [each.words for each in saved]


def _begun_anew(project: Path, part: Path, watch: Watch) -> list[salvage.Saved]:
    """Read it behind another first page; its own may be all that is wrong."""
    try:
        return first_page.save(project, part, watch)
    except salvage.NothingError as problem:
        raise EngineError(f"{problem} {backup.way_back(project)}") from problem


def _mended(project: Path, watch: Watch) -> list[str]:
    """Bring the file to the present version and mend what the rules find, in one transaction."""
    done: list[str] = []
    with contextlib.closing(connection.connect(project, write=True)) as db:
        connection.prepare_writing(db, project)
        for _ in range(4):  # mending one thing may leave another, such as a count
            numbers = check_numbers.look(db)  # alone: others are mended by counting on
            found = numbers or [*check_rules.look(db), *check_masks.look(db, watch)]
            if not found:
                break
            db.execute("BEGIN IMMEDIATE")
            try:
                for each in found:
                    each.mend(db)
                db.execute("DELETE FROM contents")  # digests of what was
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK")
                raise
            done += [f"{each.text} {each.repair}" for each in found]
        if _integrity(db):
            db.execute("REINDEX")
            done.append("The indexes were made anew.")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return list(dict.fromkeys(done))
