"""Predicting a whole project in a job, seen from the real window."""

import os
import signal

import psutil
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QMenu

from app.sample import make_sample
from engine.document.document import Status
from engine.jobs.folder import JobFolder
from engine.jobs.job import PredictSpec

Key = Qt.Key


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """The sample's pictures, small."""
    made = make_sample(tmp_path_factory.mktemp("sample"))
    return [Image.open(path).convert("RGB").resize((160, 120)) for path in sorted(made.glob("*.*"))]


@pytest.fixture
def d(live, pictures, tmp_path):
    """The program on a project of many small pictures."""

    def open_(number):
        folder = tmp_path / "photos"
        folder.mkdir()
        for at in range(number):
            pictures[at % len(pictures)].save(folder / f"p{at:03}.png")
        live.begin_again()
        live.open(folder)
        live.model_ready()
        return live

    yield open_
    live.end_jobs()


def proposed(d):
    return {row.id for row in d.session.images if row.proposals}


def of_job(view):
    """The process of a job below its shell."""
    shell = psutil.Process(JobFolder(view.folder).process().pid)
    return next(each for each in shell.children() if each.name() != "sh")


def test_results_appear_while_it_runs_and_what_is_done_is_left_alone(d):
    d = d(120)
    first, second = d.session.images[0].id, d.session.images[1].id
    d.trigger("image.done")
    d.session.open_image(second)
    d.trigger("model.propose_all")
    [view] = d.services.jobs.running("predict")
    assert view.total in (0, 119)
    chip = d.window.top_bar.job_chip
    d.until(lambda: bool(proposed(d)))
    assert view.live, "it came while the job ran"
    assert chip.isVisible()
    assert chip.text().startswith("Proposing")
    assert view.seconds_left is not None
    d.until(lambda: bool(d.document.proposals))  # the open image too

    # a second one is not started beside it
    d.trigger("model.propose_all")
    assert len(d.services.jobs.running("predict")) == 1
    assert "goes on already" in d.last_said

    # a click on the chip stops it; what it has is kept
    d.click(chip)
    [menu] = [each for each in d.window.top_bar.findChildren(QMenu) if each.isVisible()]
    menu.actions()[0].trigger()
    menu.close()
    d.until(lambda: not view.live)
    assert view.state == "cancelled"
    assert not chip.isVisible()
    kept = proposed(d)
    assert kept
    assert len(kept) < 119
    assert first not in kept
    assert d.session.row(first).status is Status.DONE


def test_nothing_changes_under_a_stroke(d):
    d = d(24)
    d.add_classes(mine=True)
    d.key(Key.Key_B)
    d.press((20, 20), (60, 40))
    d.trigger("model.propose_all")
    [view] = d.services.jobs.running("predict")
    folder = JobFolder(view.folder)
    d.until(lambda: folder.done() is not None)
    assert view.live, "its results are not taken up"
    assert not d.document.proposals
    assert not proposed(d)
    d.release(60, 40)
    d.until(lambda: not view.live)
    assert d.document.proposals
    assert len(proposed(d)) > 12
    assert [d.session.taxonomy.name(each.class_id) for each in d.objects] == ["mine"]


def test_a_project_that_was_closed_finds_the_rest(d):
    d = d(60)
    d.trigger("model.propose_all")
    [view] = d.services.jobs.running("predict")
    d.until(lambda: bool(proposed(d)))
    path, folder = d.session.project.path, JobFolder(view.folder)
    d.program.files.close()
    d.until(lambda: folder.done() is not None)
    d.open(path)
    view = d.services.jobs.get(folder.id)
    d.until(lambda: not view.live)
    assert view.fresh
    assert len(proposed(d)) > 30
    assert list(folder.path.glob("part-*"))
    d.program.files.close()
    d.open(path)
    assert d.services.jobs.get(folder.id).fresh is False
    d.until(lambda: not list(folder.path.glob("part-*")))  # the project has them
    d.model_ready()


def test_memory_that_runs_out_goes_on_image_by_image(d):
    d = d(60)
    d.trigger("model.propose_all")
    [view] = d.services.jobs.running("predict")
    d.until(lambda: bool(proposed(d)))
    of_job(view).send_signal(signal.SIGKILL)
    d.until(lambda: any("one image at a time" in note for note in view.notes))
    d.until(lambda: not view.live)
    assert (view.state, view.error) == ("done", "")
    assert view.outcome["images"] == 60


def test_images_that_cannot_be_read_are_said(d):
    d = d(4)
    d.session.images[2].path.write_bytes(b"cut short")
    d.trigger("model.propose_all")
    view = d.job_done("predict")
    assert any("could not be read" in note for note in view.notes)
    assert view.outcome["failed"] == ["p002.png"]


def test_a_named_image_that_is_done_is_predicted_too(d):
    d = d(2)
    d.trigger("image.done")
    number = d.session.image.id
    project = d.session.project
    d.services.jobs.start(
        PredictSpec(project=str(project.path), model=d.session.model.id, images=(number,))
    )
    d.job_done("predict")
    assert d.document.proposals
    assert d.session.row(number).status is Status.DONE
    assert os.path.exists(project.path)


def test_images_that_could_not_be_read_are_shown_by_a_press(d):
    d = d(4)
    rows = list(d.session.images)
    for row in rows[1:3]:
        row.path.write_bytes(b"cut short")
    d.trigger("model.propose_all")
    view = d.job_done("predict")
    said = "2 of 4 images could not be read and are skipped: p001.png, p002.png."
    [banner] = [each for each in d.session.banners if each.key == f"job-{view.id}"]
    assert banner.text == said
    [strip] = [each for each in d.window.banners.strips if each.banner is banner]
    [act] = [each for each in strip.findChildren(QAbstractButton) if each.text()]
    assert act.text() == "Show the 2"
    d.click(act)
    assert d.window.filmstrip.model.ids == [row.id for row in rows[1:3]]
    assert "not read" in d.window.filmstrip.order.text()
    assert banner not in d.session.banners
