"""maskwright check and backup."""

import errno
import os
import sqlite3

import pytest

from engine.cli.work import owning
from engine.errors import EngineError
from engine.store import Project, backup
from engine.store.writer import SAFE, Writer
from tests.engine.store.conftest import begin


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "slides" / "slides.maskwright"
    begin(made).close()
    return made


def edit(path, statement):
    with sqlite3.connect(path) as db:
        db.execute(statement)
    db.close()


def test_a_sound_project(cli, machine, path):
    code, out, err = cli("check", path)
    assert code == 0
    assert out == "slides.maskwright is sound.\n"
    assert "The folder can be trusted" in err
    code, lines = machine("check", path.parent)
    assert code == 0
    assert lines[-1]["result"]["findings"] == 0


def test_what_is_wrong_is_said_and_then_mended(cli, machine, path):
    edit(path, "UPDATE images SET objects = 9 WHERE id = 1")
    code, out, err = cli("check", path)
    assert code == 1
    assert "1 image says wrongly how many objects are in it." in out
    assert "Mend with --repair" in err
    code, lines = machine("check", path)
    assert code == 1
    [finding] = [each for each in lines if each["type"] == "finding"]
    assert finding["code"] == "counts"
    assert lines[-1]["outcome"] == "failed"
    code, out, _ = cli("check", path, "--repair")
    assert code == 3
    assert "kept in backups as 0001_" in out
    assert cli("check", path)[0] == 0


def test_half_made_files_of_the_dead_are_shown_and_removed(cli, machine, path):
    half = path.parent / ".out.json.4199999-00ff00ff.tmp"
    half.write_text("{")
    code, out, _ = cli("check", path)
    assert code == 0
    assert "Left half-made" in out
    assert half.exists()
    code, lines = machine("check", path, "--repair")
    assert (code, lines[-1]["result"]["leftovers"]) == (0, 1)
    assert not half.exists()


def test_a_project_that_cannot_be_saved_fails_with_a_sentence(cli, path):
    path.write_bytes(path.read_bytes()[:100] + os.urandom(5000))
    code, _, err = cli("check", path, "--repair")
    assert code == 1
    assert "There is no backup of it" in err
    assert cli("check", path.parent / "none.maskwright")[0] == 1


def test_backups_are_made_listed_and_restored(cli, machine, path):
    code, out, _ = cli("backup", path, "--list")
    assert (code, out) == (0, "There is no backup yet.\n")
    assert cli("backup", path)[0] == 0
    project = Project.open(path)
    project.set_setting("name", "other")
    project.close()
    code, lines = machine("backup", path, "--restore", "1")
    assert code == 0
    assert lines[-1]["result"]["kept"].endswith("before-restore")
    project = Project.open(path)
    assert project.name == "slides"
    project.close()
    code, lines = machine("backup", path, "--list")
    found = [each for each in lines if each["type"] == "backup"]
    assert [each["kind"] for each in found] == ["before-restore", "asked"]
    assert [each["images"] for each in found] == [3, 3]


def test_a_backup_nobody_has_and_a_project_that_is_open(cli, path):
    code, _, err = cli("backup", path, "--restore", "7")
    assert code == 1
    assert "has no backup “7”" in err
    made = backup.make(path)
    project = Project.open(path)
    code, _, err = cli("backup", path, "--restore", made.name)
    project.close()
    assert code == 1
    assert "is open in" in err
    assert cli("backup", path.parent / "none.maskwright")[0] == 1


def test_a_fault_in_writing_ends_the_command_and_keeps_the_rest(path, monkeypatch):
    def broken(db):
        raise NameError("name 'mask' is not defined")

    project = Project.open(path)
    name = project.images()[0].file_name
    project.close()
    real = Project.set_setting

    def set_setting(self, key, value):
        self._store.submit(broken)
        real(self, key, value)

    monkeypatch.setattr(Project, "set_setting", set_setting)
    with pytest.raises(NameError), owning(path) as project:
        project.set_setting("kept", name)
    monkeypatch.undo()
    project = Project.open(path)
    assert project.setting("kept") == name
    project.close()


@pytest.mark.parametrize("room", [True, False])
def test_a_command_that_cannot_save_says_what_became_of_its_work(path, monkeypatch, room):
    """No memory outlives it that anything could be safe in. There may be room when it closes."""
    commit, close, closing = Writer._transact, Project.close, []

    def transact(writer, batch, write):
        if not (room and closing):
            raise OSError(errno.ENOSPC, "No space left on device")
        return commit(writer, batch, write)

    def close_with_room(project, **how):
        closing.append(project)
        close(project, **how)

    monkeypatch.setattr(Writer, "_transact", transact)
    monkeypatch.setattr(Project, "close", close_with_room)
    with pytest.raises(EngineError, match="the disk is full") as said, owning(path) as project:
        project.set_setting("mine", 7)
    monkeypatch.undo()
    assert SAFE not in str(said.value)
    assert ("was saved at a second try" in str(said.value)) == room
    with owning(path) as project:
        assert project.setting("mine") == (7 if room else None)


def test_tidying_up_that_fails_is_no_failure_of_the_command(path, monkeypatch):
    commit, flushed = Writer._transact, []
    flush = Project.flush

    def transact(writer, batch, write):
        if flushed:
            raise OSError(errno.ENOSPC, "No space left on device")
        return commit(writer, batch, write)

    def flush_last(project):
        flush(project)
        flushed.append(project)

    monkeypatch.setattr(Writer, "_transact", transact)
    monkeypatch.setattr(Project, "flush", flush_last)
    with owning(path) as project:
        project.set_setting("mine", 7)
    assert project._store.closed
    monkeypatch.undo()
    with owning(path) as project:
        assert project.setting("mine") == 7
