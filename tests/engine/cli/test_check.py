"""maskwright check and backup."""

import os
import sqlite3

import pytest

from engine.cli.work import owning
from engine.store import Project, backup
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
