"""Tools that look at the photo, and the reshape sheet, through the real window."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.dialogs.reshape_sheet import ReshapeSheet
from app.tools.offered import CELL, TOLERANCE
from engine.document.annotation import Annotation
from engine.document.commands import Replace
from engine.masks import morphology
from engine.masks.raster import disc
from tests.e2e.driver import SHIFT

Key = Qt.Key
RIGHT = Qt.MouseButton.RightButton
SIZE = (480, 640)
TRUTH = disc((320, 240), 90, SIZE)
OTHER = disc((100, 100), 45, SIZE)


@pytest.fixture
def w(d, tmp_path):
    """Two orange discs on blue, with noise; classes cell, nucleus (things) and tissue (areas)."""
    folder = tmp_path / "discs"
    folder.mkdir()
    rng = np.random.default_rng(6)
    for name in ("a", "b"):
        pixels = np.full((*SIZE, 3), (60, 90, 130), float)
        for mask in (TRUTH, OTHER):
            pixels[mask.read((0, 0, SIZE[1], SIZE[0]))] = (210, 130, 50)
        pixels = np.clip(pixels + rng.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    d.open(folder)
    d.add_classes(cell=True, nucleus=True, tissue=False)
    return d


def settle(w):
    """Everything that tools work out has come."""
    w.until(lambda: w.canvas.hands.aside.errands.calm and not w.canvas.is_stroking)


def one(w):
    assert len(w.objects) == 1
    return w.objects[0].mask


def put(w, mask, class_name="cell"):
    """An object, selected."""
    number = w.session.project.new_ids(1)[0]
    made = Annotation(id=number, class_id=w.class_id(class_name), mask=mask)
    w.session.do(Replace((), (made,), "Put"))
    w.session.set_selection([number])
    return number


# -- the wand --------------------------------------------------------------------------------


def test_the_wand_takes_what_is_alike_and_the_drag_says_how_much(w):
    w.shift(Key.Key_W)
    assert w.session.tool == "wand"
    w.press((320, 240), (330, 240))
    w.until(lambda: not w.canvas.picture.glass.is_clear)
    assert w.objects == [], "nothing is done before the release"
    assert w.session.tool_options[TOLERANCE.name] == pytest.approx(
        10 + 2.5 * w.canvas.scale, abs=0.06
    )
    w.picture("wand")
    w.release(330, 240)
    settle(w)
    assert one(w).iou(TRUTH) > 0.97
    assert w.canvas.picture.glass.is_clear
    assert w.session.history.undo_label == "Magic wand"
    before = one(w)
    w.stroke((320, 240), button=RIGHT)
    settle(w)
    assert w.objects == [] or one(w).area < before.area / 5
    w.ctrl(Key.Key_Z)
    assert one(w).same(before)


def test_escape_ends_the_wand_and_its_work(w):
    w.shift(Key.Key_W)
    w.press((320, 240), (400, 240))
    w.key(Key.Key_Escape)
    w.release(400, 240)
    settle(w)
    assert w.objects == []
    assert w.canvas.picture.glass.is_clear


def test_shift_and_the_wheel_change_the_tolerance(w):
    w.shift(Key.Key_W)
    w.wheel(1, (320, 240), SHIFT)
    assert w.session.tool_options[TOLERANCE.name] == pytest.approx(12)


# -- superpixels -----------------------------------------------------------------------------


def test_cells_show_under_the_pointer_and_are_painted(w):
    w.shift(Key.Key_Q)
    w.hover(320, 240)
    w.until(lambda: w.canvas.picture.glass.cells is not None)
    w.hover(325, 245)
    w.picture("superpixels")
    stripes = [(x, y) for y in range(160, 330, 12) for x in (322, 318)]
    w.stroke((250, 240), (390, 240), (320, 240), *stripes)
    settle(w)
    mask = one(w)
    assert mask.area > 2000
    assert (mask - TRUTH).area < 0.05 * mask.area, "cells follow the edge"
    assert w.session.history.undo_label == "Superpixels"
    lines = w.canvas.picture.glass.cells
    w.hover(300, 200)
    w.wheel(-4, (300, 200), SHIFT)
    assert w.session.tool_options[CELL.name] < CELL.default
    w.until(lambda: w.canvas.picture.glass.cells not in (None, lines))
    w.key(Key.Key_V)
    assert w.canvas.picture.glass.is_clear, "another tool shows no cells"


def test_another_image_has_other_cells(w):
    w.shift(Key.Key_Q)
    w.hover(320, 240)
    w.until(lambda: bool(w.canvas.hands.aside.kept.get("superpixels")))
    w.key(Key.Key_W)
    w.canvas.settle()
    assert not w.canvas.hands.aside.kept.get("superpixels")


# -- snap in a box ---------------------------------------------------------------------------


def test_a_box_becomes_the_object_in_it(w):
    w.shift(Key.Key_S)
    w.press((215, 135), (425, 345))
    w.picture("snap_box")
    w.release(425, 345)
    settle(w)
    assert one(w).iou(TRUTH) > 0.98
    w.stroke((45, 45), (155, 155))
    settle(w)
    assert [each.mask.iou(OTHER) > 0.95 for each in w.objects] == [False, True]
    w.ctrl(Key.Key_Z)
    assert len(w.objects) == 1


def test_what_comes_while_it_works_is_done_afterwards(w):
    w.shift(Key.Key_S)
    w.stroke((215, 135), (425, 345))
    w.stroke((45, 45), (155, 155))
    settle(w)
    w.until(lambda: len(w.objects) == 2)
    settle(w)
    assert w.objects[1].mask.iou(OTHER) > 0.95


def test_ctrl_z_and_escape_end_the_work(w):
    w.shift(Key.Key_S)
    for end in (lambda: w.ctrl(Key.Key_Z), lambda: w.key(Key.Key_Escape)):
        w.stroke((215, 135), (425, 345))
        assert w.canvas.hands.gestures.waits
        end()
        settle(w)
        assert w.objects == []


def test_a_document_that_changed_meanwhile_is_left_alone_and_that_is_said(w):
    put(w, OTHER)
    w.session.set_selection(())
    w.shift(Key.Key_S)
    w.stroke((215, 135), (425, 345))
    assert w.canvas.hands.gestures.waits
    put(w, disc((600, 400), 10, SIZE))
    settle(w)
    assert len(w.objects) == 2
    assert "changed meanwhile" in w.last_said


def test_another_image_drops_the_work_and_that_is_said(w):
    w.shift(Key.Key_S)
    w.stroke((215, 135), (425, 345))
    assert w.canvas.hands.gestures.waits
    w.key(Key.Key_W)
    w.canvas.settle()
    settle(w)
    assert w.objects == []
    assert any("still at work" in text for _, text in w.said)


# -- the reshape sheet -----------------------------------------------------------------------


def sheet(w):
    assert isinstance(w.window.sheet, ReshapeSheet)
    return w.window.sheet


def known(w):
    w.until(lambda: not sheet(w).reshaping.busy)
    return sheet(w).reshaping.plan


def test_grow_is_seen_live_and_enter_does_it(w):
    number = put(w, OTHER)
    w.ctrl(Key.Key_G)
    plan = known(w)
    assert plan.comes[w.class_id("cell")].same(morphology.grow(OTHER, 3, SIZE) - OTHER)
    assert not w.canvas.picture.plan.is_clear
    assert w.document.annotations[number].mask.same(OTHER), "nothing is done yet"
    for _ in range(60):
        QTest.keyClick(sheet(w).slider, Key.Key_Right)
    amount = sheet(w).reshaping.wish.amount
    assert amount > 8
    known(w)
    w.picture("reshape_grow")
    w.key(Key.Key_Return)
    assert w.window.sheet is None
    assert w.document.annotations[number].mask.same(morphology.grow(OTHER, amount, SIZE))
    assert w.session.history.undo_label == "Grow"
    assert w.canvas.picture.plan.is_clear
    w.ctrl(Key.Key_Z)
    assert w.document.annotations[number].mask.same(OTHER)


def test_escape_leaves_everything_as_it_was(w):
    put(w, OTHER)
    before = w.content
    w.ctrl(Key.Key_G)
    known(w)
    w.key(Key.Key_Escape)
    assert w.window.sheet is None
    assert w.content == before
    assert w.canvas.picture.plan.is_clear


def test_enter_before_it_is_known_does_it_as_soon_as_it_is(w):
    number = put(w, OTHER)
    w.services.actions.trigger("object.reshape")
    assert sheet(w).reshaping.busy
    sheet(w).main.click()
    assert w.document.annotations[number].mask.same(OTHER)
    w.until(lambda: w.window.sheet is None)
    assert w.document.annotations[number].mask.same(morphology.grow(OTHER, 3, SIZE))


def test_following_the_edges_of_the_photo(w):
    rough = disc((317, 243), 93, SIZE)
    number = put(w, rough)
    w.shift(Key.Key_E)
    assert sheet(w).reshaping.wish.kind == "edges"
    sheet(w).field.setValue(9)
    known(w)
    w.picture("reshape_edges")
    w.key(Key.Key_Return)
    after = w.document.annotations[number].mask
    assert after.iou(TRUTH) > 0.985 > rough.iou(TRUTH)


def test_scopes_and_what_changes_meanwhile(w):
    put(w, OTHER)
    first = w.session.selection
    put(w, disc((500, 400), 20, SIZE))
    put(w, disc((560, 100), 20, SIZE), "nucleus")
    w.session.set_class(w.class_id("tissue"))
    w.ctrl(Key.Key_D)
    w.key(Key.Key_B)
    w.session.set_radius(30)
    w.stroke((300, 440), (400, 440))
    w.ctrl(Key.Key_G)
    assert sheet(w).reshaping.wish.scope == "selection"
    assert known(w).areas == 1, "nothing is selected: the class that is painted with"
    sheet(w).scope.picked.emit("image")
    plan = known(w)
    assert (plan.objects, plan.areas) == (3, 1)
    w.picture("reshape_image")
    w.session.set_selection(first)
    sheet(w).scope.picked.emit("class")
    assert known(w).objects == 2
    sheet(w).scope.picked.emit("selection")
    assert known(w).objects == 1
    w.session.set_selection(())
    w.session.set_class(w.class_id("cell"))
    assert known(w) is None
    assert "Select an object" in sheet(w).foot_words.text()
    assert not sheet(w).main.isEnabled()


def test_limits_and_locks_hold_in_the_sheet(w):
    number = put(w, OTHER)
    w.session.limits.set(over=frozenset({w.class_id("nucleus")}))
    w.ctrl(Key.Key_G)
    assert not known(w), "nothing here is a nucleus"
    w.session.limits.set(over=frozenset())
    assert known(w)
    w.session.set_selection([number])
    w.key(Key.Key_Escape)
    w.key(Key.Key_L)
    w.ctrl(Key.Key_G)
    assert known(w) is None
    assert "locked" in sheet(w).foot_words.text()


def test_the_image_may_change_while_the_sheet_is_open(w):
    put(w, OTHER)
    w.ctrl(Key.Key_G)
    known(w)
    w.session.open_image(w.session.images[1].id)
    w.canvas.settle()
    assert known(w) is None
    assert w.canvas.picture.plan.is_clear
