import math

import pytest

from app.tools.lasso import Lasso, thinned
from app.tools.offered import KEEP_INSIDE
from app.tools.polygon import Polygon
from engine.masks.raster import disc, polygon, polygons
from tests.app.tools.table import (
    BOAT,
    SIZE,
    Table,
    annotation,
    drawn,
    key,
    move,
    press,
    release,
    stroke,
)

CIRCLE = [
    (150 + 60 * math.cos(k / 50), 100 + 60 * math.sin(k / 50)) for k in range(round(100 * math.pi))
]


def test_what_is_drawn_around_is_added_and_the_line_closes_by_itself():
    table = Table()
    result = table.run(Lasso(), *stroke(*CIRCLE))
    wanted = polygon(CIRCLE, SIZE)
    assert (drawn(table) ^ wanted).area <= 4
    assert drawn(table).area == pytest.approx(math.pi * 3600, rel=0.01)
    assert result.select == tuple(table.document.annotations)
    assert table.history.undo_label == "Lasso"


def test_the_right_button_takes_away():
    whole = disc((150, 100), 80, SIZE)
    table = Table(annotation(1, whole))
    table.run(Lasso(), *stroke(*CIRCLE, erase=True))
    left = drawn(table)
    assert not left & disc((150, 100), 58, SIZE)
    assert (whole - left).area == pytest.approx(math.pi * 3600, rel=0.01)
    assert table.history.undo_label == "Lasso cut"


def test_a_click_alone_is_nothing():
    table = Table()
    assert table.run(Lasso(), press(50, 50), release(50, 50)) is None
    assert not table.history.can_undo


def test_under_shift_the_line_goes_straight_and_stays_open_after_the_release():
    table = Table()
    table.run(
        Lasso(),
        press(20, 20),
        move(60, 25, shift=True),
        release(100, 20, shift=True),
        move(105, 60, down=False, shift=True),
        press(100, 120, shift=True),
        release(100, 120, shift=True),
        press(20, 120),
        release(20, 120),
    )
    # the last press was a click without Shift: the line ends there
    assert (drawn(table) ^ polygon([(20, 20), (100, 20), (100, 120), (20, 120)], SIZE)).area <= 4


def test_backspace_takes_back_the_last_stretch_and_enter_closes():
    table = Table()
    gesture = table.run(
        Lasso(),
        press(20, 20, shift=True),
        release(100, 20, shift=True),
        press(100, 120, shift=True),
        release(100, 120, shift=True),
        press(290, 190, shift=True),
        release(290, 190, shift=True),
        key("backspace"),
    )
    assert table.preview.trails[-1] == (100, 120)
    with pytest.raises(StopIteration):
        gesture.send(key("enter"))


def test_taking_back_everything_ends_it():
    table = Table()
    result = table.run(Lasso(), press(20, 20, shift=True), key("backspace"))
    assert result is None


def test_escape_leaves_nothing():
    table = Table()
    table.run(Lasso(), press(20, 20), move(90, 20), move(90, 90)).close()
    assert not table.history.can_undo


def test_limits_hold():
    table = Table()
    table.limit = polygon([(0, 0), (150, 0), (150, 200), (0, 200)], SIZE)
    table.run(Lasso(), *stroke(*CIRCLE))
    assert drawn(table).box[2] == 150


def test_a_gap_between_objects_is_filled_by_drawing_around_it():
    left, right = disc((100, 100), 45, SIZE), disc((200, 100), 45, SIZE)
    table = Table(annotation(1, left), annotation(2, right, BOAT))
    table.options = {KEEP_INSIDE.name: True}
    table.selection = frozenset({1})
    table.run(Lasso(), *stroke(*CIRCLE))
    mine, other = (table.document.annotations[k].mask for k in (1, 2))
    assert mine.at(150, 100)
    assert not mine & other
    assert other.same(right)


def test_thinning_leaves_the_pixels_alone():
    far = [(x + 90_000.3, y + 90_000.7) for x, y in CIRCLE]
    kept = thinned(far)
    assert len(kept) < len(far)
    size = (91_000, 91_000)
    assert (polygon(kept, size) ^ polygon(far, size)).area <= 4
    square = [(10, 10), (20, 10), (60, 10), (60, 60), (10, 60), (10, 30)]
    assert sorted(map(tuple, thinned(square).tolist())) == [(10, 10), (10, 60), (60, 10), (60, 60)]


# -- polygons with holes ---------------------------------------------------------------------

OUTER = [(20, 20), (180, 20), (180, 180), (20, 180)]
INNER = [(60, 60), (140, 60), (140, 140), (60, 140)]


def clicks(points, **more):
    return [each(*at, **more) for at in points for each in (press, release)]


@pytest.mark.parametrize("how", ["button", "key"])
def test_another_outline_inside_is_a_hole(how):
    table = Table()
    if how == "button":
        hole = [*clicks(INNER[:1], erase=True), *clicks(INNER[1:])]
    else:
        hole = [key("ring"), *clicks(INNER)]
    table.run(Polygon(), *clicks(OUTER), *hole, key("enter"))
    assert drawn(table).same(polygons([OUTER, INNER], SIZE))
    assert not drawn(table).at(100, 100)


def test_another_outline_beside_is_a_further_part():
    table = Table()
    part = [(200, 20), (280, 20), (240, 90)]
    events = [*clicks(OUTER), key("ring"), *clicks(part), key("enter")]
    table.run(Polygon(), *events)
    assert drawn(table).same(polygons([OUTER, part], SIZE))


def test_a_polygon_begun_with_the_right_button_goes_on_with_the_left_for_another_outline():
    whole = disc((100, 100), 95, SIZE)
    table = Table(annotation(1, whole))
    events = [*clicks(OUTER, erase=True), *clicks(INNER[:1]), *clicks(INNER[1:], erase=True)]
    table.run(Polygon(), *events, key("enter"))
    assert drawn(table).same(whole - polygons([OUTER, INNER], SIZE))


def test_backspace_goes_back_into_the_outline_before():
    table = Table()
    events = [*clicks(OUTER), key("ring"), *clicks(INNER[:1]), *[key("backspace")] * 2]
    table.run(Polygon(), *events, press(5, 100), release(5, 100), key("enter"))
    assert drawn(table).same(polygon([*OUTER[:3], (5, 100)], SIZE)), "its last point went too"


def test_an_unfinished_outline_is_left_out_and_one_with_two_points_is_not_closed():
    table = Table()
    events = [*clicks(OUTER), key("ring"), *clicks(INNER[:2]), key("ring"), key("enter")]
    table.run(Polygon(), *events)
    assert drawn(table).same(polygon(OUTER, SIZE))
    assert table.preview.shown is not None
