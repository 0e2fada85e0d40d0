import itertools
import math

import pytest

from app.tools.brush import Brush
from engine.document.document import Status
from engine.errors import EngineError
from engine.masks.mask import Mask
from engine.masks.raster import capsule, disc
from tests.app.tools.table import (
    BOAT,
    PERSON,
    SIZE,
    SKY,
    Table,
    annotation,
    move,
    press,
    release,
    stroke,
)


class Halved(Table):
    """Only the left half of the image may be touched."""

    def __init__(self, *annotations, **more):
        super().__init__(*annotations, **more)
        self.limit = Mask.rectangle((0, 0, SIZE[1] // 2, SIZE[0]))


def only(table):
    (found,) = table.document.annotations.values()
    return found


def test_a_click_makes_a_disc_of_the_current_class():
    table = Table()
    result = table.run(Brush(), press(50, 60), release(50, 60, time=2.0))
    made = only(table)
    assert made.mask.same(disc((50, 60), 5, SIZE))
    assert (made.class_id, made.source) == (PERSON, "person")
    assert result.select == (made.id,)
    assert made.seconds == 2.0
    assert table.document.status is Status.CORRECTED


def test_a_stroke_covers_every_step_of_its_way():
    table = Table()
    path = [(20, 20), (60, 30), (60, 90), (10, 150)]
    table.run(Brush(), *stroke(*path))
    wanted = Mask.EMPTY
    for a, b in itertools.pairwise(path):
        wanted |= capsule(a, b, 5, SIZE)
    assert only(table).mask.same(wanted)


def test_the_preview_shows_what_will_be_painted():
    table = Table()
    table.run(Brush(), press(20, 20), move(60, 30), release(60, 90))
    shown = Mask.EMPTY
    for region, *_ in table.preview.covered:
        shown |= region
    assert shown.same(only(table).mask)
    assert table.preview.began == (PERSON, False)


def test_the_document_is_untouched_until_the_release_and_by_escape():
    table = Table()
    gesture = table.run(Brush(), press(20, 20), move(60, 30))
    assert not table.document.annotations
    gesture.close()
    assert not table.document.annotations
    assert not table.history.can_undo


def test_undo_takes_the_whole_stroke():
    table = Table()
    table.run(Brush(), press(20, 20), move(60, 30), release(60, 90))
    table.history.undo()
    assert not table.document.annotations


def test_the_selected_object_grows():
    table = Table(annotation(1, disc((100, 100), 20, SIZE)), annotation(2, disc((40, 40), 9, SIZE)))
    table.selection = frozenset({1})
    table.run(Brush(), press(40, 40), release(40, 40))
    one = table.document.annotations[1]
    assert one.mask.same(disc((100, 100), 20, SIZE) | disc((40, 40), 5, SIZE))
    assert len(table.document.annotations) == 2


def test_a_press_inside_an_object_of_the_class_extends_it():
    table = Table(annotation(1, disc((100, 100), 20, SIZE)))
    result = table.run(Brush(), press(100, 100), move(150, 100), release(150, 100))
    assert only(table).mask.at(150, 100)
    assert result.select == (1,)


def test_elsewhere_a_press_begins_an_object_and_so_it_does_when_told():
    table = Table(annotation(1, disc((100, 100), 20, SIZE)))
    table.run(Brush(), press(10, 10), release(10, 10))
    assert len(table.document.annotations) == 2
    table.selection, table.force_new = frozenset(), True
    table.run(Brush(), press(100, 100), release(100, 100))
    assert len(table.document.annotations) == 3


@pytest.mark.parametrize("how", [{"tool": Brush(erase=True)}, {"erase": True}])
def test_erasing_takes_away(how):
    whole = disc((100, 100), 30, SIZE)
    table = Table(annotation(1, whole))
    tool = how.pop("tool", Brush())
    table.run(tool, press(100, 100, **how), move(120, 100, **how), release(120, 100))
    assert only(table).mask.same(whole - capsule((100, 100), (120, 100), 5, SIZE))
    assert table.preview.began == (PERSON, True)


def test_erasing_everything_removes_the_object():
    table = Table(annotation(1, disc((100, 100), 3, SIZE)))
    table.run(Brush(erase=True), press(100, 100), release(100, 100))
    assert not table.document.annotations
    table.history.undo()
    assert only(table).id == 1


def test_erasing_nothing_is_no_step():
    table = Table()
    assert table.run(Brush(erase=True), press(100, 100), release(100, 100)).command is None


def test_shift_draws_a_straight_line_from_the_last_point():
    table = Table()
    table.run(Brush(), press(20, 20), release(30, 20))
    assert table.last_point == (30, 20)
    first = only(table).mask
    table.run(Brush(), press(200, 150, shift=True), move(210, 150), release(220, 150))
    assert only(table).mask.same(first | capsule((30, 20), (220, 150), 5, SIZE))


def test_shift_without_a_last_point_begins_at_the_press():
    table = Table()
    table.run(Brush(), press(20, 20, shift=True), move(90, 90), release(60, 20))
    assert only(table).mask.same(capsule((20, 20), (60, 20), 5, SIZE))


def test_a_light_pen_paints_thinner():
    table = Table()
    table.radius = 20.0
    events = [press(100, 100, pen=True, pressure=0.0), release(100, 100, pen=True, pressure=0.0)]
    table.run(Brush(), *events)
    assert only(table).mask.same(disc((100, 100), 7, SIZE))
    assert table.preview.covered[-1][3] == pytest.approx(7)


def test_pressure_can_be_switched_off():
    table = Table()
    table.options = {"pen_pressure": False}
    table.run(Brush(), press(100, 100, pen=True, pressure=0.1), release(100, 100, pen=True))
    assert only(table).mask.same(disc((100, 100), 5, SIZE))


def test_a_pen_stroke_follows_the_pressure():
    table = Table()
    table.radius = 20.0
    table.run(
        Brush(),
        press(50, 100, pen=True, pressure=0.0),
        move(150, 100, pen=True, pressure=1.0),
        release(150, 100, pen=True, pressure=1.0),
    )
    mask = only(table).mask
    assert mask.at(150, 119)
    assert mask.at(35, 100) is True
    assert mask.at(25, 100) is False


def test_keeping_inside_free_area_spares_other_objects():
    other = annotation(7, disc((60, 50), 10, SIZE), BOAT)
    table = Table(other)
    table.options = {"keep_inside": True}
    table.run(Brush(), press(30, 50), release(90, 50))
    made = next(each for each in table.document.annotations.values() if each.id != 7)
    assert not made.mask & other.mask
    assert made.mask.at(30, 50)


def test_touching_a_proposal_accepts_it_in_the_same_step():
    proposal = annotation(5, disc((100, 100), 20, SIZE), score=0.7, proposal=True)
    table = Table(proposal)
    table.run(Brush(), press(100, 100), release(130, 100))
    accepted = only(table)
    assert accepted.id == 5
    assert not accepted.proposal
    assert accepted.mask.at(130, 100)
    table.history.undo()
    assert table.document.proposals[5].mask.same(proposal.mask)


def test_a_class_painted_as_pixels_goes_to_the_map():
    table = Table()
    table.class_id = SKY
    result = table.run(Brush(), press(50, 50), release(50, 50))
    assert table.document.layer.at(50, 50) == SKY
    assert not table.document.annotations
    assert result.select is None


@pytest.mark.parametrize("locked", [True, False])
def test_locked_objects_are_refused_in_words(locked):
    table = Table(annotation(1, disc((100, 100), 20, SIZE), locked=locked))
    if not locked:
        table.run(Brush(), press(100, 100), release(100, 100))
        return
    with pytest.raises(EngineError, match="locked"):
        table.run(Brush(), press(100, 100), release(100, 100))


def test_without_a_class_it_says_so():
    table = Table()
    table.class_id = None
    with pytest.raises(EngineError, match="class"):
        table.run(Brush(), press(1, 1), release(1, 1))


def test_strokes_may_leave_the_image():
    table = Table()
    table.run(Brush(), press(-50, 100), move(350, 100), release(350, 260))
    left, top, right, bottom = only(table).mask.box
    assert (left, right) == (0, 300)
    assert (top, bottom) == (95, 105)


# -- what a stroke may touch ---------------------------------------------------------------------


def shown(table):
    """What the preview showed, and what of it as the way of a round tip."""
    every = ways = Mask.EMPTY
    for region, start, *_ in table.preview.covered:
        every |= region
        ways |= Mask.EMPTY if start is None else region
    return every, ways


@pytest.mark.parametrize("keys", [{}, {"shift": True}])
def test_what_may_not_be_touched_is_neither_shown_nor_painted(keys):
    table = Halved()
    table.run(Brush(), press(120, 60, **keys), move(180, 60, **keys), release(180, 60, **keys))
    assert only(table).mask.same(capsule((120, 60), (180, 60), 5, SIZE) & table.limit)
    every, ways = shown(table)
    assert every.same(only(table).mask)
    # From afar the way of a tip is drawn as a line, so a cut one may not be shown as a way.
    assert not ways - table.limit


def test_a_pen_keeps_to_it_too():
    table = Halved()
    pen = {"pen": True, "pressure": 0.5}
    table.run(Brush(), press(140, 60, **pen), move(170, 60, **pen), release(170, 60, pen=True))
    assert only(table).mask
    assert not only(table).mask - table.limit


def test_erasing_keeps_to_it():
    whole = disc((150, 100), 40, SIZE)
    table = Halved(annotation(1, whole))
    table.run(Brush(erase=True), press(130, 100), move(170, 100), release(170, 100))
    assert only(table).mask.same(whole - (capsule((130, 100), (170, 100), 5, SIZE) & table.limit))


def test_what_was_lifted_on_the_way_stays_painted():
    table = Halved()
    gesture = Brush().gesture(press(140, 60), table)
    next(gesture)
    limit, table.limit = table.limit, None
    gesture.send(move(180, 60))
    table.limit = limit
    with pytest.raises(StopIteration) as stop:
        gesture.send(release(180, 60))
    table.history.do(stop.value.value.command)
    beyond = only(table).mask - limit
    assert beyond.same(capsule((140, 60), (180, 60), 5, SIZE) - disc((140, 60), 5, SIZE) - limit)


# -- straight ------------------------------------------------------------------------------------


def test_shift_on_the_way_makes_the_rest_straight():
    table = Table()
    events = [
        press(50, 50),
        move(70, 50),
        move(90, 80, shift=True),
        move(120, 60, shift=True),
        release(150, 50, shift=True),
    ]
    table.run(Brush(), *events)
    wanted = capsule((50, 50), (70, 50), 5, SIZE) | capsule((70, 50), (150, 50), 5, SIZE)
    assert only(table).mask.same(wanted)
    assert table.preview.outlines[0] == ([(70.0, 50.0), (90.0, 80.0)], False)
    assert table.preview.outlines[-1] == ([], False)


def test_by_hand_again_once_shift_is_up():
    table = Table()
    table.run(
        Brush(),
        press(50, 50),
        move(90, 80, shift=True),
        move(100, 50),
        move(100, 90),
        release(100, 90),
    )
    wanted = capsule((50, 50), (100, 50), 5, SIZE) | capsule((100, 50), (100, 90), 5, SIZE)
    assert only(table).mask.same(wanted)


def test_escape_drops_a_straight_way_too():
    table = Table()
    gesture = table.run(Brush(), press(50, 50), move(90, 80, shift=True))
    gesture.close()
    assert not table.document.annotations


@pytest.mark.parametrize(
    ("stop", "degrees"), [((150, 52), 0), ((150, 77), 15), ((148, 152), 45), ((52, 0), -90)]
)
def test_ctrl_turns_a_line_to_steps_of_15_degrees(stop, degrees):
    table = Table()
    table.last_point = (50, 50)
    table.run(Brush(), press(60, 60, shift=True), release(*stop, shift=True, ctrl=True))
    length, angle = math.dist((50, 50), stop), math.radians(degrees)
    end = 50 + length * math.cos(angle), 50 + length * math.sin(angle)
    assert only(table).mask.same(capsule((50, 50), end, 5, SIZE))
    assert table.last_point == pytest.approx(end)


def test_the_next_line_begins_where_the_turned_one_ended():
    table = Table()
    table.run(
        Brush(),
        press(50, 50),
        move(100, 53, shift=True, ctrl=True),
        release(100, 53, shift=True, ctrl=True),
    )
    assert table.last_point == pytest.approx((50 + math.dist((50, 50), (100, 53)), 50))
