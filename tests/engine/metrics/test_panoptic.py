import numpy as np
import pytest

from engine.masks.mask import Mask
from engine.metrics import panoptic
from engine.metrics.panoptic import PanopticMetrics, Segment, SegmentMap

SIZE = (10, 10)


def drawn(*parts):
    return SegmentMap.draw(SIZE, [(Mask.rectangle(box), Segment(*what)) for box, *what in parts])


def test_by_hand():
    metrics = PanopticMetrics({1: True, 2: False})
    truth = drawn(((0, 0, 10, 10), 2), ((0, 0, 4, 4), 1), ((6, 6, 10, 10), 1))
    found = drawn(((0, 0, 10, 10), 2), ((0, 0, 4, 3), 1), ((0, 8, 2, 10), 1))
    metrics.add(truth, found)
    things = metrics.counts[1]
    assert (things.tp, things.fp, things.fn, things.iou) == (1, 1, 1, 12 / 16)
    assert (things.sq, things.rq, things.pq) == (0.75, 0.5, 0.375)
    stuff = 64 / 88  # what is in either: 84 in the prediction, 68 in the truth, 64 in both
    assert metrics.counts[2].pq == pytest.approx(stuff)
    assert metrics.quality() == pytest.approx(((0.375 + stuff) / 2, (0.75 + stuff) / 2, 0.75, 2))
    assert metrics.quality(things=True).n == metrics.quality(things=False).n == 1


def test_void_excuses_and_background_does_not():
    found = drawn(((0, 0, 3, 3), 1))
    over_void, over_background = PanopticMetrics({1: True}), PanopticMetrics({1: True})
    over_void.add(drawn(), found)
    over_background.add(drawn(((0, 0, 10, 10), None)), found)
    assert over_void.counts[1].fp == 0
    assert over_background.counts[1].fp == 1


def test_a_crowd_excuses_its_own_class_only():
    metrics = PanopticMetrics({1: True, 2: True})
    metrics.add(drawn(((0, 0, 10, 10), 1, True)), drawn(((0, 0, 3, 3), 1), ((5, 5, 8, 8), 2)))
    assert (metrics.counts[1].fp, metrics.counts[1].fn) == (0, 0)
    assert metrics.counts[2].fp == 1


def test_what_is_hidden_whole_is_no_segment():
    only = drawn(((2, 2, 4, 4), 1), ((0, 0, 5, 5), 2))
    assert only.segments == [Segment(2)]
    assert only.pixels.max() == 1


def test_no_class_is_no_number():
    assert np.isnan(PanopticMetrics({1: True}).quality()[:3]).all()
    assert np.isnan(PanopticMetrics({1: True}).counts[1].pq)


def test_maps_that_do_not_fit_are_refused():
    metrics = PanopticMetrics({1: True})
    with pytest.raises(ValueError, match="truth is"):
        metrics.add(drawn(), SegmentMap.draw((10, 11), []))
    with pytest.raises(ValueError, match="no class 9"):
        metrics.add(drawn(), drawn(((0, 0, 3, 3), 9)))


def test_many_segments_are_counted_alike(monkeypatch):
    chance = np.random.default_rng(0)
    numbers = chance.integers(0, 30, (2, 40, 50))
    truth, found = (SegmentMap(each, [Segment(1 + at % 2) for at in range(29)]) for each in numbers)
    dense = panoptic._pairs(truth, found)
    monkeypatch.setattr(panoptic, "_DENSE", 1)
    monkeypatch.setattr(panoptic, "_BLOCK", 300)
    assert panoptic._pairs(truth, found) == dense
    assert sum(dense.values()) == 2000
