"""By keyboard alone: a whole round of work, the way of the focus, held keys, and text."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from app.dialogs.command_palette import CommandPalette
from app.dialogs.keys_sheet import KeysSheet
from engine.document.document import Status
from tests.e2e.driver import CTRL, SHIFT

Key = Qt.Key


def test_a_round_of_work_by_keyboard_alone(drive):
    d = drive()
    d.until(lambda: d.window.first_page.isAncestorOf(QApplication.focusWidget()))
    d.ctrl(Key.Key_K)
    d.type("sample")
    d.key(Key.Key_Return)
    d.until(lambda: d.session.image is not None)
    d.model_ready()
    assert d.canvas.hasFocus()
    first = d.session.image.id

    d.key(Key.Key_R)
    d.until(lambda: bool(d.session.document.proposals))
    d.key(Key.Key_A)
    assert len(d.objects) + len(d.document.layer.areas()) >= 1
    d.ctrl(Key.Key_D)

    # The brush at the keyboard's cross: the first key only shows it.
    d.key(Key.Key_B)
    d.key(Key.Key_N)
    d.key(Key.Key_Left)
    cross = d.canvas.hands.cross
    assert cross is not None
    for _ in range(3):
        d.key(Key.Key_Right, SHIFT)
    d.key(Key.Key_Down)
    assert d.canvas.hands.cross == cross + QPointF(30, 1)
    before = d.content
    d.key(Key.Key_I)
    assert d.content != before
    (mine,) = (each for each in d.objects if each.source == "person")
    at = d.canvas.hands.cross
    assert mine.mask.at(int(at.x()), int(at.y()))

    # A polygon by keyboard.
    d.key(Key.Key_P)
    d.key(Key.Key_N)
    for key in (Key.Key_Right, Key.Key_Down, Key.Key_Left):
        d.key(Key.Key_I)
        for _ in range(3):
            d.key(key, SHIFT)
    d.key(Key.Key_Return)
    assert d.session.history.undo_label == "Polygon"
    square = d.objects[-1].mask
    assert square.area == pytest.approx(30 * 30 / 2, rel=0.1)

    d.key(Key.Key_F)
    assert d.session.row(first).status is Status.DONE
    assert d.session.image.id != first
    d.picture("keyboard_alone")


def test_class_and_probability_of_the_model_under_the_pointer(drive, sample):
    d = drive(sample)
    d.until(lambda: d.session.image is not None)
    d.model_ready()
    d.key(Key.Key_R)
    d.until(lambda: d.session.confidence is not None)
    person = max(d.document.proposals.values(), key=lambda each: each.mask.area)
    left, top, right, bottom = person.mask.box
    d.hover((left + right) / 2, (top + bottom) / 2)
    words = d.window.status_bar.class_words
    d.until(lambda: "model: person" in words.text())
    named = f"person #{person.id}, proposal {person.score:.2f} · model: person "
    assert words.text().startswith(named)
    assert 0 < float(words.text().removeprefix(named)) <= 1
    d.key(Key.Key_W)
    d.hover(100, 100)
    d.until(lambda: "model" not in words.text())


# -- the way of the focus --------------------------------------------------------------------


def test_f6_goes_through_the_panes_and_escape_comes_back(at_work):
    d = at_work
    seen = []
    for _ in range(len(d.window.panes())):
        d.key(Key.Key_F6)
        focus = QApplication.focusWidget()
        assert focus is not None
        seen.append(next(p for p in d.window.panes() if p is focus or p.isAncestorOf(focus)))
    assert seen[-1] is d.canvas, "once around"
    assert set(seen) == {pane for pane in d.window.panes() if pane is not d.window.banners}
    d.key(Key.Key_F6)
    d.key(Key.Key_F6, SHIFT)
    assert d.canvas.hasFocus()
    for steps in range(1, len(seen)):
        for _ in range(steps):
            d.key(Key.Key_F6)
        assert not d.canvas.hasFocus()
        d.key(Key.Key_Escape)
        assert d.canvas.hasFocus(), f"Escape after {steps} steps"


def test_the_focus_returns_after_palette_keys_sheet_and_menu(at_work):
    d = at_work
    d.ctrl(Key.Key_K)
    assert not d.canvas.hasFocus()
    d.type("xyz nothing")
    d.key(Key.Key_Escape)
    assert d.canvas.hasFocus()
    d.ctrl(Key.Key_K)
    d.type("outline")
    d.key(Key.Key_Return)
    assert d.session.view.line_width != 1.0
    assert d.canvas.hasFocus()
    d.key(Key.Key_F1)
    assert any(sheet.isVisible() for sheet in d.window.findChildren(KeysSheet))
    d.key(Key.Key_F1)
    assert d.canvas.hasFocus()
    for action in ("file.export", "app.settings", "view.light", "file.import"):
        d.trigger(action)
        assert d.window.sheet is not None
        assert d.window.sheet.isAncestorOf(QApplication.focusWidget())
        d.key(Key.Key_Escape)
        assert d.window.sheet is None, action
        assert d.canvas.hasFocus(), action
    d.key(Key.Key_F10)
    assert d.window.menu.isVisible()
    d.key(Key.Key_Escape)
    assert not d.window.menu.isVisible()
    d.window.activateWindow()
    assert d.canvas.hasFocus()


@pytest.mark.parametrize("layer", ["app.palette", "app.keys", "class.picker"])
def test_a_layer_over_a_name_that_is_typed(at_work, layer):
    """The field of the name closes when the layer takes the focus; the program once ended then."""
    w = at_work
    w.trigger("class.rename")
    w.type("lumen")
    w.trigger(layer)
    QApplication.processEvents()
    assert w.session.taxonomy.by_name("lumen") is not None
    w.key(Key.Key_Escape)
    assert w.window.side_panel.isAncestorOf(QApplication.focusWidget())


def test_a_layer_outlives_what_had_the_focus(at_work):
    w = at_work
    w.ctrl(Key.Key_E)
    sheet = w.window.sheet
    sheet.main.setFocus()
    w.ctrl(Key.Key_K)
    w.window.close_sheet()
    QApplication.sendPostedEvents(sheet, QEvent.Type.DeferredDelete)
    w.key(Key.Key_Escape)
    assert QApplication.focusWidget().isVisible()


def test_places_keep_image_zoom_and_selection(at_work):
    d = at_work
    d.session.set_radius(10)
    d.key(Key.Key_B)
    d.stroke((60, 60))
    d.key(Key.Key_Plus)
    scale, chosen, image = d.canvas.scale, d.session.selection, d.session.image
    for key in (Key.Key_2, Key.Key_3, Key.Key_1):
        d.ctrl(key)
    assert (d.canvas.scale, d.session.selection, d.session.image) == (scale, chosen, image)
    assert d.canvas.hasFocus()


def test_escape_goes_back_one_step_at_a_time(at_work):
    d = at_work
    d.session.set_radius(10)
    d.key(Key.Key_B)
    d.stroke((60, 60))
    d.trigger("app.settings")
    d.press((60, 60), (90, 60))
    d.key(Key.Key_Escape)
    assert not d.canvas.is_stroking
    d.release(90, 60)
    assert d.window.sheet is not None, "first the stroke"
    d.key(Key.Key_Escape)
    assert d.window.sheet is None, "then the sheet"
    assert d.session.selection
    d.key(Key.Key_Escape)
    assert not d.session.selection, "then the selection"


def test_the_rail_is_gone_through_with_arrows(at_work):
    d = at_work
    d.window.tool_rail.setFocus(Qt.FocusReason.TabFocusReason)
    d.key(Key.Key_Down)
    d.key(Key.Key_Space)
    assert d.session.tool == "brush"
    d.key(Key.Key_Down)
    d.key(Key.Key_Return)
    assert d.session.tool in ("brush", "eraser")
    d.key(Key.Key_Escape)
    assert d.canvas.hasFocus()


# -- held keys -------------------------------------------------------------------------------


def test_t_held_shows_the_photo_alone_and_space_does_not_end_it(at_work):
    d = at_work
    d.hold(Key.Key_T)
    assert d.session.view.photo_alone
    d.hold(Key.Key_Space)
    assert d.session.view.photo_alone
    d.let_go(Key.Key_Space)
    assert d.session.view.photo_alone
    d.let_go(Key.Key_T)
    assert not d.session.view.photo_alone


def test_space_held_drags_the_picture_and_paints_nothing(at_work):
    d = at_work
    d.key(Key.Key_B)
    for _ in range(4):
        d.key(Key.Key_Plus)
    before, left = d.content, d.canvas.camera.left
    d.hold(Key.Key_Space)
    assert "move the picture" in d.window.status_bar.hint_words.text()
    centre = d.canvas.rect().center()
    for kind, x in ((QEvent.Type.MouseButtonPress, 0), (QEvent.Type.MouseMove, 60)):
        at = QPointF(centre + QPoint(x, 0))
        event = QMouseEvent(
            kind,
            at,
            QPointF(d.canvas.mapToGlobal(at)),
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(d.canvas, event)
    assert d.canvas.camera.left != left
    d.release(100, 100)
    d.let_go(Key.Key_Space)
    assert d.content == before
    assert not d.canvas.hands.is_hand


@pytest.mark.parametrize("key", [Key.Key_T, Key.Key_Space, Key.Key_E])
def test_held_keys_are_let_go_when_the_program_loses_the_focus(at_work, key):
    d = at_work
    d.key(Key.Key_B)
    d.stroke((60, 60), (120, 60))
    d.hold(key)
    if key == Key.Key_E:
        d.stroke((120, 60))
    QApplication.sendEvent(d.canvas, QFocusEvent(QEvent.Type.FocusOut))
    QApplication.instance().focusChanged.emit(d.canvas, None)
    assert not d.session.view.photo_alone
    assert not d.canvas.hands.is_hand
    assert d.session.tool == "brush"
    d.let_go(key)
    assert d.session.tool == "brush"


def test_space_presses_the_button_that_has_the_focus(at_work):
    d = at_work
    d.window.option_strip.setFocus(Qt.FocusReason.TabFocusReason)
    box = QApplication.focusWidget()
    fills = d.session.view.fills
    d.key(Key.Key_Space)
    assert not d.canvas.hands.is_hand
    assert box.hasFocus()
    assert d.session.view.fills != fills


def test_space_over_the_picture_pans_although_a_list_has_the_focus(at_work):
    d = at_work
    d.window.side_panel.classes.view.setFocus()
    QCursor.setPos(d.canvas.mapToGlobal(d.canvas.rect().center()))
    d.hold(Key.Key_Space)
    assert d.canvas.hands.is_hand
    d.let_go(Key.Key_Space)
    assert not d.canvas.hands.is_hand
    QCursor.setPos(d.window.mapToGlobal(QPoint(5, 5)))


# -- text ------------------------------------------------------------------------------------

LETTERS = "bevpgtfaxwq cndmlhuj ri 123[]`+-"


def test_letters_typed_into_fields_stay_text(at_work):
    d = at_work
    d.session.set_radius(10)
    d.key(Key.Key_B)
    d.stroke((60, 60))
    before, image, tool = d.content, d.session.image.id, d.session.tool

    def unchanged():
        return (d.content, d.session.image.id, d.session.tool) == (before, image, tool)

    d.key(Key.Key_J)
    d.type(LETTERS)
    assert QApplication.focusWidget().text() == LETTERS
    assert unchanged()
    d.key(Key.Key_Escape)
    d.ctrl(Key.Key_F)
    d.type(LETTERS)
    assert QApplication.focusWidget().text() == LETTERS
    assert not d.session.view.photo_alone
    assert unchanged()
    d.key(Key.Key_Escape)
    d.key(Key.Key_Escape)
    assert d.canvas.hasFocus()
    d.ctrl(Key.Key_K)
    d.type(LETTERS)
    assert QApplication.focusWidget().text() == LETTERS
    assert unchanged()
    d.key(Key.Key_Escape)
    d.trigger("class.rename")
    d.type(LETTERS)
    assert isinstance(QApplication.focusWidget(), QLineEdit)
    assert QApplication.focusWidget().text() == LETTERS
    d.key(Key.Key_Escape)
    assert unchanged()
    d.key(Key.Key_Escape)
    assert d.canvas.hasFocus()


def test_ctrl_z_in_a_field_is_the_fields(at_work):
    d = at_work
    d.key(Key.Key_B)
    d.stroke((60, 60))
    before = d.content
    d.key(Key.Key_J)
    d.type("ab")
    d.ctrl(Key.Key_Z)
    assert d.content == before
    d.key(Key.Key_Escape)


def test_the_palette_runs_what_has_no_key_and_says_why_it_cannot(at_work):
    d = at_work
    d.ctrl(Key.Key_K)
    d.type("merge sel")
    d.key(Key.Key_Return)
    assert any(each.isVisible() for each in d.window.findChildren(CommandPalette))
    assert d.last_said.startswith("Select an object first")
    d.key(Key.Key_Escape)
    d.ctrl(Key.Key_K)
    d.type("mark image done")
    d.key(Key.Key_Return)
    assert d.document.status is Status.DONE


def test_every_key_of_the_table_reaches_its_action_from_the_canvas(at_work):
    """Each single key is pressed where it is live and must be answered: done, or said why not."""
    d = at_work
    live = [
        action
        for action in d.services.actions.all()
        if action.keys and not action.held and d.services.actions.is_live(action)
    ]
    reached = []
    d.services.actions.trigger = reached.append
    try:
        for action in live:
            d.canvas.setFocus()
            reached.clear()
            combination = d.services.actions.qaction(action.id).shortcut()[0]
            d.key(combination.key(), combination.keyboardModifiers())
            assert reached == [action.id]
    finally:
        del d.services.actions.trigger
    assert len(live) > 60


def test_a_key_press_that_nothing_wants_does_nothing(at_work):
    d = at_work
    before = d.content
    for key in (Key.Key_Y, Key.Key_Comma, Key.Key_0, Key.Key_F3):
        press = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(d.canvas, press)
    assert d.content == before
    d.key(Key.Key_D, CTRL)
    assert d.content == before
