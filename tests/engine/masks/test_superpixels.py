import numpy as np
import pytest

from engine.masks.mask import Mask
from engine.masks.parts import FOUR, parts
from engine.masks.superpixels import cells


def halves():
    """Two colours with a crooked border, and a little noise."""
    rng = np.random.default_rng(3)
    pixels = np.full((120, 160, 3), (60, 90, 140), np.uint8)
    for row in range(120):
        pixels[row, 70 + (row // 10) % 3 * 5 :] = (190, 120, 60)
    return np.clip(pixels + rng.normal(0, 4, pixels.shape), 0, 255).astype(np.uint8)


def test_cells_part_the_picture_and_each_is_connected():
    found = cells(halves(), 16)
    assert 40 < found.count < 140
    seen = np.zeros((120, 160), int)
    for number in range(found.count):
        left, top, bits = found.piece(number)
        assert bits.any(0).all()
        assert bits.any(1).all(), "tight"
        seen[top : top + bits.shape[0], left : left + bits.shape[1]] += bits
        assert len(parts(Mask.from_bits(bits), FOUR)) == 1
    assert (seen == 1).all()


def test_cells_follow_the_edge():
    pixels = halves()
    right = pixels[..., 0] > 125
    found = cells(pixels, 16)
    wrong = 0
    for number in range(found.count):
        left, top, bits = found.piece(number)
        inside = right[top : top + bits.shape[0], left : left + bits.shape[1]][bits]
        wrong += min(inside.sum(), (~inside).sum())
    assert wrong < 0.01 * right.size


def test_at_and_smaller_cells():
    pixels = halves()
    large, small = cells(pixels, 30), cells(pixels, 8)
    assert small.count > 4 * large.count
    assert large.at(-1, 0) is None
    assert large.at(160, 0) is None
    assert large.at(0, 0) in range(large.count)


@pytest.mark.parametrize("size", [(1, 1), (3, 90), (4, 4), (5, 7)])
def test_tiny_pictures(size):
    found = cells(np.zeros((*size, 3), np.uint8), 16)
    assert found.count >= 1
    assert found.labels.shape == size


def test_what_check_raises_ends_it():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cells(halves(), 16, stop)
