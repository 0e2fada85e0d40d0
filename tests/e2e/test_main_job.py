"""The whole main job through the real window, with mouse and keyboard."""

import json

import numpy as np
import pytest
from pycocotools import mask as reference
from PySide6.QtCore import Qt

from app.intents.recipes import start_learning
from engine.document.document import Status
from engine.jobs.job import ExportSpec

Key = Qt.Key


@pytest.mark.slow
def test_open_predict_accept_paint_undo_export_verify_train_swap_predict(  # noqa: PLR0915
    drive, sample, tmp_path
):
    d = drive(sample)
    d.until(lambda: d.session.image is not None)
    d.model_ready()
    assert len(d.session.images) == 12
    d.picture("01_open")

    # Propose with one key, accept what is above the threshold with one key.
    d.key(Key.Key_R)
    document = d.session.document
    d.until(lambda: bool(document.proposals))
    d.picture("02_proposals")
    d.key(Key.Key_A, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert document.annotations
    names = {d.session.taxonomy.name(each.class_id) for each in document.annotations.values()}
    assert "person" in names

    # Paint on the person: the press selects and extends it.
    person = max(document.annotations.values(), key=lambda each: each.mask.area)
    d.session.set_class(person.class_id)
    d.key(Key.Key_B)
    before = person.mask
    left, top, right, bottom = before.box
    d.stroke(((left + right) / 2, (top + bottom) / 2), (left - 15, top + 5))
    painted = document.annotations[person.id].mask
    assert painted.area > before.area
    assert not (before - painted), "painting took pixels away"
    d.picture("03_painted")

    d.ctrl(Key.Key_Z)
    assert document.annotations[person.id].mask.same(before)
    d.ctrl(Key.Key_Y)
    assert document.annotations[person.id].mask.same(painted)

    # Done, next: the status is kept and another image is open.
    first = d.session.image.id
    d.key(Key.Key_F)
    assert d.session.row(first).status is Status.DONE
    assert d.session.image.id != first

    # The rest of the project as a job, then image by image.
    d.trigger("model.propose_all")
    d.job_done("predict")
    while True:
        image = d.session.image
        if d.session.document.proposals:
            d.trigger("proposal.accept_all")
        d.key(Key.Key_F)
        if d.session.image is image:
            break
    assert all(row.status is Status.DONE for row in d.session.images)
    d.picture("04_all_done")

    # Export and verify; pycocotools reads the same masks.
    target = tmp_path / "out.json"
    project = d.session.project
    d.services.jobs.start(ExportSpec(project=str(project.path), target=str(target), deep=True))
    d.job_done("export")
    written = json.loads(target.read_text())
    assert {each["iscrowd"] for each in written["annotations"]} == {0}
    mine = next(
        each
        for each in written["annotations"]
        if each["image_id"] == written["images"][0]["id"] and each["area"] == painted.area
    )
    truth = painted.read((0, 0, written["images"][0]["width"], written["images"][0]["height"]))
    assert np.array_equal(reference.decode(mine["segmentation"]).astype(bool), truth)

    # A short round of learning; its better (or chosen) model takes over without a restart.
    job = start_learning(d.services, {"epochs": 1, "seed": 1})
    view = d.job_done("train")
    assert view.id == job
    assert {"loss", "miou"} <= view.metrics.keys()
    d.trigger("place.models")
    d.picture("05_models")
    new = view.outcome["model"]
    d.services.use_model(new)
    d.until(lambda: d.session.model.id == new and d.session.model.state == "ready")
    assert d.session.project.current_model == new

    # The new model answers.
    d.trigger("place.correct")
    d.trigger("image.reopen")
    answered = []
    d.services.inference.answered.connect(lambda image, answer: answered.append(answer.model))
    d.key(Key.Key_R)
    d.until(lambda: bool(answered))
    assert answered == [new]
    d.picture("06_new_model")
    assert d.stalls() == []


def test_a_stranger_reaches_an_export_in_twelve_gestures(drive, tmp_path, qtbot):
    d = drive()
    d.picture("stranger_1_first_page")
    d.click(d.window.first_page.sample)
    d.until(lambda: d.session.image is not None)
    d.model_ready()
    d.key(Key.Key_R)
    d.until(lambda: bool(d.session.document.proposals))
    d.key(Key.Key_A, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    d.key(Key.Key_B)
    height, width = d.session.document.size
    d.stroke((width * 0.4, height * 0.5), (width * 0.5, height * 0.6))
    d.ctrl(Key.Key_E)
    sheet = d.window.sheet
    target = sheet.target()
    d.key(Key.Key_Return)
    d.job_done("export")
    d.picture("stranger_2_exported")
    assert json.loads(target.read_text())["annotations"]
    assert d.gestures <= 12
    assert d.stalls() == []
