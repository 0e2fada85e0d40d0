"""Asking the model in the real window, with real model processes."""

import os
import signal
import tempfile
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt

from app import model_host
from app.sample import make_sample
from engine.images.picture import Picture
from engine.models.catalog import DEFAULT_MODEL, Catalog

Key = Qt.Key


@pytest.fixture
def d(live, tmp_path, monkeypatch):
    """The program at work on the sample, its model ready."""
    monkeypatch.setattr(model_host, "BACK_OFF_MS", (0, 0, 0))
    live.begin_again()
    live.open(make_sample(tmp_path / "sample"))
    live.services.settings.set("device", "auto")
    host = live.services.inference._host
    host._deaths.clear()
    live.until(lambda: host.current is not None and not host.starting)
    return live


def pid(d):
    return d.services.inference.pids[0]


def end(d):
    """Kill the model in use, as Linux does for want of memory; answers with what is said of it."""
    said = []

    def failed():
        said.append(d.session.model)
        return said[-1].state == "failed"

    with d.qtbot.waitSignal(d.session.model_changed, timeout=30_000, check_params_cb=failed):
        os.kill(pid(d), signal.SIGKILL)
    return said[-1].reason


def answers(d):
    """Ask, and wait for the answer."""
    with d.qtbot.waitSignal(d.services.inference.answered, timeout=60_000) as got:
        d.key(Key.Key_R)
    return got.args[1]


def run_folders(number):
    places = (Path("/dev/shm"), Path(tempfile.gettempdir()))
    return [each for place in places for each in place.glob(f"maskwright-*-{number}-*")]


def test_the_status_bar_names_the_provider_and_why_it_is_not_the_one_asked_for(d):
    bar = d.window.status_bar
    assert bar.model_words.text() == d.session.model.provider
    before = pid(d)
    d.services.settings.set("device", "cuda")
    d.until(lambda: pid(d) != before and d.session.model.state == "ready")
    model = d.session.model
    if model.provider.startswith("CUDA"):
        assert model.reason == ""
        return
    assert model.provider.startswith("CPU")
    assert "CUDA" in model.reason or "NVIDIA" in model.reason
    assert bar.model_words.toolTip() == model.reason
    assert bar.hint_words.text() == model.reason
    assert answers(d).objects


def test_a_model_killed_while_idle_is_started_again_and_answers(d):
    before = pid(d)
    assert "want of memory" in end(d)
    d.until(lambda: d.session.model.state == "ready")
    assert pid(d) != before
    assert answers(d).model == DEFAULT_MODEL


def test_a_model_killed_while_it_answers_says_so_for_the_image(d):
    os.kill(pid(d), signal.SIGSTOP)
    d.key(Key.Key_R)
    d.until(lambda: d.session.model.state == "busy")
    end(d)
    name = d.session.image.file_name
    d.until(lambda: any(name in text and "memory" in text for _, text in d.said))
    d.until(lambda: d.session.model.state == "ready")
    assert answers(d).objects


def test_a_model_that_keeps_dying_is_not_started_for_ever(d):
    for _ in range(4):
        d.until(lambda: d.session.model.state == "ready")
        end(d)
    [banner] = d.session.banners
    assert banner.action_text == "Start it again"
    assert "again and again" in banner.text
    assert not d.services.inference.pids
    d.window.banners._rebuild()  # it waits for the mouse in real life
    banner.action()
    d.until(lambda: d.session.model.state == "ready")
    assert d.session.banners == []
    assert answers(d).objects


def test_asking_a_model_that_stopped_starts_it(d, monkeypatch):
    monkeypatch.setattr(model_host, "RESTARTS", 0)
    end(d)
    assert d.session.banners
    assert answers(d).objects


def test_a_question_that_takes_long_can_be_stopped(d, monkeypatch):
    monkeypatch.setattr("app.intents.proposing.PATIENCE", 0.01)
    monkeypatch.setattr("app.intents.proposing.SAID_EVERY", 0.01)
    before = pid(d)
    os.kill(before, signal.SIGSTOP)
    d.key(Key.Key_R)
    d.until(lambda: any("R stops it" in text for _, text in d.said))
    d.key(Key.Key_R)
    assert not psutil.pid_exists(before)
    d.model_ready()
    monkeypatch.undo()
    assert answers(d).objects


def other_model(folder, **changes):
    """The model that comes with the program under another name."""
    import msgspec

    entry = Catalog().get(DEFAULT_MODEL)
    card = msgspec.structs.replace(entry.card, **{"id": "other", "name": "Other", **changes})
    return Catalog(user_dir=folder).add(entry.weights, card)


@pytest.fixture
def other(d, tmp_path, monkeypatch):
    monkeypatch.setattr(d.services.catalog, "user_dir", tmp_path / "user")
    yield other_model(tmp_path / "user")
    d.services.use_model(DEFAULT_MODEL)
    d.until(lambda: d.session.model.id == DEFAULT_MODEL)


def test_a_swap_keeps_answering_and_then_the_new_one_does(d, other):
    first = answers(d)
    assert first.model == DEFAULT_MODEL
    got = []
    d.services.inference.answered.connect(lambda image, answer: got.append(answer.model))
    d.services.use_model(other.id)
    d.key(Key.Key_R)  # the other one is starting
    d.until(lambda: bool(got))
    assert got == [DEFAULT_MODEL]
    d.until(lambda: d.session.model.id == other.id)
    assert d.session.project.current_model == other.id
    d.until(lambda: len(d.services.inference.pids) == 1)
    assert answers(d).model == other.id


def test_choosing_the_old_one_while_the_new_one_starts_keeps_it(d, other):
    before = pid(d)
    d.services.use_model(other.id)
    d.services.use_model(DEFAULT_MODEL)
    d.until(lambda: d.services.inference.pids == [before])
    assert answers(d).model == DEFAULT_MODEL


def test_a_swap_that_fails_leaves_the_old_one(d, other):
    (other.folder / other.card.file).write_bytes(b"not a network")
    d.services.use_model(other.id)
    d.until(lambda: bool(d.session.banners))
    [banner] = d.session.banners
    assert "is not the file its card describes" in banner.text
    assert banner.text.endswith("stays in use.")
    assert answers(d).model == DEFAULT_MODEL
    assert d.session.project.current_model == DEFAULT_MODEL


def test_answers_for_a_project_that_was_closed_are_dropped(d, tmp_path):
    os.kill(pid(d), signal.SIGSTOP)
    d.key(Key.Key_R)
    d.until(lambda: d.session.model.state == "busy")
    d.open(make_sample(tmp_path / "second"))
    assert d.session.model.state == "ready"
    os.kill(pid(d), signal.SIGCONT)
    assert answers(d).objects  # the older answer came before this one
    assert all(not row.proposals for row in d.session.images[1:])
    [folder] = run_folders(pid(d))
    d.until(lambda: not list(folder.iterdir()))


def test_closing_the_program_leaves_no_process_and_no_file(drive, tmp_path):
    own = drive(make_sample(tmp_path / "own"))
    own.until(lambda: own.session.image is not None)
    own.model_ready()
    own.services.inference.preview(
        Catalog().get(DEFAULT_MODEL).folder,
        Picture(own.session.image.path),
        lambda answer, why: None,
    )
    own.key(Key.Key_R)
    own.until(lambda: bool(own.session.document.proposals))
    number = pid(own)
    os.kill(number, signal.SIGSTOP)  # it will not leave when asked
    own.key(Key.Key_R)
    children = [each.pid for each in psutil.Process().children()]
    assert number in children
    assert run_folders(number)
    own.window.close()
    left = {each.pid for each in psutil.Process().children()}
    live_pids = set(children) & left
    assert number not in left
    assert not any(run_folders(each) for each in set(children) - live_pids)
