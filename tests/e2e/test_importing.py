"""Thousands of masks come in while somebody works: the window stays alive, and nothing is lost."""

import json

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.dialogs.import_sheet import ImportSheet
from engine.document.document import Status
from engine.jobs.job import ImportSpec
from engine.jobs.take_up import unfinished
from engine.masks import rle
from engine.masks.mask import Mask

SIZE = (240, 320)
IMAGES, EACH = 400, 10


@pytest.fixture
def many(tmp_path):
    """Masks of two classes on images that are not there, in no order, before the images."""
    rng = np.random.default_rng(0)
    annotations = []
    for number in rng.permutation(IMAGES * EACH).tolist():
        x, y = int(rng.integers(0, 300)), int(rng.integers(0, 220))
        mask = Mask.rectangle((x, y, x + 9 + number % 7, y + 12))
        annotations.append(
            {
                "id": number + 1,
                "image_id": number // EACH + 1,
                "category_id": number % 2 + 1,
                "segmentation": rle.encode(mask, SIZE),
            }
        )
    images = [
        {"id": n + 1, "file_name": f"{n:05}.png", "width": SIZE[1], "height": SIZE[0]}
        for n in range(IMAGES)
    ]
    classes = [{"id": 1, "name": "cell"}, {"id": 2, "name": "grain"}]
    data = {"annotations": annotations, "images": images, "categories": classes}
    path = tmp_path / "many.json"
    path.write_text(json.dumps(data))
    return path


def test_thousands_of_masks_come_in_beside_a_stroke(many, at_work):
    d = at_work
    project = d.session.project
    number = d.services.jobs.start(ImportSpec(project=str(project.path), source=str(many)))
    d.key(Qt.Key.Key_B)
    d.stroke((60, 60), (120, 60))
    d.until(lambda: d.services.jobs.get(number).taken)
    assert d.services.jobs.get(number).error == ""
    assert d.stalls() == []
    assert len(project.images()) == 3 + IMAGES
    assert len(d.document.annotations) == 1, "what the hand did meanwhile"
    rows = [row for row in project.images() if row.objects == EACH]
    assert len(rows) == IMAGES
    assert {row.status for row in rows} == {Status.DONE}
    for row in rows[::80]:
        assert {each.coco_id - 1 for each in project.annotations(row.id)} == set(
            range((row.coco_id - 1) * EACH, row.coco_id * EACH)
        )


def test_an_import_can_be_stopped_while_it_comes_in(many, at_work, monkeypatch):
    """What came in stays whole; the button that says Stop does it."""
    monkeypatch.setattr("app.taker.TELL", 0.0)  # else a quick machine tells of it at the end only
    d, jobs = at_work, at_work.services.jobs
    sheet = ImportSheet(d.services, d.window)
    d.window.show_sheet(sheet)
    sheet.choose(many)
    d.until(sheet.main.isEnabled)
    d.click(sheet.main)
    number = jobs.running("import")[0].id

    def stop(job_id):
        view = jobs.get(job_id)
        if view.taking and 0 < view.done < view.total and "Stop" not in view.text:
            sheet.main.click()

    jobs.changed.connect(stop)
    d.until(lambda: jobs.get(number).taken)
    view = jobs.get(number)
    assert (view.state, view.given_up, view.error) == ("cancelled", True, "")
    d.until(lambda: "stopped" in sheet.result.words)
    assert "What had come in until then stays" in sheet.result.words
    rows = [row for row in d.session.project.images() if row.objects]
    assert 0 < len(rows) < IMAGES
    assert {row.objects for row in rows} == {EACH}, "each image whole or not at all"
    assert list(unfinished(d.session.project)) == []
    assert d.stalls() == []


def test_many_images_are_counted_beside_a_stroke(at_work, tmp_path):
    d, count = at_work, 12_000
    images = [
        {"id": n + 1, "file_name": f"{n % 97}/{n:05}.png", "width": SIZE[1], "height": SIZE[0]}
        for n in range(count)
    ]
    data = {"images": images, "annotations": [], "categories": []}
    (tmp_path / "many.json").write_text(json.dumps(data))
    sheet = ImportSheet(d.services, d.window)
    d.window.show_sheet(sheet)
    sheet.choose(tmp_path / "many.json")
    d.until(lambda: sheet.count.line.text().startswith("Looking"))
    d.key(Qt.Key.Key_B)
    d.stroke((60, 60), (120, 60))
    d.until(lambda: sheet.count.line.text() == "12,000 images: 12,000 are not found.")
    assert d.stalls() == []
    assert len(d.document.annotations) == 1
    assert len(d.session.project.images()) == 3
