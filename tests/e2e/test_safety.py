"""What keeps work safe, seen from the window: backups, damage, folders that go, what was left."""

import os
import shutil
import sqlite3

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.dialogs.crash_dialog import CrashDialog
from app.intents import leaving
from app.intents.backups import DAILY, BackupIntents
from engine.jobs.folder import JobFolder
from engine.jobs.job import ExportSpec
from engine.store import Project, backup, journal, place, writer
from engine.store.lock import Lock
from engine.store.place import Place

Key = Qt.Key


@pytest.fixture
def w(at_work, monkeypatch):
    monkeypatch.setattr(writer, "RETRY_AFTER", 0.05)
    at_work.session.set_radius(10)
    at_work.key(Key.Key_B)
    yield at_work
    at_work.services.settings.set(DAILY, False)


def banner(w, key):
    return next((each for each in w.session.banners if each.key == key), None)


def broken_off(project):
    """The project's file as it is when the program dies now; the lock of the dead one beside it."""
    folder = project.path.parent
    project.flush()
    kept = folder.parent / "broken_off" / folder.name
    shutil.copytree(folder, kept)
    return kept


# -- what a session that was broken off left -----------------------------------------------------


def test_what_was_left_is_said_and_work_goes_on_where_it_was(w):
    second = w.session.images[1].id
    w.session.open_image(second)
    w.stroke((60, 60))
    w.key(Key.Key_N)
    w.stroke((160, 60))
    kept = broken_off(w.session.project)
    before = w.content
    w.open(kept)
    said = banner(w, "recovered").text
    assert said.startswith("Maskwright did not close properly. Everything up to ")
    assert said.endswith(" of the last session, undo included.")
    assert w.session.image.id == second
    assert w.content == before
    w.picture("recovered")
    w.ctrl(Key.Key_Z)
    assert len(w.objects) == 1
    w.trigger("file.close")
    w.open(kept)
    assert banner(w, "recovered") is None, "it was closed properly"


def test_half_made_things_of_the_dead_are_cleared_away(w):
    project = w.session.project
    target = project.path.parent / "out.json"
    spec = ExportSpec(project=str(project.path), target=str(target))
    unborn = JobFolder.create(project.files / "jobs", spec)
    (project.files / "jobs" / "20261120-000000-train-aaaaaa").mkdir()
    kept = broken_off(project)
    dead = 2**22 + 1  # more than a pid can be
    half = kept / f".out.json.{dead}-0123abcd.tmp"
    half.write_text("{")
    mine = kept / f".out.json.{os.getpid()}-0123abcd.tmp"
    mine.write_text("{")
    w.open(kept)
    assert "Exporting was broken off." in banner(w, "recovered").text
    w.program.workers.wait()
    assert not half.exists()
    assert mine.exists(), "its process lives"
    assert not list((kept / "photos.files" / "jobs").iterdir())
    assert unborn.path.exists(), "of the other project"


# -- backups -------------------------------------------------------------------------------------


def test_the_backup_of_the_day_and_back_to_it(w):
    w.stroke((60, 60))
    project = w.session.project
    project.flush()
    w.trigger("file.backups")
    sheet = w.window.sheet
    assert sheet.none.isVisible()
    assert not sheet.main.isEnabled()
    w.click(sheet.now)
    w.until(lambda: len(sheet.list.lines) == 1)
    w.until(lambda: "1 object" in sheet.list.lines[0].words)
    w.key(Key.Key_N)
    w.stroke((160, 60))
    assert len(w.objects) == 2
    w.picture("backups")
    w.click(sheet.main)
    w.until(lambda: w.last_said.startswith("The project is as it was on"))
    assert len(w.objects) == 1
    assert [each.kind for each in backup.backups_of(w.session.project.path)] == [
        "before-restore",
        "asked",
    ]
    w.ctrl(Key.Key_Z)
    assert len(w.objects) == 0, "its history came along"


def test_one_is_made_by_itself_unless_that_is_switched_off(w):
    intents = next(each for each in w.window.intents if isinstance(each, BackupIntents))
    w.services.settings.set(DAILY, False)
    intents.make()
    w.services.settings.set(DAILY, True)
    intents.make()
    project = w.session.project
    w.until(lambda: [each.kind for each in backup.backups_of(project.path)] == ["daily"])
    intents.make()
    w.trigger("file.close")
    assert len(backup.backups_of(project.path)) == 1


def test_a_damaged_project_offers_its_backups_and_repair(w, photos):
    w.stroke((60, 60))
    path = w.session.project.path
    w.session.project.flush()
    backup.make(path)
    w.trigger("file.close")
    with open(path, "r+b") as file:
        file.seek(4096 * 2)
        file.write(os.urandom(4096 * 4))
    w.open(photos)
    assert w.session.project is None
    assert "is damaged and was not opened" in w.last_said
    assert "Restore its backup of" in banner(w, "damaged").text
    sheet = w.window.sheet
    w.click(sheet.check)
    w.until(lambda: sheet.check.text() == "Repair it")
    w.picture("damaged")
    w.click(sheet.main)
    w.until(lambda: w.session.image is not None)
    assert len(w.objects) == 1
    assert banner(w, "damaged") is None
    assert backup.backups_of(path)[0].kind == backup.DAMAGED


def test_a_project_file_that_was_deleted_is_said_and_comes_back(w, photos):
    """Opening its folder begins another: that there are backups must be seen."""
    w.stroke((60, 60))
    path = w.session.project.path
    w.session.project.flush()
    backup.make(path)
    w.trigger("file.close")
    path.unlink()
    w.open(photos)
    said = banner(w, "earlier")
    assert "a new project was begun. Of an earlier one there is 1 backup" in said.text
    w.picture("earlier")
    said.action()
    sheet = w.window.sheet
    w.until(lambda: "1 object" in sheet.list.lines[0].words)
    w.click(sheet.main)
    w.until(lambda: w.last_said.startswith("The project is as it was on"))
    assert len(w.objects) == 1
    assert banner(w, "earlier") is None


def test_an_emptied_project_offers_its_backups(w, photos):
    w.stroke((60, 60))
    path = w.session.project.path
    w.session.project.flush()
    backup.make(path)
    w.trigger("file.close")
    path.write_bytes(b"")
    w.open(photos)
    assert w.session.project is None
    assert "is empty and was not opened" in banner(w, "damaged").text
    w.click(w.window.sheet.main)
    w.until(lambda: w.session.image is not None)
    assert len(w.objects) == 1


def test_a_project_without_its_first_page_is_repaired_whole(w, photos):
    w.stroke((60, 60))
    path = w.session.project.path
    before = w.content
    w.trigger("file.close")
    with open(path, "r+b") as file:
        file.write(os.urandom(4096))
    w.open(photos)
    assert w.session.project is None
    sheet = w.window.sheet
    assert not sheet.main.isEnabled(), "there is no backup"
    w.click(sheet.check)
    w.until(lambda: sheet.check.text() == "Repair it")
    w.picture("first_page")
    w.click(sheet.check)
    w.until(lambda: w.session.image is not None)
    assert w.content == before


# -- folders that cannot be trusted, that go, and that come back ---------------------------------


def test_a_network_folder_is_said_once(d, photos, monkeypatch):
    monkeypatch.setattr(place, "kind_of", lambda folder: "nfs4")
    d.open(photos)
    assert d.session.project.place == Place("nfs4", shared=False)
    assert "network folder (nfs4)" in banner(d, "place").text
    d.picture("network")
    d.add_classes(cell=True)
    d.key(Key.Key_B)
    d.stroke((60, 60))
    d.session.project.flush()
    assert not d.session.project.path.with_name("photos.maskwright-wal").exists()
    d.trigger("file.close")
    d.open(photos)
    assert banner(d, "place") is None, "it was said"
    assert len(d.objects) == 1


def gone(w):
    """Take the project's folder away, as a pulled plug does."""
    folder = w.session.project.path.parent
    w.session.project.flush()
    away = folder.with_name("away")
    folder.rename(away)
    return folder, away


def test_a_folder_that_vanishes_and_comes_back(w):
    w.stroke((60, 60))
    folder, away = gone(w)
    w.key(Key.Key_N)
    w.stroke((160, 60))
    w.until(lambda: bool(w.session.save_problem))
    assert "its file is gone" in banner(w, "save").text
    assert len(w.objects) == 2
    away.rename(folder)
    w.until(lambda: w.session.project.saved)
    w.until(lambda: banner(w, "save") is None)
    before = w.content
    w.trigger("file.close")
    w.open(folder)
    assert w.content == before
    assert w.session.banners == []


def test_a_copy_of_the_folder_that_comes_back_is_taken_up(w):
    """Another disk, mounted again: the file has another number, and what is open is of no use."""
    w.stroke((60, 60))
    folder, away = gone(w)
    w.key(Key.Key_N)
    w.stroke((160, 60))
    w.until(lambda: bool(w.session.save_problem))
    shutil.copytree(away, folder)
    w.until(lambda: w.session.project.saved)
    shutil.rmtree(away)
    w.key(Key.Key_N)
    w.stroke((60, 160))
    before = w.content
    w.trigger("file.close")
    w.open(folder)
    assert w.content == before
    assert len(w.objects) == 3
    w.ctrl(Key.Key_Z)
    assert len(w.objects) == 2


def test_another_project_in_its_place_is_left_alone(w):
    w.stroke((60, 60))
    folder, away = gone(w)
    folder.mkdir()
    Project.create(folder / "photos.maskwright").close()
    before = (folder / "photos.maskwright").read_bytes()
    w.key(Key.Key_N)
    w.stroke((160, 60))
    w.until(lambda: bool(w.session.save_problem))
    w.ctrl(Key.Key_S)
    assert not w.session.project.saved
    assert (folder / "photos.maskwright").read_bytes() == before
    shutil.rmtree(folder)
    away.rename(folder)
    w.until(lambda: w.session.project.saved)


def test_closing_while_the_folder_is_gone_asks_and_loses_nothing(w, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(elsewhere))
    asked = []
    monkeypatch.setattr(leaving, "ask_unsaved", lambda window, why: asked.append(why) or "copy")
    w.stroke((60, 60))
    folder, away = gone(w)
    w.key(Key.Key_N)
    w.stroke((160, 60))
    assert w.program.files.may_quit()
    assert len(asked) == 1
    project = Project.open(elsewhere / "photos.maskwright")
    assert len(project.load(project.images()[0].id).annotations) == 2
    project.close()
    assert not Lock(folder / "photos.maskwright").path.exists()
    with sqlite3.connect(away / "photos.maskwright") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


# -- faults of the program -----------------------------------------------------------------------


@pytest.mark.parametrize("kept", [True, False])
def test_a_fault_in_saving_is_said_and_keeps_nothing_else(w, photos, monkeypatch, kept):
    """A bug in what is written: it is gone around, told once, and closing ends."""
    shown = []
    monkeypatch.setattr(CrashDialog, "report", lambda *told: shown.append(told))
    real, bad = journal.append, []

    def append(db, image, step, *rest):
        bad[:] = bad or [step.number]
        if step.number == bad[0]:
            raise NameError("name 'mask' is not defined")
        real(db, image, step, *rest)

    def broken(db):
        raise NameError("name 'mask' is not defined")

    if kept:
        monkeypatch.setattr(journal, "append", append)
    else:
        w.session.project._store.submit(broken)
    w.stroke((60, 60))
    w.key(Key.Key_N)
    w.stroke((160, 60))
    w.until(lambda: bool(shown))
    words = banner(w, "fault").text
    assert shown[0][0] is NameError
    assert shown[0][-1] == words
    assert ("was saved whole" in words) is kept
    assert w.session.save_problem == ""
    w.picture(f"fault_{kept}")
    before = w.content
    w.trigger("file.close")
    w.open(photos)
    assert w.content == before
    assert len(shown) == 1
