"""Keep: what is said about saving, a disk that does not take it, and leaving."""

import sqlite3
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.intents import leaving
from engine.store import Project

Key = Qt.Key


@pytest.fixture
def w(at_work):
    at_work.session.set_radius(10)
    at_work.key(Key.Key_B)
    at_work.until(lambda: saved(at_work))
    return at_work


def saved(w):
    return w.window.status_bar.save_words.text() == "All changes saved"


def break_writer(w, monkeypatch):
    """The disk is full for every transaction from now on."""
    writer = w.session.project._store.writer

    def full(batch):
        problem = sqlite3.OperationalError("database or disk is full")
        problem.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise problem

    monkeypatch.setattr(writer, "_commit", full)
    return writer


def test_a_stroke_is_saved_and_said_so(w, monkeypatch):
    writer, go_on = w.session.project._store.writer, threading.Event()
    commit = writer._commit
    monkeypatch.setattr(writer, "_commit", lambda batch: go_on.wait() and commit(batch))
    w.stroke((60, 60))
    w.until(lambda: w.window.status_bar.save_words.text() == "Saving")
    go_on.set()
    w.until(lambda: saved(w))
    with sqlite3.connect(w.session.project.path) as db:
        assert db.execute("select count(*) from annotations").fetchone()[0] == 1


def test_ctrl_s_waits_and_says_so(w):
    w.stroke((60, 60))
    w.ctrl(Key.Key_S)
    assert w.last_said == "All changes saved"
    assert w.session.project.saved


def test_a_full_disk_shows_a_banner_and_work_goes_on_and_recovers(w, monkeypatch):
    writer = break_writer(w, monkeypatch)
    w.stroke((60, 60))
    w.until(lambda: bool(w.session.save_problem))
    (strip,) = w.window.banners.strips
    assert strip.banner.text.startswith("Could not save photos: the disk is full. Your changes")
    assert strip.banner.action_text == "Choose another folder"
    assert w.window.status_bar.save_words.text() == "Not saved"
    w.picture("disk_full")
    w.stroke((120, 60))
    w.key(Key.Key_W)
    w.key(Key.Key_Q)
    assert len(w.objects) == 1
    w.ctrl(Key.Key_S)
    assert "the disk is full" in w.last_said
    monkeypatch.undo()
    writer.flush()
    w.until(lambda: saved(w))
    assert w.window.banners.strips == []
    assert w.session.save_problem == ""


def test_the_banners_way_out_moves_the_project_with_what_was_not_saved(w, tmp_path, monkeypatch):
    w.stroke((60, 60))
    break_writer(w, monkeypatch)
    w.key(Key.Key_N)
    w.stroke((120, 60))
    w.until(lambda: bool(w.session.save_problem))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(elsewhere))
    before = w.content
    w.session.banners[-1].action()
    assert w.session.project.path == elsewhere / "photos.maskwright"
    assert w.content == before
    assert w.session.save_problem == ""
    w.stroke((200, 60))
    w.until(lambda: saved(w))
    w.ctrl(Key.Key_Z)
    w.ctrl(Key.Key_Z)
    assert len(w.objects) == 1, "its history went along"


def test_what_cannot_be_saved_is_not_left_for_another_project(w, photos, monkeypatch):
    writer = break_writer(w, monkeypatch)
    w.stroke((60, 60))
    before = w.content
    w.open(photos / "photo_2.png")
    assert w.session.project.path == photos / "photos.maskwright"
    assert w.content == before
    assert "the disk is full" in w.last_said
    w.trigger("file.close")
    assert w.content == before
    assert w.session.place == "correct"
    monkeypatch.undo()
    writer.flush()


@pytest.mark.parametrize("answer", ["stay", "discard", "copy"])
def test_quitting_with_unsaved_work_asks_once(w, photos, tmp_path, monkeypatch, answer):
    asked = []
    monkeypatch.setattr(
        leaving, "ask_unsaved", lambda window, problem: asked.append(problem) or answer
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(elsewhere))
    writer = break_writer(w, monkeypatch)
    w.stroke((60, 60))
    before = w.content
    assert w.program.files.may_quit() is (answer != "stay")
    assert len(asked) == 1
    assert "the disk is full" in asked[0]
    if answer == "stay":
        assert w.content == before
        monkeypatch.undo()
        writer.flush()
        return
    assert w.session.project is None
    left = photos / "photos.maskwright" if answer == "discard" else elsewhere / "photos.maskwright"
    project = Project.open(left)
    assert not project.read_only
    objects = project.load(project.images()[0].id).annotations
    assert len(objects) == (answer == "copy")
    project.close()


def test_a_window_that_may_not_close_stays(w, monkeypatch):
    monkeypatch.setattr(w.window, "may_close", lambda: False)
    w.window.close()
    assert w.window.isVisible()
    assert w.session.project is not None


def test_pointer_class_object_and_place_in_the_status_bar(w):
    bar = w.window.status_bar
    w.stroke((60, 60))
    w.hover(61.5, 58.2)
    w.until(lambda: bar.place_words.text() == "x 61  y 58")
    number = w.objects[0].id
    assert bar.class_words.text() == f"cell #{number}"
    assert bar.value_words.text().startswith("RGB ")
    w.session.set_class(w.class_id("tissue"))
    w.session.set_selection(())
    w.stroke((200, 60))
    w.hover(200.5, 60.5)
    w.until(lambda: bar.class_words.text() == "tissue")
    w.hover(-30, 60)
    w.until(lambda: bar.place_words.text() == "")


def test_the_hint_follows_the_tool(w):
    bar = w.window.status_bar
    w.key(Key.Key_E)
    assert bar.hint_words.text().startswith("Drag to remove")
    w.key(Key.Key_P)
    assert bar.hint_words.text().startswith("Click points")
