import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.camera import GRID_FROM, Camera, free_part

sizes = st.tuples(st.integers(1, 20_000), st.integers(1, 20_000))
sides = st.integers(200, 3000)
cameras = st.builds(
    lambda size, width, height: Camera(size, width, height).fitted(), sizes, sides, sides
)


@given(cameras)
def test_fitting_shows_the_whole_image(camera):
    left, top, right, bottom = camera.image_rect
    assert left >= 0
    assert top >= 0
    assert right <= camera.width
    assert bottom <= camera.height
    assert camera.visible == (0, 0, camera.size[1], camera.size[0])


def test_fitting_does_not_blow_up_a_tiny_image():
    assert Camera((4, 4), 1000, 1000).fitted().scale == GRID_FROM


@given(cameras, st.floats(0, 1), st.floats(0, 1))
def test_there_and_back(camera, x, y):
    x, y = x * camera.size[1], y * camera.size[0]
    back = camera.to_image(*camera.to_view(x, y))
    assert back == pytest.approx((x, y), abs=1e-6 * max(camera.size))


@given(cameras, st.floats(0.2, 0.8), st.floats(0.2, 0.8), st.floats(0.2, 5))
def test_zooming_keeps_what_is_under_the_pointer(camera, across, down, factor):
    x, y = across * camera.width, down * camera.height
    before = camera.to_image(x, y)
    if not (0 <= before[0] <= camera.size[1] and 0 <= before[1] <= camera.size[0]):
        return
    zoomed = camera.zoomed(factor, x, y)
    after = zoomed.to_view(*before)
    kept = min(48.0, zoomed.size[1] * zoomed.scale), min(48.0, zoomed.size[0] * zoomed.scale)
    at_rest = kept[0] < x < zoomed.width - kept[0] and kept[1] < y < zoomed.height - kept[1]
    if at_rest:
        assert math.dist(after, (x, y)) <= 0.75  # whole pixels from scale 1 on


def test_many_notches_do_not_drift():
    camera = Camera((3000, 4000), 1000, 800).fitted()
    before = camera.to_image(333, 222)
    for _ in range(12):
        camera = camera.zoomed(1.25, 333, 222)
    assert camera.scale > 3
    assert camera.to_image(333, 222) == pytest.approx(before, abs=1)


@given(cameras, st.integers(-300, 300), st.integers(-300, 300))
def test_panning_moves_by_whole_pixels_and_keeps_some_image(camera, dx, dy):
    panned = camera.panned(dx, dy)
    left, top, right, bottom = panned.image_rect
    assert right > 0
    assert bottom > 0
    assert left < panned.width
    assert top < panned.height
    assert panned.scale == camera.scale


def test_pixels_are_sharp_from_scale_one():
    camera = Camera((100, 100), 333, 777).scaled(1.5, 100.3, 200.7)
    assert camera.left == int(camera.left)
    assert camera.top == int(camera.top)


@pytest.mark.parametrize(
    ("scale", "level"), [(8, 0), (1, 0), (0.99, 0), (0.5, 1), (0.26, 1), (0.25, 2), (0.1, 3)]
)
def test_the_level_drawn_is_never_coarser_than_the_screen(scale, level):
    assert Camera(scale=scale).level == level


@given(cameras, st.integers(0, 500), st.integers(0, 500))
def test_boxes_of_the_screen_hold_what_they_touch(camera, x, y):
    rect = (x, y, x + 10, y + 10)
    box = camera.image_box(rect)
    back = camera.view_rect(box)
    inside = camera.image_rect
    assert back[0] <= max(x, inside[0]) + 1 or box[0] == box[2]
    assert 0 <= box[0] <= box[2] <= camera.size[1]
    assert 0 <= box[1] <= box[3] <= camera.size[0]


def test_a_resized_canvas_keeps_the_middle():
    camera = Camera((1000, 1000), 400, 400).scaled(2, 200, 200)
    middle = camera.to_image(200, 200)
    assert camera.resized(500, 300).to_image(250, 150) == pytest.approx(middle, abs=1)


def test_cards_cut_off_their_cheapest_side():
    assert free_part(1000, 800, [(200, 700, 800, 786)]) == (0, 0, 1000, 700)
    assert free_part(1000, 800, [(14, 100, 200, 700)]) == (200, 0, 1000, 800)
    assert free_part(1000, 800, [(2000, 0, 2100, 50)]) == (0, 0, 1000, 800)


def test_cards_never_take_everything():
    assert free_part(1000, 800, [(0, 0, 950, 800)]) == (0, 0, 1000, 800)
