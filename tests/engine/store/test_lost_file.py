"""A project whose file is gone or emptied: another is never begun over what is left of it."""

import contextlib
import json
import socket
import sqlite3

import pytest

from engine.errors import EngineError
from engine.store import Project, backup, restore
from engine.store.check import check, repair
from engine.store.connection import DamagedError
from tests.engine.store.test_backup import paint

from .conftest import begin, end_without_closing


@pytest.fixture
def killed(path):
    """A project as a kill leaves it: its newest step is in the log alone."""
    project = begin(path)
    paint(project)
    end_without_closing(project)
    return path


@pytest.fixture
def died(killed):
    """Its owner died, and had said at which step it began."""
    text = {"pid": 2**22 + 1, "started": 5.0, "host": socket.gethostname(), "sequence": 0}
    killed.with_name(killed.name + ".lock").write_text(json.dumps(text))
    return killed


@pytest.mark.parametrize("open_", [Project.open, Project.open_or_create, Project.create])
def test_an_emptied_file_is_not_begun_anew(project, path, open_):
    paint(project)
    made = backup.make(path)
    project.close()
    path.write_bytes(b"")
    with pytest.raises(DamagedError, match=r"is empty and was not opened\. Restore its backup of"):
        open_(path)
    assert path.read_bytes() == b""
    for look in (check, repair):
        with pytest.raises(EngineError, match=rf"--restore {made.number}$"):
            look(path)
    restore.restore(path, restore.find(path, "1"))
    project = Project.open(path)
    assert len(project.annotations(1)) == 1
    project.close()


def test_an_emptied_file_with_a_log_is_not_begun_anew(killed):
    log = killed.with_name(killed.name + "-wal").read_bytes()
    killed.write_bytes(b"")
    with pytest.raises(DamagedError, match="is empty and was not opened"):
        Project.open(killed)
    assert killed.with_name(killed.name + "-wal").read_bytes() == log


@pytest.mark.parametrize("gone", [False, True])
def test_a_log_without_its_file_is_kept_when_a_backup_takes_its_place(died, gone):
    made = backup.make(died)
    log = died.with_name(died.name + "-wal")
    before = log.read_bytes()
    if gone:
        died.unlink()
    else:
        died.write_bytes(b"")
    kept = restore.restore(died, made)
    assert kept.kind == backup.DAMAGED
    assert kept.path.with_name(kept.path.name + "-wal").read_bytes() == before
    assert not log.exists()
    project = Project.open(died)
    assert len(project.annotations(1)) == 1
    project.close()


def test_a_project_that_moved_leaves_no_log_behind(project, path, tmp_path, monkeypatch):
    """Its log could not be taken over: the disk is full, which is why it moves."""
    paint(project)
    monkeypatch.setattr("engine.store.connection.finish_writing", lambda db: None)
    log = path.with_name(path.name + "-wal")
    moved = project.move_to(tmp_path / "there" / "slides.maskwright")
    monkeypatch.undo()
    assert not log.exists()
    moved.close()
    again = Project.open_or_create(path)
    assert len(again.images()) == 0
    again.close()


def test_a_file_that_is_gone_leaves_its_log_alone(killed):
    """Opening the folder would begin another, and SQLite would throw the log away."""
    away = killed.with_name("away")
    killed.rename(away)
    log = killed.with_name(killed.name + "-wal")
    before = log.read_bytes()
    with pytest.raises(EngineError, match=r"its newest steps are, in slides\.maskwright-wal"):
        Project.open_or_create(killed.parent)
    assert log.read_bytes() == before
    assert not killed.exists()
    away.rename(killed)
    project = Project.open(killed)
    assert len(project.annotations(1)) == 1
    project.close()


def test_an_empty_file_that_never_was_a_project_is_begun(path):
    path.parent.mkdir()
    path.touch()
    project = Project.open(path)
    assert len(project.images()) == 0
    project.close()
    path.write_bytes(b"")
    with pytest.raises(EngineError, match="is not a Maskwright project"):
        check(path)


def test_what_was_left_is_said_to_the_next_owner_whoever_looks_before(died):
    """A reader that tidied up after the dead would take away what it had left word of."""
    check(died)
    backup.make(died)
    reader = Project.open(died, read_only=True)
    assert len(reader.annotations(1)) == 1
    reader.close()
    project = Project.open(died)
    assert project.recovered.steps > 0
    project.close()
    assert {each.name for each in died.parent.iterdir()} == {died.name, "slides.files"}


def test_who_undoes_half_a_step_to_look_leaves_word_of_the_dead(died):
    path = died.with_name(died.name + "-wal")
    with contextlib.closing(sqlite3.connect(died, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA cache_size = 3")
        db.execute("BEGIN")
        db.execute("UPDATE journal SET label = hex(randomblob(9000))")
        hot = died.with_name(died.name + "-journal").read_bytes()
        half = died.read_bytes()
        db.execute("ROLLBACK")
    assert not path.exists()
    died.write_bytes(half)
    died.with_name(died.name + "-journal").write_bytes(hot)
    assert check(died).sound
    project = Project.open(died)
    assert project.recovered.steps > 0
    project.close()
