"""A command that is ended from outside: by Ctrl-C, `kill`, or a terminal that is closed."""

import signal
import sqlite3
import sys
from contextlib import closing

import pytest

from engine.cli import check as checks
from engine.cli.interrupt import ENDINGS, Interrupt, as_exceptions, obey
from engine.document.painting import flip_layer
from engine.document.taxonomy import UNLABELLED
from engine.hands.merge_image import ImageMerge
from engine.jobs import export as exporting
from engine.masks.mask import Mask
from engine.store import Project
from engine.store.documents import Documents

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


@pytest.fixture(autouse=True)
def unheard():
    """Signals that reached nobody; without this they would end the tests."""
    missed = []
    before = {
        each: signal.signal(each, lambda number, _: missed.append(number)) for each in ENDINGS
    }
    yield missed
    for number, handler in before.items():
        signal.signal(number, handler)
    assert missed == []


@pytest.fixture
def at(monkeypatch):
    """Let a function send this process a signal before it does what it does."""

    def send(owner, name, number, patch=monkeypatch):
        whole = getattr(owner, name)

        def ended(*args, **kwargs):
            signal.raise_signal(number)
            return whole(*args, **kwargs)

        patch.setattr(owner, name, ended)

    return send


def names(folder):
    return sorted(each.relative_to(folder) for each in folder.rglob("*"))


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_export_that_is_ended_leaves_nothing(cli, at, project, tmp_path, ending):
    before = names(tmp_path)
    at(exporting, "rows_of", ending)
    code, out, err = cli("export", project, tmp_path / "new" / "o.json")
    assert (code, out, err.splitlines()[-1]) == (1, "", "Stopped; nothing was changed.")
    assert names(tmp_path) == before


def test_a_command_that_only_reads_ends_at_once(cli, at, project, tmp_path):
    before = names(tmp_path)
    at(Project, "conflicts", signal.SIGTERM)
    assert cli("merge", project) == (1, "", "Stopped.\n")
    assert names(tmp_path) == before


def test_a_project_is_opened_and_closed_as_a_whole(cli, at, project, tmp_path):
    before = names(tmp_path)
    at(Project, "setting", signal.SIGINT)  # while it is opened
    assert cli("merge", project) == (1, "", "Stopped.\n")
    assert names(tmp_path) == before


def test_a_new_project_is_made_with_all_that_it_is_to_have(cli, at, photos, tmp_path):
    at(Project, "create", signal.SIGTERM)
    code, out, _ = cli("init", tmp_path / "new", photos, "--classes", "cell")
    assert code == 0
    assert "3 images, 1 new class." in out


def test_a_backup_is_restored_as_a_whole(cli, at, project):
    assert cli("backup", project)[0] == 0
    at(checks.restore, "put_in_place", signal.SIGTERM)
    code, out, _ = cli("backup", project, "--restore", "1")
    assert code == 0
    assert "is now the backup" in out


def test_an_export_that_is_ended_at_an_image_leaves_nothing(cli, at, project, tmp_path):
    """What it was at is still being read then."""
    before = names(tmp_path)
    at(Documents, "_made", signal.SIGINT)
    code, _, err = cli("export", project, tmp_path / "o.json")
    assert (code, err.splitlines()[-1]) == (1, "Stopped; nothing was changed.")
    assert names(tmp_path) == before


def test_what_nobody_may_hear_stays_unheard():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup starts a program
    with as_exceptions(), Interrupt() as interrupt:
        signal.raise_signal(signal.SIGHUP)
        assert not interrupt.asked


def test_what_was_asked_for_holds_inside_too_and_a_second_time_ends_at_once():
    obey()
    done = []
    with as_exceptions(), Interrupt() as outer:
        signal.raise_signal(signal.SIGTERM)
        assert outer.asked
        with Interrupt() as inner:
            inner.then(lambda: done.append("cancelled"))
            assert done == ["cancelled"]
            with pytest.raises(KeyboardInterrupt):
                obey()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
    obey()


@pytest.fixture
def part(cli, project, tmp_path):
    """A part of the project in which two images lost a class map."""
    assert cli("split", project, "--parts", 1, "--out", tmp_path / "out")[0] == 0
    path = tmp_path / "out" / "p-part1.maskwright"
    opened = Project.open(path)
    for row in list(opened.images())[:2]:
        document = opened.load(row.id)
        patch = document.layer.change(Mask.rectangle((0, 0, 40, 30)), UNLABELLED)
        opened.history(document).do(flip_layer(document.layer, patch, "Erase"))
    opened.close()
    return path


def test_a_merge_that_is_ended_takes_whole_images(cli, at, project, part, monkeypatch):
    """An image's step and what tells the next merge of it come together or not at all."""
    with monkeypatch.context() as patched:
        at(ImageMerge, "_keep", signal.SIGTERM, patched)
        assert cli("merge", project, part)[0] == 1
    with closing(sqlite3.connect(project)) as db:
        stepped = db.execute("SELECT DISTINCT image FROM journal WHERE image > 0").fetchall()
        known = db.execute("SELECT DISTINCT image FROM bases").fetchall()
    assert len(stepped) == 1
    assert stepped == known
    assert "1 image changed" in cli("merge", project, part)[1]


def test_a_split_that_is_ended_leaves_no_part(cli, at, project, tmp_path):
    before = names(tmp_path)
    at(Project, "write_part", signal.SIGTERM)
    assert cli("split", project, "--parts", 3, "--out", tmp_path / "out")[:2] == (1, "")
    assert names(tmp_path) == before
