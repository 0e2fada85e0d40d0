"""Backups: whole or not at all, counted and not dated, never of a broken project."""

import errno
import os
import sqlite3
import threading
import time

import pytest

from engine.document import edits
from engine.errors import EngineError
from engine.masks.mask import Mask
from engine.store import backup
from engine.store.check import check
from engine.store.keeper import Keeper

from .conftest import CELL


def paint(project, image=1, box=(10, 10, 90, 80)):
    document = project.load(image)
    history = project.history(document)
    target = edits.press(document, project.taxonomy, CELL, box[:2], erase=False)
    history.do(edits.paint(document, Mask.rectangle(box), target, False, project.taxonomy))
    project.flush()


def names(project_path):
    return [each.kind for each in backup.backups_of(project_path)]


def strangers(path):
    """What lies in the folder of backups that is none."""
    known = {each.path for each in backup.backups_of(path)}
    return [each for each in backup.folder_of(path).iterdir() if each not in known]


def test_a_backup_of_an_open_project_holds_all_that_is_on_the_disk(project, path):
    paint(project)
    made = backup.make(path)
    assert made.name.startswith(f"0001_{time.strftime('%Y-%m-%d')}_")
    assert backup.contents(made.path)[:2] == (3, 1)
    assert [each.name for each in made.path.parent.iterdir()] == [made.path.name]
    paint(project, 2)
    assert backup.contents(made.path).objects == 1
    db = sqlite3.connect(made.path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    db.close()


def test_work_goes_on_while_it_is_made(project, path, monkeypatch):
    """Each page is copied after another stroke was written; the backup is the state before."""
    paint(project)
    monkeypatch.setattr(backup, "_PAGES", 1)
    boxes = iter((20 * n, 300, 20 * n + 15, 330) for n in range(1, 30))
    copied = []

    def stopped():
        if threading.current_thread() is threading.main_thread() and len(copied) < 20:
            copied.append(1)
            paint(project, box=next(boxes))
        return False

    made = backup.make(path, stopped=stopped)
    assert len(copied) > 5
    assert backup.contents(made.path).objects == 1
    assert len(project.annotations(1)) == 1 + len(copied)


def test_one_a_day_and_n_of_a_kind_are_kept(project, path, monkeypatch):
    days = iter(f"2026-11-{n:02}" for n in (3, 3, 4, 5, 6, 6, 7))
    today = ""

    def strftime(pattern, *moment):
        return pattern.replace("%Y-%m-%d", today).replace("%H-%M", "09-30")

    monkeypatch.setattr(backup.time, "strftime", strftime)
    for number, today in enumerate(days):  # noqa: B007 - read by strftime
        paint(project, box=(50 * number, 200, 50 * number + 30, 230))
        backup.make_daily(path, keep=3)
    backup.make(path, backup.ASKED, keep=3)
    found = backup.backups_of(path)
    assert [each.number for each in found] == [6, 5, 4, 3]
    assert names(path) == ["asked", "daily", "daily", "daily"]
    assert [each.day for each in found[1:]] == ["2026-11-07", "2026-11-06", "2026-11-05"]


def test_a_day_without_work_pushes_no_backup_out(project, path, monkeypatch):
    paint(project)
    assert backup.make_daily(path) is not None
    real = time.strftime
    monkeypatch.setattr(
        backup.time, "strftime", lambda pattern, *m: real(pattern).replace("20", "30", 1)
    )
    assert backup.make_daily(path) is None
    paint(project, 2)
    assert backup.make_daily(path).day.startswith("30")


def test_a_clock_that_goes_back_does_not_make_a_newer_backup_older(project, path, monkeypatch):
    monkeypatch.setattr(backup.time, "strftime", lambda pattern, *m: "2026-11-20_10-00")
    backup.make(path)
    paint(project)
    monkeypatch.setattr(backup.time, "strftime", lambda pattern, *m: "1999-01-01_00-00")
    newer = backup.make(path, keep=1)
    assert backup.backups_of(path) == [newer]
    assert backup.contents(newer.path).objects == 1


def test_a_damaged_project_is_not_backed_up(project, path):
    project.close()
    good = backup.make(path)
    with open(path, "r+b") as file:
        file.seek(4096 * 2)
        file.write(os.urandom(4096 * 3))
    with pytest.raises(EngineError, match="damaged"):
        backup.make(path)
    assert backup.backups_of(path) == [good]
    assert strangers(path) == []


@pytest.mark.parametrize("at", ["copy", "settle"])
def test_without_room_there_is_no_half_of_one(project, path, monkeypatch, at):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup, at, full)
    with pytest.raises(EngineError, match=r"could be written to .*: No space left on device"):
        backup.make(path)
    assert backup.backups_of(path) == []
    assert strangers(path) == []


def test_what_cannot_be_read_back_is_not_called_damage(project, path, monkeypatch):
    """The copy's own disk refuses while it is looked through; nothing is wrong with the project."""
    check = backup.connection.quick_check

    def refused(db, file):
        db.set_progress_handler(lambda: 1, 1)  # the next question of SQLite's ends as if broken
        check(db, file)

    project.flush()
    monkeypatch.setattr(backup.connection, "quick_check", refused)
    with pytest.raises(
        EngineError, match=r"No backup of slides\.maskwright could be written"
    ) as said:
        backup.make(path)
    assert not isinstance(said.value, backup.connection.DamagedError)
    assert list(backup.folder_of(path).iterdir()) == []


def test_the_thread_tells_and_a_project_that_closes_stops_it(project, path, monkeypatch):
    told = []
    keeper = Keeper(path, 7, told.append)
    keeper.wait()
    assert told == backup.backups_of(path)
    assert Keeper(path, 7, told.append).wait() is None
    assert len(told) == 1, "there is one of today"

    backup.backups_of(path)[0].path.unlink()
    begun = threading.Event()
    monkeypatch.setattr(backup, "_PAGES", 1)
    check = backup.connection.quick_check

    def slow(db, project_path):
        begun.set()
        while True:
            check(db, project_path)

    monkeypatch.setattr(backup.connection, "quick_check", slow)
    monkeypatch.setattr(backup, "_STEPS", 1)
    project.keep_daily(7, told.append)
    assert begun.wait(60)
    project.close()
    assert len(told) == 1
    assert strangers(path) == []
    assert sorted(each.name for each in path.parent.iterdir()) == ["slides.files", path.name]


@pytest.mark.parametrize("look", [backup.make, backup.make_daily, check, backup.contents])
def test_who_only_looks_leaves_nothing_beside_a_closed_project(project, path, look):
    paint(project)
    project.close()
    look(path)
    assert {each.name for each in path.parent.iterdir()} - {"slides.files"} == {path.name}
