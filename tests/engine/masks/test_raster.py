from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.masks import raster
from engine.masks.bitmap import Bitmap
from engine.masks.mask import FULL, Mask
from tests.engine.masks.pictures import lines, pixels, whole

SIZE = 60, 70
places = st.one_of(
    st.integers(-40, 120),
    st.integers(-80, 240).map(lambda n: n / 2),
    st.floats(-40, 120, allow_subnormal=True),
)
points = st.tuples(places, places)
radii = st.one_of(st.integers(0, 30), st.floats(0, 30))


def centres(size):
    """Column and row of each pixel's centre in units, as exact whole numbers."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(object)
    return columns * 64 + 32, rows * 64 + 32


def near(start, stop, radius, size):
    """The definition, by whole-number distances: squared distance to the segment <= radius²."""
    if radius < raster.PENCIL:
        start, stop = (np.floor(point) + 0.5 for point in (start, stop))
        radius = 0.5
    x0, y0, x1, y1 = (round(float(value) * 64) for value in (*start, *stop))
    r, (x, y) = round(radius * 64), centres(size)
    dx, dy = x1 - x0, y1 - y0
    length = dx * dx + dy * dy
    along = (x - x0) * dx + (y - y0) * dy
    across = (x - x0) * dy - (y - y0) * dx
    at_start = (x - x0) ** 2 + (y - y0) ** 2 <= r * r
    at_stop = (x - x1) ** 2 + (y - y1) ** 2 <= r * r
    beside = (along >= 0) & (along <= length) & (across**2 <= r * r * length)
    return (at_start | at_stop | (beside & (length > 0))).astype(bool)


@given(points, points, radii)
@example((10.5, 10.5), (10.5, 10.5), 3)
@example((0.5, 5.5), (60.5, 5.5), 2)
@example((10.0, 0.0), (10.0, 59.0), 5)
@example((5.0, 5.0), (5.0 + 1e-300, 45.0), 0.71)
def test_a_capsule_is_what_lies_within_its_radius(start, stop, radius):
    expected = near(start, stop, radius, SIZE)
    mask = raster.capsule(start, stop, radius, SIZE)
    assert np.array_equal(pixels(mask, SIZE), expected)
    assert mask.area == expected.sum()
    assert mask.same(Mask.from_bits(expected))
    assert mask.same(raster.capsule(stop, start, radius, SIZE))


@given(points, points, st.floats(1, 30))
def test_a_capsule_is_that_of_real_distances_but_for_its_last_sixtyfourth(start, stop, radius):
    (x0, y0), (x1, y1) = start, stop
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    dx, dy = x1 - x0, y1 - y0
    length = dx * dx + dy * dy
    along = np.clip(((x - x0) * dx + (y - y0) * dy) / length, 0, 1) if length > 1e-200 else 0.0
    distance = np.hypot(x - x0 - along * dx, y - y0 - along * dy)
    got = pixels(raster.capsule(start, stop, radius, SIZE), SIZE)
    clear = abs(distance - radius) >= 1 / 32
    assert np.array_equal(got & clear, (distance <= radius) & clear)


@pytest.mark.parametrize("radius", [250, 256.5, 300, 700])
def test_large_tips_are_tiles_and_full_inside(radius):
    size = 1600, 1700
    mask = raster.disc((800.25, 850), radius, size)
    x, y = np.arange(size[1]) * 64 + 32 - 51216, np.arange(size[0]) * 64 + 32 - 54400
    expected = x[None] ** 2 + y[:, None] ** 2 <= (radius * 64) ** 2
    assert mask.same(Mask.from_bits(expected))
    assert mask.box == Mask.from_bits(expected).box
    if radius > 600:
        assert sum(tile is FULL for tile in mask.tiles().values()) >= 9


def test_tips_that_leave_the_image_are_cut_off():
    assert raster.disc((0, 0), 5000, (300, 400)).same(Mask.rectangle((0, 0, 400, 300)))
    assert not raster.disc((-50, -50), 20, (300, 400))
    assert not raster.disc((5000, 20), 20, (300, 400))


@given(points, points)
def test_a_pencil_draws_an_unbroken_line_one_pixel_wide(start, stop):
    size = 200, 200
    start, stop = np.clip(start, 1, 119), np.clip(stop, 1, 119)
    bits = pixels(raster.capsule(tuple(start), tuple(stop), 0.2, size), size)
    rows, columns = np.nonzero(bits)
    assert bits[int(start[1]), int(start[0])]
    assert bits[int(stop[1]), int(stop[0])]
    wide, high = np.ptp(columns) + 1, np.ptp(rows) + 1
    assert max(wide, high) <= bits.sum() <= wide + high - 1
    steep = bits.any(1).sum() == high
    assert steep
    assert bits.any(0).sum() == wide


@given(st.lists(points, min_size=1, max_size=8), radii)
def test_a_stroke_answers_what_is_new_and_adds_up_to_its_capsules(path, radius):
    stroke, bitmap = raster.Stroke(radius, SIZE), Bitmap(SIZE)
    bitmap.add(stroke.to(path[0]))
    expected = near(path[0], path[0], radius, SIZE)
    for before, after in pairwise(path):
        fresh = stroke.to(after)
        assert not fresh & raster.disc(before, radius, SIZE)
        bitmap.add(fresh)
        expected |= near(before, after, radius, SIZE)
    assert np.array_equal(bitmap.read(whole(SIZE)), expected)


def test_a_large_tip_on_its_way_touches_only_its_front():
    size = 8192, 8192
    stroke = raster.Stroke(1000, size)
    assert len(stroke.to((4000, 4000)).tiles()) > 50
    fresh = stroke.to((4006, 4000))
    assert fresh.area < 14_000
    assert fresh.box[0] >= 4000
    assert not stroke.to((4006, 4000))


@pytest.mark.parametrize(
    ("point", "radius"), [((float("nan"), 0), 5), ((1e9, 0), 5), ((0, 0), -1), ((0, 0), 1e9)]
)
def test_places_that_cannot_be_are_refused(point, radius):
    with pytest.raises(ValueError, match="no capsule"):
        raster.capsule((0, 0), point, radius, SIZE)


def even_odd(rings, size):
    """The definition: edges left of or at a centre, each row counted once, odd is inside."""
    x, y = centres(size)
    inside = np.zeros(size, bool)
    for ring in rings:
        corners = [(round(float(a) * 64), round(float(b) * 64)) for a, b in ring]
        for ends in zip(corners, corners[1:] + corners[:1], strict=True):
            (x0, y0), (x1, y1) = sorted(ends, key=lambda corner: corner[1])
            crosses = (y0 <= y) & (y < y1)
            inside ^= (crosses & ((x - x0) * (y1 - y0) >= (y - y0) * (x1 - x0))).astype(bool)
    return inside


@given(st.lists(points, max_size=9), st.lists(points, max_size=4))
def test_polygons_are_even_odd_at_pixel_centres(outer, inner):
    expected = even_odd([outer], SIZE)
    assert raster.polygon(np.array(outer).reshape(-1, 2), SIZE).same(Mask.from_bits(expected))
    both = even_odd([outer, inner], SIZE)
    assert raster.polygons([outer, inner], SIZE).same(Mask.from_bits(both))


def test_neighbouring_polygons_share_no_pixel_and_leave_none_out():
    size = 40, 40
    middle = (17.3, 20.5)
    corners = [(0, 0), (40, 0), (40, 40), (0, 40)]
    total = np.zeros(size, int)
    for one, two in zip(corners, corners[1:] + corners[:1], strict=True):
        total += pixels(raster.polygon([middle, one, two], size), size)
    assert (total == 1).all()


def test_a_star_is_hollow_where_it_is_crossed_twice():
    angles = np.arange(5) * 4 * np.pi / 5
    star = np.stack([50 + 40 * np.sin(angles), 50 - 40 * np.cos(angles)], axis=1)
    mask = raster.polygon(star, (100, 100))
    assert not mask.at(50, 50)
    assert mask.at(50, 20)


def test_large_polygons_are_tiles():
    size = 3000, 3000
    ring = [(100, 100), (2900, 100), (2900, 2900), (100, 2900)]
    hole = [(1000, 1000), (2000, 1000), (2000, 2000), (1000, 2000)]
    expected = Mask.rectangle((100, 100, 2900, 2900)) - Mask.rectangle((1000, 1000, 2000, 2000))
    mask = raster.polygons([ring, hole], size)
    assert mask.same(expected)
    assert {key for key, tile in mask.tiles().items() if tile is FULL} == {
        key for key, tile in expected.tiles().items() if tile is FULL
    }


@pytest.mark.parametrize("ring", [[(0, 0), (1, float("inf"))], [(0, 0, 0)], [(1e12, 0), (0, 0)]])
def test_polygons_that_cannot_be_are_refused(ring):
    with pytest.raises(ValueError, match="a polygon is"):
        raster.polygon(ring, SIZE)


def test_small_shapes_are_as_drawn():
    dot = raster.disc((2.5, 2.5), 1, (5, 5))
    assert np.array_equal(pixels(dot, (5, 5)), lines("..... ..#.. .###. ..#.. ....."))
    two = raster.disc((2, 2), raster.PENCIL, (4, 4))
    assert np.array_equal(pixels(two, (4, 4)), lines(".... .##. .##. ...."))
    assert raster.rectangle((-3, 1, 2, 9), (4, 4)).same(Mask.rectangle((0, 1, 2, 4)))
    assert not raster.rectangle((9, 9, 12, 12), (4, 4))
