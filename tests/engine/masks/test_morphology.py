"""Against discs laid pixel by pixel: for every offset of the disc, the whole picture shifted."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.masks import morphology
from engine.masks.blocks import mapped
from engine.masks.mask import FULL, Mask
from engine.masks.raster import disc
from tests.engine.masks.pictures import pictures, pixels, sizes

RADII = st.sampled_from([1, 2, 3, 5, 8])


def offsets(radius):
    reach = range(-radius, radius + 1)
    return [(down, right) for down in reach for right in reach if down**2 + right**2 <= radius**2]


def shifted(bits, down, right):
    out = np.zeros_like(bits)
    height, width = bits.shape
    to = slice(max(0, down), height + min(0, down)), slice(max(0, right), width + min(0, right))
    of = slice(max(0, -down), height + min(0, -down)), slice(max(0, -right), width + min(0, -right))
    out[to] = bits[of]
    return out


def grown(bits, radius):
    return np.any([shifted(bits, *each) for each in offsets(radius)], axis=0)


def shrunk(bits, radius):
    return ~grown(~bits, radius)


def voted(bits, radius):
    yes = np.sum([shifted(bits, *each) for each in offsets(radius)], axis=0)
    all_ = np.sum([shifted(np.ones_like(bits), *each) for each in offsets(radius)], axis=0)
    return np.where(2 * yes == all_, bits, 2 * yes > all_)


CASES = {
    "grow": grown,
    "shrink": shrunk,
    "opened": lambda bits, radius: grown(shrunk(bits, radius), radius),
    "closed": lambda bits, radius: shrunk(grown(bits, radius), radius),
    "smooth": voted,
}


@pytest.mark.parametrize("name", CASES)
@given(sizes.flatmap(pictures), RADII)
def test_equals_discs_laid_pixel_by_pixel(name, bits, radius):
    made = getattr(morphology, name)(Mask.from_bits(bits), radius, bits.shape)
    expected = CASES[name](bits, radius)
    assert made.same(Mask.from_bits(expected)), "and the form is the canonical one"
    assert np.array_equal(pixels(made, bits.shape), expected)


@pytest.mark.parametrize("radius", [30, 100, 181])
def test_large_discs_are_exact(radius):
    size = (700, 900)
    point = Mask.from_bits(np.ones((1, 1), np.bool_), 450, 350)
    made = morphology.grow(point, radius, size)
    assert made.same(disc((450.5, 350.5), radius + 1e-6, size).clip((0, 0, 900, 700)))
    assert made.area == sum(
        2 * math.isqrt(radius**2 - y**2) + 1 for y in range(-radius, radius + 1)
    )
    assert morphology.shrink(made, radius, size).same(point)


def test_a_large_radius_on_tiles_meets_its_neighbours():
    bits = np.zeros((1200, 1500), np.bool_)
    bits[100:1100, 100:700] = bits[100:1100, 760:1400] = True
    mask = Mask.from_bits(bits)
    joined = morphology.closed(mask, 40, bits.shape)
    assert joined.at(730, 600)
    assert not morphology.closed(mask, 29, bits.shape).at(730, 600)
    assert morphology.opened(joined, 290, bits.shape).at(730, 600)


def test_the_edge_of_the_image_is_no_edge_of_the_mask():
    size = (40, 60)
    sky = Mask.rectangle((0, 0, 60, 20))
    assert morphology.shrink(sky, 5, size).same(Mask.rectangle((0, 0, 60, 15)))
    assert morphology.grow(sky, 30, size).same(Mask.rectangle((0, 0, 60, 40)))
    assert morphology.smooth(sky, 7, size).same(sky)


@pytest.mark.parametrize("name", CASES)
def test_nothing_and_radius_0_stay(name):
    change = getattr(morphology, name)
    mask = disc((30, 30), 10, (60, 60))
    assert change(mask, 0, (60, 60)) is mask
    assert not change(Mask.EMPTY, 5, (60, 60))


def test_only_the_surroundings_of_the_outline_are_worked_on():
    size = (4096, 4096)
    mask = Mask.rectangle((0, 0, 4096, 4096)) - Mask.rectangle((2000, 2000, 2010, 2010))
    asked = []

    def work(bits, outer, inner):
        asked.append(inner)
        return bits[inner[1] - outer[1] :, inner[0] - outer[0] :][:256, :256]

    made = mapped(mask, 2, size, work)
    assert made.same(mask)
    assert asked == [(1792, 1792, 2048, 2048)]
    assert sum(tile is FULL for tile in made.tiles().values()) == 255


def test_what_check_raises_ends_it():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        morphology.smooth(disc((50, 50), 20, (100, 100)), 3, (100, 100), stop)
