"""Cohen's kappa is scikit-learn's, over all classes and for each against the rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.metrics.agreement import Agreement

labels = arrays(np.uint8, (9, 11), elements=st.sampled_from([0, 1, 2, 255]))


@given(labels, labels, st.sampled_from([0.0, 0.2, 1.0]), st.integers(0, 99))
def test_kappa(first, noise, share, seed):
    from sklearn.metrics import cohen_kappa_score

    where = np.random.default_rng(seed).random(first.shape) < share
    second = np.where(where, noise, first)
    ours = Agreement(3)
    ours.add(first, second)
    counted = (first != 255) & (second != 255)
    one, other = first[counted], second[counted]
    if len(np.union1d(one, other)) < 2:
        assert np.isnan(ours.kappa())
        return
    assert ours.kappa() == pytest.approx(cohen_kappa_score(one, other), rel=0, abs=1e-9)
    for class_id, mine in enumerate(ours.classes()):
        alone = one == class_id, other == class_id
        if alone[0].any() or alone[1].any():
            wanted = cohen_kappa_score(*alone)
            assert mine.kappa == pytest.approx(wanted, rel=0, abs=1e-9)


def near_edge(region, reach):
    """Pixels of a region at most ``reach`` away (Chebyshev) from one that is not in it."""
    padded = np.pad(region, reach)
    inner = np.ones_like(region)
    for y in range(2 * reach + 1):
        for x in range(2 * reach + 1):
            inner &= padded[y : y + region.shape[0], x : x + region.shape[1]]
    return region & ~inner


@given(labels, labels, st.sampled_from([0.02, 0.1]))
def test_iou_and_boundary_iou_by_counting_and_from_both_sides(first, second, ratio):
    ours, turned = Agreement(3, ratio), Agreement(3, ratio)
    ours.add(first, second)
    turned.add(second, first)
    counted = (first != 255) & (second != 255)
    reach = max(1, round(ratio * float(np.hypot(*first.shape))))
    np.testing.assert_equal(ours.kappa(), turned.kappa())
    for each, (mine, other) in enumerate(zip(ours.classes(), turned.classes(), strict=True)):
        np.testing.assert_equal(
            (mine.iou, mine.boundary_iou, mine.kappa), (other.iou, other.boundary_iou, other.kappa)
        )
        for value, sides in (
            (mine.iou, (first == each, second == each)),
            (
                mine.boundary_iou,
                (near_edge(first == each, reach), near_edge(second == each, reach)),
            ),
        ):
            one, two = (side & counted for side in sides)
            union = np.count_nonzero(one | two)
            wanted = np.count_nonzero(one & two) / union if union else np.nan
            np.testing.assert_allclose(value, wanted, rtol=0, atol=1e-12)
