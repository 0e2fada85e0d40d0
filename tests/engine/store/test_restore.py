"""Back to a backup: what was there is kept, and what must not happen twice does not."""

import contextlib
import errno
import os
import sqlite3
import stat

import pytest

from engine.errors import EngineError
from engine.store import Project, backup, carried, restore, schema
from engine.store.check import check, repair
from engine.store.lock import Lock
from engine.store.rows import JobRow
from tests.engine.store.test_backup import paint

from .conftest import begin, end_without_closing


def test_restoring_keeps_what_was_there_and_undo_goes_on(project, path):
    paint(project)
    project.close()
    old = backup.make(path)
    project = Project.open(path)
    paint(project, 2)
    project.close()

    kept = restore.restore(path, old)
    assert kept.kind == backup.RESTORE
    assert backup.contents(kept.path).objects == 2
    project = Project.open(path)
    assert len(project.annotations(1)) == 1
    assert project.annotations(2) == []
    document = project.load(1)
    assert project.history(document).can_undo
    project.history(document).undo()
    assert not document.annotations
    project.close()

    restore.restore(path, kept)
    project = Project.open(path)
    assert len(project.annotations(2)) == 1
    project.close()
    left = {each.name for each in path.parent.iterdir()}
    assert left == {path.name, "slides.files"}


def test_results_of_jobs_are_not_taken_up_twice(project, path):
    old = backup.make(path)
    row = JobRow(
        id="20261120-101010-import-abc", kind="import", folder=path.parent / "j", taken=True
    )
    project.add_job(row)
    project.close()
    restore.restore(path, old)
    project = Project.open(path)
    assert [each.id for each in project.jobs() if each.taken] == [row.id]
    project.close()


@pytest.mark.skipif(os.name != "posix", reason="folders are flushed on POSIX only")
def test_a_folder_that_cannot_be_flushed_is_no_reason_to_say_that_it_failed(path, monkeypatch):
    """The backup lies in its place by then, and "it is as it was" would be wrong."""
    project = begin(path)
    paint(project)
    old = backup.make(path)
    paint(project, 2)
    project.close()
    flush = os.fsync

    def fsync(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        flush(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    assert restore.restore(path, old).kind == backup.RESTORE
    assert backup.contents(path).objects == 1


@pytest.fixture
def broken_off(path):
    """A project whose writer died in a transaction, where a rollback journal is kept."""
    project = begin(path)
    paint(project)
    project.close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("UPDATE images SET objects = 9")
        db.execute("PRAGMA cache_size = 3")
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE annotations SET note = hex(randomblob(90000))")
        files = [path, path.with_name(path.name + "-journal")]
        data = [each.read_bytes() for each in files]
        db.execute("ROLLBACK")
    for file, content in zip(files, data, strict=True):
        file.write_bytes(content)
    assert data[1]
    return path


def test_a_project_whose_writer_died_in_a_step_is_restored(broken_off, path, tmp_path):
    other = tmp_path / "other" / path.name
    begin(other).close()
    kept = restore.restore(path, backup.make(other))
    assert backup.contents(kept.path).objects == 1
    assert sorted(each.name for each in path.parent.iterdir()) == ["slides.files", path.name]


def test_a_project_whose_writer_died_in_a_step_is_repaired(broken_off, path):
    assert [each.code for each in repair(path).findings] == ["counts"]
    assert check(path).sound
    assert sorted(each.name for each in path.parent.iterdir()) == ["slides.files", path.name]


def test_a_repair_that_the_disk_breaks_off_is_one_sentence_and_can_be_done_again(path, monkeypatch):
    begin(path).close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE images SET objects = 9")

    def refused(db, project):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as full:
        full.setattr("engine.store.connection.prepare_writing", refused)
        with pytest.raises(EngineError, match=r"to the end: .* is full\. As it was, it is kept in"):
            repair(path)
    assert [each.code for each in check(path).findings] == ["counts"]
    assert not repair(path).sound
    assert check(path).sound


def test_a_damaged_project_is_kept_byte_by_byte_and_its_log_is_not_read_into_the_backup(path):
    project = begin(path)
    paint(project)
    old = backup.make(path)
    paint(project, 2)
    log = path.with_name(path.name + "-wal").read_bytes()
    project.close()
    path.with_name(path.name + "-wal").write_bytes(log)  # as a crash leaves it
    data = path.read_bytes()[: 4096 * 3]
    path.write_bytes(data)
    kept = restore.restore(path, old)
    assert kept.kind == backup.DAMAGED
    assert kept.path.read_bytes() == data
    assert kept.path.with_name(kept.path.name + "-wal").read_bytes() == log
    project = Project.open(path)
    assert len(project.annotations(1)) == 1
    assert project.annotations(2) == []
    project.close()
    with pytest.raises(EngineError, match="is damaged"):
        restore.restore(path, kept)


def test_an_open_project_and_a_broken_backup_are_refused(project, path):
    old = backup.make(path)
    with pytest.raises(EngineError, match="is open in"):
        restore.restore(path, old)
    project.close()
    old.path.write_bytes(old.path.read_bytes()[:5000])
    before = path.read_bytes()
    with pytest.raises(EngineError, match="was not restored"):
        restore.restore(path, old)
    assert path.read_bytes() == before
    assert not Lock(path).path.exists()


def test_without_room_the_project_stays_what_it_was(project, path, monkeypatch):
    old = backup.make(path)
    paint(project)
    project.close()
    before = path.read_bytes()

    def full(part, target):
        if target == path:
            raise OSError(errno.ENOSPC, "No space left on device")
        os.replace(part, target)

    monkeypatch.setattr(backup, "settle", full)
    with pytest.raises(EngineError, match="could not be restored"):
        restore.restore(path, old)
    assert path.read_bytes() == before
    assert not [each for each in path.parent.iterdir() if each.suffix == ".tmp"]


def test_a_project_that_is_gone_comes_back(project, path):
    old = backup.make(path)
    project.close()
    path.unlink()
    assert restore.restore(path, old) is None
    Project.open(path).close()


def test_backups_are_found_by_name_number_and_day(project, path):
    made = [backup.make(path) for _ in range(3)]
    assert restore.find(path, made[0].name) == made[0]
    assert restore.find(path, made[0].path.name) == made[0]
    assert restore.find(path, "2") == made[1]
    assert restore.find(path, made[0].day) == made[2]
    with pytest.raises(EngineError, match="has no backup “9”"):
        restore.find(path, "9")


@pytest.mark.parametrize("at", ["copy", "over"])
def test_a_full_disk_is_not_called_a_damaged_backup(project, path, monkeypatch, at):
    old = backup.make(path)
    paint(project)
    project.close()
    before = path.read_bytes()

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(*{"copy": (backup, "copy"), "over": (carried, "over")}[at], full)
    with pytest.raises(EngineError, match=r"could not be restored in .*disk is full.*free some"):
        restore.restore(path, old)
    assert path.read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} == {path.name, "slides.files"}


def test_a_backup_of_a_newer_version_is_not_called_damaged(project, path):
    made = backup.make(path)
    project.close()
    with contextlib.closing(sqlite3.connect(made.path)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(EngineError, match=r"was made by a newer Maskwright .* left as it is\."):
        restore.restore(path, made)


def test_numbers_that_were_given_out_stay_given_out(project, path):
    """To a copy for somebody else, say: their objects must not meet others of the same number."""
    old = backup.make(path)
    with contextlib.closing(sqlite3.connect(path)) as db:
        numbers = {"annotation": 5_000_000, "annotation.last": 5_999_999, "class.given": 1_099}
        db.executemany("INSERT OR REPLACE INTO counters VALUES (?, ?)", numbers.items())
        db.commit()
    project.close()
    restore.restore(path, old)
    project = Project.open(path)
    assert project.new_ids(1)[0] == 5_000_001
    with project._store.reading() as db:
        found = dict(db.execute("SELECT kind, value FROM counters"))
    assert numbers.items() <= found.items()
    project.close()


def test_what_a_job_worked_out_before_is_not_believed_after(project, path):
    """The stamp it goes by must never come again with other content."""
    paint(project)
    old = backup.make(path)
    paint(project, 1, (200, 200, 260, 260))
    project.close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        before = dict(db.execute("SELECT image, stamp FROM contents"))
    restore.restore(path, old)
    with contextlib.closing(sqlite3.connect(path)) as db:
        after = dict(db.execute("SELECT image, stamp FROM contents"))
        digests = db.execute("SELECT COUNT(digests) FROM contents").fetchone()[0]
    assert all(after[image] > before[image] for image in before)
    assert digests == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE counters SET value = 9223372036854775807",
        "INSERT OR REPLACE INTO contents VALUES (1, 9223372036854775807, NULL)",
        "ALTER TABLE counters ADD COLUMN evil TEXT AS (hex(zeroblob(100000000)))",
    ],
)
def test_what_is_impossible_is_not_carried_over(project, path, statement):
    paint(project)
    old = backup.make(path)
    project.close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(statement)
    with pytest.raises(EngineError, match="is damaged"):
        Project.open(path)
    restore.restore(path, old)
    project = Project.open(path)
    paint(project, 2)
    project.close()


def test_definitions_that_compute_are_not_run_to_back_up(project, path):
    project.close()
    slow = "length(replace(hex(zeroblob(100000000)), ''0'', ''ab''))"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute(
            f"UPDATE sqlite_schema SET sql = replace(sql, 'path TEXT', 'path TEXT CHECK ({slow} > 0"
            ")') WHERE name = 'images'"
        )
    with pytest.raises(EngineError, match="“images” is not one of ours"):
        backup.make(path)
    assert restore.keep_present(path, backup.RESTORE).kind == backup.DAMAGED


def test_nothing_is_carried_over_from_another_project(project, path, tmp_path):
    old = backup.make(path)
    project.close()
    path.unlink()
    other = Project.create(path)
    other.new_ids(1)
    other.add_job(JobRow(id="20261120-101010-import-abc", kind="import", folder=path, taken=True))
    other.close()
    restore.restore(path, old)
    project = Project.open(path)
    assert project.jobs() == []
    project.close()


def test_a_kill_just_before_the_end_of_restoring_loses_no_step(path, monkeypatch):
    """What a kill had left in the log is in the present file before that log is taken away."""
    project = begin(path)
    old = backup.make(path)
    paint(project)
    end_without_closing(project)

    def killed(part, target):
        if target == path:
            raise KeyboardInterrupt
        os.replace(part, target)

    monkeypatch.setattr(backup, "settle", killed)
    with pytest.raises(KeyboardInterrupt):
        restore.restore(path, old)
    monkeypatch.undo()
    project = Project.open(path)
    assert len(project.annotations(1)) == 1
    project.close()
