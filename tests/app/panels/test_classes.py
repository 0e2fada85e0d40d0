import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QLineEdit, QMenu

from app.panels import class_edits
from app.panels.class_delete import ClassDelete, consequence
from app.panels.classes import ClassesPanel
from app.panels.color_menu import ColorMenu
from app.theme.paint import LONGEST_ENTRY
from engine.document import edits
from engine.document.taxonomy_commands import add_class


@pytest.fixture
def panel(bench, show):
    bench.open()
    return show(ClassesPanel(bench.services), 340, 420)


def press(qtbot, panel, place, part):
    index = panel.model.index(place, 0)
    rect = panel.view.visualRect(index).adjusted(5, 0, -5, 0)
    area = panel.view.itemDelegate().parts(rect, index)[part]
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=area.center())


def names(bench):
    return [each.name for each in bench.classes]


def test_rows_say_all_there_is(bench, panel, settle):
    bench.propose((0, 100, 100, 40, 0.9), (0, 300, 300, 40, 0.9), (1, 200, 400, 30, 0.9))
    bench.accept(list(bench.document.proposals)[:1])
    settle(lambda: panel.model.row(panel.model.index(0, 0)).objects == 2)
    said = panel.model.data(panel.model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert said == "person, key 1, 2 objects, current class"


def test_click_chooses_as_the_number_key_does(bench, panel, qtbot):
    rect = panel.view.visualRect(panel.model.index(1, 0))
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert bench.ran == ["class.2"]


def test_a_class_without_a_number_key_is_chosen_too(bench, show, qtbot):
    bench.open(classes=[f"class {k}" for k in range(12)])
    panel = show(ClassesPanel(bench.services), 340, 600)
    rect = panel.view.visualRect(panel.model.index(10, 0))
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert bench.session.current_class == bench.classes[10].id


def test_eye_and_lock(bench, panel, qtbot):
    press(qtbot, panel, 1, "eye")
    press(qtbot, panel, 2, "lock")
    assert [each.visible for each in bench.classes] == [True, False, True]
    assert [each.locked for each in bench.classes] == [False, False, True]
    assert bench.ran == []
    press(qtbot, panel, 1, "eye")
    assert bench.classes[1].visible


def test_eye_while_only_one_class_shows(bench, panel, qtbot):
    bench.session.set_only_class(bench.classes[0].id)
    press(qtbot, panel, 2, "eye")
    assert bench.session.only_class == bench.classes[2].id
    press(qtbot, panel, 2, "eye")
    assert bench.session.only_class is None


def counted(panel, place):
    return panel.model.row(panel.model.index(place, 0)).objects


def test_a_hidden_class_counts_what_is_still_shown(bench, panel, qtbot, settle):
    """Its proposals are gone from the screen and from the list of objects, so from here too."""
    bench.propose((0, 100, 100, 40, 0.9), (1, 300, 300, 40, 0.9))
    settle(lambda: counted(panel, 0) == 1)
    press(qtbot, panel, 0, "eye")
    settle(lambda: counted(panel, 0) == 0)
    press(qtbot, panel, 0, "eye")
    settle(lambda: counted(panel, 0) == 1)
    assert counted(panel, 1) == 1


def test_the_counts_follow_what_the_filter_draws(bench, panel, settle):
    first, second = bench.propose((0, 100, 100, 40, 0.9), (0, 300, 300, 20, 0.9))
    settle(lambda: counted(panel, 0) == 2)
    bench.session.listing.set_text("area > 2000")
    bench.session.listing.set_on_canvas(True)
    settle(lambda: counted(panel, 0) == 1)
    bench.session.set_selection([second])  # what is selected is drawn in any case
    settle(lambda: counted(panel, 0) == 2)
    bench.session.set_selection([first])
    settle(lambda: counted(panel, 0) == 1)


@pytest.mark.parametrize("way", ["delete", "merge", "undo"])
def test_the_only_class_that_shows_is_gone_and_all_show_again(bench, panel, way):
    """Else nothing at all would be drawn, and no row could bring it back."""
    session = bench.session
    bench.propose((0, 100, 100, 40, 0.9))
    if way == "undo":
        class_edits.add(session)
    chosen = bench.classes[-1]
    session.set_only_class(chosen.id)
    if way == "delete":
        assert class_edits.delete(session, chosen)
    elif way == "merge":
        assert class_edits.merge(session, chosen, bench.classes[0])
    else:
        session.slices.change(session, session.project.project_history.undoing(), "Undo")
    assert session.taxonomy.get(chosen.id) is None or chosen not in session.taxonomy.classes
    assert session.only_class is None
    assert all(map(session.shows_class, bench.document.proposals.values()))


def editor_of(panel):
    return next(e for e in panel.view.findChildren(QLineEdit) if e.isVisible())


def test_adding_lets_the_name_be_typed(bench, panel, qtbot, settle):
    panel.add_class()
    editor = editor_of(panel)
    editor.clear()
    qtbot.keyClicks(editor, "visor")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    settle(lambda: names(bench) == ["person", "helmet", "flag", "visor"])
    assert bench.session.current_class == bench.classes[3].id
    assert bench.project.project_history.undo_label == "Rename class 4"


def test_a_taken_name_is_refused_in_words(bench, panel, qtbot, settle):
    panel.rename_class()
    editor = editor_of(panel)
    editor.clear()
    qtbot.keyClicks(editor, "Helmet")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    settle(lambda: bench.said != [])
    assert names(bench)[0] == "person"
    assert "already a class" in bench.said[-1][0]


def test_escape_leaves_the_name(bench, panel, qtbot):
    panel.rename_class()
    editor = editor_of(panel)
    qtbot.keyClicks(editor, "other")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert names(bench)[0] == "person"


def test_order_by_dragging_and_by_keys(bench, panel, qtbot):
    model = panel.model
    data = model.mimeData([model.index(2, 0)])
    model.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    assert names(bench) == ["flag", "person", "helmet"]
    assert bench.session.current_class == bench.classes[1].id
    qtbot.keyClick(panel.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert names(bench) == ["flag", "helmet", "person"]
    qtbot.keyClick(panel.view, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert names(bench) == ["flag", "person", "helmet"]


def test_colour_from_the_designed_ones(bench, panel, qtbot):
    press(qtbot, panel, 0, "swatch")
    menu = panel.findChild(ColorMenu)
    qtbot.keyClick(menu.grid, Qt.Key.Key_Right)
    qtbot.keyClick(menu.grid, Qt.Key.Key_Down)
    qtbot.keyClick(menu.grid, Qt.Key.Key_Return)
    assert (bench.classes[0].color, bench.classes[0].hatch) == ("#5040CF", 1)
    assert "Recolour" in bench.project.project_history.undo_label


def test_merging_carries_the_objects_over(bench, panel):
    ids = bench.propose((0, 100, 100, 40, 0.9))
    bench.accept(ids)
    menu = panel._merge_menu(bench.classes[0], QMenu(panel))
    next(entry for entry in menu.actions() if entry.text() == "flag").trigger()
    assert names(bench) == ["helmet", "flag"]
    assert {a.class_id for a in bench.document.annotations.values()} == {bench.classes[1].id}
    assert bench.session.current_class == bench.classes[1].id
    assert bench.said[-1][1] == "ok"


def test_a_menu_names_classes_as_they_are_called(bench, panel):
    long = "very " * 40 + "long"
    for name in ("R&D", long):
        bench.session.do_project(add_class(bench.session.taxonomy, name))
    words = [each.text() for each in panel._merge_menu(bench.classes[0], QMenu(panel)).actions()]
    assert words[-2] == "R&&D", "Qt shows one of them; a single one would underline what follows"
    assert words[-1] == long[: LONGEST_ENTRY - 1] + "…"


def test_deleting_says_first_what_goes(bench, panel, qtbot):
    ids = bench.propose((0, 100, 100, 40, 0.9), (0, 300, 300, 40, 0.9))
    bench.accept(ids)
    panel.delete_class()
    layer = panel.findChild(ClassDelete)
    assert names(bench)[0] == "person"
    assert (
        "2 objects in 1 image"
        in layer.findChildren(type(layer.layout().itemAt(1).widget()))[0].text()
    )
    qtbot.mouseClick(layer.delete, Qt.MouseButton.LeftButton)
    assert names(bench) == ["helmet", "flag"]
    assert not bench.document.annotations


@pytest.mark.parametrize(
    ("images", "objects", "part"),
    [(0, 0, "No image"), (3, 0, "unlabelled"), (1, 2, "2 objects in 1 image")],
)
def test_consequence(images, objects, part):
    assert part in consequence(images, objects)


def test_kind_is_refused_while_in_use(bench, panel):
    bench.accept(bench.propose((0, 100, 100, 40, 0.9)))
    menu = panel._menu(panel.model.index(0, 0))
    kind = next(entry for entry in menu.actions() if entry.text().startswith("Label it"))
    kind.trigger()
    assert bench.classes[0].thing
    assert bench.said[-1][1] == "warning"


def test_areas_are_counted_in_pixels(bench, show, settle):
    bench.open(classes=())
    bench.project.project_history.do(add_class(bench.project.taxonomy, "road", thing=False))
    bench.session.touch_taxonomy()
    panel = show(ClassesPanel(bench.services), 340, 300)
    ids = bench.propose((0, 100, 100, 40, 0.9))
    bench.session.do(edits.accept(bench.document, ids, bench.project.taxonomy))
    settle(lambda: panel.model.row(panel.model.index(0, 0)).count_text.endswith("k px"))


def test_no_classes_offers_the_first(bench, show, qtbot):
    bench.open(classes=())
    panel = show(ClassesPanel(bench.services), 340, 300)
    assert not panel.view.isVisible()
    qtbot.mouseClick(panel.first, Qt.MouseButton.LeftButton)
    assert bench.ran == ["class.add"]


def test_letters_belong_to_the_window(bench, panel, qtbot):
    current = panel.view.currentIndex().row()
    qtbot.keyClick(panel.view, Qt.Key.Key_F)
    assert panel.view.currentIndex().row() == current


def test_long_list_has_low_rows(bench, show):
    bench.open(classes=[f"class {k}" for k in range(41)])
    panel = show(ClassesPanel(bench.services), 340, 500)
    assert panel.view.visualRect(panel.model.index(0, 0)).height() == 26
