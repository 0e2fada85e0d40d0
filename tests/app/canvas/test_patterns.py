import numpy as np
import pytest

from app.canvas import patterns
from app.canvas.colors import BARS


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("corner", [(0, 0), (-37, 12), (5, -900)])
def test_planes_are_the_hatches_one_by_one(ratio, corner):
    hatches = (patterns.RISING, patterns.GRID, BARS)
    planes = patterns.planes(hatches, ratio, *corner, 90, 70)
    assert planes.shape == (70, 90)
    assert not planes.flags.writeable
    for hatch in range(1, 7):
        expected = patterns.spread(hatch, ratio, *corner, 90, 70) if hatch in hatches else False
        assert np.array_equal(planes >> hatch & 1, np.broadcast_to(expected, (70, 90)))
