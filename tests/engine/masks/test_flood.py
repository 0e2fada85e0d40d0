import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masks.flood import flood
from engine.masks.mask import SIDE, Mask
from engine.masks.raster import disc
from tests.engine.masks.pictures import pictures, sizes


def around(bits, x, y):
    """The 4-connected region of set pixels that holds (x, y)."""
    _, labels = cv2.connectedComponents(bits.astype(np.uint8), connectivity=4)
    return (labels == labels[y, x]) & bits


@given(sizes, st.data())
def test_a_flood_is_the_region_of_equal_value(size, data):
    values = data.draw(pictures(size)).astype(np.uint8)
    values[data.draw(pictures(size))] = 7
    x, y = data.draw(st.integers(0, size[1] - 1)), data.draw(st.integers(0, size[0] - 1))
    got = flood(lambda b: values[b[1] : b[3], b[0] : b[2]], size, (x, y))
    assert got.same(Mask.from_bits(around(values == values[y, x], x, y)))


@given(sizes, st.data())
def test_a_flood_stays_in_its_limit(size, data):
    bits = data.draw(pictures(size))
    x, y = data.draw(st.integers(0, size[1] - 1)), data.draw(st.integers(0, size[0] - 1))
    limit = x - 30, y - 5, x + 300, y + 200
    inside = np.zeros(size, bool)
    inside[max(0, limit[1]) : limit[3], max(0, limit[0]) : limit[2]] = True
    got = flood(lambda b: bits[b[1] : b[3], b[0] : b[2]], size, (x, y), limit=limit)
    assert got.same(Mask.from_bits(around((bits == bits[y, x]) & inside, x, y)))


def test_what_belongs_can_be_said():
    ramp = np.tile(np.arange(700, dtype=np.float32), (40, 1))
    got = flood(
        lambda b: ramp[b[1] : b[3], b[0] : b[2]],
        ramp.shape,
        (300, 20),
        accept=lambda values: abs(values - 300) <= 5,
    )
    assert got.same(Mask.rectangle((295, 0, 306, 40)))
    nothing = flood(
        lambda b: ramp[b[1] : b[3], b[0] : b[2]],
        ramp.shape,
        (300, 20),
        accept=lambda values: values < 5,
    )
    assert nothing is Mask.EMPTY


def test_colours_are_equal_in_all_their_channels():
    picture = np.zeros((30, 30, 3), np.uint8)
    picture[10:20, 10:20] = (0, 0, 9)
    got = flood(lambda b: picture[b[1] : b[3], b[0] : b[2]], (30, 30), (15, 15))
    assert got.same(Mask.rectangle((10, 10, 20, 20)))


def test_only_tiles_it_comes_to_are_read_and_each_once():
    size = 16_384, 16_384
    ring = disc((5000, 5000), 700, size) - disc((5000, 5000), 600, size)
    asked = []

    def read(box):
        asked.append(box)
        return ring.read(box)

    got = flood(read, size, (5000, 5000))
    assert got.same(disc((5000, 5000), 600, size))
    tiles = asked[1:]
    assert len(tiles) == len(set(tiles))
    assert len(tiles) <= (1400 // SIDE + 2) ** 2


@pytest.mark.parametrize("seed", [(-1, 5), (5, -1), (30, 5), (5, 30), (10**9, 5)])
def test_a_seed_outside_reaches_nothing(seed):
    assert not flood(lambda box: np.zeros((1, 1)), (30, 30), seed)
    assert not flood(lambda box: np.zeros((1, 1)), (30, 30), (5, 5), limit=(8, 8, 20, 20))
    assert not flood(lambda box: np.zeros((1, 1)), (30, 30), (5, 5), limit=(50, 50, 60, 60))
