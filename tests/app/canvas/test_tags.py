import pytest
from PySide6.QtCore import QRect

from app.canvas.camera import Camera
from app.canvas.tags import top_point
from app.theme.theme import theme
from engine.masks.mask import Mask
from engine.masks.raster import disc, polygon
from tests.app.canvas.harness import BOAT, annotation

SIZE = (200, 300)


def tags(desk):
    return {tag.annotation: tag for tag in desk.canvas.picture.tags()}


def test_a_tag_stands_above_the_highest_point(desk):
    desk.open(SIZE, [annotation(1, disc((150, 120), 40, SIZE))])
    tag = tags(desk)[1]
    at = desk.canvas.to_widget(150, 80)
    assert abs(tag.rect.center().x() - at.x()) <= 2
    assert 0 < at.y() - tag.rect.bottom() < 10


def test_tags_stay_on_screen_and_apart(desk):
    shapes = [annotation(k, disc((10 + k, 3), 30, SIZE)) for k in range(1, 4)]
    desk.open(SIZE, shapes)
    rects = [tag.rect for tag in tags(desk).values()]
    view = QRect(0, 0, desk.canvas.width(), desk.canvas.height())
    assert all(view.contains(rect) for rect in rects)
    assert not any(a.intersects(b) for a in rects for b in rects if a is not b)


def test_a_tag_without_room_is_left_out_but_never_that_of_the_selected(desk):
    crowd = [annotation(k, disc((100 + k % 3, 60 + k % 2), 30, SIZE)) for k in range(1, 16)]
    desk.open(SIZE, crowd)
    rects = [tag.rect for tag in tags(desk).values()]
    assert 3 <= len(rects) < len(crowd)
    assert not any(a.intersects(b) for a in rects for b in rects if a is not b)
    hidden = min({each.id for each in crowd} - set(tags(desk)))
    desk.session.set_selection([hidden])
    assert hidden in tags(desk)


def test_tags_grow_with_the_text(desk, qapp):
    desk.open(SIZE, [annotation(1, disc((150, 120), 40, SIZE))])
    before = tags(desk)[1].rect.height()
    theme().set_scale(qapp, 1.5)
    try:
        assert tags(desk)[1].rect.height() == pytest.approx(1.5 * before, abs=1)
    finally:
        theme().set_scale(qapp, 1.0)


def test_of_many_objects_only_selected_and_hovered_have_one(desk):
    many = [
        annotation(k, Mask.rectangle((k % 8 * 30, k // 8 * 25, k % 8 * 30 + 20, k // 8 * 25 + 20)))
        for k in range(48)
    ]
    desk.open(SIZE, many)
    assert tags(desk) == {}
    desk.session.set_selection([5])
    desk.session.set_hovered(7)
    assert set(tags(desk)) == {5, 7}
    desk.session.set_selection(range(48))
    assert set(tags(desk)) == {7}, "tags over tags help nobody"


def test_scores_and_doubt_make_other_tags(desk):
    shapes = [
        annotation(1, disc((60, 100), 30, SIZE), BOAT),
        annotation(2, disc((150, 100), 30, SIZE), BOAT, proposal=True, score=0.9),
        annotation(3, disc((240, 100), 30, SIZE), BOAT, proposal=True, score=0.4),
    ]
    desk.open(SIZE, shapes)
    widths = [tags(desk)[k].rect.width() for k in (1, 2, 3)]
    assert widths[0] < widths[1] < widths[2]


def test_pictures_of_tags_are_kept_and_thrown_away_with_the_theme(desk):
    desk.open(SIZE, [annotation(1, disc((60, 100), 30, SIZE))])
    first = tags(desk)[1].picture
    desk.session.set_selection([1])
    assert tags(desk)[1].picture is first
    desk.canvas.picture._on_theme()
    assert tags(desk)[1].picture is not first


def test_the_photo_alone_has_no_tags(desk):
    desk.open(SIZE, [annotation(1, disc((60, 100), 30, SIZE))])
    desk.session.set_view(photo_alone=True)
    assert tags(desk) == {}


@pytest.mark.parametrize(
    ("mask", "point"),
    [
        (Mask.rectangle((10, 20, 30, 40)), (20, 20)),
        (polygon([(150, 5), (280, 150), (20, 150)], SIZE), (150, 5)),
        (Mask.rectangle((0, 0, 300, 10)) | Mask.rectangle((0, 10, 5, 200)), (150, 0)),
    ],
)
def test_the_highest_point(mask, point):
    assert top_point(mask) == pytest.approx(point, abs=1)
    assert top_point(mask) is top_point(mask)


def test_objects_out_of_view_have_no_tag(desk):
    desk.open(SIZE, [annotation(1, disc((20, 20), 10, SIZE))])
    desk.canvas.view.move(Camera(SIZE, 500, 400, 6.0, -1000, -700))
    assert tags(desk) == {}
