import pytest

from app.tools.cut import UNDIVIDED, Cut, ways
from app.tools.join import Join
from app.tools.offered import GAP
from engine.document.taxonomy import UNLABELLED
from engine.errors import EngineError
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.masks.raster import disc
from tests.app.tools.table import (
    BOAT,
    PERSON,
    SIZE,
    SKY,
    Table,
    annotation,
    key,
    move,
    press,
    release,
    stroke,
)

BAR = Mask.rectangle((20, 60, 280, 100))


def drawn(*points, **more):
    """A drag through points, with steps between them."""
    return stroke(*points, steps=8, **more)


def masks(table):
    return {number: each.mask for number, each in table.document.annotations.items()}


# -- cut -------------------------------------------------------------------------------------


def test_a_stroke_across_parts_an_object_and_loses_nothing():
    table = Table(annotation(1, BAR, score=0.5))
    result = table.run(Cut(), *drawn((100, 40), (110, 120)))
    found = masks(table)
    assert len(found) == 2
    assert (found[1] | found[2]).same(BAR)
    assert not found[1] & found[2]
    assert found[1].area > found[2].area, "the largest stays the object"
    assert table.document.annotations[1].score == 0.5
    assert result.select == (2,)
    assert table.history.undo_label == "Cut into 2"
    table.history.undo()
    assert masks(table) == {1: BAR}


def test_a_line_that_ends_a_little_short_is_drawn_out_to_the_edge():
    table = Table(annotation(1, BAR))
    table.run(Cut(), *drawn((100, 40), (100, 92)))
    assert len(masks(table)) == 2
    far = Table(annotation(1, BAR))
    with pytest.raises(EngineError, match="divides nothing"):
        far.run(Cut(), *drawn((100, 40), (100, 75)))
    assert not far.history.can_undo


def test_a_closed_stroke_takes_a_piece_out():
    whole = disc((150, 100), 80, SIZE)
    table = Table(annotation(1, whole))
    table.run(Cut(), *drawn((130, 80), (170, 80), (170, 120), (130, 120), (132, 82)))
    found = masks(table)
    assert found[2].at(150, 100)
    assert not found[1].at(150, 100)
    assert (found[1] | found[2]).same(whole)


def test_a_stroke_within_is_closed_when_it_goes_round():
    table = Table(annotation(1, disc((150, 100), 80, SIZE)))
    table.run(Cut(), *drawn((130, 80), (170, 80), (170, 120), (130, 120), (130, 105)))
    assert masks(table)[2].at(150, 100)
    assert not masks(table)[2].at(120, 90)


def test_clicks_and_enter_cut_too_and_backspace_takes_one_back():
    table = Table(annotation(1, BAR))
    clicks = [each(*at) for at in ((60, 30), (80, 80), (250, 80)) for each in (press, release)]
    end = [key("backspace"), press(60, 130), release(60, 130), key("enter")]
    table.run(Cut(), *clicks, *end)
    assert len(masks(table)) == 2
    assert not masks(table)[1] & masks(table)[2]


def test_shift_draws_straight():
    table = Table(annotation(1, BAR))
    table.run(
        Cut(),
        press(100, 40),
        move(250, 80, shift=True),
        move(100, 120, shift=True),
        release(100, 120),
    )
    assert masks(table)[2].box[2] == 100


def test_only_the_selected_object_is_cut_and_without_one_the_longest():
    small = Mask.rectangle((90, 90, 130, 110))
    table = Table(annotation(1, BAR), annotation(2, small, BOAT))
    table.selection = frozenset({2})
    table.run(Cut(), *drawn((110, 40), (110, 120)))
    assert masks(table)[1].same(BAR)
    assert len(masks(table)) == 3
    other = Table(annotation(1, BAR), annotation(2, small, BOAT))
    other.run(Cut(), *drawn((110, 40), (110, 120)))
    assert masks(other)[2].same(small)
    assert len(masks(other)) == 3


def test_several_selected_objects_are_cut_in_one_step():
    table = Table(annotation(1, BAR), annotation(2, BAR.moved(0, 60)))
    table.selection = frozenset({1, 2})
    result = table.run(Cut(), *drawn((110, 40), (110, 180)))
    assert len(masks(table)) == 4
    assert len(result.select) == 2
    table.history.undo()
    assert len(masks(table)) == 2


def test_a_gap_takes_pixels_away():
    table = Table(annotation(1, BAR))
    table.options = {GAP.name: 10}
    table.run(Cut(), *drawn((100, 40), (100, 120)))
    found = masks(table)
    assert not (found[1] | found[2]).at(100, 80)
    assert (BAR - found[1] - found[2]).area == pytest.approx(10 * 40, rel=0.15)


def test_limits_hold_for_what_changes_hands():
    table = Table(annotation(1, BAR))
    table.limit = Mask.rectangle((0, 60, 300, 80))
    table.run(Cut(), *drawn((100, 40), (100, 120)))
    assert masks(table)[2].box == (20, 60, 100, 80)
    assert masks(table)[1].at(30, 90)


def test_locked_objects_refuse():
    table = Table(annotation(1, BAR, locked=True))
    with pytest.raises(EngineError, match="locked"):
        table.run(Cut(), *drawn((100, 40), (100, 120)))
    with pytest.raises(EngineError, match="across an object"):
        table.run(Cut(), *drawn((100, 150), (100, 190)))


def sky(table_class):
    layer = ClassMap(SIZE)
    table = Table(layer=layer.flip(layer.change(BAR, SKY)))
    table.class_id = table_class
    return table


def test_of_a_painted_class_the_smaller_side_gets_the_current_class():
    table = sky(PERSON)
    table.run(Cut(), *drawn((100, 40), (100, 120)))
    (made,) = table.document.annotations.values()
    assert (made.class_id, made.mask.box) == (PERSON, (20, 60, 100, 100))
    assert table.document.layer.at(50, 80) == UNLABELLED
    assert table.document.layer.at(150, 80) == SKY
    same = sky(SKY)
    with pytest.raises(EngineError, match="“sky” already"):
        same.run(Cut(), *drawn((100, 40), (100, 120)))
    with pytest.raises(EngineError) as problem:
        same.run(Cut(), *drawn((100, 40), (100, 70)))
    assert str(problem.value) == UNDIVIDED


def test_a_point_alone_cuts_nothing():
    table = Table(annotation(1, BAR))
    assert table.run(Cut(), press(100, 80), release(100, 80), key("enter")) is None


def test_what_a_line_may_be_meant_as():
    inside = [(100.0, 70.0), (100.0, 90.0)]
    (only,) = ways(BAR, inside, 4.0)
    assert only == inside, "at this zoom the edge is too far"
    (drawn_out,) = ways(BAR, inside, 1.0)
    assert drawn_out[0][1] < 60
    assert drawn_out[-1][1] > 100
    loop = [(100, 70), (140, 70), (140, 90), (102, 72)]
    assert ways(BAR, loop, 1.0) == [[*loop, (100, 70)]]


# -- join ------------------------------------------------------------------------------------


def discs():
    return Table(
        annotation(1, disc((60, 100), 30, SIZE)),
        annotation(2, disc((120, 100), 30, SIZE)),
        annotation(3, disc((180, 100), 30, SIZE), BOAT),
        annotation(4, disc((240, 100), 30, SIZE)),
    )


def click(table, x, y, **more):
    return table.run(Join(), press(x, y, **more), release(x, y))


def test_the_first_click_selects_and_the_next_ones_join():
    table = discs()
    assert click(table, 60, 100) is None
    assert table.selection == {1}
    result = click(table, 120, 100)
    assert result.select == (1,)
    assert table.history.undo_label == "Join 2 objects"
    assert set(masks(table)) == {1, 3, 4}
    click(table, 240, 100)
    assert masks(table)[1].at(240, 100)
    table.history.undo()
    assert set(masks(table)) == {1, 3, 4}


def test_a_click_on_another_class_gives_it_the_class_of_the_first():
    table = discs()
    table.selection = frozenset({1})
    click(table, 180, 100)
    assert set(masks(table)) == {1, 2, 4}
    assert table.document.annotations[1].class_id == PERSON


def test_a_line_joins_what_it_meets_of_one_class():
    table = discs()
    table.run(Join(), *drawn((60, 100), (250, 100)))
    assert set(masks(table)) == {1, 3}
    assert (
        masks(table)[1].area
        == 3 * disc((60, 100), 30, SIZE).area
        - (disc((60, 100), 30, SIZE) & disc((120, 100), 30, SIZE)).area
    )


def test_a_line_joins_into_the_selected_one():
    table = discs()
    table.selection = frozenset({4})
    table.run(Join(), *drawn((50, 100), (130, 100)))
    assert set(masks(table)) == {3, 4}


def test_beside_everything_a_click_deselects_and_ctrl_begins_with_another():
    table = discs()
    table.selection = frozenset({1})
    assert click(table, 5, 5) is None
    assert table.selection == frozenset()
    table.selection = frozenset({1})
    click(table, 240, 100, ctrl=True)
    assert table.selection == {4}
    assert not table.history.can_undo


def test_joining_with_itself_is_no_step_and_locks_refuse():
    table = discs()
    table.selection = frozenset({1})
    assert click(table, 60, 100).command is None
    locked = Table(annotation(1, BAR), annotation(2, BAR.moved(0, 60), locked=True))
    locked.selection = frozenset({1})
    with pytest.raises(EngineError, match="locked"):
        click(locked, 100, 130)


def test_a_line_that_joins_nothing_says_why():
    with pytest.raises(EngineError, match="no object on the line"):
        Table().run(Join(), *drawn((5, 5), (100, 100)))
    table = discs()
    with pytest.raises(EngineError, match="no other “boat”"):
        table.run(Join(), *drawn((180, 100), (250, 100)))
    assert not table.history.can_undo


# -- large ones ------------------------------------------------------------------------------


def test_what_is_large_is_cut_on_another_thread(monkeypatch):
    monkeypatch.setattr("app.tools.cut.LARGE", 100)
    table = Table(annotation(1, BAR))
    table.slow = True
    gesture = table.run(Cut(), *drawn((100, 40), (110, 120)))
    assert len(table.asked) == 1
    gesture.send(move(5, 5, down=False))
    assert masks(table) == {1: BAR}
    table.asked[0].do()
    with pytest.raises(StopIteration) as end:
        gesture.send(key("ready"))
    table.history.do(end.value.value.command)
    assert len(masks(table)) == 2


def test_a_hidden_object_takes_nothing_in():
    table = Table(annotation(1, BAR, hidden=True), annotation(2, BAR.moved(0, 60)))
    table.selection = frozenset({1})
    click(table, 100, 130)
    assert table.selection == {2}
    assert not table.history.can_undo
