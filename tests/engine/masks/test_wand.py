import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masks import wand
from engine.masks.components import fill_holes
from engine.masks.mask import Mask
from engine.masks.wand import Like
from tests.engine.masks.pictures import pictures, pixels, sizes


def walked(bits, seed):
    """The connected part, pixel by pixel."""
    out, left = np.zeros_like(bits), [seed]
    while left:
        x, y = left.pop()
        if 0 <= y < bits.shape[0] and 0 <= x < bits.shape[1] and bits[y, x] and not out[y, x]:
            out[y, x] = True
            left += [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
    return out


def steps(size, seed):
    """A picture of a few grey values in blocks, so that areas of one value meet."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 5, (size[0] // 8 + 1, size[1] // 8 + 1, 3)) * 30
    return np.kron(small, np.ones((8, 8, 1))).astype(np.uint8)[: size[0], : size[1]]


def reader(values):
    return lambda box: values[box[1] : box[3], box[0] : box[2]]


@given(sizes, st.integers(0, 30), st.sampled_from([0, 29.5, 30, 61]))
def test_both_ways_equal_a_comparison_pixel_by_pixel(size, seed, within):
    values = steps(size, seed)
    at = seed * size[1] // 31, seed * size[0] // 31
    value = tuple(float(each) for each in values[at[1], at[0]])
    like = Like(value, within)
    expected = (np.abs(values.astype(int) - np.array(value)) <= within).all(2)
    assert np.array_equal(like(values), expected)
    assert np.array_equal(pixels(wand.everywhere(reader(values), size, like), size), expected)
    part = walked(expected, at)
    assert np.array_equal(pixels(wand.connected(reader(values), size, at, like), size), part)
    assert np.array_equal(wand.spread(expected, at), part)


def test_stored_values_of_any_kind():
    values = np.array([[0, 1000, 40_000, 65_535]], np.uint16)
    assert Like((1000.0,), 1000)(values).tolist() == [[True, True, False, False]]
    floats = np.array([[np.nan, 0.5, 0.75]])
    assert Like((0.5,), 0.2)(floats).tolist() == [[False, True, False]]
    bytes_ = np.array([[0, 3, 250, 255]], np.uint8)
    assert Like((1.5,), 1.5)(bytes_).tolist() == [[True, True, False, False]]
    assert Like((255.0,), 5)(bytes_).tolist() == [[False, False, True, True]]


def test_channels():
    pixels = np.array([[[10, 20, 30], [200, 20, 30]]], np.uint8)
    assert wand.channel(pixels, wand.COLOR) is pixels
    assert wand.channel(pixels, "red").tolist() == [[10, 200]]
    assert wand.channel(pixels, "blue").tolist() == [[30, 30]]
    grey = round(0.299 * 10 + 0.587 * 20 + 0.114 * 30)
    assert wand.channel(pixels, wand.LUMINANCE)[0, 0] == pytest.approx(grey, abs=1)


@given(sizes.flatmap(pictures), st.sampled_from([1, 5, 400]))
def test_holes_are_filled_as_in_masks(bits, most):
    whole = np.pad(bits, 1)  # so that no gap reaches the edge in one and not in the other
    expected = fill_holes(Mask.from_bits(whole), most)
    assert Mask.from_bits(wand.without_holes(whole, most)).same(expected)


def test_a_seed_that_is_not_like_spreads_from_itself():
    bits = np.zeros((5, 5), np.bool_)
    assert wand.spread(bits, (2, 2)).sum() == 1


def test_likely_tiles_hold_all_that_is_like_and_no_far_ones():
    values = np.zeros((1024, 2048), np.uint8)
    values[700:760, 1500:1600] = 200
    coarse = values[::8, ::8]
    like = Like((200.0,), 3)
    keys = wand.likely(coarse, 8, like)
    assert keys == [(2, 5), (2, 6)]
    found = wand.everywhere(reader(values), values.shape, like, keys)
    assert found.same(Mask.rectangle((1500, 700, 1600, 760)))


def test_what_check_raises_ends_it():
    def stop():
        raise KeyboardInterrupt

    values = np.zeros((100, 100), np.uint8)
    for run in (
        lambda: wand.everywhere(reader(values), (100, 100), Like((0.0,), 1), check=stop),
        lambda: wand.connected(reader(values), (100, 100), (3, 3), Like((0.0,), 1), stop),
    ):
        with pytest.raises(KeyboardInterrupt):
            run()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_bits_are_ones(kind):
    bits = Like((7.0,), 2.0)(np.full((40, 50), 8, kind))
    assert bits.view(np.uint8).max() == 1, "others multiply with them"
    mask = wand.connected(
        lambda box: np.full((40, 50), 8, kind), (40, 50), (3, 3), Like((7.0,), 2.0)
    )
    assert int(mask.read((0, 0, 50, 40)).view(np.uint8).sum()) == 2000
