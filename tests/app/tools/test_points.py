import numpy as np
import pytest

from app.tools.base import Pointer
from app.tools.points import Points
from app.tools.select import Select
from engine.document.taxonomy import UNLABELLED
from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.raster import disc, polygon
from tests.app.tools.table import (
    BOAT,
    SIZE,
    SKY,
    Table,
    annotation,
    drawn,
    key,
    move,
    press,
    release,
)

BOX = Mask.rectangle((50, 50, 150, 150))
TAIL = polygon([(50, 50), (150, 50), (190, 180), (50, 150)], SIZE)


def table_of(*annotations, **more):
    table = Table(*annotations, **more)
    table.selection = frozenset(each.id for each in annotations[:1])
    return table


def drag(table, tool, start, stop, **more):
    middle = tuple((a + b) / 2 for a, b in zip(start, stop, strict=True))
    steps = [move(*middle, **more), move(*stop, **more), release(*stop, **more)]
    return table.run(tool, press(*start), *steps)


def hover(table, tool, x, y):
    gesture = tool.hover(Pointer("move", x, y, down=False), table)
    next(gesture)
    return table.preview.shown


@pytest.mark.parametrize("tool", [Points(), Select()])
def test_a_corner_is_dragged(tool):
    table = table_of(annotation(1, BOX, source="net"))
    drag(table, tool, (150, 150), (190, 180))
    assert drawn(table).same(TAIL)
    assert table.history.undo_label == "Move point"
    assert table.document.annotations[1].added == TAIL.area - BOX.area
    table.history.undo()
    assert drawn(table).same(BOX)


def test_the_grip_keeps_its_distance_to_the_pointer():
    table = table_of(annotation(1, BOX))
    drag(table, Points(), (153, 147), (193, 177))
    assert drawn(table).same(TAIL)


def test_a_press_on_the_line_makes_a_point_and_a_drag_takes_it_along():
    table = table_of(annotation(1, BOX))
    drag(table, Points(), (100, 51), (100, 21))
    assert drawn(table).at(100, 25)
    assert drawn(table).same(polygon([(50, 50), (100, 20), (150, 50), (150, 150), (50, 150)], SIZE))
    table = table_of(annotation(1, BOX))
    before = len(hover(table, Points(), 10, 10).handles)
    table.run(Points(), press(80, 50), release(80, 50))
    assert not table.history.can_undo
    assert len(hover(table, Points(), 10, 10).handles) == before + 1, "it stays without a drag"


def test_the_right_button_takes_a_point_away():
    table = table_of(annotation(1, BOX))
    table.run(Points(), press(150, 150, erase=True), release(150, 150, erase=True))
    assert drawn(table).same(polygon([(50, 50), (150, 50), (50, 150)], SIZE))
    assert table.history.undo_label == "Remove point"


def test_handles_of_holes_too():
    ring = disc((150, 100), 80, SIZE) - Mask.rectangle((130, 80, 170, 120))
    table = table_of(annotation(1, ring))
    handles = hover(table, Points(), 0, 0).handles
    assert [170.0, 120.0] in handles.tolist()
    drag(table, Points(), (170, 120), (180, 130))
    assert not drawn(table).at(172, 122)
    assert (drawn(table) | Mask.rectangle((130, 80, 181, 131))).same(disc((150, 100), 80, SIZE))


def test_shift_makes_the_lines_straight():
    rough = Mask.from_bits(np.random.default_rng(1).random((60, 60)) > 0.02, 50, 50)
    table = table_of(annotation(1, rough | BOX))
    drag(table, Points(), (150, 150), (170, 170), shift=True)
    assert drawn(table).at(165, 165)


def test_a_press_elsewhere_selects():
    table = table_of(annotation(1, BOX), annotation(2, disc((220, 60), 20, SIZE), BOAT))
    table.run(Points(), press(220, 60), release(220, 60))
    assert table.selection == {2}
    table.run(Points(), press(290, 190), release(290, 190))
    assert table.selection == frozenset()
    assert not table.history.can_undo


def test_the_pointer_shows_what_a_press_would_take():
    table = table_of(annotation(1, BOX))
    tool = Points()
    far = hover(table, tool, 100, 100)
    assert (len(far.handles), far.spot) == (4, None)
    assert hover(table, tool, 148, 152).spot == (150, 150)
    assert hover(table, tool, 100, 53).spot == (100, 50)
    assert tool.holds(Pointer("move", 150, 150), table)
    assert not tool.holds(Pointer("move", 100, 50), table)
    table.selection = frozenset()
    assert hover(table, tool, 148, 152) is None
    assert not tool.holds(Pointer("move", 150, 150), table)


def test_the_keyboards_cross_picks_up_and_lets_go():
    table = table_of(annotation(1, BOX))
    cross = {"cross": True}
    table.run(
        Points(),
        press(150, 150, **cross),
        release(150, 150, **cross),
        move(170, 170, **cross),
        move(190, 180, **cross),
        press(190, 180, **cross),
        release(190, 180, **cross),
    )
    assert drawn(table).same(TAIL)


def test_enter_lets_go_and_backspace_drops():
    table = table_of(annotation(1, BOX))
    picked = [press(150, 150, cross=True), release(150, 150, cross=True), move(190, 180)]
    table.run(Points(), *picked, Pointer("enter", 190, 180))
    assert drawn(table).same(TAIL)
    table = table_of(annotation(1, BOX))
    assert table.run(Points(), *picked, key("backspace")).command is None
    assert drawn(table).same(BOX)


def test_a_painted_class_has_points_where_nothing_is_selected():
    layer = ClassMap(SIZE)
    table = Table(layer=layer.flip(layer.change(BOX, SKY)))
    table.run(Points(), press(100, 100), release(100, 100))
    assert table.class_id == SKY
    drag(table, Points(), (150, 150), (190, 180))
    assert table.document.layer.mask(SKY).same(TAIL)
    drag(table, Points(), (50, 50), (80, 80))
    assert table.document.layer.at(55, 55) == UNLABELLED
    table.history.undo()
    table.history.undo()
    assert table.document.layer.mask(SKY).same(BOX)


def test_a_proposal_is_accepted_and_locks_refuse():
    table = table_of(annotation(1, BOX, proposal=True))
    drag(table, Points(), (150, 150), (190, 180))
    assert drawn(table).same(TAIL)
    table = table_of(annotation(1, BOX, locked=True))
    with pytest.raises(EngineError, match="locked"):
        drag(table, Points(), (150, 150), (190, 180))


def test_limits_hold():
    table = table_of(annotation(1, BOX))
    table.limit = Mask.rectangle((0, 0, 300, 160))
    drag(table, Points(), (150, 150), (190, 180))
    assert drawn(table).same(TAIL - Mask.rectangle((0, 160, 300, 200)))


def test_handles_stay_through_an_edit_elsewhere():
    table = table_of(annotation(1, disc((150, 100), 90, SIZE)))
    tool = Points()
    before = hover(table, tool, 0, 0).handles
    at = before[np.argmax(before[:, 0])]
    drag(table, tool, tuple(at), (at[0] + 20, at[1]))
    after = {tuple(each) for each in hover(table, tool, 0, 0).handles.tolist()}
    assert {tuple(each) for each in before.tolist()} - after == {tuple(at.tolist())}


# -- Select ----------------------------------------------------------------------------------


def test_in_select_a_click_on_a_point_still_selects():
    table = table_of(annotation(1, BOX), annotation(2, disc((150, 150), 20, SIZE), BOAT))
    table.run(Select(), press(149, 149), move(150, 149), release(150, 149))
    assert table.selection == {2}
    assert not table.history.can_undo


def test_in_select_handles_show_only_near_the_pointer_and_one_selected_object():
    table = table_of(annotation(1, BOX), annotation(2, disc((250, 100), 20, SIZE), BOAT))
    tool = Select()
    assert hover(table, tool, 100, 100) is None
    shown = hover(table, tool, 149, 149)
    assert shown.spot == (150, 150)
    assert len(shown.handles) < 4
    table.selection = frozenset({1, 2})
    assert hover(table, tool, 149, 149) is None
    before = table.document.annotations[1].mask
    drag(table, tool, (150, 150), (190, 180))
    assert table.document.annotations[1].mask is before
