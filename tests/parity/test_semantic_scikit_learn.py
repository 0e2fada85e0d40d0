"""Our figures are scikit-learn's, on random labels with ignored pixels and absent classes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.metrics import semantic

CLASSES = 5
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
    from sklearn.metrics import accuracy_score, f1_score, jaccard_score

    true, pred = pair
    counted = true != 255
    if not counted.any():
        return
    true, pred = true[counted], pred[counted]
    counts = semantic.confusion(true, pred, CLASSES)
    seen = sorted({*true.tolist(), *pred.tolist()})
    options = {"labels": seen, "average": None, "zero_division": 0}
    assert semantic.iou(counts)[seen] == pytest.approx(jaccard_score(true, pred, **options))
    assert semantic.dice(counts)[seen] == pytest.approx(f1_score(true, pred, **options))
    absent = sorted(set(range(CLASSES)) - set(seen))
    assert np.isnan(semantic.iou(counts)[absent]).all()
    macro = f1_score(true, pred, labels=seen, average="macro", zero_division=0)
    assert semantic.macro_f1(counts) == pytest.approx(macro)
    present = sorted(set(true.tolist()))
    mean = jaccard_score(true, pred, labels=present, average="macro", zero_division=0)
    assert semantic.miou(counts) == pytest.approx(mean)
    assert semantic.pixel_accuracy(counts) == pytest.approx(accuracy_score(true, pred))
