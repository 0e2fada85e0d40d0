"""Correct, shapes: lasso, holes, points, cut, join, neighbours; by mouse, pen hand and keyboard."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from engine.document import edits
from engine.document.annotation import Annotation
from engine.document.taxonomy import UNLABELLED
from engine.masks.mask import Mask
from engine.masks.raster import disc, polygon, polygons
from tests.e2e.driver import SHIFT
from tests.e2e.test_correcting import undone_and_redone

Key = Qt.Key
RIGHT = Qt.MouseButton.RightButton
SIZE = (240, 320)
BOX = Mask.rectangle((80, 60, 200, 160))


@pytest.fixture
def w(at_work):
    """At work, class cell; ``put`` puts objects into the image without a step."""

    def put(*masks, names=None, **fields):
        ids = at_work.session.project.new_ids(len(masks))
        names = names or ["cell"] * len(masks)
        at_work.document.take_in(
            Annotation(id=number, class_id=at_work.class_id(name), mask=mask, order=order, **fields)
            for order, (number, name, mask) in enumerate(zip(ids, names, masks, strict=True))
        )
        at_work.canvas.settle()
        return list(ids)

    at_work.put = put
    at_work.canvas.fit()
    return at_work


def near(mask, wanted, pixels):
    """Whether masks differ by few pixels: mouse events fall on whole screen pixels."""
    return (mask ^ wanted).area <= pixels


def masks(w):
    return [each.mask for each in w.objects]


def loop(x, y, side):
    return ((x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y + 2))


# -- lasso and polygon -----------------------------------------------------------------------


def test_the_lasso_adds_and_takes_away_at_any_zoom(w):
    w.key(Key.Key_P, SHIFT)
    assert w.session.tool == "lasso"
    label = undone_and_redone(w, lambda: w.stroke(*loop(60, 40, 120)))
    assert label == "Lasso"
    whole = masks(w)[0]
    assert near(whole, polygon(loop(60, 40, 120), SIZE), 240)
    undone_and_redone(w, lambda: w.stroke(*loop(90, 70, 40), button=RIGHT))
    assert not masks(w)[0].at(110, 90)
    w.canvas.zoom_to((60, 40, 90, 70))
    assert w.canvas.scale > 6
    undone_and_redone(w, lambda: w.stroke(*loop(65, 45, 12), button=RIGHT))
    assert not masks(w)[0].at(70, 50)
    assert masks(w)[0].at(62, 42)


def test_e_held_makes_the_lasso_take_away_and_a_tap_chooses_the_eraser(w):
    w.put(BOX)
    w.key(Key.Key_P, SHIFT)
    w.hold(Key.Key_E)
    assert w.session.tool == "lasso"
    w.stroke(*loop(100, 80, 40))
    w.let_go(Key.Key_E)
    assert w.session.tool == "lasso"
    assert not masks(w)[0].at(120, 100)
    w.stroke(*loop(100, 80, 40))
    assert masks(w)[0].at(120, 100), "the key is up: it adds"
    w.key(Key.Key_E)
    assert w.session.tool == "eraser"


def test_a_lasso_with_straight_stretches(w):
    w.key(Key.Key_P, SHIFT)
    w.stroke((60, 40), (180, 40), keys=SHIFT)
    assert w.canvas.is_stroking
    w.stroke((180, 160), keys=SHIFT)
    w.stroke((300, 200), keys=SHIFT)
    w.key(Key.Key_Backspace)
    w.key(Key.Key_Return)
    assert not w.canvas.is_stroking
    assert near(masks(w)[0], polygon([(60, 40), (180, 40), (180, 160)], SIZE), 150)


def test_a_polygon_with_a_hole_and_a_part_beside_it(w):
    w.key(Key.Key_P)

    def draw():
        for place in ((40, 40), (200, 40), (200, 200), (40, 200)):
            w.stroke(place)
        w.stroke((80, 80), button=RIGHT)
        for place in ((160, 80), (160, 160), (80, 160)):
            w.stroke(place)
        w.key(Key.Key_Return, SHIFT)
        for place in ((220, 40), (300, 40), (300, 120)):
            w.stroke(place)
        w.picture("polygon_holes")
        w.key(Key.Key_Return)

    assert undone_and_redone(w, draw) == "Polygon"
    rings = [
        [(40, 40), (200, 40), (200, 200), (40, 200)],
        [(80, 80), (160, 80), (160, 160), (80, 160)],
        [(220, 40), (300, 40), (300, 120)],
    ]
    assert near(masks(w)[0], polygons(rings, SIZE), 500)
    assert not masks(w)[0].at(120, 120)


def test_an_open_polygon_is_kept_when_the_tool_changes(w):
    w.key(Key.Key_P)
    for place in ((40, 40), (200, 40), (200, 200)):
        w.stroke(place)
    w.key(Key.Key_B)
    assert near(masks(w)[0], polygon([(40, 40), (200, 40), (200, 200)], SIZE), 200)
    w.ctrl(Key.Key_Z)
    assert w.objects == []


# -- points ----------------------------------------------------------------------------------


def drag(w, start, stop, **more):
    w.stroke(start, stop, steps=6, **more)


def test_points_are_moved_made_and_taken_away(w):
    (number,) = w.put(BOX)
    w.session.set_selection([number])
    w.key(Key.Key_V, SHIFT)
    assert w.session.tool == "points"
    label = undone_and_redone(w, lambda: drag(w, (200, 160), (240, 200)))
    assert label == "Move point"
    tail = polygon([(80, 60), (200, 60), (240, 200), (80, 160)], SIZE)
    assert near(masks(w)[0], tail, 150)
    undone_and_redone(w, lambda: drag(w, (140, 60), (140, 20)))
    assert masks(w)[0].at(140, 30)
    w.hover(139, 21)
    w.picture("points")
    before = w.content
    w.key(Key.Key_Delete)
    assert near(masks(w)[0], tail, 200), "the point went, not the object"
    assert w.session.history.undo_label == "Remove point"
    w.ctrl(Key.Key_Z)
    assert w.content == before
    w.stroke((140, 20), button=RIGHT)
    assert near(masks(w)[0], tail, 200)
    w.hover(5, 5)
    w.key(Key.Key_Delete)
    assert w.objects == [], "beside every point it is the object"


def test_points_by_keyboard_alone(w):
    (number,) = w.put(BOX)
    w.session.set_selection([number])
    w.key(Key.Key_V, SHIFT)
    w.canvas.hands.cross = QPointF(200.5, 160.5)
    w.key(Key.Key_I)
    assert w.canvas.is_stroking, "it is picked up"
    for _ in range(4):
        w.key(Key.Key_Right, SHIFT)
        w.key(Key.Key_Down, SHIFT)
    assert masks(w)[0].same(BOX)
    w.key(Key.Key_I)
    assert not w.canvas.is_stroking
    assert masks(w)[0].same(polygon([(80, 60), (200, 60), (240, 200), (80, 160)], SIZE))
    w.key(Key.Key_I)
    w.key(Key.Key_Up)
    w.key(Key.Key_Escape)
    assert masks(w)[0].at(238, 196), "Escape drops what was picked up"


def test_points_of_a_painted_class(w):
    tissue = w.class_id("tissue")
    target = edits.Target(tissue, stuff=True)
    w.session.do(edits.paint(w.document, BOX, target, False, w.session.taxonomy))
    w.key(Key.Key_V, SHIFT)
    w.stroke((120, 120))
    assert w.session.current_class == tissue
    undone_and_redone(w, lambda: drag(w, (200, 160), (160, 120)))
    assert w.document.layer.at(195, 155) == UNLABELLED
    assert w.document.layer.at(100, 100) == tissue


def test_in_select_a_point_of_the_selected_object_is_dragged_and_a_click_selects(w):
    first, second = w.put(BOX, disc((200, 160), 15, SIZE), names=["cell", "nucleus"])
    w.key(Key.Key_V)
    w.stroke((100, 80))
    assert w.session.selection == {first}
    w.stroke((200, 160))
    assert w.session.selection == {second}, "a click on the point selects"
    w.stroke((100, 80))
    undone_and_redone(w, lambda: drag(w, (80, 60), (40, 30)))
    assert w.document.annotations[first].mask.at(50, 38)


# -- cut, join, neighbours -------------------------------------------------------------------


def test_a_stroke_cuts_and_the_piece_is_selected(w):
    (number,) = w.put(BOX)
    w.key(Key.Key_K)
    label = undone_and_redone(w, lambda: w.stroke((120, 40), (125, 180)))
    assert label == "Cut into 2"
    kept, piece = w.objects
    assert kept.id == number
    assert (kept.mask | piece.mask).same(BOX)
    w.ctrl(Key.Key_Z)
    w.stroke((120, 40), (125, 180))
    assert w.session.selection == {w.objects[1].id}
    w.ctrl(Key.Key_Z)
    w.ctrl(Key.Key_D)
    undone_and_redone(w, lambda: w.stroke(*loop(120, 80, 30)))
    assert len(w.objects) == 2


def test_cutting_by_keyboard_alone(w):
    w.put(BOX)
    w.key(Key.Key_K)
    w.canvas.hands.cross = QPointF(120.5, 50.5)
    w.key(Key.Key_I)
    for _ in range(12):
        w.key(Key.Key_Down, SHIFT)
    w.key(Key.Key_I)
    w.key(Key.Key_Return)
    assert len(w.objects) == 2
    assert (masks(w)[0] | masks(w)[1]).same(BOX)


def test_a_cut_that_divides_nothing_says_so(w):
    w.put(BOX)
    before = w.content
    w.key(Key.Key_K)
    w.stroke((120, 40), (120, 90))
    assert w.content == before
    assert w.last_said.startswith("The line divides nothing.")
    w.stroke((10, 200), (60, 200))
    assert w.last_said.startswith("Draw the line across an object")


def test_join_by_clicks_and_by_a_line(w):
    row = [disc((60 + 60 * k, 120), 25, SIZE) for k in range(4)]
    ids = w.put(*row)
    w.key(Key.Key_J, SHIFT)
    assert w.session.tool == "join"
    w.stroke((60, 120))
    assert w.session.selection == {ids[0]}
    label = undone_and_redone(w, lambda: w.stroke((120, 120)))
    assert label == "Join 2 objects"
    undone_and_redone(w, lambda: w.stroke((60, 120), (250, 120)))
    (only,) = w.objects
    assert only.id == ids[0]
    assert only.mask.area == sum(each.area for each in row)


def test_cut_out_of_neighbours_and_give_to_one_after_the_other(w):
    left, right = Mask.rectangle((40, 60, 140, 160)), Mask.rectangle((160, 100, 280, 160))
    me = Mask.rectangle((120, 60, 180, 160))
    first, second, mine = w.put(left, right, me, names=["cell", "nucleus", "cell"])
    w.key(Key.Key_K, SHIFT)
    assert w.last_said == "Select an object first: V, then click it, or D for the next one."
    w.session.set_selection([mine])
    assert undone_and_redone(w, lambda: w.key(Key.Key_K, SHIFT)) == "Cut out of neighbours"
    assert [each.area for each in masks(w)] == [80 * 100, 100 * 60, 60 * 100]
    both = Qt.KeyboardModifier.ControlModifier | SHIFT
    w.session.set_selection([mine])
    w.key(Key.Key_K, both)
    assert "“cell”, 100 px" in w.last_said
    assert w.document.find(mine) is None
    assert w.document.find(first).mask.area == 140 * 100
    w.key(Key.Key_K, both)
    assert "“nucleus”, 60 px" in w.last_said
    assert w.document.find(first).mask.area == 80 * 100
    assert w.document.find(second).mask.area == 100 * 60 + 60 * 100
    assert w.session.selection == {second}
    w.ctrl(Key.Key_Z)
    assert w.document.find(mine) is not None, "both presses were one step"


# -- the rail --------------------------------------------------------------------------------


def test_the_rail_shows_every_tool_and_in_a_low_window_shares_buttons(w):
    rail = w.window.tool_rail
    tools = [each for each in rail.buttons if each.action_id.startswith("tool.")]
    assert all(each.isVisible() for each in tools)
    w.window.resize(800, 500)
    QApplication.processEvents()
    seen = [each for each in rail.buttons if each.isVisible()]
    assert len(seen) < len(rail.buttons)
    last = max(each.mapTo(rail, each.rect().bottomLeft()).y() for each in seen)
    assert last < rail.height()
    w.key(Key.Key_K)
    cut = rail.button("cut")
    assert cut.isVisible(), "the tool in use shows"
    assert not rail.button("join").isVisible()
    w.picture("rail_low")
    cut.setFocus()
    w.key(Key.Key_Right)
    entries = [each.text().split("\t")[0] for each in rail.flyout.actions()]
    assert entries == ["Edit points", "Cut", "Join"]
    w.key(Key.Key_Down)
    w.key(Key.Key_Return)
    assert w.session.tool == "join"
    assert rail.button("join").isVisible()
    assert QApplication.activePopupWidget() is None
