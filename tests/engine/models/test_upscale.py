import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.upscale import above, classes_at, resampled


def dense(scores, extent, size):
    """The definition, for every pixel and class at once, in float64."""

    def axis(pixels, length, cells):
        at = np.clip((np.arange(pixels) + 0.5) * length / pixels - 0.5, 0, cells - 1)
        low = at.astype(int)
        return low, np.minimum(low + 1, cells - 1), at - low

    r0, r1, dr = axis(size[0], extent[0], scores.shape[1])
    c0, c1, dc = axis(size[1], extent[1], scores.shape[2])
    wide = scores.astype(np.float64)
    rows = wide[:, r0] * (1 - dr)[:, None] + wide[:, r1] * dr[:, None]
    return rows[:, :, c0] * (1 - dc) + rows[:, :, c1] * dc


@given(
    classes=st.integers(2, 6),
    cells=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    size=st.tuples(st.integers(1, 150), st.integers(1, 150)),
    seed=st.integers(0, 99),
)
def test_the_winner_is_that_of_interpolating_everything(classes, cells, size, seed):
    random = np.random.default_rng(seed)
    scores = random.normal(size=(classes, *cells)).astype(np.float32)
    extent = tuple(max(0.6, side - random.random()) for side in cells)
    full = dense(scores, extent, size)
    found = classes_at(scores, extent, size)
    best = full.max(axis=0)
    chosen = np.take_along_axis(full, found[None].astype(int), axis=0)[0]
    assert found.shape == size
    assert np.all(chosen >= best - 1e-5), "another class is clearly higher somewhere"
    inside = above(scores[0], 0.25, extent, size)
    clear = np.abs(full[0] - 0.25) > 1e-5
    assert np.array_equal(inside[clear], (full[0] >= 0.25)[clear])
    box = (size[1] // 3, size[0] // 3, size[1], size[0])
    part = resampled(scores[0], extent, size, box, 2)
    assert np.allclose(part, full[0][box[1] : box[3] : 2, box[0] : box[2] : 2], atol=1e-5)


def test_it_agrees_with_opencv():
    scores = np.random.default_rng(3).normal(size=(3, 33, 20)).astype(np.float32)
    size = (700, 900)
    theirs = np.stack([cv2.resize(each, size[::-1]) for each in scores]).argmax(axis=0)
    ours = classes_at(scores, (33.0, 20.0), size)
    assert np.mean(ours != theirs) < 1e-4


def test_the_same_size_is_a_plain_argmax():
    scores = np.random.default_rng(3).normal(size=(300, 20, 30)).astype(np.float32)
    found = classes_at(scores, (20, 30), (20, 30))
    assert found.dtype == np.uint16
    assert np.array_equal(found, scores.argmax(axis=0))


def test_a_class_that_is_second_at_every_cell_can_win_between():
    """So a class may not be dropped because it wins at no cell."""
    scores = np.array([[[10, 0]], [[0, 10]], [[8, 8]]], np.float32)
    found = classes_at(scores, (1, 2), (2, 100))
    assert found[0, 50] == 2
    assert found[0, 0] == 0
    assert found[0, 99] == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (3000, 2)])
def test_odd_shapes(size):
    scores = np.random.default_rng(3).normal(size=(2, 5, 5)).astype(np.float32)
    full = dense(scores, (5, 5), size)
    clear = np.abs(full[0] - full[1]) > 1e-5
    found = classes_at(scores, (5, 5), size)
    assert np.array_equal(found[clear], full.argmax(axis=0)[clear])
