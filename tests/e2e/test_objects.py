"""Correct, whole objects: select, step, change, copy, merge, order; each undone and redone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.panels import class_edits
from engine.masks.raster import disc
from tests.e2e.driver import CTRL, SHIFT
from tests.e2e.photos import make_photos
from tests.e2e.test_correcting import propose, undone_and_redone

Key = Qt.Key
SIZE = (240, 320)


@pytest.fixture
def w(at_work):
    """Three cells, the second over the first; Select in use, nothing selected."""
    d = at_work
    d.session.set_radius(20)
    d.key(Key.Key_B)
    for place in ((60, 60), (75, 60), (200, 60)):
        d.key(Key.Key_N)
        d.stroke(place)
    d.key(Key.Key_V)
    d.ctrl(Key.Key_D)
    assert len(d.objects) == 3
    return d


def chosen(w):
    order = [each.id for each in w.objects]
    return [order.index(number) for number in sorted(w.session.selection)]


def test_click_shift_click_and_a_click_beside_all(w):
    w.stroke((200, 60))
    assert chosen(w) == [2]
    w.stroke((50, 60), keys=SHIFT)
    assert chosen(w) == [0, 2]
    w.stroke((50, 60), keys=SHIFT)
    assert chosen(w) == [2]
    w.stroke((150, 200))
    assert chosen(w) == []


def test_ctrl_and_tab_go_deeper_where_objects_lie_over_each_other(w):
    w.stroke((68, 60))
    assert chosen(w) == [1], "the topmost"
    w.stroke((68, 60), keys=CTRL)
    assert chosen(w) == [0]
    w.stroke((68, 60), keys=CTRL)
    assert chosen(w) == [1], "and around"
    w.hover(68, 60)
    w.key(Key.Key_Tab)
    assert chosen(w) == [0]
    w.key(Key.Key_Backtab, SHIFT)
    assert chosen(w) == [1]
    w.hover(150, 200)
    w.key(Key.Key_Tab)
    assert not w.canvas.hasFocus(), "without a stack Tab moves the focus"


def test_shift_wheel_steps_through_the_stack(w):
    w.stroke((68, 60))
    w.wheel(-1, (68, 60), SHIFT)
    assert chosen(w) == [0]


def test_a_number_key_gives_the_selection_that_class(w):
    w.stroke((200, 60))
    label = undone_and_redone(w, lambda: w.key(Key.Key_2))
    assert label == "Change class to nucleus"
    assert w.objects[2].class_id == w.class_id("nucleus")
    assert w.session.current_class == w.class_id("nucleus")


def test_a_thing_that_becomes_stuff_is_pixels_and_comes_back(w):
    w.stroke((200, 60))
    undone_and_redone(w, lambda: w.key(Key.Key_3))
    assert len(w.objects) == 2
    assert w.document.layer.at(200, 60) == w.class_id("tissue")


def test_delete_by_both_keys_and_the_offer_of_undo(w):
    for key in (Key.Key_X, Key.Key_Delete):
        w.stroke((200, 60))
        assert undone_and_redone(w, lambda key=key: w.key(key)) == "Delete object"
        assert w.last_said.startswith("Redone")
        w.ctrl(Key.Key_Z)
    w.ctrl(Key.Key_A)
    assert chosen(w) == [0, 1, 2]
    w.key(Key.Key_X)
    assert w.last_said == "Deleted 3 objects. Ctrl+Z brings them back."
    w.ctrl(Key.Key_Z)
    assert len(w.objects) == 3


def test_copy_to_the_next_image(w):
    w.stroke((200, 60))
    mask = w.objects[2].mask
    w.ctrl(Key.Key_C)
    assert w.last_said == "Copied 1 object"
    w.key(Key.Key_W)
    assert w.objects == []
    assert undone_and_redone(w, lambda: w.ctrl(Key.Key_V)) == "Paste object"
    assert [each.mask.same(mask) for each in w.objects] == [True]
    w.ctrl(Key.Key_Z)
    w.ctrl(Key.Key_V)
    assert chosen(w) == [0]
    w.key(Key.Key_Q)
    assert len(w.objects) == 3


def test_merge(w):
    w.stroke((68, 60))
    w.key(Key.Key_M)
    assert w.last_said.startswith("Select two or more objects")
    w.stroke((50, 60), keys=SHIFT)
    assert undone_and_redone(w, lambda: w.key(Key.Key_M)) == "Merge 2 objects"
    assert len(w.objects) == 2


def test_front_and_back(w):
    w.stroke((50, 60))
    first = w.objects[0].id
    assert undone_and_redone(w, lambda: w.trigger("object.front")) == "Bring forward"
    assert w.objects[-1].id == first
    w.trigger("object.front")
    assert w.last_said == "It lies in front of all others already."
    w.trigger("object.back")
    assert w.objects[0].id == first


def test_lock_hide_and_doubtful_are_steps_too(w):
    w.stroke((200, 60))
    for key, field, label in (
        (Key.Key_L, "locked", "Lock object"),
        (Key.Key_H, "hidden", "Hide object"),
        (Key.Key_U, "doubtful", "Mark doubtful"),
    ):
        assert undone_and_redone(w, lambda key=key: w.key(key)) == label
        assert getattr(w.objects[2], field)
        w.key(key)
        assert not getattr(w.objects[2], field)


def test_a_hidden_object_is_not_drawn_and_not_picked(w):
    w.stroke((200, 60))
    w.key(Key.Key_H)
    w.stroke((150, 200))
    w.stroke((200, 60))
    assert chosen(w) == []
    panel = w.window.side_panel.objects
    w.until(lambda: any(row.annotation and row.annotation.hidden for row in panel.model.rows))
    index = next(
        panel.model.index(at, 0)
        for at, row in enumerate(panel.model.rows)
        if row.annotation is not None and row.annotation.hidden
    )
    w.click(panel.view.viewport(), panel.view.visualRect(index).center())
    assert chosen(w) == [2]
    w.key(Key.Key_H)
    assert not w.objects[2].hidden


def test_a_note_is_typed_and_kept(w):
    w.stroke((200, 60))
    w.key(Key.Key_J)
    field = w.window.side_panel.selection.note
    assert field.hasFocus()
    before = w.content
    w.type("back 2 bee")
    assert w.session.tool == "select", "letters stay text"
    w.key(Key.Key_Return)
    assert w.objects[2].note == "back 2 bee"
    assert w.session.history.undo_label == "Change note"
    assert w.canvas.hasFocus(), "Enter ends the writing"
    w.ctrl(Key.Key_Z)
    assert w.content == before
    w.key(Key.Key_J)
    w.type("left")
    w.key(Key.Key_Escape)
    assert w.content == before, "Escape leaves the note as it was"
    assert w.canvas.hasFocus()


def test_d_steps_most_doubtful_first_and_back(w):
    sure, unsure = propose(w, ("cell", (120, 150), 12, 0.9), ("cell", (200, 150), 12, 0.4))
    w.key(Key.Key_D)
    assert w.session.selection == {unsure}
    w.key(Key.Key_D)
    assert w.session.selection == {sure}
    w.key(Key.Key_D)
    assert chosen(w) == [0]
    w.key(Key.Key_D, SHIFT)
    w.key(Key.Key_D, SHIFT)
    assert w.session.selection == {unsure}
    w.key(Key.Key_D, SHIFT)
    assert chosen(w) == [2], "around"


def test_d_brings_what_is_out_of_sight_into_view(w):
    w.canvas.zoom_to((0, 200, 30, 230))
    QApplication.processEvents()
    w.key(Key.Key_D)
    (number,) = w.session.selection
    left, top, right, bottom = w.document.annotations[number].mask.box
    at = w.canvas.to_widget((left + right) / 2, (top + bottom) / 2)
    assert w.canvas.rect().contains(at.toPoint())


def test_only_this_class(w):
    w.key(Key.Key_2)
    w.session.set_tool("brush")
    w.stroke((200, 150))
    w.key(Key.Key_H, SHIFT)
    assert w.session.only_class == w.class_id("nucleus")
    shown = w.canvas.picture.masks.shown
    assert [each.class_id for each in shown.values()] == [w.class_id("nucleus")]
    w.key(Key.Key_H, SHIFT)
    assert len(w.canvas.picture.masks.shown) == 4


def test_accept_and_reject_are_one_step_each(w):
    things = [("cell", (30 + 20 * n, 200), 6, 0.9 - 0.05 * n) for n in range(12)]
    propose(w, *things)
    before = w.content
    label = undone_and_redone(w, lambda: w.key(Key.Key_A, CTRL | SHIFT))
    assert label == "Accept 9 proposals"
    assert len(w.objects) == 12
    w.ctrl(Key.Key_Z)
    assert w.content == before
    w.key(Key.Key_A)
    assert len(w.objects) == 4, "the surest"
    w.key(Key.Key_X)
    assert len(w.document.proposals) == 10
    assert w.session.history.undo_label == "Reject"
    w.key(Key.Key_A, SHIFT)
    assert not w.session.visible_proposals()
    for _ in range(3):
        w.ctrl(Key.Key_Z)
    assert w.content == before


def test_a_thousand_masks_accepted_are_one_undo(w):
    things = [("nucleus", (3 + 8 * (n % 39), 3 + 8 * (n // 39)), 3, 0.9) for n in range(1000)]
    propose(w, *things)
    w.key(Key.Key_A, CTRL | SHIFT)
    assert len(w.objects) == 1003
    w.ctrl(Key.Key_Z)
    assert len(w.objects) == 3


def test_copies_keep_their_class_in_a_project_that_counts_classes_otherwise(w, tmp_path):
    """A class's number is another class's there; a wrong one was taken without a word."""
    w.ctrl(Key.Key_A)
    w.ctrl(Key.Key_C)
    w.open(make_photos(tmp_path / "other", 1))
    w.add_classes(debris=True, nucleus=True)
    w.ctrl(Key.Key_V)
    assert w.objects == []
    assert w.last_said == "There is no class “cell” in this project. Add it, then paste."
    w.add_classes(cell=True)
    w.ctrl(Key.Key_V)
    assert [each.class_id for each in w.objects] == [w.class_id("cell")] * 3
    assert chosen(w) == [0, 1, 2]


def test_copies_of_a_class_that_was_renamed_or_deleted_since(w):
    w.ctrl(Key.Key_A)
    w.ctrl(Key.Key_C)
    cell = w.session.taxonomy.by_name("cell")
    class_edits.change(w.session, cell, name="cyst")
    w.ctrl(Key.Key_V)
    assert [each.class_id for each in w.objects] == [cell.id] * 6
    class_edits.delete(w.session, w.session.taxonomy.by_name("cyst"))
    w.ctrl(Key.Key_V)
    assert w.objects == []
    assert w.last_said == "There is no class “cell” in this project. Add it, then paste."


def test_the_threshold_acts_live_and_per_class(w):
    propose(w, ("cell", (120, 150), 12, 0.9), ("nucleus", (200, 150), 12, 0.4))
    assert len(w.session.visible_proposals()) == 2
    w.session.set_filter(show_above=0.5)
    assert len(w.session.visible_proposals()) == 1
    w.session.set_filter(show_above_class={w.class_id("nucleus"): 0.2})
    assert len(w.session.visible_proposals()) == 2
    w.session.set_filter(min_area=100_000)
    assert w.session.visible_proposals() == []
    assert len(w.document.proposals) == 2, "the data is as it was"


def test_the_object_list_selects_and_is_selected(w):
    w.stroke((200, 60))
    panel = w.window.side_panel.objects
    w.until(lambda: len(panel.model.rows) == 3)
    assert [index.row() for index in panel.view.selectionModel().selectedRows()] != []
    third = w.objects[2]
    row = panel.model.index_of(third.id)
    assert panel.view.selectionModel().isSelected(row)
    w.click(panel.view.viewport(), panel.view.visualRect(panel.model.index(0, 0)).center())
    assert len(w.session.selection) == 1
    assert third.mask.same(disc((200, 60), 20, SIZE))
