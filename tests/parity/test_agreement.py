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
