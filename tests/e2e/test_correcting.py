"""Correct, pixels: brush, eraser, polygon, fill, decision 5, locks; each undone and redone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.document.annotation import Annotation
from engine.document.taxonomy import BACKGROUND, UNLABELLED
from engine.document.taxonomy_commands import add_class
from engine.masks.raster import disc
from tests.e2e.driver import CTRL, SHIFT

Key = Qt.Key
RIGHT = Qt.MouseButton.RightButton
SIZE = (240, 320)


@pytest.fixture
def w(at_work):
    """At work with a brush of radius 10 and class cell."""
    at_work.key(Key.Key_B)
    at_work.session.set_radius(10)
    return at_work


def one(w):
    assert len(w.objects) == 1
    return w.objects[0]


def undone_and_redone(w, act):
    """Act, undo: the image is as before; redo: as after. Answers with what undo called it."""
    before = w.content
    act()
    after = w.content
    assert after != before, f"nothing happened; last said: {w.last_said}"
    label = w.session.history.undo_label
    w.ctrl(Key.Key_Z)
    assert w.content == before
    w.ctrl(Key.Key_Y)
    assert w.content == after
    return label


# -- brush and eraser ------------------------------------------------------------------------


def test_a_stroke_is_exactly_what_the_ring_covered(w):
    label = undone_and_redone(w, lambda: w.stroke((60, 60)))
    assert one(w).mask.same(disc((60, 60), 10, SIZE))
    assert one(w).class_id == w.class_id("cell")
    assert label == "New cell"
    w.stroke((65, 60))
    assert w.session.selection == {one(w).id}
    assert w.canvas.hands.ring()[1] == pytest.approx(10 * w.canvas.scale)


def test_a_second_stroke_extends_the_selected_object_and_the_menu_names_it(w):
    w.stroke((60, 60))
    label = undone_and_redone(w, lambda: w.stroke((80, 60), (120, 60)))
    assert label == "Brush stroke"
    assert one(w).mask.at(120, 60)
    w.window.menu.aboutToShow.emit()
    assert w.services.actions.qaction("edit.undo").text() == "Undo brush stroke"
    w.ctrl(Key.Key_Z)
    w.window.menu.aboutToShow.emit()
    assert w.services.actions.qaction("edit.redo").text() == "Redo brush stroke"


def test_the_right_button_erases_in_the_same_tool(w):
    w.stroke((60, 60), (120, 60))
    area = one(w).mask.area
    undone_and_redone(w, lambda: w.stroke((60, 60), button=RIGHT))
    assert one(w).mask.area < area
    assert w.session.tool == "brush"


def test_erasing_everything_removes_the_object_and_undo_brings_it_back(w):
    w.stroke((60, 60))
    undone_and_redone(w, lambda: w.stroke((60, 60), button=RIGHT))
    assert w.objects == []


def test_e_tapped_chooses_the_eraser_and_held_comes_back(w):
    w.stroke((60, 60), (120, 60))
    area = one(w).mask.area
    w.hold(Key.Key_E)
    assert w.session.tool == "eraser"
    w.stroke((120, 60))
    w.let_go(Key.Key_E)
    assert one(w).mask.area < area
    assert w.session.tool == "brush", "held: erase, then back"
    w.key(Key.Key_E)
    assert w.session.tool == "eraser", "tapped: it stays"


def test_e_let_go_in_the_middle_of_the_stroke_comes_back_too(w):
    w.stroke((60, 60), (120, 60))
    w.hold(Key.Key_E)
    w.press((120, 60))
    w.let_go(Key.Key_E)
    assert w.session.tool == "brush"
    w.release(120, 60)
    assert not one(w).mask.at(120, 60), "the stroke that had begun erased"
    w.stroke((120, 60))
    assert one(w).mask.at(120, 60)


def test_e_held_without_painting_comes_back(w):
    w.hold(Key.Key_E)
    QTest.simulateEvent(w.canvas, True, Key.Key_E, Qt.KeyboardModifier.NoModifier, "e", True, -1)
    w.let_go(Key.Key_E)
    assert w.session.tool == "brush"


def test_the_size_follows_keys_and_shift_wheel(w):
    w.key(Key.Key_BracketRight)
    assert w.session.brush_radius == pytest.approx(12)
    w.key(Key.Key_BracketLeft)
    assert w.session.brush_radius == pytest.approx(10)
    w.wheel(1, (60, 60), SHIFT)
    assert w.session.brush_radius == pytest.approx(11.2)
    scale = w.canvas.scale
    w.wheel(1, (60, 60))
    assert w.canvas.scale == pytest.approx(1.25 * scale)
    for _ in range(40):
        w.key(Key.Key_BracketLeft)
    assert w.session.brush_radius == 0.5
    w.stroke((100, 100))
    assert one(w).mask.area == 1


def test_shift_click_draws_a_straight_line(w):
    w.stroke((60, 60))
    undone_and_redone(w, lambda: w.stroke((160, 60), keys=SHIFT))
    assert one(w).mask.at(110, 60)
    assert one(w).mask.box == (50, 50, 170, 70)


def test_escape_in_the_middle_of_a_stroke_leaves_nothing(w):
    w.stroke((60, 60))
    before, undo = w.content, w.session.history.undo_label
    w.hover(60, 60)
    w.canvas.settle()
    shown = w.canvas.grab().toImage()
    w.press((60, 60), (200, 120))
    w.key(Key.Key_Escape)
    w.release(200, 120)
    assert w.content == before
    assert w.session.history.undo_label == undo
    w.hover(60, 60)
    assert w.canvas.grab().toImage() == shown
    assert w.session.selection, "Escape took the stroke and not the selection"


def test_n_begins_a_new_object_on_top_of_the_other(w):
    w.stroke((60, 60))
    w.key(Key.Key_N)
    assert w.session.selection == frozenset()
    w.stroke((65, 60))
    assert len(w.objects) == 2
    assert not w.session.force_new
    w.key(Key.Key_N)
    w.key(Key.Key_Escape)
    w.session.set_selection(())
    w.stroke((65, 65))
    assert len(w.objects) == 2, "Escape took N back"


# -- decision 5 ------------------------------------------------------------------------------


def test_without_a_selection_the_object_under_the_press_is_edited(w):
    w.stroke((60, 60))
    w.ctrl(Key.Key_D)
    w.stroke((65, 60), (90, 60))
    assert one(w).mask.at(90, 60)
    w.ctrl(Key.Key_D)
    w.stroke((200, 60))
    assert len(w.objects) == 2, "beside it: a new one"


def test_another_class_does_not_extend_this_one(w):
    w.stroke((60, 60))
    w.ctrl(Key.Key_D)
    w.key(Key.Key_2)
    w.stroke((65, 60))
    assert [each.class_id for each in w.objects] == [w.class_id("cell"), w.class_id("nucleus")]
    cell, nucleus = w.objects
    assert cell.mask & nucleus.mask, "objects may overlap"


def propose(w, *things):
    """Proposals as the model makes them: (class, place, radius, score)."""
    ids = w.session.project.new_ids(len(things))
    w.session.project.set_proposals(
        w.session.image.id,
        [
            Annotation(
                id=number,
                class_id=w.class_id(name),
                mask=disc(place, radius, SIZE),
                score=score,
                source="deeplab",
                proposal=True,
            )
            for number, (name, place, radius, score) in zip(ids, things, strict=True)
        ],
    )
    return list(ids)


def test_accepting_says_when_no_proposal_is_shown(w):
    (number,) = propose(w, ("cell", (60, 60), 15, 0.8))
    w.session.set_filter(show_above=0.95)
    w.key(Key.Key_A)
    assert list(w.document.proposals) == [number]
    assert w.last_said == (
        "No proposal here is shown. Lower the threshold, or show its class: then A accepts it."
    )


def test_accepting_what_is_sure_names_the_key_in_use(w):
    propose(w, ("cell", (60, 60), 15, 0.8))
    w.session.set_filter(accept_above=0.95)
    w.services.actions.keymap.set_keys("proposal.accept", ["Alt+A"])
    w.trigger("proposal.accept_all")
    assert w.last_said == "No proposal scores 0.95 or more. Alt+A accepts the selected one."


def test_done_says_when_it_changes_nothing(w):
    w.trigger("image.reopen")
    assert w.last_said == "This image is not marked done."
    w.key(Key.Key_F, SHIFT)
    w.said.clear()
    w.key(Key.Key_F, SHIFT)
    assert w.last_said == "This image is marked done already."


def test_touching_a_proposal_accepts_it_in_the_same_step(w):
    (number,) = propose(w, ("cell", (60, 60), 15, 0.8))
    undone_and_redone(w, lambda: w.stroke((60, 60), (90, 60)))
    assert one(w).id == number
    assert one(w).edited
    assert not w.document.proposals
    w.ctrl(Key.Key_Z)
    assert list(w.document.proposals) == [number]


def test_semantic_painting_takes_from_other_unlocked_classes_and_undo_gives_back(w):
    w.session.do_project(add_class(w.session.taxonomy, "sky", thing=False))
    tissue, sky = w.class_id("tissue"), w.class_id("sky")
    w.session.set_class(tissue)
    undone_and_redone(w, lambda: w.stroke((60, 60), (120, 60)))
    assert w.objects == []
    assert w.document.layer.at(90, 60) == tissue
    w.session.set_class(sky)
    undone_and_redone(w, lambda: w.stroke((90, 60)))
    assert w.document.layer.at(90, 60) == sky
    w.session.set_class(tissue)
    undone_and_redone(w, lambda: w.stroke((90, 60), (60, 60), button=RIGHT))
    assert w.document.layer.at(90, 60) == sky, "erasing takes the current class only"
    assert w.document.layer.at(60, 60) == UNLABELLED


def lock_class(w, name):
    panel = w.window.side_panel.classes
    index = panel.model.index_of(w.class_id(name))
    rect = panel.view.visualRect(index).adjusted(5, 0, -5, 0)
    part = panel.view.itemDelegate().parts(rect, index)["lock"]
    w.click(panel.view.viewport(), part.center())


def test_locks_are_refused_with_a_sentence(w):
    w.stroke((60, 60))
    before = w.content
    lock_class(w, "cell")
    w.stroke((65, 60), (90, 60))
    assert w.content == before
    assert w.said[-1] == (
        "warning",
        "Class “cell” is locked. Unlock it in the class list first.",
    )
    for key in (Key.Key_X, Key.Key_2):
        w.said.clear()
        w.key(key)
        assert "is locked" in w.last_said
    assert w.content == before
    lock_class(w, "cell")
    w.session.set_class(w.class_id("cell"))
    w.key(Key.Key_L)
    assert one(w).locked
    w.stroke((65, 60), (90, 60))
    assert w.last_said == "This cell is locked. Unlock it to change it."
    w.key(Key.Key_L)
    w.stroke((65, 60), (90, 60))
    assert one(w).mask.at(90, 60)


def test_a_locked_stuff_class_keeps_its_pixels(w):
    tissue = w.class_id("tissue")
    w.session.set_class(tissue)
    w.stroke((60, 60), (120, 60))
    w.services.actions.trigger("image.done")
    background = w.document.layer.areas()[BACKGROUND]
    lock_class(w, "tissue")
    w.session.do_project(add_class(w.session.taxonomy, "sky", thing=False))
    w.session.set_class(w.class_id("sky"))
    area = w.document.layer.areas()[tissue]
    w.stroke((90, 20), (90, 100))
    layer = w.document.layer.areas()
    assert layer[tissue] == area
    assert layer[BACKGROUND] < background


def test_painting_what_is_hidden_is_refused(w):
    w.stroke((60, 60))
    before = w.content
    w.key(Key.Key_H)
    hidden = w.content
    assert hidden != before
    w.stroke((60, 60), (90, 60))
    assert w.content == hidden
    assert "hidden" in w.last_said
    w.key(Key.Key_H)
    assert w.content == before


def test_painting_a_class_that_is_not_shown_is_refused(w):
    w.stroke((60, 60))
    w.ctrl(Key.Key_D)
    w.key(Key.Key_H, SHIFT)
    assert w.session.only_class == w.class_id("cell")
    w.key(Key.Key_2)
    before = w.content
    w.stroke((200, 60))
    assert w.content == before
    assert w.last_said == "Only “cell” is shown. Shift+H shows “nucleus” again."
    w.key(Key.Key_H, SHIFT)
    w.stroke((200, 60))
    assert len(w.objects) == 2


# -- polygon, fill, eyedropper ---------------------------------------------------------------


def triangle(w, x=60, y=60, side=60):
    for place in ((x, y), (x + side, y), (x, y + side)):
        w.stroke(place)


def test_a_polygon_by_clicks_and_enter(w):
    w.key(Key.Key_P)

    def draw():
        triangle(w)
        w.key(Key.Key_Return)

    label = undone_and_redone(w, draw)
    assert label == "Polygon"
    assert one(w).mask.area == pytest.approx(60 * 60 / 2, rel=0.05)
    assert one(w).mask.at(70, 70)
    assert not one(w).mask.at(110, 110)


def test_backspace_takes_back_a_point_and_escape_the_polygon(w):
    w.key(Key.Key_P)
    triangle(w)
    w.stroke((200, 200))
    w.key(Key.Key_Backspace)
    w.key(Key.Key_Return)
    assert one(w).mask.area == pytest.approx(60 * 60 / 2, rel=0.05)
    before = w.content
    w.ctrl(Key.Key_D)
    triangle(w, 150, 150)
    w.key(Key.Key_Escape)
    w.key(Key.Key_Return)
    assert w.content == before
    for _ in range(3):
        w.stroke((150, 150))
        w.key(Key.Key_Backspace)
    assert not w.canvas.is_stroking
    assert w.content == before


def test_undo_takes_back_a_point_while_a_polygon_is_open_and_nothing_under_a_stroke(w):
    w.stroke((200, 200))
    before = w.content
    w.key(Key.Key_P)
    w.ctrl(Key.Key_D)
    triangle(w)
    w.stroke((150, 150))
    w.ctrl(Key.Key_Z)
    assert w.content == before
    w.key(Key.Key_Return)
    assert w.objects[-1].mask.area == pytest.approx(60 * 60 / 2, rel=0.05)
    w.key(Key.Key_B)
    w.press((100, 200), (150, 200))
    steps = w.session.history.undo_label
    w.ctrl(Key.Key_Z)
    assert w.session.history.undo_label == steps
    assert w.last_said == "Finish the stroke first."
    w.release(150, 200)
    assert w.objects[-1].mask.at(120, 200)


def test_a_press_on_the_first_point_and_a_double_click_close(w):
    w.key(Key.Key_P)
    triangle(w)
    w.stroke((60, 60))
    assert len(w.objects) == 1
    w.ctrl(Key.Key_D)
    triangle(w, 150, 150)
    at = w.canvas.to_widget(180, 190).toPoint()
    QTest.mouseDClick(w.canvas, Qt.MouseButton.LeftButton, pos=at)
    assert len(w.objects) == 2
    assert not w.canvas.is_stroking


def test_a_polygon_with_the_right_button_cuts_out(w):
    w.key(Key.Key_P)
    triangle(w)
    w.key(Key.Key_Return)
    area = one(w).mask.area
    for place in ((62, 62), (80, 62), (62, 80)):
        w.stroke(place, button=RIGHT)
    w.key(Key.Key_Return)
    assert one(w).mask.area < area
    assert w.session.history.undo_label == "Polygon cut"


def ring(w):
    """A ring, drawn with the brush."""
    w.session.set_radius(4)
    w.stroke((60, 60), (120, 60), (120, 120), (60, 120), (60, 60))


def test_fill_closes_the_gap_of_an_object(w):
    ring(w)
    w.services.actions.trigger("tool.fill")
    label = undone_and_redone(w, lambda: w.stroke((90, 90)))
    assert label == "Fill"
    assert one(w).mask.at(90, 90)
    w.ctrl(Key.Key_Z)
    w.stroke((10, 10))
    assert w.last_said.startswith("This area is open to the edge of the image")


def test_fill_a_semantic_area(w):
    tissue = w.class_id("tissue")
    w.session.set_class(tissue)
    ring(w)
    w.services.actions.trigger("tool.fill")
    undone_and_redone(w, lambda: w.stroke((90, 90)))
    assert w.document.layer.at(90, 90) == tissue
    assert w.document.layer.at(10, 10) == UNLABELLED


def test_the_eyedropper_picks_up_object_and_class(w):
    w.stroke((60, 60))
    w.ctrl(Key.Key_D)
    w.key(Key.Key_2)
    w.session.set_class(w.class_id("tissue"))
    w.stroke((200, 60))
    w.key(Key.Key_2)
    before = w.content
    w.stroke((60, 60), keys=CTRL)
    assert w.session.current_class == w.class_id("cell")
    assert w.session.selection == {w.objects[0].id}
    w.stroke((200, 60), keys=CTRL)
    assert w.session.current_class == w.class_id("tissue")
    assert w.session.selection == frozenset()
    assert w.content == before


def test_g_fills_gaps_and_drops_specks(w):
    ring(w)
    w.session.set_radius(1)
    w.stroke((200, 200))
    undone_and_redone(w, lambda: w.key(Key.Key_G))
    assert one(w).mask.at(90, 90)
    assert not one(w).mask.at(200, 200)
    w.key(Key.Key_G)
    assert "no gap to fill" in w.last_said


def test_fully_outside_the_image_nothing_happens(w):
    before = w.content
    w.stroke((-40, 20), (-40, 60))
    assert w.content == before
    w.stroke((-5, 60), (5, 60))
    assert one(w).mask.box[0] == 0


def test_strokes_follow_the_zoom(w):
    w.key(Key.Key_Plus)
    w.key(Key.Key_Plus)
    QApplication.processEvents()
    w.stroke((160, 120))
    assert one(w).mask.same(disc((160, 120), 10, SIZE))
    w.key(Key.Key_9, CTRL)
    assert w.canvas.scale == 1
    w.key(Key.Key_0, CTRL)
    assert w.canvas.scale > 1


def test_everything_is_undone_to_the_first_state_also_after_reopening(w, photos):
    first = w.content
    states = [first]

    def note():
        assert w.content != states[-1]
        states.append(w.content)

    w.stroke((60, 60)), note()
    w.stroke((60, 60), (90, 60)), note()
    w.stroke((60, 60), button=RIGHT), note()
    w.key(Key.Key_P), triangle(w), w.key(Key.Key_Return), note()
    w.key(Key.Key_2), note()
    w.key(Key.Key_U), note()
    w.services.actions.trigger("file.close")
    w.open(photos)
    assert w.content == states[-1]
    for state in reversed(states[:-1]):
        w.ctrl(Key.Key_Z)
        assert w.content == state
    w.ctrl(Key.Key_Z)
    assert w.last_said.startswith("There is nothing to undo in this image.")
    for state in states[1:]:
        w.ctrl(Key.Key_Y)
        assert w.content == state
