import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.windows import abutting, blended, sides, spans


@given(length=st.integers(1, 4000), side=st.integers(8, 500))
def test_spans_cover_an_axis_and_their_seams_fade_into_each_other(length, side):
    found = spans(length, side)
    total = np.zeros(length)
    for span in found:
        assert 0 <= span.start <= span.own < span.stop <= length
        assert span.stop - span.start == min(side, length)
        total[span.own : span.stop] += span.ramp()
    assert np.allclose(total, 1, atol=1e-6)
    assert found[-1].stop == length


@given(
    image=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    window=st.tuples(st.integers(8, 40), st.integers(8, 40)),
)
def test_blending_gives_back_what_the_windows_saw(image, window):
    truth = np.random.default_rng(1).normal(size=(3, *image)).astype(np.float32)
    whole = np.full_like(truth, np.nan)
    for top, left, block in blended(image, window, lambda x, y, r, b: truth[:, y:b, x:r]):
        place = (slice(None), slice(top, top + block.shape[1]), slice(left, left + block.shape[2]))
        assert np.isnan(whole[place]).all(), "a pixel came twice"
        whole[place] = block
    assert np.allclose(whole, truth, atol=1e-5)


def test_windows_that_differ_fade():
    """Each window answers with its own number: the seam goes from one to the other in steps."""
    numbers = iter(range(10))

    def ask(left, top, right, bottom):
        return np.full((1, bottom - top, right - left), next(numbers), np.float32)

    row = np.zeros(60, np.float32)
    for _, left, block in blended((16, 60), (16, 40), ask):
        row[left : left + block.shape[2]] = block[0, 0]
    assert row[0] == 0
    assert row[-1] == 1
    assert np.all(np.diff(row) >= 0)
    assert np.count_nonzero((row > 0) & (row < 1)) == 5


@given(
    image=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    window=st.tuples(st.integers(8, 40), st.integers(8, 40)),
)
def test_abutting_windows_tile_the_image(image, window):
    count = np.zeros(image, int)
    for row, column, rows, columns in abutting(image, window):
        assert row.start <= rows.start
        assert rows.stop <= row.stop
        assert column.start <= columns.start
        assert columns.stop <= column.stop
        count[rows, columns] += 1
    assert np.all(count == 1)


@pytest.mark.parametrize(
    ("image", "net", "tile", "expected"),
    [
        ((500, 700), None, 0, (500, 700)),
        ((1200, 1280), None, 0, (1200, 1280)),
        ((1300, 900), None, 0, (1024, 1024)),
        ((500, 700), None, 256, (256, 256)),
        ((500, 700), (257, 300), 0, (257, 300)),
    ],
)
def test_window_sides(image, net, tile, expected):
    assert sides(image, net, tile) == expected


def test_memory_is_bounded_by_a_row_of_seams():
    """A wide image keeps one seam, not the scores of the whole image."""
    held = 0

    def ask(left, top, right, bottom):
        return np.zeros((4, bottom - top, right - left), np.float32)

    import tracemalloc

    tracemalloc.start()
    for _ in blended((2000, 4000), (256, 256), ask):
        held = max(held, tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held < 4 * 4 * 4000 * 300, "more than a row of windows was kept"
