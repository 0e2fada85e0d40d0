import numpy as np
import pytest

from engine.document.labels import IGNORED
from engine.metrics.agreement import Agreement


def test_two_who_agree_and_two_who_do_not():
    first = np.zeros((20, 20), np.uint8)
    first[5:15, 5:15] = 1
    same = Agreement(3)
    same.add(first, first)
    assert same.kappa() == 1
    assert [each.iou for each in same.classes()[:2]] == [1, 1]
    assert [each.boundary_iou for each in same.classes()[:2]] == [1, 1]
    assert np.isnan([same.classes()[2].iou, same.classes()[2].boundary_iou]).all()

    smaller = np.zeros_like(first)
    smaller[6:14, 6:14] = 1
    other = Agreement(3)
    other.add(first, smaller)
    square = other.classes()[1]
    assert (square.first, square.second) == (100, 64)
    assert square.iou == 0.64
    assert square.boundary_iou == 0  # rings of one pixel beside each other
    observed, expected = 364 / 400, (300 * 336 + 100 * 64) / 400**2
    assert other.kappa() == pytest.approx((observed - expected) / (1 - expected))
    assert square.kappa == pytest.approx(other.kappa())  # there are but two classes


def test_what_either_left_open_counts_nowhere():
    first = np.array([[0, 1, 1, IGNORED]], np.uint8)
    second = np.array([[0, 1, IGNORED, 1]], np.uint8)
    agreement = Agreement(2)
    agreement.add(first, second)
    assert agreement.counts.tolist() == [[1, 0], [0, 1]]
    assert agreement.classes()[1].boundary_iou == 1


def test_images_add_up_in_any_order():
    chance = np.random.default_rng(1)
    pairs = chance.integers(0, 4, (3, 2, 30, 40)).astype(np.uint8)
    forth, back = Agreement(4), Agreement(4)
    for first, second in pairs:
        forth.add(first, second)
    for first, second in pairs[::-1]:
        back.add(second, first)
    assert forth.images == 3
    assert forth.kappa() == pytest.approx(back.kappa())
    assert [each.iou for each in forth.classes()] == [each.iou for each in back.classes()]


def test_nothing_or_one_class_alone_is_no_number():
    agreement = Agreement(2)
    assert np.isnan(agreement.kappa())
    agreement.add(np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8))
    assert np.isnan(agreement.kappa())


def test_pictures_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="shape"):
        Agreement(2).add(np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8))
    with pytest.raises(ValueError, match="classes"):
        Agreement(2).add(np.full((4, 4), 7, np.uint8), np.zeros((4, 4), np.uint8))
