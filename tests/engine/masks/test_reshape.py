import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.masks.handles import TOLERANCES
from engine.masks.mask import Mask
from engine.masks.raster import disc, polygon, polygons
from engine.masks.reshape import changed, dragged
from engine.masks.vertices import (
    FARTHEST,
    NOTHING,
    SMALLEST,
    divided,
    steadied,
    vertices,
)
from tests.engine.masks.pictures import pictures, pixels, sizes, whole

SIZE = (900, 1300)


def seen(mask, scale=1.0, kept=None, box=None, size=SIZE):
    return vertices(mask, box or whole(size), scale, kept)


@given(st.data())
@settings(max_examples=12, deadline=None)
def test_the_outlines_with_all_their_points_are_the_mask(data):
    size = data.draw(sizes)
    mask = Mask.from_bits(data.draw(pictures(size)))
    found = vertices(mask, whole(size), 64.0, most=10**7)
    rings = np.split(found.points, np.flatnonzero(np.diff(found.ring)) + 1)
    assert polygons(rings, size).same(mask)


def test_cut_corners_leave_the_corners_of_rectangles_alone():
    box = np.array([(0, 0), (0, 5), (9, 5), (9, 0)], np.float32)
    assert steadied(box).tolist() == box.tolist()
    pixel = np.array([(0, 0), (0, 1), (1, 1), (1, 0)], np.float32)
    assert len(steadied(pixel)) == 4
    assert steadied(pixel).min() == 0


def test_divided_lines_have_no_long_stretch():
    box = np.array([(0, 0), (0, 50), (90, 50), (90, 0)], np.float32)
    fine = divided(box, 7)
    assert np.hypot(*(np.roll(fine, -1, axis=0) - fine).T).max() <= 7
    assert polygon(fine, SIZE).same(polygon(box, SIZE))


@pytest.mark.parametrize("scale", [0.05, 0.3, 1, 4])
def test_handles_are_few_and_the_outline_stays_near_their_lines(scale):
    mask = disc((650.3, 450.7), 400, SIZE)
    found = seen(mask, scale)
    assert 4 <= len(found.handles) <= 2 * math.pi * 400 * scale / 8 + 40
    corners = found.corners
    for k, places in enumerate(np.split(found.points, found.handles[1:])):
        a, b = corners[k], corners[(k + 1) % len(corners)]
        unit = (b - a) / np.hypot(*(b - a))
        aside = np.abs((places - a) @ np.array([-unit[1], unit[0]]))
        assert aside.max(initial=0) <= 2 * max(TOLERANCES[-1] / scale, 0.6)
        assert found.step == 1 or np.hypot(*(b - a)) <= FARTHEST


def test_small_outlines_have_no_handles():
    mask = disc((100, 100), 40, SIZE) | disc((300, 300), 2, SIZE)
    assert set(seen(mask, 1.0).ring.tolist()) == {0}
    assert seen(mask, SMALLEST / 90) is NOTHING


def test_holes_have_handles():
    mask = disc((300, 300), 200, SIZE) - disc((300, 300), 80, SIZE)
    found = seen(mask)
    inner = np.hypot(*(found.corners - 300).T) < 100
    assert inner.sum() >= 6
    assert (~inner).sum() >= 8


def test_where_the_view_cuts_a_mask_nothing_can_be_moved():
    mask = Mask.rectangle((0, 100, 1300, 800)) | Mask.rectangle((500, 50, 700, 100))
    found = vertices(mask, (400, 0, 800, 600), 1.0)
    assert set(map(tuple, found.corners[found.movable].tolist())) == {
        (500, 50),
        (500, 100),
        (700, 50),
        (700, 100),
    }
    assert found.on_line(396, 300, 5) is None, "the cut is no outline"
    assert found.on_line(450, 102, 5)[1] == (450, 100)
    assert vertices(Mask.EMPTY, (0, 0, 9, 9), 1.0) is NOTHING


def test_handles_stay_when_another_is_moved():
    mask = disc((400, 400), 300, SIZE)
    found = seen(mask)
    at = found.near(700, 400, 40)
    x, y = found.corners[at]
    path = found.path(at)
    after = mask ^ changed(mask, path, (x + 60, y), 1, SIZE)
    kept = np.vstack([np.delete(found.corners, at, axis=0), [(x + 60, y)]])
    again = seen(after, kept=kept)
    others = {tuple(each) for each in np.delete(found.corners, at, axis=0).tolist()}
    assert others <= {tuple(each) for each in again.corners.tolist()}
    assert again.near(x + 60, y, 1) is not None


def test_a_handle_can_be_made_anywhere_on_a_line():
    mask = Mask.rectangle((100, 100, 400, 300))
    found = seen(mask)
    after, place = found.on_line(200.25, 98, 5)
    assert place == (200.25, 100)
    more, handle = found.with_handle(after, place)
    assert tuple(more.corners[handle]) == place
    assert len(more.handles) == len(found.handles) + 1
    assert found.on_line(250, 200, 5) is None
    same, corner = found.with_handle(*found.on_line(100.2, 100.1, 5))
    assert tuple(same.corners[corner]) == (100, 100), "a handle that is near enough is taken"


def outside(path, after, step):
    """How far around a path and what became of it a change may reach, image pixels."""
    both = np.concatenate([path.points, after])
    margin = 3 * step + 1
    return (*(both.min(0) - margin), *(both.max(0) + margin))


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_what_was_not_touched_stays_what_it_was(data):
    size = data.draw(sizes)
    mask = Mask.from_bits(data.draw(pictures(size)))
    scale = data.draw(st.sampled_from([0.11, 0.4, 1.0, 3.0]))
    found = seen(mask, scale, size=size)
    movable = np.flatnonzero(found.movable)
    assume(movable.size)
    at = int(movable[data.draw(st.integers(0, movable.size - 1))])
    x, y = found.corners[at]
    path, kind = found.path(at), data.draw(st.sampled_from(["drag", "straight", "remove"]))
    shift = data.draw(st.tuples(st.floats(-90, 90), st.floats(-90, 90)))
    to = None if kind == "remove" else (x + shift[0], y + shift[1])
    straight = kind == "straight"
    patch = changed(mask, path, to, found.step, size, straight=straight)
    reach = outside(path, dragged(path, to, straight=straight), found.step)
    if patch:
        left, top, right, bottom = patch.box
        assert reach[0] <= left
        assert reach[1] <= top
        assert right <= reach[2]
        assert bottom <= reach[3]
    if found.step == 1 and kind == "drag":  # the outline as a whole, with the path moved
        place = {tuple(each): k for k, each in enumerate(path.points.tolist())}
        moved = dragged(path, to)
        before = np.split(found.points, np.flatnonzero(np.diff(found.ring)) + 1)
        after = [
            np.array([moved[place[p]] if p in place else p for p in map(tuple, ring.tolist())])
            for ring in before
        ]
        passed_once = len(place) == len(path.points)
        assert not passed_once or (polygons(before, size) ^ polygons(after, size)).same(patch)


@given(st.data())
@settings(max_examples=8, deadline=None)
def test_a_handle_put_back_changes_nothing(data):
    size = data.draw(sizes)
    mask = Mask.from_bits(data.draw(pictures(size)))
    found = seen(mask, data.draw(st.sampled_from([0.2, 1.0, 8.0])), size=size)
    for at in np.flatnonzero(found.movable)[:5].tolist():
        place = tuple(found.corners[at].tolist())
        assert not changed(mask, found.path(at), place, found.step, size)


def test_moving_a_corner_moves_its_two_edges():
    mask = Mask.rectangle((100, 100, 220, 200))
    found = seen(mask)
    at = found.near(220, 200, 3)
    after = mask ^ changed(mask, found.path(at), (250, 240), 1, SIZE)
    assert after.same(polygon([(100, 100), (220, 100), (250, 240), (100, 200)], SIZE))


def test_details_between_handles_go_along_or_are_dropped():
    teeth = Mask.rectangle((100, 100, 300, 200))
    for x in range(110, 290, 8):
        teeth |= Mask.rectangle((x, 98, x + 4, 100))
    found = vertices(teeth, whole(SIZE), 0.5)
    at = found.near(300, 200, 5)
    place = tuple((found.corners[at] + (0, 30)).tolist())
    kept = teeth ^ changed(teeth, found.path(at), place, found.step, SIZE)
    assert kept.at(112, 98)
    top = vertices(teeth, whole(SIZE), 0.5)
    corner = top.near(100, 99, 6)
    flat = teeth ^ changed(
        teeth, top.path(corner), tuple(top.corners[corner]), top.step, SIZE, straight=True
    )
    assert (flat ^ teeth).area > 0


def test_removing_a_corner_cuts_straight_across():
    mask = Mask.rectangle((100, 100, 220, 200))
    found = seen(mask)
    at = found.near(220, 200, 3)
    after = mask ^ changed(mask, found.path(at), None, 1, SIZE)
    assert after.same(polygon([(100, 100), (220, 100), (100, 200)], SIZE))


def test_a_far_view_moves_the_exact_outline():
    rng = np.random.default_rng(5)
    angles = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    radius = 380 + rng.normal(0, 3, angles.size)
    rough = polygon(
        np.stack([650 + radius * np.cos(angles), 450 + radius * np.sin(angles)], axis=1), SIZE
    )
    found = vertices(rough, whole(SIZE), 0.12)
    assert found.step == 8
    at = int(np.argmax(found.corners[:, 0]))
    x, y = found.corners[at]
    patch = changed(rough, found.path(at), (x + 80, y), found.step, SIZE)
    after = rough ^ patch
    assert after.at(int(x + 40), int(y))
    far = Mask.rectangle((0, 0, 600, 900))
    assert (after & far).same(rough & far)
    assert pixels(after, SIZE).sum() > pixels(rough, SIZE).sum()


def test_rough_outlines_have_no_more_handles_than_can_be_taken_hold_of():
    rng = np.random.default_rng(2)
    angles = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    radius = 300 + rng.normal(0, 4, angles.size)
    rough = polygon(
        np.stack([650 + radius * np.cos(angles), 450 + radius * np.sin(angles)], axis=1), SIZE
    )
    around = 2 * math.pi * 300
    assert len(seen(rough).handles) <= around / 20
