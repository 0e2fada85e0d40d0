from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from app.panels.job_words import job_fraction, job_words, time_words
from app.panels.top_bar import TopBar
from app.session import ModelState


def job(kind="train", done=62, total=100, **more):
    rest = {"text": "", "seconds_left": None, **more}
    return SimpleNamespace(id=kind, kind=kind, title="Learning", done=done, total=total, **rest)


@pytest.fixture
def bar(bench, show):
    bench.open()
    bench.model()
    return show(TopBar(bench.services), 1600, 46)


def test_says_where_you_are(bench, bar):
    assert (bar.project_label.text(), bar.image_label.text()) == ("Crew", "astronaut_00.png")
    bench.session.open_image(bench.rows[2].id)
    assert bar.image_label.text() == "astronaut_02.png"
    assert bar.places.current() == "correct"


def test_place_switch_is_in_the_middle_and_runs_actions(bench, bar, qtbot):
    assert bar.places.geometry().center().x() == pytest.approx(800, abs=1)
    assert bar.places.size().toTuple() == (330, 30)
    bar.places.setFocus()
    qtbot.keyClick(bar.places, Qt.Key.Key_Right)
    assert bench.ran == ["place.inspect"]


def test_folds_step_by_step(bench, bar, qtbot):
    bench.jobs.now = [job()]
    bench.jobs.changed.emit("train")
    assert bar.project_label.isVisible()
    bar.resize(1200, 46)
    assert not bar.project_label.isVisible()
    assert bar.job_chip._words() == "62 %"
    assert bar.model_chip._words() == "v7"
    bar.resize(900, 46)
    assert bar.places.icons_only()
    bar.resize(800, 46)
    parts = [bar.places.geometry(), bar.right.geometry()]
    assert not parts[0].intersects(parts[1])
    assert bar.right.geometry().right() <= bar.rect().right()


def test_learning_chip(bench, bar, qtbot):
    assert not bar.job_chip.isVisible()
    bench.jobs.now = [job("export", title2=""), job()]
    bench.jobs.changed.emit("train")
    assert bar.job_chip.text() == "Learning 62 % +1"
    qtbot.mouseClick(bar.job_chip, Qt.MouseButton.LeftButton)
    assert bench.ran == ["place.models"]
    bench.jobs.now = [job("export")]
    bench.jobs.changed.emit("export")
    qtbot.mouseClick(bar.job_chip, Qt.MouseButton.LeftButton)
    menu = bar.findChild(QMenu)
    menu.actions()[0].trigger()
    assert bench.jobs.cancelled == ["export"]
    bench.jobs.now = []
    bench.jobs.changed.emit("export")
    assert not bar.job_chip.isVisible()


@pytest.mark.parametrize(
    ("state", "words", "action"),
    [
        (ModelState(), "No model", "model.add"),
        (ModelState("m", "U-Net", "starting"), "U-Net, starting", "place.models"),
        (
            ModelState("m", "U-Net", "failed", "", "Out of memory."),
            "U-Net, stopped",
            "place.models",
        ),
        (ModelState("m", "U-Net", "busy"), "U-Net", "place.models"),
    ],
)
def test_model_chip(bench, bar, qtbot, state, words, action):
    bench.session.set_model(state)
    assert bar.model_chip.text() == words
    assert state.reason in bar.model_chip.toolTip()
    qtbot.mouseClick(bar.model_chip, Qt.MouseButton.LeftButton)
    assert bench.ran == [action]


def test_without_a_project_only_search_is_offered(bench, show):
    bar = show(TopBar(bench.services), 1600, 46)
    assert bar.project_label.text() == "No project open"
    assert bar.search.isVisible()
    assert not any(part.isVisible() for part in (bar.places, bar.export, bar.model_chip))


def test_disabled_button_says_why(bench, bar):
    bench.reasons["file.export"] = "There is nothing to export yet."
    bench.actions.changed.emit()
    assert not bar.export.isEnabled()
    assert bar.export.toolTip() == "Export… (Ctrl+E)\nThere is nothing to export yet."
    assert bar.export.accessibleName() == "Export…, Ctrl+E"


def test_job_words():
    assert job_words(job()) == "Learning 62 %"
    assert job_fraction(job(total=0)) is None
    assert job_words(job(total=0)) == "Learning"
    assert job_words(job(seconds_left=130.2)) == "Learning 62 %, 2 min 10 s left"
    assert job_words(job(seconds_left=3.0)) == "Learning 62 %"
    assert job_words(job(text="Stopping", seconds_left=130.0)) == "Learning, stopping"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (220, "3 min 40 s"),
        (1_500, "25 min"),
        (7_500, "2 h 5 min"),
    ],
)
def test_times(seconds, words):
    assert time_words(seconds) == words
