import pytest

from app.tools.polygon import Polygon
from engine.masks.raster import disc, polygon
from tests.app.tools.table import SIZE, Table, annotation, key, move, press, release

CORNERS = [(20, 20), (120, 30), (100, 150)]


def clicks(points, **more):
    events = []
    for point in points:
        events += [press(*point, **more), release(*point, **more)]
    return events


def mask_of(table):
    (made,) = table.document.annotations.values()
    return made.mask


@pytest.mark.parametrize("end", [key("enter"), key("double"), press(22, 19)])
def test_three_clicks_and_an_end_make_an_object(end):
    table = Table()
    result = table.run(Polygon(), *clicks(CORNERS), end)
    assert mask_of(table).same(polygon(CORNERS, SIZE))
    assert result.select == tuple(table.document.annotations)


def test_backspace_takes_back_the_last_point():
    table = Table()
    events = [*clicks([*CORNERS, (5, 190)]), key("backspace"), key("enter")]
    table.run(Polygon(), *events)
    assert mask_of(table).same(polygon(CORNERS, SIZE))


def test_taking_back_every_point_ends_it():
    table = Table()
    assert table.run(Polygon(), *clicks(CORNERS[:1]), key("backspace")) is None
    assert not table.document.annotations


def test_two_points_are_no_area():
    table = Table()
    assert table.run(Polygon(), *clicks(CORNERS[:2]), key("enter")) is None


def test_escape_leaves_nothing():
    table = Table()
    gesture = table.run(Polygon(), *clicks(CORNERS), move(50, 50))
    gesture.close()
    assert not table.history.can_undo


def test_the_right_button_cuts_out():
    whole = disc((100, 100), 80, SIZE)
    table = Table(annotation(1, whole))
    table.selection = frozenset({1})
    table.run(Polygon(), *clicks(CORNERS, erase=True), key("enter"))
    assert mask_of(table).same(whole - polygon(CORNERS, SIZE))
    table.history.undo()
    assert mask_of(table).same(whole)


def test_the_line_follows_the_pointer():
    table = Table()
    table.run(Polygon(), *clicks(CORNERS[:2]), move(77, 88, down=False))
    points, closed = table.preview.outlines[-1]
    assert points == [*CORNERS[:2], (77, 88)]
    assert closed


def test_dragging_draws_by_hand():
    table = Table()
    path = [(20 + k, 20) for k in range(1, 100)] + [(120, 20 + k) for k in range(1, 80)]
    table.run(Polygon(), press(20, 20), *[move(*at) for at in path], key("enter"))
    assert mask_of(table).at(100, 60)
    assert not mask_of(table).at(40, 80)


def test_closing_needs_the_first_point_within_reach_on_screen():
    table = Table()
    table.scale = 0.1
    table.run(Polygon(), *clicks(CORNERS), press(80, 40))
    assert mask_of(table).same(polygon(CORNERS, SIZE))
