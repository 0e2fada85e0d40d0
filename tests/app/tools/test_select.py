import numpy as np

from app.tools.pick import deeper
from app.tools.registry import TOOLS, hint, tool_info
from app.tools.select import Eyedropper, Select
from engine.masks.class_map import ClassMap
from engine.masks.raster import disc
from tests.app.tools.table import BOAT, PERSON, SIZE, SKY, Table, annotation, press, release


def stack():
    return Table(
        annotation(1, disc((100, 100), 60, SIZE)),
        annotation(2, disc((100, 100), 40, SIZE), BOAT),
        annotation(3, disc((100, 100), 20, SIZE)),
        annotation(4, disc((250, 100), 20, SIZE)),
    )


def click(table, x, y, **more):
    table.run(Select(), press(x, y, **more), release(x, y))
    return set(table.selection)


def test_a_click_picks_the_topmost():
    table = stack()
    assert click(table, 100, 100) == {3}
    assert click(table, 130, 100) == {2}
    assert click(table, 5, 5) == set()


def test_shift_adds_and_takes_away():
    table = stack()
    click(table, 100, 100)
    assert click(table, 250, 100, shift=True) == {3, 4}
    assert click(table, 100, 100, shift=True) == {4}
    assert click(table, 5, 5, shift=True) == {4}


def test_ctrl_goes_one_deeper_and_round():
    table = stack()
    found = [click(table, 100, 100, ctrl=True) for _ in range(4)]
    assert found == [{3}, {2}, {1}, {3}]


def test_deeper_both_ways():
    assert deeper([3, 2, 1], frozenset({3}), -1) == (1,)
    assert deeper([3, 2, 1], frozenset(), -1) == (1,)
    assert deeper([], frozenset({3})) == ()


def test_selecting_is_no_step():
    table = stack()
    click(table, 100, 100)
    assert not table.history.can_undo


def test_a_click_on_painted_pixels_chooses_their_class():
    values = np.full(SIZE, SKY, np.uint8)
    table = Table(layer=ClassMap.from_array(values))
    click(table, 10, 10)
    assert table.class_id == SKY


def test_the_eyedropper_picks_up_class_and_object():
    table = stack()
    table.run(Eyedropper(), press(130, 100, ctrl=True), release(130, 100))
    assert (table.class_id, table.selection) == (BOAT, {2})
    table.run(Eyedropper(), press(5, 5, ctrl=True), release(5, 5))
    assert (table.class_id, table.selection) == (BOAT, set())


def test_background_is_not_picked_up():
    table = Table(layer=ClassMap.from_array(np.full(SIZE, 1, np.uint8)))
    table.run(Eyedropper(), press(5, 5), release(5, 5))
    assert table.class_id == PERSON


def test_the_table_of_tools():
    assert (next(iter(TOOLS)), list(TOOLS)[-1]) == ("select", "pan")
    for info in TOOLS.values():
        assert hasattr(info.tool, "gesture") == (info.id != "pan")
        assert info.tool is info.tool  # one gesture for all presses
    assert tool_info("nothing known").id == "select"


def test_hints_follow_what_is_held():
    assert hint("brush") != hint("brush", "erase") == hint("eraser")
    assert hint("brush", "pan") == hint("pan")
    assert hint("select", "erase") == hint("select")
