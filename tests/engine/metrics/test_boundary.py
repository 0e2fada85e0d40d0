import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.masks.mask import SMALL, Mask
from engine.metrics.boundary import boundary, boundary_iou, width


def near_the_outside(bits, reach):
    """The definition: some pixel of the square around is not set, or outside the image."""
    padded = np.pad(bits, reach)
    out = np.zeros_like(bits)
    for dy in range(2 * reach + 1):
        for dx in range(2 * reach + 1):
            out |= ~padded[dy : dy + bits.shape[0], dx : dx + bits.shape[1]]
    return out & bits


def test_the_width_is_two_percent_of_the_diagonal():
    assert width((480, 640)) == 16
    assert width((10, 10)) == 1
    assert width((480, 640), 0.005) == 4


@given(arrays(bool, (23, 31), elements=st.integers(0, 9).map(bool)), st.sampled_from([0.03, 0.1]))
def test_it_is_what_the_definition_says(bits, ratio):
    found = boundary(Mask.from_bits(bits), bits.shape, ratio)
    wanted = near_the_outside(bits, width(bits.shape, ratio))
    assert np.array_equal(found.read((0, 0, 31, 23)), wanted)


def test_a_large_mask_at_the_edge_of_the_image():
    size = (700, 900)
    bits = np.zeros(size, bool)
    bits[:650, 100:] = True
    bits[300:310, 400:420] = False
    mask = Mask.from_bits(bits)
    assert mask.is_tiled
    assert mask.box[2] - mask.box[0] > SMALL
    found = boundary(mask, size, 0.005)
    wanted = near_the_outside(bits, width(size, 0.005))
    assert np.array_equal(found.read((0, 0, 900, 700)), wanted)


def test_two_squares_by_hand():
    size = (100, 100)
    outer, inner = Mask.rectangle((10, 10, 50, 50)), Mask.rectangle((13, 13, 47, 47))
    # Rings of 3 px: 40² − 34² and 34² − 28², which do not touch.
    assert boundary(outer, size).area == 40**2 - 34**2
    assert boundary_iou(outer, inner, size) == 0
    assert boundary_iou(outer, outer, size) == 1
    assert outer.iou(inner) == pytest.approx((34 / 40) ** 2)


def test_the_smallest_square_with_an_inside():
    assert boundary(Mask.rectangle((40, 40, 47, 47)), (100, 100)).area == 48
    assert boundary(Mask.rectangle((40, 40, 46, 46)), (100, 100)).area == 36


def test_nothing_has_no_boundary():
    assert boundary_iou(Mask.EMPTY, Mask.EMPTY, (9, 9)) == 0
