import numpy as np
import pytest

from engine.training.rows import RowPlan

OLD = np.random.default_rng(0).normal(size=(4, 6, 1, 1)).astype(np.float32)


def plan(new=(1, 2, 7, 9), mapping=None, background=0, old=(0, 1, 2, 3)):
    return RowPlan.of(new, old, background, mapping or {}, seed=3)


def test_rows_of_mapped_classes_are_copied_and_the_background_too():
    made = plan(mapping={2: 7}).apply(OLD)
    assert (made[0] == OLD[0]).all()
    assert (made[2] == OLD[2]).all()


def test_several_old_classes_for_one_new_are_averaged():
    made = plan(mapping={1: 2, 3: 2}).apply(OLD)
    assert made[1] == pytest.approx(OLD[[1, 3]].mean(axis=0))


def test_new_classes_start_near_the_background_and_apart_from_each_other():
    made = plan(mapping={2: 7}).apply(OLD)
    for row in (made[1], made[3]):
        assert 0 < np.abs(row - OLD[0]).max() < 0.6 * OLD.std()
    assert (made[1] != made[3]).any()


def test_the_same_seed_gives_the_same_rows():
    assert (plan().apply(OLD) == plan().apply(OLD)).all()


def test_without_a_background_it_starts_at_zero():
    made = plan(background=None, mapping={0: 2}).apply(OLD)
    assert (made[0] == 0).all()
    assert (made[1] == OLD[0]).all()


def test_a_mapping_cannot_take_the_background_row_for_another_class():
    assert (plan(mapping={0: 2}).apply(OLD)[1] != OLD[0]).any()


def test_one_yes_or_no_row_becomes_two_that_give_the_same_probability():
    row = np.random.default_rng(1).normal(size=(1, 5)).astype(np.float32)
    features = np.random.default_rng(2).normal(size=(5, 10)).astype(np.float32)
    made = RowPlan.of((1, 2), (1,), None, {1: 2}).apply(row)
    scores = made @ features
    softmax = np.exp(scores[1]) / np.exp(scores).sum(axis=0)
    assert softmax == pytest.approx(1 / (1 + np.exp(-(row @ features)[0])), rel=1e-5)


def test_it_counts_the_classes_that_are_known():
    assert plan(mapping={2: 7, 3: 9}).kept == 2
