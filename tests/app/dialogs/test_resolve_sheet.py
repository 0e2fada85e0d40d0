import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.dialogs.resolve_sheet import ResolveSheet
from app.resolve_words import left_words
from engine.document import deciding
from engine.document.commands import Replace
from engine.document.document import Status
from engine.masks.mask import Mask


@pytest.fixture
def project(scene):
    person, cat = scene.add_classes("person", scene.LONG)
    scene.add_image("a.png", [(person, (5, 5, 60, 60)), (cat, (40, 40, 90, 100))])
    scene.add_image("b.png", [(cat, (5, 5, 20, 20))])
    scene.add_image("c.png", [(cat, (5, 5, 50, 50)), (cat, (30, 30, 70, 90))])
    scene.add_image("d.png", [(cat, (1, 1, 9, 9))], status=Status.CORRECTED)
    scene.open("correct")
    return scene


@pytest.fixture
def sheet(project, beside_canvas):
    return beside_canvas(ResolveSheet, project.services)


def rows(sheet):
    return sheet.place.list.lines


def click(sheet, qtbot, x, y, keys=Qt.KeyboardModifier.NoModifier):
    at = sheet._canvas.to_widget(x + 0.5, y + 0.5).toPoint()
    qtbot.mouseClick(sheet._canvas, Qt.MouseButton.LeftButton, keys, at)


def opened(project, sheet, qtbot, at):
    project.session.open_image(project.session.images[at].id)
    qtbot.waitUntil(lambda: sheet.resolving.contest is not None)


def looked(sheet, qtbot):
    sheet.images.look.click()
    qtbot.waitUntil(lambda: sheet.resolving.look.looked)


def test_the_open_image_is_counted_and_decided_in_one_step(project, sheet, qtbot):
    assert sheet.twice.text() == "No image is open."
    opened(project, sheet, qtbot, 0)
    qtbot.waitUntil(lambda: sheet.twice.text().startswith("400 px claimed by several"))
    assert sheet.nobody.text() == "Every pixel belongs to something"
    assert [line.name for line in rows(sheet)] == [f"{project.LONG} #2", "person #1", "Nobody"]
    sheet.main.click()
    qtbot.waitUntil(lambda: sheet.twice.text() == "No pixel is claimed twice")
    low, high = project.session.document.ordered()
    assert (low.mask.area, high.mask.area) == (55 * 55 - 400, 50 * 60)
    assert project.session.history.undo_label == "Give shared pixels to the upper object"
    assert not sheet.main.isEnabled()


def test_a_place_is_given_by_hand(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    assert sheet.resolving.who == 2, "the uppermost comes first"
    lower = rows(sheet)[1]
    assert (lower.name, lower.words) == ("person #1", "3,025 px")
    sheet.place.list.choose(1)
    assert sheet.resolving.who == 1
    sheet.place.give.click()
    qtbot.waitUntil(lambda: not sheet.resolving.places())
    assert project.session.document.ordered()[0].mask.area == 55 * 55
    assert sheet.place.list.isHidden()
    assert sheet.place.give.isHidden()


def test_keys_choose_who_has_a_place_and_give_it(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    sheet.place.list.setFocus()
    keys = Qt.Key
    qtbot.keyClick(sheet.place.list, keys.Key_Down)
    assert sheet.resolving.who == 1
    qtbot.keyClick(sheet.place.list, keys.Key_Down)
    assert sheet.resolving.who == "nobody"
    assert not sheet.place.select.isEnabled()
    qtbot.keyClick(sheet.place.list, keys.Key_Up)
    qtbot.keyClick(sheet.place.list, keys.Key_Return)
    qtbot.waitUntil(lambda: not sheet.resolving.places())
    assert project.session.document.ordered()[0].mask.area == 55 * 55
    project.session.history.undo()
    qtbot.waitUntil(lambda: len(sheet.resolving.places()) == 1)


def test_left_and_right_go_to_other_places(project, sheet, qtbot):
    opened(project, sheet, qtbot, 3)
    document = project.session.document
    cat = document.ordered()[0]
    copy = replace(cat, id=99, order=5, mask=Mask.rectangle((4, 4, 30, 30)))
    project.session.do(Replace((), (copy,), "Add"))
    qtbot.waitUntil(lambda: len(sheet.resolving.places()) == 2)
    assert not sheet.resolving.is_gap
    qtbot.keyClick(sheet.place.list, Qt.Key.Key_Right)
    assert sheet.resolving.is_gap
    assert [line.name for line in rows(sheet)][:2] == ["Background", "What lies nearest"]
    qtbot.keyClick(sheet.place.list, Qt.Key.Key_Left)
    assert not sheet.resolving.is_gap


def test_nobody_has_a_place(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    sheet.resolving.consider("nobody")
    assert sheet.resolving.give()
    qtbot.waitUntil(lambda: sheet.nobody.text() == "400 px belong to nobody")
    sheet.rule.set_value("")
    sheet.unclaimed.set_value(1)
    sheet._on_wish()
    assert sheet.main.isEnabled()
    sheet.main.click()
    qtbot.waitUntil(lambda: sheet.nobody.text() == "Every pixel belongs to something")


def test_that_nobody_cannot_have_a_place_is_said(project, sheet, qtbot, heard):
    opened(project, sheet, qtbot, 0)
    low = project.session.document.ordered()[0]
    same = replace(low, mask=Mask.rectangle((45, 45, 50, 50)))
    project.session.do(Replace((low,), (same,), "Make it small"))
    qtbot.waitUntil(lambda: sheet.resolving.contest.twice.area == 25)
    sheet.resolving.consider("nobody")
    sheet.resolving.give()
    assert heard[-1].startswith("1 object is wholly under or within others and left")


@pytest.mark.parametrize(("who", "area"), [(1, 3_025), (2, 2_600 + 400), ("nearest", None)])
def test_a_gap_goes_to_a_neighbour_or_is_shared_out(project, sheet, qtbot, who, area):
    opened(project, sheet, qtbot, 0)
    sheet.resolving.consider("nobody")
    sheet.resolving.give()
    qtbot.waitUntil(lambda: sheet.resolving.is_gap)
    assert sheet.resolving.whos() == [2, 1, "nearest", "background"]
    sheet.resolving.consider(who)
    assert sheet.resolving.give()
    qtbot.waitUntil(lambda: sheet.nobody.text() == "Every pixel belongs to something")
    low, high = project.session.document.ordered()
    assert low.mask.area + high.mask.area == 3_025 + 2_600
    assert not low.mask & high.mask
    if area is not None:
        assert project.session.document.find(who).mask.area == area
    assert project.session.document.status is Status.DONE


def test_a_large_gap_is_shared_out_elsewhere(project, sheet, qtbot, monkeypatch):
    monkeypatch.setattr("app.resolving._AT_ONCE", 10)
    opened(project, sheet, qtbot, 0)
    sheet.resolving.consider("nobody")
    sheet.resolving.give()
    qtbot.waitUntil(lambda: sheet.resolving.is_gap)
    sheet.resolving.consider("nearest")
    assert not sheet.resolving.give(), "it comes a moment later"
    qtbot.waitUntil(lambda: sheet.nobody.text() == "Every pixel belongs to something")


def test_gaps_are_shared_out_by_the_rule_up_to_a_size(project, sheet, qtbot, heard):
    opened(project, sheet, qtbot, 0)
    sheet.resolving.consider("nobody")
    sheet.resolving.give()
    qtbot.waitUntil(lambda: sheet.resolving.is_gap)
    assert not sheet.most.isVisible()
    sheet.unclaimed.set_value(-2)
    sheet._on_wish()
    assert sheet.most.isVisible()
    sheet.most.setValue(399)
    sheet.main.click()
    qtbot.waitUntil(lambda: heard[-1:] == ["Nothing was decided. 1 larger gap left."])
    qtbot.waitUntil(sheet.left.isVisible)
    sheet.most.setValue(400)
    sheet.main.click()
    qtbot.waitUntil(lambda: sheet.nobody.text() == "Every pixel belongs to something")
    assert project.session.history.undo_label == "Give unclaimed pixels to the nearest"


def test_all_images_are_looked_through_and_decided(project, sheet, qtbot):
    looked(sheet, qtbot)
    found = {each.name: (each.twice, each.nobody) for each in sheet.resolving.look.found}
    whole = 120 * 160
    assert found == {"a.png": (400, 0), "c.png": (400, 0), "d.png": (0, whole - 64)}
    assert sheet.images.all.text() == "Decide all 2 images", "d.png has nothing that is shared"
    sheet.images.next.click()
    assert project.session.image.file_name == "a.png"
    sheet.images.all.click()
    qtbot.waitUntil(lambda: not any(each.twice for each in sheet.resolving.look.found))
    for row in project.project.images():
        objects = project.project.annotations(row.id)
        assert not any(a.mask & b.mask for a in objects for b in objects if a is not b)
    # One step for each image, its own to undo; done images stay done.
    third = project.session.images[2]
    assert third.status is Status.DONE
    project.session.open_image(third.id)
    assert project.session.history.undo_label == "Give shared pixels to the upper object"


def test_the_list_goes_to_an_image(project, sheet, qtbot):
    looked(sheet, qtbot)
    found = sheet.images.list
    at = found.model().index(1, 0)
    qtbot.mouseClick(found.viewport(), Qt.MouseButton.LeftButton, pos=found.visualRect(at).center())
    assert project.session.image.file_name == "c.png"
    spoken = found.model().data(at, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "c.png, 400 px claimed twice, 400, 2 of 3"


def test_looking_can_be_stopped(project, sheet, qtbot):
    sheet.images.look.click()
    assert sheet.images.look.text() == "Stop looking"
    sheet.images.look.click()
    assert sheet.resolving.look.progress is None
    assert not sheet.resolving.look.looked


def test_deciding_all_can_be_stopped(project, sheet, qtbot, heard, monkeypatch):
    go = threading.Event()
    looked(sheet, qtbot)
    settle = deciding.settle
    monkeypatch.setattr(deciding, "settle", lambda *a: (go.wait(10), settle(*a))[1])
    sheet.images.all.click()
    qtbot.waitUntil(lambda: sheet.images.all.text() == "Stop")
    assert not sheet.main.isEnabled()
    sheet.images.all.click()
    go.set()
    qtbot.waitUntil(lambda: heard[-1:] == ["1 image decided. Stopped after 1 of 2 images."])
    qtbot.waitUntil(lambda: sheet.resolving.look.progress is None)
    assert sheet.images.all.text() == "Decide all of them"
    assert [each.name for each in sheet.resolving.look.found] == ["c.png", "d.png"]


def test_the_overlay_goes_with_the_sheet(project, sheet, qtbot):
    canvas = sheet._canvas
    assert sheet._layer in canvas.picture.over
    sheet.hide()
    assert sheet._layer is None
    assert not canvas.picture.over


def test_what_is_left_is_said():
    assert left_words({}) == ""
    assert left_words({"locked": 2, "covered": 1, "near": 7, "large": 1}) == (
        "2 objects are locked and kept their pixels. 1 object is wholly under or within others and "
        "left: raise or delete it. 7 px lie nearest to what is locked and were left. 1 larger gap "
        "left."
    )


# -- by clicks on the picture ----------------------------------------------------------------


def test_a_click_picks_a_place_and_another_the_next_who_may_have_it(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    click(sheet, qtbot, 50, 50)
    assert sheet.resolving.who == 1, "it was looked at already"
    assert sheet.place.list.key() == 1
    click(sheet, qtbot, 50, 50)
    assert sheet.resolving.who == "nobody"
    assert len(project.session.document.annotations) == 2
    assert not project.session.history.can_undo
    click(sheet, qtbot, 50, 50)
    click(sheet, qtbot, 50, 50)
    qtbot.keyClick(sheet._canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not sheet.resolving.places())
    low, high = project.session.document.ordered()
    assert (low.mask.area, high.mask.area) == (3_025, 3_000 - 400)


def test_ctrl_click_gives_a_place_at_once(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    click(sheet, qtbot, 50, 50, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not sheet.resolving.places())
    assert project.session.document.ordered()[1].mask.area == 3_000


def test_escape_before_the_release_leaves_all_as_it_was(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    canvas, left = sheet._canvas, Qt.MouseButton.LeftButton
    at = canvas.to_widget(50.5, 50.5).toPoint()
    qtbot.mousePress(canvas, left, Qt.KeyboardModifier.ControlModifier, at)
    assert canvas.cancel_gesture()
    qtbot.mouseRelease(canvas, left, Qt.KeyboardModifier.ControlModifier, at)
    assert sheet.resolving.who == 2
    assert not project.session.history.can_undo


def test_beside_places_with_shift_and_with_paint_the_tool_in_use_has_the_press(
    project, sheet, qtbot
):
    session = project.session
    opened(project, sheet, qtbot, 0)
    click(sheet, qtbot, 10, 10)
    assert session.selection == {1}
    click(sheet, qtbot, 50, 50, Qt.KeyboardModifier.ShiftModifier)
    assert session.selection == {1, 2}
    assert sheet.resolving.who == 2
    session.set_tool("eraser")
    session.set_selection({2})
    click(sheet, qtbot, 50, 50)
    assert session.document.find(2).mask.area < 3_000


def test_the_keyboards_cross_picks_as_well(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    canvas = sheet._canvas
    canvas.hands.pointer = canvas.to_widget(50.5, 50.5) * canvas.view.ratio
    canvas.press_at_cross()
    canvas.press_at_cross()
    assert sheet.resolving.who == 1


def test_with_the_sheet_its_clicks_and_keys_go(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    sheet.hide()
    click(sheet, qtbot, 50, 50)
    assert project.session.selection == {2}
    qtbot.keyClick(sheet._canvas, Qt.Key.Key_Return)
    assert not project.session.history.can_undo


def test_of_a_place_that_changed_a_moment_ago_only_what_is_left_is_given(
    project, sheet, qtbot, monkeypatch, heard
):
    opened(project, sheet, qtbot, 0)
    monkeypatch.setattr(sheet.resolving._open, "_begin", lambda: None)
    session = project.session
    low, high = session.document.ordered()
    smaller = replace(high, mask=high.mask - Mask.rectangle((40, 40, 50, 60)))
    session.do(Replace((high,), (smaller,), "Erase"))
    assert sheet.resolving.give(), "to the upper one"
    assert session.document.find(high.id).mask.area == 3_000 - 200, "nothing erased comes back"
    assert session.document.find(low.id).mask.area == 3_025 - 200
    assert not sheet.resolving.give()
    assert heard[-1] == "This place is decided already."
