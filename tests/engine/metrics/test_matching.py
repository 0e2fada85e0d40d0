import numpy as np
import pytest

from engine.metrics.matching import NAMES, Matching, by_class, summary


def matched(*images, classes=(1,)):
    """Each image: (class, overlaps, scores, areas, true areas, crowds)."""
    matching = Matching(classes)
    for class_id, overlaps, scores, areas, true_areas, crowd in images:
        matching.add(
            class_id,
            np.array(overlaps, float).reshape(len(scores), len(true_areas)),
            np.array(scores, float),
            np.array(areas, float),
            np.array(true_areas, float),
            np.array(crowd, bool),
        )
    return matching.curves()


def test_one_right_one_wrong_by_hand():
    figures = summary(*matched((1, [[0.8], [0.1]], [0.5, 0.9], [50, 50], [50], [0])))
    # The wrong one comes first: precision 1/2 at every recall, up to IoU 0.8.
    assert figures["AP50"] == pytest.approx(0.5)
    assert figures["AP75"] == pytest.approx(0.5)
    assert figures["AP"] == pytest.approx(0.5 * 7 / 10)
    assert figures["AR100"] == pytest.approx(0.7)
    assert (figures["AR1"], figures["APs"]) == (0, figures["AP"])
    assert np.isnan([figures["APm"], figures["APl"], figures["ARm"]]).all()


def test_a_crowd_is_neither_right_nor_wrong_and_never_used_up():
    overlaps = [[0.0, 0.9], [0.0, 0.9], [0.9, 0.0]]
    figures = summary(*matched((1, overlaps, [0.9, 0.8, 0.1], [9, 9, 9], [9, 99], [0, 1])))
    assert figures["AP50"] == pytest.approx(1)


def test_a_real_object_goes_before_a_crowd_it_overlaps_less():
    figures = summary(*matched((1, [[0.6, 1.0]], [0.9], [9], [9, 99], [0, 1])))
    assert figures["AP50"] == pytest.approx(1)
    assert figures["AR100"] == pytest.approx(0.3)  # at 0.5, 0.55 and 0.6


def test_each_true_object_is_found_once():
    figures = summary(*matched((1, [[0.9], [0.9]], [0.9, 0.8], [9, 9], [9], [0])))
    assert figures["AP50"] == pytest.approx(1)
    again = summary(*matched((1, [[0.9, 0], [0.9, 0]], [0.9, 0.8], [9, 9], [9, 9], [0, 0])))
    assert again["AP50"] == pytest.approx(51 / 101)  # recalls 0, 0.01 … 0.5


def test_of_two_equally_near_the_later_is_taken():
    figures = summary(*matched((1, [[0.8, 0.8], [0.8, 0]], [0.9, 0.8], [9, 9], [9, 9], [0, 0])))
    assert figures["AP50"] == pytest.approx(1)


def test_without_a_true_object_there_is_no_number():
    curves = matched((1, [], [0.9], [9], [], []), classes=(1, 2))
    assert all(np.isnan(summary(*curves)[name]) for name in NAMES)
    assert np.isnan(by_class((1, 2), *curves)[2]["AP"])


def test_nothing_found_is_zero():
    figures = summary(*matched((1, [], [], [], [9], [0])))
    assert (figures["AP"], figures["AR100"]) == (0, 0)
