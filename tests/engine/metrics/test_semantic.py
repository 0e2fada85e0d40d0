import numpy as np
import pytest

from engine.metrics import semantic

TRUE = np.array([[0, 0, 1, 1], [2, 2, 255, 1]])
PRED = np.array([[0, 1, 1, 1], [2, 0, 2, 1]])


def test_counts_by_hand_and_leaves_out_ignored_pixels():
    counts = semantic.confusion(TRUE, PRED, 3)
    assert counts.tolist() == [[1, 1, 0], [0, 3, 0], [1, 0, 1]]
    assert counts.dtype == np.int64


def test_measures_by_hand():
    counts = semantic.confusion(TRUE, PRED, 3)
    assert semantic.iou(counts) == pytest.approx([1 / 3, 3 / 4, 1 / 2])
    assert semantic.dice(counts) == pytest.approx([1 / 2, 6 / 7, 2 / 3])
    assert semantic.miou(counts) == pytest.approx((1 / 3 + 3 / 4 + 1 / 2) / 3)
    assert semantic.pixel_accuracy(counts) == pytest.approx(5 / 7)
    assert semantic.macro_f1(counts) == pytest.approx((1 / 2 + 6 / 7 + 2 / 3) / 3)


def test_a_class_that_is_nowhere_has_no_value_and_is_in_no_mean():
    counts = semantic.confusion([0, 0, 1], [0, 1, 1], 4)
    assert np.isnan(semantic.iou(counts)[2:]).all()
    assert semantic.miou(counts) == pytest.approx((1 / 2 + 1 / 2) / 2)


def test_a_class_that_is_only_predicted_counts_against_the_others_but_is_in_no_miou():
    counts = semantic.confusion([0, 0], [0, 3], 4)
    assert semantic.iou(counts)[3] == 0
    assert semantic.miou(counts) == pytest.approx(1 / 2)
    assert semantic.macro_f1(counts) == pytest.approx((2 / 3 + 0) / 2)


def test_nothing_labelled_is_no_number():
    counts = semantic.confusion([255, 255], [0, 1], 2)
    assert counts.sum() == 0
    assert np.isnan([semantic.miou(counts), semantic.pixel_accuracy(counts)]).all()
    assert np.isnan(semantic.macro_f1(counts))


def test_what_is_ignored_may_hold_any_prediction():
    assert semantic.confusion([255, 0], [77, 0], 2).tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(
    ("true", "pred"),
    [([0, 2], [0, 1]), ([0, 1], [0, 2]), ([0, 1], [0, -1]), ([[0, 1]], [0, 1])],
)
def test_refuses_what_are_no_classes_or_other_shapes(true, pred):
    with pytest.raises(ValueError, match=r"classes|shape"):
        semantic.confusion(true, pred, 2)


def test_images_may_be_added_up():
    rng = np.random.default_rng(0)
    true, pred = rng.integers(0, 4, (2, 50, 60))
    halves = [semantic.confusion(true[part], pred[part], 4) for part in (slice(20), slice(20, 50))]
    assert (sum(halves) == semantic.confusion(true, pred, 4)).all()
