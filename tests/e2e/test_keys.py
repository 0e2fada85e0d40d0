"""Changing keys in the real window: recorded, conflicts, sets, files, other scripts."""

import json

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.dialogs.keys_sheet import KeysSheet, key_lines
from app.dialogs.rebind_sheet import RebindSheet
from app.key_text import XKB_OFFSET
from tests.e2e.driver import CTRL, PLAIN, SHIFT

Key = Qt.Key


@pytest.fixture
def w(at_work):
    """The sheet of keys open, the command "Brush" chosen."""
    at_work.key(Key.Key_F1, CTRL)
    sheet(at_work).choose("tool.brush")
    return at_work


def sheet(d):
    assert isinstance(d.window.sheet, RebindSheet)
    return d.window.sheet


def keymap(d):
    return d.services.actions.keymap


def record(d, key, keys=PLAIN):
    """Press "Add a key", then a key."""
    d.click(sheet(d).recorder.add)
    assert sheet(d).recorder.listener.hasFocus()
    d.key(key, keys)


def leave(d):
    d.window.close_sheet()
    assert d.canvas.hasFocus()


def test_a_recorded_key_acts_and_shows_everywhere_at_once(w):
    record(w, Key.Key_F9)
    assert sheet(w).foot_words.text() == "F9 now runs “Brush”."
    assert keymap(w).live("tool.brush") == ("B", "F9")
    leave(w)
    w.key(Key.Key_F9)
    assert w.session.tool == "brush"
    w.key(Key.Key_V)
    w.key(Key.Key_B)
    assert w.session.tool == "brush", "several keys run one command"
    keymap(w).set_keys("tool.brush", ["F9"])
    w.key(Key.Key_V)
    w.key(Key.Key_B)
    assert w.session.tool == "select", "the old key does nothing"
    button = next(b for b in w.window.tool_rail.buttons if b.action_id == "tool.brush")
    assert button._key == "F9"
    assert button.toolTip().startswith("Brush (F9)")
    assert w.services.actions.qaction("tool.brush").shortcut().toString() == "F9"
    assert ("F9", "Brush") in dict(key_lines(w.services.actions))["Tool"]
    w.ctrl(Key.Key_K)
    w.type("brush")
    w.key(Key.Key_Escape)


def test_a_conflict_is_said_where_the_key_is_pressed_and_can_be_taken(w):
    record(w, Key.Key_P)
    recorder = sheet(w).recorder
    assert recorder.line.text() == "P runs “Polygon”, in Correct."
    assert recorder.take.isVisible()
    assert not recorder.swap.isVisible(), "there is no key to give in return"
    assert keymap(w).live("tool.polygon") == ("P",), "nothing is changed before it is decided"
    w.click(recorder.take)
    assert sheet(w).foot_words.text() == "P now runs “Brush”; “Polygon” lost it."
    leave(w)
    w.key(Key.Key_P)
    assert w.session.tool == "brush"


def test_a_conflict_can_be_swapped(w):
    recorder = sheet(w).recorder
    recorder.record("B")
    w.key(Key.Key_P)
    assert recorder.swap.isVisible()
    w.click(recorder.swap)
    assert (keymap(w).live("tool.brush"), keymap(w).live("tool.polygon")) == (("P",), ("B",))
    leave(w)
    w.key(Key.Key_B)
    assert w.session.tool == "polygon"


def test_recording_takes_every_key_but_escape(w):
    record(w, Key.Key_K, CTRL)
    assert "runs “Search”, everywhere" in sheet(w).recorder.line.text()
    assert QApplication.activePopupWidget() is None, "the search did not open"
    record(w, Key.Key_Escape)
    assert not sheet(w).recorder.listener.isVisible()
    assert isinstance(w.window.sheet, RebindSheet), "Escape ended only the recording"
    record(w, Key.Key_Left)
    assert sheet(w).recorder.line.text().startswith("The arrow keys move the cross")
    w.key(Key.Key_B)
    assert sheet(w).recorder.line.text() == "B is one of its keys already."
    assert not keymap(w).is_changed("tool.brush")


def test_keys_are_taken_away_and_given_back(w):
    recorder = sheet(w).recorder
    w.click(recorder._buttons[1])
    assert keymap(w).live("tool.brush") == ()
    index = sheet(w).model.index(sheet(w).model.row_of("tool.brush"), 0)
    words = sheet(w).model.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert words == "Brush, no key, in Correct, changed"
    w.click(recorder.reset)
    assert keymap(w).live("tool.brush") == ("B",)
    keymap(w).set_keys("tool.fill", ["F9"])
    w.click(sheet(w).reset)
    assert not keymap(w).is_changed("tool.fill")


def test_the_row_has_its_own_way_back(w):
    keymap(w).set_keys("tool.brush", ["F9"])
    view = sheet(w).list
    index = sheet(w).model.index(sheet(w).model.row_of("tool.brush"), 0)
    view.scrollTo(index)
    rect = view.visualRect(index).adjusted(5, 0, -5, 0)
    w.click(view.viewport(), view.itemDelegate().parts(rect, index)["reset"].center())
    assert not keymap(w).is_changed("tool.brush")


def test_the_list_is_found_in_and_worked_by_keyboard(w):
    w.click(sheet(w).search)
    w.type("ctrl+k")
    rows = [row.action.id for row in sheet(w).model.rows if row.action]
    assert rows == ["app.palette"]
    assert sheet(w).recorder.name.text() == "Search"
    sheet(w).list.setFocus()
    w.key(Key.Key_Return)
    assert sheet(w).recorder.listener.hasFocus()
    w.key(Key.Key_F9)
    assert keymap(w).live("app.palette") == ("Ctrl+K", "F9")
    assert sheet(w).list.hasFocus()


def test_held_keys_follow(w):
    keymap(w).set_keys("view.photo_alone", ["F9"])
    keymap(w).set_keys("tool.eraser", ["F8"])
    leave(w)
    w.hold(Key.Key_T)
    assert not w.session.view.photo_alone
    w.let_go(Key.Key_T)
    w.hold(Key.Key_F9)
    assert w.session.view.photo_alone
    w.let_go(Key.Key_F9)
    assert not w.session.view.photo_alone
    w.session.set_radius(10)
    w.key(Key.Key_B)
    w.stroke((60, 60), (120, 60))
    w.hold(Key.Key_F8)
    assert w.session.tool == "eraser"
    w.stroke((60, 60))
    w.let_go(Key.Key_F8)
    assert w.session.tool == "brush"
    assert "hold F8 to remove" in w.window.status_bar.hint_words.text()


def test_the_left_handed_set(w):
    sheet(w).hand.chosen.emit("left")
    leave(w)
    w.key(Key.Key_N)
    assert w.session.tool == "brush"
    first = w.session.image.id
    w.key(Key.Key_O)
    assert w.session.image.id != first
    w.key(Key.Key_P)
    assert w.session.image.id == first
    w.hold(Key.Key_Y)
    assert w.session.view.photo_alone
    w.let_go(Key.Key_Y)


def test_single_keys_off_as_a_whole(w):
    w.click(sheet(w).single)
    assert not keymap(w).single_keys
    leave(w)
    w.key(Key.Key_B)
    assert w.session.tool == "select"
    w.hold(Key.Key_T)
    assert not w.session.view.photo_alone
    w.let_go(Key.Key_T)
    w.key(Key.Key_F1)
    assert any(each.isVisible() for each in w.window.findChildren(KeysSheet))
    w.key(Key.Key_F1)


def test_export_and_import(w, tmp_path):
    keymap(w).set_keys("tool.brush", ["F9"])
    kept = tmp_path / "mine.json"
    sheet(w).export_to(kept)
    assert sheet(w).foot_words.text() == f"All keys are in {kept}."
    value = json.loads(kept.read_text())
    assert value["keys"]["tool.brush"] == ["F9"]
    value["keys"]["tool.laser"] = ["Ctrl+F9"]
    kept.write_text(json.dumps(value))
    w.click(sheet(w).reset)
    sheet(w).import_from(kept)
    assert keymap(w).live("tool.brush") == ("F9",)
    assert sheet(w).foot_words.text() == (
        "The keys of mine.json are in use. Not known here, and kept for later: tool.laser."
    )
    kept.write_text("not json")
    sheet(w).import_from(kept)
    assert "cannot be read as keys" in sheet(w).foot_words.text()
    assert keymap(w).live("tool.brush") == ("F9",)
    sheet(w).import_from(tmp_path / "gone.json")
    assert "could not be read" in sheet(w).foot_words.text()
    sheet(w).export_to(tmp_path / "no" / "folder.json")
    assert "could not be written" in sheet(w).foot_words.text()


def test_a_key_wanted_twice_is_said_in_the_sheet(w):
    keymap(w).set_keys("tool.brush", ["P"])
    assert "“Polygon” lost it to another command" in sheet(w).conflicts.text()
    sheet(w).choose("tool.polygon")
    assert sheet(w).recorder.line.text().startswith("P runs “Brush” instead.")


def russian(d, letter, scan, keys=PLAIN):
    """A key of a Russian layout, by its code on the keyboard."""
    focus = QApplication.focusWidget()
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        code = scan + XKB_OFFSET
        event = QKeyEvent(kind, ord(letter.upper()), keys, code, 0, 0, letter)
        if kind == QEvent.Type.KeyPress:
            before = QKeyEvent(QEvent.Type.ShortcutOverride, event.key(), keys, code, 0, 0, letter)
            QApplication.sendEvent(focus, before)
        QApplication.sendEvent(focus, event)
        QApplication.processEvents()


def test_on_another_script_single_keys_go_by_their_place(at_work):
    d = at_work
    russian(d, "и", 48)
    assert d.session.tool == "brush"
    russian(d, "М", 47)
    assert d.session.tool == "select"
    d.ctrl(Key.Key_F)
    russian(d, "и", 48)
    assert QApplication.focusWidget().text() == "и", "a field takes the letter"
    assert d.session.tool == "select"
    QApplication.focusWidget().clear()
    d.key(Key.Key_Escape)


def test_held_keys_go_by_their_place_too(at_work):
    d = at_work
    focus, code = d.canvas, 20 + XKB_OFFSET  # where T lies, "е" is typed
    for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
        QApplication.sendEvent(focus, QKeyEvent(kind, 0x0415, PLAIN, code, 0, 0, "е"))
    assert d.session.view.photo_alone
    release = QKeyEvent(QEvent.Type.KeyRelease, 0x0415, PLAIN, code, 0, 0, "е")
    QApplication.sendEvent(focus, release)
    assert not d.session.view.photo_alone


def test_keys_and_settings_lead_to_the_sheet(at_work):
    d = at_work
    d.trigger("app.settings")
    d.click(d.window.sheet.keys)
    assert isinstance(d.window.sheet, RebindSheet)
    d.window.close_sheet()
    d.key(Key.Key_F1)
    layer = next(each for each in d.window.findChildren(KeysSheet) if each.isVisible())
    assert layer.table.isVisible()
    layer._change()
    assert isinstance(d.window.sheet, RebindSheet)


def test_number_keys_choose_classes_and_the_picker_reaches_the_tenth(at_work):
    d = at_work
    d.add_classes(**{f"kind {n}": True for n in range(4, 12)})
    d.key(Key.Key_9)
    assert d.session.label_class(d.session.current_class).name == "kind 9"
    d.key(Key.Key_C)
    d.type("kind 11")
    QTest.keyClick(QApplication.focusWidget(), Key.Key_Return)
    QApplication.processEvents()
    assert d.session.label_class(d.session.current_class).name == "kind 11"
    d.key(Key.Key_B)
    d.stroke((60, 60))
    assert d.objects[0].class_id == d.class_id("kind 11")
    d.key(Key.Key_2, SHIFT)
    assert d.objects[0].class_id == d.class_id("kind 11"), "with Shift it is another key"
