import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.resample import Mapping, pack, pick, smooth


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


@given(
    st.integers(-50, 50),
    st.integers(1, 60),
    st.floats(-40, 40),
    st.floats(0.3, 9),
    st.integers(1, 50),
)
def test_the_nearest_pixel_is_the_one_under_the_middle(start, count, origin, scale, size):
    mapping = Mapping(start, start + count, origin, scale, size)
    got = mapping.nearest() + mapping.first
    places = (np.arange(start, start + count) + 0.5 - origin) / scale
    wanted = np.clip(np.floor(places), 0, size - 1)
    inside = (places > 0) & (places < size)
    assert np.array_equal(got[inside], wanted[inside])
    assert 0 <= mapping.first < mapping.last <= size


def test_one_on_one_is_a_cut_without_a_copy():
    cells = noise(40, 50)
    columns, rows = Mapping(5, 25, 0, 1, 50), Mapping(7, 17, 0, 1, 40)
    cut = cells[rows.first : rows.last, columns.first : columns.last]
    out = pick(cut, columns, rows)
    assert np.array_equal(out, cells[7:17, 5:25])
    assert np.shares_memory(out, cells)


@given(st.integers(0, 30), st.integers(0, 30), st.sampled_from([1.0, 0.5, 2.0, 0.37, 3.3]))
def test_parts_are_the_same_as_the_whole(x, y, scale):
    cells = noise(64, 64)
    side = int(64 * scale)

    def drawn(a, b, c, d):
        columns, rows = Mapping(a, c, 0, scale, 64), Mapping(b, d, 0, scale, 64)
        cut = cells[rows.first : rows.last, columns.first : columns.last]
        return pick(cut, columns, rows), smooth(np.ascontiguousarray(cut), columns, rows)

    x, y = min(x, side - 1), min(y, side - 1)
    whole, soft = drawn(0, 0, side, side)
    part, soft_part = drawn(x, y, side, side)
    assert np.array_equal(part, whole[y:, x:])
    assert np.abs(soft_part.astype(int) - soft[y:, x:]).max() <= 8  # 1/32 pixel steps


def test_smoothing_at_half_size_is_the_mean_of_four():
    cells = noise(32, 32)
    mapping = Mapping(0, 16, 0, 0.5, 32)
    out = smooth(
        cells[mapping.first : mapping.last, mapping.first : mapping.last], mapping, mapping
    )
    mean = cells.reshape(16, 2, 16, 2, 3).mean((1, 3))
    assert np.abs(out - mean).max() <= 1


def test_a_picture_of_one_pixel():
    mapping = Mapping(0, 9, 0, 9, 1)
    out = smooth(np.full((1, 1, 3), 80, np.uint8), mapping, mapping)
    assert out.shape == (9, 9, 3)
    assert (out == 80).all()


def test_packing_is_opaque_argb():
    assert pack(np.array([[[1, 2, 3]]], np.uint8)).tolist() == [[0xFF010203]]


@pytest.mark.parametrize("origin", [0, 3, -7])
def test_whole_steps_are_known(origin):
    assert Mapping(0, 10, origin, 1, 100).whole == -origin - Mapping(0, 10, origin, 1, 100).first
    assert Mapping(0, 10, 0.5, 1, 100).whole is None
    assert Mapping(0, 10, 0, 2, 100).whole is None
