"""Our figures are scikit-learn's, on real and random labels with ignored pixels, absent classes."""

import json
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from engine.metrics import semantic

CLASSES = 5
near = partial(pytest.approx, rel=0, abs=1e-9)
labels = st.integers(1, 200).flatmap(
    lambda size: st.tuples(
        arrays(np.uint8, size, elements=st.sampled_from([0, 1, 2, 3, 4, 255])),
        arrays(np.uint8, size, elements=st.integers(0, CLASSES - 1)),
    )
)


@given(labels)
def test_confusion(pair):
    from sklearn.metrics import confusion_matrix

    true, pred = pair
    counted = true != 255
    if not counted.any():
        assert semantic.confusion(true, pred, CLASSES).sum() == 0
        return
    wanted = confusion_matrix(true[counted], pred[counted], labels=range(CLASSES))
    assert (semantic.confusion(true, pred, CLASSES) == wanted).all()


@given(labels)
def test_iou_dice_and_means(pair):
    true, pred = pair
    if (true != 255).any():
        compare(true, pred, CLASSES)


def compare(true, pred, classes):
    from sklearn.metrics import accuracy_score, f1_score, jaccard_score

    counts = semantic.confusion(true, pred, classes)
    true, pred = true[true != 255], pred[true != 255]
    seen = sorted({*true.tolist(), *pred.tolist()})
    options = {"labels": seen, "average": None, "zero_division": 0}
    assert semantic.iou(counts)[seen] == near(jaccard_score(true, pred, **options))
    assert semantic.dice(counts)[seen] == near(f1_score(true, pred, **options))
    absent = sorted(set(range(classes)) - set(seen))
    assert np.isnan(semantic.iou(counts)[absent]).all()
    macro = f1_score(true, pred, labels=seen, average="macro", zero_division=0)
    assert semantic.macro_f1(counts) == near(macro)
    present = sorted(set(true.tolist()))
    mean = jaccard_score(true, pred, labels=present, average="macro", zero_division=0)
    assert semantic.miou(counts) == near(mean)
    assert semantic.pixel_accuracy(counts) == near(accuracy_score(true, pred))


def test_a_real_street_and_court(assets):
    """The classes of COCO panoptic images, against themselves moved; void is ignored."""
    folder = assets / "datasets/coco_panoptic_sample"
    data = json.loads((folder / "panoptic_examples.json").read_text())
    order = {each["id"]: at for at, each in enumerate(data["categories"])}
    for each in data["annotations"]:
        rgb = np.asarray(Image.open(folder / "panoptic_examples" / each["file_name"]))
        numbers = rgb.astype(np.int64) @ [1, 256, 256**2]
        true = np.full(numbers.shape, 255, np.uint8)
        for part in each["segments_info"]:
            true[numbers == part["id"]] = order[part["category_id"]]
        pred = np.roll(true, (3, -5), (0, 1))
        pred[pred == 255] = 0
        compare(true, pred, len(order))


def test_real_nuclei(assets):
    """A picture larger than what is counted at once."""
    files = sorted((assets / "datasets/nuclei_dsb2018/instance_labels").glob("*.png"))[:60]
    flat = [np.asarray(Image.open(each)).reshape(-1) > 0 for each in files]
    true = np.concatenate(flat).astype(np.uint8)
    assert true.size > 2 * semantic._BLOCK
    compare(true, np.roll(true, 3), 2)
