"""The class panel in the real window: add, rename, recolour, reorder, merge, delete, and undo."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from app.dialogs.command_palette import CommandPalette
from app.panels.class_delete import ClassDelete
from app.panels.color_menu import ColorMenu
from tests.e2e.driver import CTRL
from tests.e2e.test_correcting import propose

Key = Qt.Key


@pytest.fixture
def w(at_work):
    """At work; a cell and a nucleus are drawn in the first image, a cell in the second."""
    d = at_work
    d.session.set_radius(15)
    d.key(Key.Key_B)
    d.stroke((60, 60))
    d.key(Key.Key_N)
    d.session.set_class(d.class_id("nucleus"))
    d.stroke((120, 60))
    d.key(Key.Key_W)
    d.session.set_class(d.class_id("cell"))
    d.stroke((60, 60))
    d.key(Key.Key_Q)
    d.key(Key.Key_V)
    return d


@pytest.fixture
def panel(w):
    return w.window.side_panel.classes


def order(w):
    return [each.name for each in w.session.taxonomy.classes]


def row_point(panel, name, part=""):
    index = panel.model.index_of(panel._session.taxonomy.by_name(name).id)
    rect = panel.view.visualRect(index)
    if not part:
        return QPoint(rect.left() + 80, rect.center().y())
    return panel.view.itemDelegate().parts(rect.adjusted(5, 0, -5, 0), index)[part].center()


def click(w, panel, name, part=""):
    w.click(panel.view.viewport(), row_point(panel, name, part))


def popup(kind):
    found = QApplication.activePopupWidget()
    assert isinstance(found, kind), found
    return found


def choose(menu, words):
    entry = next(each for each in menu.actions() if each.text() == words)
    entry.trigger()
    menu.close()
    return entry


def test_add_and_name_a_class_without_the_mouse(w, panel):
    w.trigger("class.add")
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    w.type("b2e q")
    w.key(Key.Key_Return)
    assert order(w) == ["cell", "nucleus", "tissue", "b2e q"]
    assert w.session.current_class == w.class_id("b2e q")
    assert w.session.tool == "select", "letters stayed text"
    assert w.session.image.file_name == "photo_0.png"
    w.trigger("edit.undo_project")
    w.trigger("edit.undo_project")
    assert order(w) == ["cell", "nucleus", "tissue"]
    w.trigger("edit.redo_project")
    w.trigger("edit.redo_project")
    assert order(w)[-1] == "b2e q"


def test_rename_by_double_click_and_escape_leaves_the_name(w, panel):
    QTest.mouseDClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, pos=row_point(panel, "cell")
    )
    w.type("round cell")
    w.key(Key.Key_Escape)
    assert order(w)[0] == "cell"
    QTest.mouseDClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, pos=row_point(panel, "cell")
    )
    w.type("round cell")
    w.key(Key.Key_Return)
    assert order(w)[0] == "round cell"
    w.trigger("edit.undo_project")
    assert order(w)[0] == "cell"


def test_a_taken_name_is_refused_with_a_sentence(w, panel):
    w.session.set_class(w.class_id("cell"))
    w.trigger("class.rename")
    w.type("nucleus")
    w.key(Key.Key_Return)
    assert order(w) == ["cell", "nucleus", "tissue"]
    assert "already a class “nucleus”" in w.last_said


def test_recolour_and_undo(w, panel):
    before = w.session.taxonomy.by_name("cell").color
    click(w, panel, "cell", "swatch")
    menu = popup(ColorMenu)
    menu.chosen.emit("#123456", 0)
    menu.close()
    assert w.session.taxonomy.by_name("cell").color == "#123456"
    w.trigger("edit.undo_project")
    assert w.session.taxonomy.by_name("cell").color == before


def test_reorder_by_keys_moves_the_number_keys_too(w, panel):
    w.session.set_class(w.class_id("cell"))
    panel.view.setFocus()
    w.key(Key.Key_Down, CTRL)
    assert order(w) == ["nucleus", "cell", "tissue"]
    w.session.set_selection(())
    w.key(Key.Key_1)
    assert w.session.current_class == w.class_id("nucleus")
    w.trigger("edit.undo_project")
    assert order(w) == ["cell", "nucleus", "tissue"]


def test_merge_says_what_it_did_in_every_image_and_comes_back(w, panel):
    w.session.set_class(w.class_id("cell"))
    w.trigger("class.merge")
    choose(popup(QMenu), "nucleus")
    assert order(w) == ["nucleus", "tissue"]
    nucleus = w.class_id("nucleus")
    assert [each.class_id for each in w.objects] == [nucleus, nucleus]
    assert w.last_said == "Merged cell into nucleus. “Undo class change” takes it back."
    w.key(Key.Key_W)
    assert [each.class_id for each in w.objects] == [nucleus]
    w.trigger("edit.undo_project")
    assert [each.class_id for each in w.objects] == [w.class_id("cell")]
    w.key(Key.Key_Q)
    assert [each.class_id for each in w.objects] == [w.class_id("cell"), nucleus]


def test_delete_says_first_what_goes_with_it(w, panel):
    w.session.set_class(w.class_id("cell"))
    w.trigger("class.delete")
    layer = popup(ClassDelete)
    words = " ".join(child.text() for child in layer.findChildren(type(layer.words)))
    assert "2 objects in 2 images go with it" in words
    assert len(w.objects) == 2, "nothing happened yet"
    w.key(Key.Key_Escape)
    assert order(w)[0] == "cell"
    w.trigger("class.delete")
    w.click(popup(ClassDelete).delete)
    assert order(w) == ["nucleus", "tissue"]
    assert len(w.objects) == 1
    assert w.session.current_class == w.class_id("nucleus")
    w.ctrl(Key.Key_U)
    assert order(w) == ["cell", "nucleus", "tissue"]
    assert len(w.objects) == 2


def test_ctrl_z_takes_back_a_class_change_that_was_the_last_step_of_the_image(w, panel):
    before = w.content
    w.session.set_class(w.class_id("cell"))
    w.trigger("class.delete")
    w.click(popup(ClassDelete).delete)
    after = w.content
    w.window.activateWindow()
    w.canvas.setFocus()
    w.ctrl(Key.Key_Z)
    assert order(w) == ["cell", "nucleus", "tissue"]
    assert w.content == before
    assert w.last_said == "Undone: delete class cell"
    w.ctrl(Key.Key_Y)
    assert order(w) == ["nucleus", "tissue"]
    assert w.content == after


def test_ctrl_z_without_a_step_names_the_class_change_it_does_not_take_back(w):
    w.key(Key.Key_W)
    w.key(Key.Key_W)
    assert w.objects == []
    w.ctrl(Key.Key_Z)
    assert w.last_said == (
        "There is nothing to undo in this image. "
        + "Ctrl+U would undo the class change: Add class tissue."
    )


def test_visible_lock_contour_and_opacity_of_a_class(w, panel):
    shown = w.canvas.picture.masks.shown
    click(w, panel, "cell", "eye")
    assert [each.class_id for each in shown.values()] == [w.class_id("nucleus")]
    w.ctrl(Key.Key_A)
    assert {each.class_id for each in w.session.selected()} == {w.class_id("nucleus")}
    w.ctrl(Key.Key_D)
    click(w, panel, "cell", "eye")
    assert len(w.canvas.picture.masks.shown) == 2
    click(w, panel, "cell", "lock")
    assert w.session.taxonomy.by_name("cell").locked
    click(w, panel, "cell", "lock")
    w.canvas.settle()
    filled = inside(w)
    w.session.set_class(w.class_id("cell"))
    menu = panel._menu(panel.model.index_of(w.class_id("cell")))
    choose(menu, "Draw the line only")
    assert inside(w) != filled
    choose(panel._menu(panel.model.index_of(w.class_id("cell"))), "Draw the line only")
    assert inside(w) == filled
    opacities = class_menu(w, panel, "cell", "Fill opacity")
    choose(opacities, "100 %")
    assert inside(w) == w.session.taxonomy.by_name("cell").color.lower()
    choose(class_menu(w, panel, "cell", "Fill opacity"), "As the others")
    assert inside(w) == filled


def class_menu(w, panel, name, submenu):
    menu = panel._menu(panel.model.index_of(w.class_id(name)))
    return next(each for each in menu.findChildren(QMenu) if each.title() == submenu)


def inside(w):
    """The colour in the middle of the cell."""
    w.hover(200, 200)
    w.canvas.settle()
    image = w.canvas.grab().toImage()
    return image.pixelColor(w.canvas.to_widget(60.5, 60.5).toPoint()).name()


def test_hidden_classes_are_left_out_of_accept_all(w, panel):
    propose(w, ("cell", (200, 60), 12, 0.9), ("nucleus", (200, 150), 12, 0.9))
    click(w, panel, "nucleus", "eye")
    w.trigger("proposal.accept_all")
    assert [each.class_id for each in w.document.proposals.values()] == [w.class_id("nucleus")]


def test_number_keys_and_a_key_that_has_no_class(w):
    w.key(Key.Key_3)
    assert w.session.current_class == w.class_id("tissue")
    w.key(Key.Key_7)
    assert w.last_said == "There is no class 7 yet. Add one in the list."


def picker_shows(w):
    return any(each.isVisible() for each in w.window.findChildren(CommandPalette))


def test_the_picker_takes_letters_and_gives_the_focus_back(w):
    w.key(Key.Key_C)
    assert picker_shows(w)
    w.type("nuc")
    w.key(Key.Key_Return)
    assert w.session.current_class == w.class_id("nucleus")
    assert w.canvas.hasFocus()
    w.stroke((60, 60), button=Qt.MouseButton.RightButton)
    assert picker_shows(w), "Select: the right button is the picker"
    w.key(Key.Key_Escape)
    assert w.canvas.hasFocus()


def test_the_picker_refuses_a_locked_object_with_a_sentence(w):
    w.stroke((60, 60))
    w.key(Key.Key_L)
    w.key(Key.Key_C)
    w.type("nuc")
    w.key(Key.Key_Return)
    assert w.last_said == "This cell is locked. Unlock it to change it."


def test_a_class_in_use_keeps_its_kind_and_an_unused_one_changes(w, panel):
    def kind(name):
        menu = panel._menu(panel.model.index_of(w.class_id(name)))
        words = [each.text() for each in menu.actions() if each.text().startswith("Label it as")]
        choose(menu, words[0])

    kind("cell")
    assert w.session.taxonomy.by_name("cell").thing
    assert w.last_said.startswith("“cell” is in use.")
    kind("tissue")
    assert w.session.taxonomy.by_name("tissue").thing
    w.session.set_class(w.class_id("tissue"))
    w.key(Key.Key_B)
    w.stroke((200, 150))
    assert len(w.objects) == 3
    w.ctrl(Key.Key_Z)
    w.trigger("edit.undo_project")
    assert not w.session.taxonomy.by_name("tissue").thing
    w.stroke((200, 150))
    assert len(w.objects) == 2
    assert w.document.layer.at(200, 150) == w.class_id("tissue")


def test_a_click_on_a_class_chooses_it_and_letters_still_work(w, panel):
    w.session.set_selection(())
    click(w, panel, "tissue")
    assert w.session.current_class == w.class_id("tissue")
    assert panel.view.hasFocus()
    w.key(Key.Key_B)
    assert w.session.tool == "brush"
    w.key(Key.Key_Escape)
    assert w.canvas.hasFocus()


def test_the_menu_key_opens_the_menu_of_the_current_class(w, panel):
    w.session.set_class(w.class_id("nucleus"))
    panel.view.setFocus()
    middle = panel.view.rect().center()
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Keyboard, middle, panel.view.mapToGlobal(middle)
    )
    QApplication.sendEvent(panel.view, event)
    choose(popup(QMenu), "Hide")
    assert not w.session.taxonomy.by_name("nucleus").visible


def test_classes_without_a_project_say_what_is_missing(d):
    for action in ("class.add", "class.picker"):
        d.trigger(action)
        assert d.last_said == "Open a folder or a project first."


def test_no_classes_painting_says_what_to_do(d, photos):
    d.open(photos)
    d.key(Key.Key_B)
    d.stroke((60, 60))
    assert d.last_said == "There is no class yet. Add one, then paint."
    d.picture("no_classes")
    d.click(d.window.side_panel.classes.first)
    d.type("cell")
    d.key(Key.Key_Return)
    d.stroke((60, 60))
    assert len(d.objects) == 1
