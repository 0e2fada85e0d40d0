"""Thousands of masks come in while somebody works: the window stays alive, and nothing is lost."""

import json

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.document.document import Status
from engine.jobs.job import ImportSpec
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
