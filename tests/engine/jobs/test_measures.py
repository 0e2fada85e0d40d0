"""What an evaluation counts of objects and segments, and what it leaves out."""

import json

import numpy as np
import pytest

from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.taxonomy import BACKGROUND, LabelClass, Taxonomy
from engine.jobs.job import EvaluateSpec
from engine.jobs.measures import Judged, Measures
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.metrics.detection import FoundObject
from engine.models.catalog import DEFAULT_MODEL

SIZE = (30, 40)
CAT, DOG, SKY, SEA = 2, 3, 4, 5
CLASSES = Taxonomy(
    LabelClass(id=number, name=name, color="#000000", thing=number < SKY, order=number)
    for number, name in ((CAT, "cat"), (DOG, "dog"), (SKY, "sky"), (SEA, "sea"))
)
BOX = Mask.rectangle((5, 5, 20, 15))


def document(*objects, layer=(), background=True):
    classes = ClassMap(SIZE)
    if background:
        classes = classes.flip(classes.change(Mask.rectangle((0, 0, 40, 30)), BACKGROUND))
    for class_id, mask in layer:
        classes = classes.flip(classes.change(mask, class_id))
    annotations = [
        Annotation(id=at, class_id=class_id, mask=mask, order=at, crowd=crowd)
        for at, (class_id, mask, crowd) in enumerate(objects, 1)
    ]
    return Document(1, SIZE, annotations=annotations, layer=classes)


def measured(truth, *found):
    measures = Measures(CLASSES)
    objects = [FoundObject(*each) for each in found]
    measures.add(truth, Judged(np.zeros(truth.size, np.uint8), objects, objects))
    return measures.figures()


def of(figures, name):
    return next(each for each in figures["classes"] if each["name"] == name)


def test_what_is_found_exactly_is_perfect():
    sky = Mask.rectangle((0, 20, 40, 30))
    truth = document((CAT, BOX, False), layer=[(SKY, sky)])
    result = measured(truth, (CAT, BOX, 0.9), (SKY, sky, 0.3))
    for kind in ("segm", "bbox", "boundary"):
        assert result["instances"][kind]["AP"] == pytest.approx(1)
    assert of(result["instances"], "cat")["boundary_AP"] == pytest.approx(1)
    assert of(result["instances"], "dog")["AP"] is None
    assert [each["name"] for each in result["instances"]["classes"]] == ["cat", "dog"]
    panoptic = result["panoptic"]
    assert panoptic["all"] == {"pq": 1, "sq": 1, "rq": 1, "n": 2}
    assert panoptic["things"]["n"] == panoptic["stuff"]["n"] == 1
    assert of(panoptic, "sea")["sq"] is None


def test_unlabelled_pixels_excuse_and_background_does_not():
    elsewhere = Mask.rectangle((25, 5, 35, 15))
    found = [(CAT, elsewhere, 0.9), (CAT, BOX, 0.5)]
    known = measured(document((CAT, BOX, False)), *found)
    open_ = measured(document((CAT, BOX, False), background=False), *found)
    assert known["instances"]["segm"]["AP"] == pytest.approx(0.5)
    assert of(known["panoptic"], "cat")["fp"] == 1
    for kind in ("segm", "bbox", "boundary"):
        assert open_["instances"][kind]["AP"] == pytest.approx(1)
    assert of(open_["panoptic"], "cat")["fp"] == 0


def test_of_what_lies_half_on_unlabelled_pixels_the_object_counts():
    """IoU with a true object may still be one half then."""
    half = Mask.rectangle((5, 5, 20, 25))
    result = measured(document((CAT, BOX, False), background=False), (CAT, half, 0.9))
    assert result["instances"]["segm"]["AP50"] == pytest.approx(1)
    assert result["instances"]["segm"]["AP75"] == 0


def test_a_crowd_excuses_and_lies_below_single_objects():
    truth = document((CAT, Mask.rectangle((0, 0, 40, 30)), True), (CAT, BOX, False))
    other = Mask.rectangle((25, 5, 35, 15))
    result = measured(truth, (CAT, other, 0.9), (CAT, BOX, 0.5))
    assert result["instances"]["segm"]["AP"] == pytest.approx(1)
    cat = of(result["panoptic"], "cat")
    assert (cat["tp"], cat["fp"], cat["fn"], cat["pq"]) == (1, 0, 0, 1)


def test_parts_of_stuff_are_one_segment_and_likelier_objects_lie_above():
    left, right = Mask.rectangle((0, 20, 20, 30)), Mask.rectangle((20, 20, 40, 30))
    truth = document((CAT, BOX, False), layer=[(SKY, left | right)])
    found = [(SKY, left, 0.9), (SKY, right, 0.8), (CAT, BOX, 0.7), (DOG, BOX, 0.6)]
    panoptic = measured(truth, *found)["panoptic"]
    assert of(panoptic, "sky")["tp"] == 1
    assert (of(panoptic, "cat")["tp"], of(panoptic, "dog")["fp"]) == (1, 0)


def test_without_things_there_are_no_instances():
    stuff = Taxonomy([LabelClass(id=SKY, name="sky", color="#000000", thing=False)])
    assert Measures(stuff).figures()["instances"] is None


# -- through the job


def test_ap_counts_every_prediction_and_segments_only_likely_ones(project, run, truth, tmp_path):
    def entry(image, score):
        box = [[5, 5, 20, 5, 20, 15, 5, 15]]
        return {"image_id": image, "category_id": 1, "score": score, "segmentation": box}

    file = tmp_path / "r.json"
    file.write_text(json.dumps([entry(1, 0.9), entry(2, 0.1)]))
    _, done, _ = run(EvaluateSpec(project=str(project.path), predictions=str(file)))
    assert done.outcome == "done", done
    assert done.result["instances"]["segm"]["AP"] == pytest.approx(1)
    assert done.result["instances"]["bbox"]["AP"] == pytest.approx(1)
    cat = of(done.result["panoptic"], "cat")
    assert (cat["tp"], cat["fn"]) == (1, 1)


def test_a_stated_box_is_what_is_measured(project, run, truth, tmp_path):
    box = [[5, 5, 20, 5, 20, 15, 5, 15]]
    entries = [
        {"image_id": 1, "category_id": 1, "score": 0.9, "segmentation": box, "bbox": [0, 0, 3, 3]},
        {"image_id": 2, "category_id": 1, "score": 0.9, "segmentation": box, "bbox": "none"},
    ]
    file = tmp_path / "r.json"
    file.write_text(json.dumps(entries))
    _, done, _ = run(EvaluateSpec(project=str(project.path), predictions=str(file)))
    assert done.result["instances"]["segm"]["AR100"] == 1
    assert done.result["instances"]["bbox"]["AR100"] == 0.5


def test_a_model_has_them_too(project, run, truth):
    _, done, _ = run(EvaluateSpec(project=str(project.path), model=DEFAULT_MODEL, device="cpu"))
    assert done.outcome == "done", done
    assert done.result["instances"]["segm"]["AP"] is not None
    assert of(done.result["panoptic"], "cat")["fn"] <= 2


def test_more_than_a_hundred_objects_of_a_class_are_told(project, paint, run, tmp_path):
    dots = [
        Mask.rectangle((3 * x, 3 * y, 3 * x + 2, 3 * y + 2)) for x in range(13) for y in range(9)
    ]
    paint(1, *dots)
    entry = {"image_id": 1, "category_id": 1, "score": 0.9}
    entry["segmentation"] = [[0, 0, 2, 0, 2, 2, 0, 2]]
    file = tmp_path / "r.json"
    file.write_text(json.dumps([entry]))
    _, done, events = run(EvaluateSpec(project=str(project.path), predictions=str(file)))
    assert done.outcome == "done", done
    assert any("more than 100 objects" in getattr(each, "text", "") for each in events)
