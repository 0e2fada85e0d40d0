import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masks.mask import Mask
from engine.masks.rim import rim
from tests.engine.masks.pictures import pictures, pixels, sizes


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_the_rim_is_what_shares_a_side(data):
    size = data.draw(sizes)
    bits = data.draw(pictures(size))
    wide = np.pad(bits, 1)
    near = wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    found = rim(Mask.from_bits(bits), size)
    assert np.array_equal(pixels(found, size), near & ~bits)


def test_the_rim_ends_at_the_image():
    assert not rim(Mask.rectangle((0, 0, 900, 700)), (700, 900))
    assert not rim(Mask.EMPTY, (700, 900))
