"""What is drawn again piece by piece must equal what is drawn at once."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QRegion

from app.canvas.scene import MOST_RECTS, Scene, merged, rects_of
from engine.masks.box import intersect
from engine.masks.mask import Mask
from engine.masks.raster import disc
from tests.app.canvas.harness import BOAT, annotation

SIZE = (200, 300)


def objects():
    return [
        annotation(1, disc((100, 100), 60, SIZE)),
        annotation(2, disc((160, 90), 50, SIZE), BOAT, locked=True),
        annotation(3, disc((60, 150), 30, SIZE), proposal=True, score=0.9),
        annotation(4, disc((250, 60), 30, SIZE), doubtful=True),
    ]


def cells(scene):
    scene.render()
    height, width = scene.camera.height, scene.camera.width
    return np.frombuffer(scene.image.constBits(), np.uint32).reshape(height, width).copy()


def anew(desk):
    """The same state drawn by a scene that has drawn nothing before."""
    picture = desk.canvas.picture
    fresh = Scene(picture.photo, picture.masks)
    fresh.ratio, fresh.surround = picture.ratio, picture.scene.surround
    fresh.around = picture.around
    fresh.set_camera(picture.camera)
    return cells(fresh)


def differs(a, b):
    parts = [(x[..., None] >> np.array([16, 8, 0])) & 255 for x in (a, b)]
    return int(np.abs(parts[0].astype(int) - parts[1]).max())


@pytest.mark.parametrize("scale", [0.6, 1.0, 1.7, 3.0, 6.0, 12.0])
def test_panning_draws_what_drawing_anew_would(desk, scale):
    desk.open(SIZE, objects())
    desk.session.set_selection([1])
    desk.canvas.view.scale_to(scale, desk.canvas.view.middle)
    cells(desk.canvas.picture.scene)
    for by in ((13, 0), (0, -9), (-40, 22), (3, 3), (-200, 150)):
        desk.canvas.pan(QPoint(*by))
        assert differs(cells(desk.canvas.picture.scene), anew(desk)) <= 24  # subpixel rounding


@pytest.mark.parametrize("scale", [0.6, 1.0, 3.0])
def test_changes_draw_what_drawing_anew_would(desk, scale):
    desk.open(SIZE, objects())
    session, scene = desk.session, desk.canvas.picture.scene
    desk.canvas.view.scale_to(scale, desk.canvas.view.middle)
    steps = [
        lambda: session.set_selection([1]),
        lambda: session.set_hovered(2),
        lambda: session.set_tool("brush"),
        lambda: desk.stroke((100, 100), (180, 150), (100, 150)),
        lambda: desk.stroke((100, 100), (120, 120), button=desk.right),
        session.history.undo,
        lambda: session.set_selection([3, 4]),
        session.history.undo,
        lambda: session.set_hovered(None),
        session.history.redo,
        lambda: session.set_view(opacity=0.5),
        lambda: session.set_filter(show_above=0.95),
        lambda: session.set_view(fills=False),
        lambda: session.set_view(line_width=2.0),
        lambda: session.set_view(brightness=0.2, fills=True),
        lambda: session.set_view(photo_alone=True),
        lambda: session.set_view(photo_alone=False),
    ]
    for number, step in enumerate(steps):
        cells(scene)
        step()
        assert differs(cells(scene), anew(desk)) <= 2, number


def test_many_objects_switch_to_quick_lines_and_back(desk):
    many = [
        annotation(k, Mask.rectangle((x, y, x + 7, y + 7)))
        for k, (x, y) in enumerate(product(range(0, 300, 10), range(0, 200, 10)), 1)
    ]
    desk.open(SIZE, many)
    scene = desk.canvas.picture.scene
    assert differs(cells(scene), anew(desk)) <= 1
    assert scene._quick
    desk.session.set_hovered(45)
    assert differs(cells(scene), anew(desk)) <= 1
    desk.canvas.zoom_to((0, 0, 30, 30))
    cells(scene)
    assert not scene._quick
    desk.canvas.view.scale_to(1.6, desk.canvas.view.middle)
    desk.canvas.pan(QPoint(-30, -20))
    assert differs(cells(scene), anew(desk)) <= 24


def test_the_photo_alone_is_the_photo(desk):
    desk.open(SIZE)
    empty = cells(desk.canvas.picture.scene)
    desk.open(SIZE, objects())
    desk.session.set_view(photo_alone=True)
    assert np.array_equal(cells(desk.canvas.picture.scene), empty)


def test_masks_alone_hide_the_photo(desk):
    desk.open(SIZE, objects())
    desk.session.set_view(masks_alone=True)
    at = desk.canvas.to_widget(290, 190)
    assert QColor(int(cells(desk.canvas.picture.scene)[int(at.y()), int(at.x())])).red() == 0x26


def test_the_surround_is_that_of_the_theme(desk):
    desk.open((10, 300))
    assert cells(desk.canvas.picture.scene)[2, 2] == QColor("#191919").rgb()


def test_light_changes_the_picture_only(desk):
    desk.open(SIZE)
    before = desk.color_at(150, 100)
    desk.session.set_view(brightness=0.3)
    assert (desk.color_at(150, 100) > before + 60).all()
    desk.session.set_view(brightness=0.0, contrast=3.0)
    assert not np.array_equal(desk.color_at(150, 100), before)


def test_pixels_have_a_grid_above_eight_hundred_percent(desk):
    desk.open(SIZE)
    desk.canvas.view.scale_to(16.0, desk.canvas.view.middle)
    row = cells(desk.canvas.picture.scene)[200] & 255
    left = int(desk.canvas.camera.left) % 16
    lines = row[left::16].astype(int)
    beside = row[left + 8 :: 16].astype(int)[: len(lines)]
    assert np.abs(lines[: len(beside)] - beside).mean() > 3


# -- regions -------------------------------------------------------------------------------------

rects = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 300), st.integers(1, 200), st.integers(1, 200)),
    max_size=14,
)


@given(rects)
def test_merged_rectangles_cover_the_region(found):
    region = QRegion()
    for rect in found:
        region = region.united(QRect(*rect))
    boxes = merged(region)
    covered = QRegion()
    for left, top, right, bottom in boxes:
        covered = covered.united(QRect(left, top, right - left, bottom - top))
    assert region.subtracted(covered).isEmpty()
    assert len(boxes) <= MOST_RECTS
    assert all(intersect(a, b) is None for a, b in combinations(boxes, 2))
    assert covered.boundingRect() == region.boundingRect()
    assert sum(map(_area, rects_of(region))) <= sum(map(_area, boxes))


def _area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def test_a_picture_that_was_not_drawn_before_the_canvas_shrank(desk):
    desk.open(SIZE, objects())
    desk.canvas.view.scale_to(4.0, desk.canvas.view.middle)
    desk.canvas.view.resize(480, 300, 1.0)
    assert cells(desk.canvas.picture.scene).shape == (300, 480)
