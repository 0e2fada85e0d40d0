"""Learning in the real window, in real processes: a tiny U-Net on a few small pictures."""

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest
from PySide6.QtCore import Qt

from app.dialogs.learn_sheet import LearnSheet
from app.intents.recipes import start_learning
from engine.jobs.folder import JobFolder
from engine.models.catalog import DEFAULT_MODEL
from tests.e2e.cells import make_cells

torch = pytest.importorskip("torch")
Key = Qt.Key
TINY = {"start": "unet_small", "size": 64, "batch": 2, "seed": 1, "device": "cpu"}


@pytest.fixture
def d(live, tmp_path):
    """The program on six pictures that are done."""
    live.begin_again()
    live.services.settings.set("swap_when_better", False)
    live.services.settings.set("jobs_outlive", True)
    live.open(make_cells(tmp_path, 6))
    live.model_ready()
    yield live
    live.end_jobs()


@pytest.fixture
def small(monkeypatch):
    """What the sheet starts sees small pictures; 256 × 256 takes four times as long."""
    whole = LearnSheet.options
    monkeypatch.setattr(LearnSheet, "options", lambda sheet: {**whole(sheet), "size": 64})


def learn(d, **options):
    return d.services.jobs.get(start_learning(d.services, {**TINY, **options}))


def over(d, view):
    d.until(lambda: not view.live, 120_000)
    return view


def place(d):
    return d.window._places["models"]


def stopped_half_way(d, epochs=400):
    """A round that was cancelled with a checkpoint behind it."""
    view = learn(d, epochs=epochs)
    d.until(lambda: (view.folder / "checkpoint.pt").exists() and "miou" in view.metrics)
    d.services.jobs.cancel(view.id)
    over(d, view)
    assert view.state == "cancelled"
    return view


@pytest.mark.slow
def test_from_the_sheet_to_the_switch_and_back(d, small):
    d.ctrl(Key.Key_L)
    sheet = d.window.sheet
    assert sheet.foot_words.text() == "Learns from 5 images, keeps 1 back for checking"
    sheet.start.set_value("unet_small")
    sheet.epochs.setValue(4)
    sheet.accept.set_value("better")
    d.picture("learn_sheet")
    d.key(Key.Key_Return)
    assert d.session.place == "models"
    assert d.services.settings.value("swap_when_better", False)
    d.services.settings.set("swap_when_better", False)  # here the user is to decide
    [view] = d.services.jobs.running("train")
    models = place(d)
    d.until(lambda: "loss" in view.metrics and bool(models._view._loss._series))
    models.refresh()
    assert models._list.row().kind == "learning"
    chip = d.window.top_bar.job_chip
    assert chip.isVisible()
    assert "Learning" in chip.text()
    d.until(lambda: "miou" in view.metrics or not view.live)
    d.picture("learning")
    over(d, view)
    assert {"loss", "epoch_loss", "held_loss", "miou", "miou_before"} <= view.metrics.keys()
    assert view.error == ""

    # the round stays in sight, with its curves, its table, its verdict
    d.until(lambda: models._list.row().model_id == view.outcome["model"])
    assert models._list.row().job_id == view.id
    assert "learned from 5 images" in models._view._title.text()
    banner = models._view._verdict
    assert banner.isVisible()
    assert models._view._table.isVisible()
    assert models._view._loss.isVisible()
    d.picture("learned")
    [row] = [each for each in d.session.banners if each.key == "learned"]
    assert row.text == view.outcome["reason"]

    # one click switches, one click goes back
    new = view.outcome["model"]
    button = banner._main if banner._main.isVisible() else banner._do
    d.click(button)
    d.until(lambda: d.session.model.id == new)
    assert d.session.project.current_model == new
    assert not d.session.banners
    d.until(lambda: "Go back" in banner._do.text())
    d.click(banner._do)
    d.until(lambda: d.session.model.id == DEFAULT_MODEL)
    assert d.session.project.current_model == DEFAULT_MODEL


@pytest.mark.slow
def test_the_command_writes_the_recipe_the_window_wrote(d, small):
    d.ctrl(Key.Key_L)
    sheet = d.window.sheet
    sheet.start.set_value("unet_small")
    sheet.epochs.setValue(1)
    sheet.accept.set_value("better")
    sheet.images._choose("done")
    d.key(Key.Key_Return)
    [view] = d.services.jobs.running("train")
    mine = json.loads((view.folder / "spec.json").read_text())
    d.services.jobs.cancel(view.id)
    over(d, view)
    project = d.session.project.path
    jobs = {path.name for path in (project.with_suffix(".files") / "jobs").iterdir()}
    d.program.files.close()
    settings = {"start": "unet_small", "epochs": 1, "name": "v1", "size": 64}
    command = [sys.executable, "-P", "-m", "app", "train", str(project), "--accept", "better"]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [theirs] = [
        json.loads((path / "spec.json").read_text())
        for path in (project.with_suffix(".files") / "jobs").iterdir()
        if path.name not in jobs
    ]
    assert theirs["recipe"] == mine["recipe"]
    assert theirs["model"] == mine["model"] == DEFAULT_MODEL


@pytest.mark.slow
def test_a_round_goes_on_where_it_was_stopped_and_ends_as_if_it_had_not_been(d):
    whole = over(d, learn(d, epochs=6))
    assert whole.state == "done", whole.error
    view = learn(d, epochs=6)
    d.until(lambda: (view.folder / "checkpoint.pt").exists() or not view.live)
    assert view.live, "it was too quick to be stopped"
    d.services.jobs.cancel(view.id)
    over(d, view)
    assert (view.state, view.can_resume) == ("cancelled", True)
    d.trigger("place.models")
    models = place(d)
    models.refresh()
    models.choose(f"job:{view.id}")
    assert models._list.row().kind == "stopped"
    d.click(models._view._resume)
    assert view.live
    over(d, view)
    assert view.state == "done", view.error
    assert view.outcome["model"] in {e.id for e in d.services.catalog.entries()}
    files = [each.folder / "model" / "weights.safetensors" for each in (whole, view)]
    assert files[0].read_bytes() == files[1].read_bytes()
    for name in ("loss", "held_loss", "miou"):
        assert whole.metrics[name] == view.metrics[name], name


@pytest.mark.slow
def test_the_key_goes_on_with_the_last_round_only(d):
    stopped_half_way(d)
    done = over(d, learn(d, epochs=1))
    assert done.state == "done", done.error
    d.ctrl(Key.Key_L)
    assert d.window.sheet is not None, "an older round that was stopped is over"


@pytest.mark.slow
def test_memory_that_runs_out_halves_the_batch_and_says_so(d):
    view = learn(d, epochs=400, batch=4)
    d.until(lambda: len(view.metrics.get("miou", ())) > 1)
    shell = psutil.Process(JobFolder(view.folder).process().pid)
    [job] = [each for each in shell.children() if each.name() != "sh"]
    before = len(view.metrics["loss"])
    job.send_signal(signal.SIGKILL)
    d.until(lambda: any("half the batch" in note for note in view.notes))
    assert any("half the batch" in text for level, text in d.said if level == "warning")
    assert view.live
    d.until(lambda: len(view.metrics["loss"]) > before + 3)
    steps = [step for step, _ in view.metrics["loss"]]
    assert steps == sorted(set(steps)), "the curve does not run back"
    d.services.jobs.cancel(view.id)


@pytest.mark.slow
def test_memory_that_keeps_running_out_ends_it_with_a_way_on(d, monkeypatch):
    monkeypatch.setattr("engine.jobs.watch.RESTARTS", 0)
    view = learn(d, epochs=400)
    d.until((view.folder / "checkpoint.pt").exists)
    shell = psutil.Process(JobFolder(view.folder).process().pid)
    [job] = [each for each in shell.children() if each.name() != "sh"]
    job.send_signal(signal.SIGKILL)
    over(d, view)
    assert view.state == "died"
    assert "memory was full" in view.error
    [banner] = [each for each in d.session.banners if each.key == f"job-{view.id}"]
    assert (banner.level, banner.action_text) == ("error", "Go on")
    banner.action()
    assert view.live
    assert not [each for each in d.session.banners if each.key == f"job-{view.id}"]


@pytest.mark.slow
def test_a_start_takes_up_what_ended_meanwhile_and_says_it_once(d, drive):
    view = learn(d, epochs=1)
    path, folder = d.session.project.path, JobFolder(view.folder)
    d.program.files.close()
    d.until(lambda: folder.done() is not None)
    d.open(path)
    view = d.services.jobs.get(folder.id)
    over(d, view)
    assert view.outcome["model"] in {e.id for e in d.services.catalog.entries()}
    assert [each.key for each in d.session.banners] == ["learned"]
    d.program.files.close()
    d.open(path)
    assert d.services.jobs.get(folder.id).taken
    assert {"loss", "miou"} <= d.services.jobs.get(folder.id).metrics.keys()
    assert d.session.banners == []


OWNER = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from pathlib import Path
from PySide6.QtWidgets import QApplication
from app.application import Application
from app.dialogs.learn_sheet import LearnSheet
from app.intents.recipes import start_learning
qt = QApplication(["maskwright"])
program = Application(qt)
program.show([])
program.open([Path(sys.argv[1])])
program.services.settings.set("jobs_outlive", sys.argv[2] == "outlives")
job = start_learning(program.services, {"start": "unet_small", "size": 64, "epochs": 100000})
print(program.services.jobs.get(job).folder, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.parametrize("choice", ["outlives", "ends"])
def test_a_job_outlives_the_program_or_ends_with_it(tmp_path, qtbot, choice):
    command = [sys.executable, "-c", OWNER, str(make_cells(tmp_path, 6)), choice]
    program = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    line = program.stdout.readline().strip()
    assert line, "the program ended"
    job = JobFolder(line)
    qtbot.waitUntil((job.path / "checkpoint.pt").exists, timeout=60_000)
    program.kill()
    program.communicate()
    try:
        if choice == "ends":
            qtbot.waitUntil(lambda: job.state() == "cancelled", timeout=30_000)
        else:
            at = len(job.read_events()[0])
            qtbot.waitUntil(lambda: len(job.read_events()[0]) > at, timeout=30_000)
            assert job.state() == "running"
    finally:
        from engine.jobs import launch

        launch.cancel(job)


def test_learning_without_its_packages_says_what_to_install(d, monkeypatch):
    monkeypatch.setattr("engine.runtimes.packages.find_spec", lambda name: None)
    d.ctrl(Key.Key_L)
    sheet = d.window.sheet
    assert "pip install 'maskwright[train]'" in sheet.foot_words.text()
    assert not sheet.main.isEnabled()


def test_a_better_model_takes_over_at_the_next_image_where_that_was_chosen(d):
    """The rule is about the model it was compared with."""
    d.services.settings.set("swap_when_better", True)
    asked = []
    d.services.inference.use, kept = asked.append, d.services.inference.use
    try:
        for used, wanted in ((DEFAULT_MODEL, ["new"]), ("another", [])):
            view = judged(d, used)
            d.services.jobs.ended.emit(view.id)
            assert asked == []
            d.key(Key.Key_W)
            assert asked == wanted
            asked.clear()
    finally:
        d.services.inference.use = kept


def judged(d, model):
    """A round that has just ended with a better model."""
    from app.job_view import JobView
    from engine.jobs.job import TrainSpec

    view = JobView("job", "train", d.session.project.path, TrainSpec(model=model), state="done")
    view.fresh = view.taken = True
    view.outcome.update(model="new", better=True, accept="better", reason="Better.")
    d.services.jobs._views["job"] = view
    return view
