"""Looks through a project file and mends what can be mended."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.store import backup, check_masks, check_rules, connection, restore, salvage
from engine.store.backup import Backup
from engine.store.check_rules import Finding
from engine.store.lock import Lock, refuse

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
    _known(project)
    try:
        with contextlib.closing(connection.connect(project, write=False)) as db:
            db.execute("BEGIN")
            return Report(_found(db, project, watch))
    except sqlite3.OperationalError as problem:
        if (problem.sqlite_errorcode & 0xFF) != sqlite3.SQLITE_CORRUPT:
            raise connection.unreadable(project, problem) from problem
        return Report([_pages(str(problem))])
    except connection.TROUBLE as problem:
        return Report([_pages(str(problem))])


def repair(project: Path, watch: Watch = lambda done, total, text: None) -> Report:
    """Mend what can be mended, after a backup; the project may not be open anywhere.

    Raises:
        EngineError: as ``check``; or somebody has it open, the backup cannot be written, or too
            little of the file can be read. It is then as it was.
    """
    _known(project)
    lock = Lock(project)
    try:
        if not lock.acquire():
            raise refuse(lock.owner(), project.stem)
    except OSError as problem:
        raise EngineError(
            f"{project.name} cannot be repaired in {project.parent}: {problem.strerror}. "
            "Make the folder writable."
        ) from problem
    try:
        report = check(project, watch)
        if report.sound:
            return report
        kept = restore.keep_present(project, backup.REPAIR)
        done: list[str] = []
        if any(each.code == PAGES for each in report.findings):
            done += _salvaged(project, watch)
        done += _mended(project, watch)
        return Report(report.findings, done, kept)
    finally:
        lock.release()


def _known(project: Path) -> None:
    """Pass if it could be a project of this version or an earlier one.

    Raises:
        EngineError: it could not.
    """
    if not project.is_file():
        raise EngineError(f"{project.name} is not there: {project}. Choose another file.")
    if not connection.check_header(project):
        raise connection.not_a_project(project)


def _found(db: sqlite3.Connection, project: Path, watch: Watch) -> list[Finding]:
    found: list[Finding] = []
    watch(0, 0, "Looking through the file")
    problems = _integrity(db)
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        found.append(_pages(f"{problems[0]}{more}"))
    try:
        connection.check_schema(db, project)
    except connection.DamagedError as problem:
        return [*found, _pages(str(problem))] if not problems else found
    try:
        found += check_rules.look(db)
        found += check_masks.look(db, watch)
    except connection.TROUBLE as problem:
        if not problems:
            found.append(_pages(str(problem)))
    return found


def _integrity(db: sqlite3.Connection) -> list[str]:
    try:
        said = [str(row[0]) for row in db.execute("PRAGMA integrity_check(20)")]
    except connection.TROUBLE as problem:
        return [str(problem)]
    return [] if said == ["ok"] else [line.splitlines()[-1] for line in said]


def _pages(detail: str) -> Finding:
    text = f"Pages of the file are damaged ({detail})."
    what = "Repairing reads every row that can still be read into a new file."
    return Finding(PAGES, text, what)


def _salvaged(project: Path, watch: Watch) -> list[str]:
    part = project.with_name(f".{project.name}.{os.getpid()}.tmp")
    try:
        saved = salvage.salvage(project, part, watch)
        restore.put_in_place(part, project)
    except OSError as problem:
        raise EngineError(
            f"{project.name} could not be repaired: {problem.strerror}. It is as it was. Free "
            "some space, or make the folder writable."
        ) from problem
    finally:
        part.unlink(missing_ok=True)
    return [each.words for each in saved]


def _mended(project: Path, watch: Watch) -> list[str]:
    """Bring the file to the present version and mend what the rules find, in one transaction."""
    done: list[str] = []
    with contextlib.closing(connection.connect(project, write=True)) as db:
        connection.prepare_writing(db, project)
        for _ in range(3):  # mending one thing may leave another, such as a count
            found = [*check_rules.look(db), *check_masks.look(db, watch)]
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
