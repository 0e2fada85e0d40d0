import json

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.formats.verify import verify_file
from engine.formats.verify_panoptic import verify_panoptic


@pytest.fixture
def panoptic(tmp_path):
    """A sound file of one 6 × 4 image with segments 7 and 300; answers (path, spoil)."""
    ids = np.zeros((6, 4), np.uint32)
    ids[:2], ids[3:, :2] = 7, 300

    def write(spoil=lambda data, ids: None):
        data = {
            "images": [{"id": 1, "file_name": "a.jpg", "height": 6, "width": 4}],
            "categories": [{"id": 1, "name": "a", "isthing": 1}],
            "annotations": [
                {
                    "image_id": 1,
                    "file_name": "a.png",
                    "segments_info": [
                        {"id": 7, "category_id": 1, "area": 8, "bbox": [0, 0, 4, 2], "iscrowd": 0},
                        {"id": 300, "category_id": 1, "area": 6, "bbox": [0, 3, 2, 3]},
                    ],
                }
            ],
        }
        pixels = ids.copy()
        spoil(data, pixels)
        path = tmp_path / "p.json"
        path.write_text(json.dumps(data))
        (tmp_path / "p").mkdir(exist_ok=True)
        rgb = np.stack([pixels & 255, pixels >> 8 & 255, pixels >> 16 & 255], axis=-1)
        Image.fromarray(rgb.astype(np.uint8)).save(tmp_path / "p/a.png")
        return path

    return write


def test_a_sound_file_is_sound(panoptic):
    verdict = verify_file(panoptic())
    assert verdict.sound
    assert (verdict.images, verdict.masks, verdict.decoded) == (1, 2, 2)


def _infos(data):
    return data["annotations"][0]["segments_info"]


def _info(at, **fields):
    return lambda data, ids: data["annotations"][0]["segments_info"][at].update(fields)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_info(0, area=9), "1 area is not that of its mask: a.png, segment 7."),
        (_info(0, bbox=[0, 0, 4, 4]), "1 box is not"),
        (_info(0, category_id=5), "a class"),
        (_info(0, iscrowd=3), "iscrowd"),
        (
            lambda data, ids: [each.update(iscrowd=1) for each in _infos(data)],
            "1 crowd is not the only one of its class in its image, and evaluation knows one: "
            "a.png, segment 300.",
        ),
        (_info(0, id=8), "1 segment of a PNG is not listed: a.png, segment 7."),
        (_info(0, id=8), "1 mask covers no pixel: a.png, segment 8."),
        (_info(0, id=300), "1 segment is listed twice"),
        (_info(0, id=0), "1 segment has no id from 1"),
        (lambda data, ids: ids.__setitem__((5, 3), 9), "is not listed: a.png, segment 9."),
        (lambda data, ids: data["images"][0].update(height=7), "1 PNG has another size"),
        (lambda data, ids: data["annotations"][0].update(file_name="b.png"), "1 PNG is missing"),
        (lambda data, ids: data["annotations"][0].update(file_name="../p/a.png"), ""),
        (lambda data, ids: data["annotations"][0].update(image_id=2), "an image"),
        (
            lambda data, ids: data["annotations"].append(data["annotations"][0]),
            "1 image has several annotations: image 1.",
        ),
        (lambda data, ids: data["annotations"].append(5), "1 annotation lists no segments"),
        (
            lambda data, ids: data["categories"][0].pop("isthing"),
            "1 class does not say whether it is of things (isthing): 1.",
        ),
    ],
)
def test_everything_wrong_is_named(panoptic, spoil, said):
    verdict = verify_file(panoptic(spoil), deep=True)
    assert verdict.sound == (said == "")
    assert any(said in problem for problem in [*verdict.problems, ""])


def test_examples_of_the_authors_are_sound(assets):
    folder = assets / "datasets/coco_panoptic_sample"
    verdict = verify_panoptic(
        folder / "panoptic_examples.json", masks=folder / "panoptic_examples", deep=True
    )
    assert verdict.problems == []
    assert verdict.decoded == verdict.masks == 50


def test_pngs_that_are_not_there_are_asked_for(panoptic, tmp_path):
    path = panoptic()
    (tmp_path / "p").rename(tmp_path / "q")
    with pytest.raises(EngineError, match="Name their folder"):
        verify_file(path)
    assert verify_panoptic(path, masks=tmp_path / "q").sound


def test_an_image_without_an_annotation_is_a_hint(panoptic):
    more = {"id": 2, "file_name": "b.jpg", "height": 6, "width": 4}
    verdict = verify_file(panoptic(lambda data, ids: data["images"].append(more)))
    assert (verdict.problems, verdict.hints) == ([], ["1 image has no annotation: image 2."])
