"""Search, the class picker, the keys, and the first page: layers made of the action table."""

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from app.action_table import ACTIONS
from app.dialogs.command_palette import CommandPalette
from app.dialogs.fuzzy import best, score
from app.dialogs.keys_sheet import COLUMN, KeysSheet, key_lines
from app.places.first_page import FirstPage, RecentRow
from app.theme import paint
from app.theme.theme import theme
from engine.document.taxonomy_commands import delete_class


@pytest.mark.parametrize(
    ("query", "text"),
    [("acc", "Accept all of this class"), ("all acc", "Accept all"), ("dni", "Done, next image"),
     ("EXP", "Export"), ("zo ob", "Zoom to object, again: fit")],
)  # fmt: skip
def test_fuzzy_finds(query, text):
    assert score(query, text) is not None


@pytest.mark.parametrize(
    ("query", "text"), [("acc", "space suit collar ring"), ("xq", "Export"), ("exports", "Export")]
)
def test_fuzzy_leaves_out(query, text):
    assert score(query, text) is None


def test_fuzzy_ranks_beginnings_first():
    assert best("brush", ["Airbrush", "Brush smaller", "The brush"], 5) == [1, 2, 0]


@pytest.fixture
def window(bench, show, settle):
    bench.open(images=30)
    holder = QWidget()
    holder.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    show(holder, 1200, 800)
    holder.activateWindow()
    holder.setFocus()
    settle(holder.hasFocus)
    return holder


@pytest.fixture
def palette(bench, window):
    made = CommandPalette(bench.services, window)
    made.open_over(window)
    return made


def lines(palette):
    return [entry.text for entry in palette.model.entries]


def test_every_action_worth_running_is_listed_with_its_key(bench, palette):
    listed = {entry.id: entry for entry in palette.model.entries}
    expected = {a.id for a in ACTIONS if not a.held and not a.id[6:].isdigit()}
    left_out = expected - set(listed)
    assert left_out <= {
        "app.palette", "edit.escape", "edit.enter", "edit.backspace", "canvas.press",
        "object.next_below", "class.picker",
    }  # fmt: skip
    assert listed["file.export"].key == "Ctrl+E"


def test_enter_runs_the_first_and_the_focus_goes_back(bench, palette, window, qtbot):
    qtbot.keyClicks(palette.field, "zoom in")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert bench.ran == ["view.zoom_in"]
    assert window.hasFocus()
    again = CommandPalette(bench.services, window)
    assert lines(again)[:2] == ["Lately", "Zoom in"]


def test_what_cannot_run_says_why_and_stays(bench, window, qtbot):
    bench.reasons["edit.undo"] = "There is nothing to undo in this image."
    palette = CommandPalette(bench.services, window)
    palette.open_over(window)
    qtbot.keyClicks(palette.field, "undo")
    entry = next(each for each in palette.model.entries if each.id == "edit.undo")
    assert not entry.runs
    assert entry.detail == "There is nothing to undo in this image."
    row = palette.model.entries.index(entry)
    palette._run(palette.model.index(row, 0))
    assert bench.ran == []
    assert bench.said[-1][0] == entry.detail
    assert palette.isVisible()


def test_classes_and_images_are_found(bench, palette, qtbot):
    qtbot.keyClicks(palette.field, "helm")
    assert "helmet" in lines(palette)
    palette.field.setText("#astro 07")
    assert lines(palette) == ["astronaut_07.png"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert bench.session.image.file_name == "astronaut_07.png"


def test_at_sign_looks_for_classes(bench, palette, qtbot):
    qtbot.keyClicks(palette.field, "@fl")
    assert lines(palette) == ["flag"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert bench.session.current_class == bench.classes[2].id


def test_arrows_pass_over_headings(bench, palette, qtbot):
    qtbot.keyClicks(palette.field, "helm")
    count = len(palette.model.entries)
    for _ in range(count + 2):
        qtbot.keyClick(palette.field, Qt.Key.Key_Down)
        assert palette.model.entries[palette.view.currentIndex().row()].kind != "heading"
    for _ in range(count + 2):
        qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.model.entries[palette.view.currentIndex().row()].kind != "heading"


def test_nothing_found_says_so(palette, qtbot):
    qtbot.keyClicks(palette.field, "qqq")
    assert palette.none.isVisible()
    assert "Nothing called “qqq”" in palette.none.text()


def test_escape_and_a_press_beside_it_leave(bench, palette, window, qtbot):
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert window.hasFocus()
    other = CommandPalette(bench.services, window)
    other.open_over(window)
    with qtbot.waitSignal(other.left):
        qtbot.mouseClick(other, Qt.MouseButton.LeftButton)


def test_class_picker(bench, window, qtbot):
    picker = CommandPalette(bench.services, window, only="classes")
    picker.open_over(window)
    assert lines(picker) == ["person", "helmet", "flag"]
    assert picker.count.text() == "3 classes"
    qtbot.keyClicks(picker.field, "fl")
    with qtbot.waitSignal(picker.class_chosen) as heard:
        qtbot.keyClick(picker.field, Qt.Key.Key_Return)
    assert heard.args == [bench.classes[2].id]


def test_the_one_class_is_counted_as_one(bench, window):
    for each in bench.classes[1:]:
        bench.session.do_project(delete_class(bench.session.taxonomy, each.id))
    picker = CommandPalette(bench.services, window, only="classes")
    picker.open_over(window)
    assert picker.count.text() == "1 class"


def test_panel_stays_inside_a_small_window(bench, show):
    bench.open()
    small = show(QWidget(), 800, 500)
    palette = CommandPalette(bench.services, small)
    palette.open_over(small)
    assert small.rect().contains(palette.panel.geometry())


def test_keys_sheet_has_every_key_of_the_table(bench):
    shown = {key for _, group in key_lines(bench.actions) for key, _ in group}
    for action in ACTIONS:
        key = bench.actions.key_text(action.id)
        if key and not action.id[6:].isdigit():
            assert key in shown
    assert "1…9" in shown


def test_no_line_of_the_keys_sheet_is_cut(bench, window, monkeypatch):
    sheet = KeysSheet(bench.services, window)
    sheet.open_over(window)
    cut, plain = [], paint.draw_text

    def drawn(painter, rect, text, font, *more):
        if paint.text_width(font, text) > rect.width():
            cut.append(text)
        return plain(painter, rect, text, font, *more)

    monkeypatch.setattr(paint, "draw_text", drawn)
    for columns in (2, 3):
        sheet.table.resize(theme().px(columns * COLUMN), 3000)
        sheet.table.grab()
    assert cut == []


def test_keys_sheet_finds_and_leaves_by_f1(bench, window, qtbot):
    sheet = KeysSheet(bench.services, window)
    sheet.open_over(window)
    assert window.rect().contains(sheet.panel.geometry())
    qtbot.keyClicks(sheet.search, "polygon")
    assert [name for name, _ in sheet.table._shown] == ["Edit", "Tool"]
    sheet.grab()
    with qtbot.waitSignal(sheet.left):
        qtbot.keyClick(sheet.search, Qt.Key.Key_F1)


@pytest.fixture
def page(bench, show):
    bench.settings.set("recent", [])
    return show(FirstPage(bench.services), 1600, 900)


def test_first_page_by_keys_alone(bench, page, qtbot):
    assert page.open.hasFocus()
    qtbot.keyClick(page, Qt.Key.Key_2)
    qtbot.keyClick(page, Qt.Key.Key_3)
    page.setFocus()
    qtbot.keyClick(page.open, Qt.Key.Key_Space)
    assert bench.ran == ["file.open_sample", "model.add", "file.open_folder"]


def test_first_page_takes_what_is_dropped(bench, page, tmp_path, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    event = QDropEvent(
        QPointF(10, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    with qtbot.waitSignal(page.drop.dropped) as heard:
        page.drop.dropEvent(event)
    assert heard.args == [[str(tmp_path)]]


def test_first_page_lists_recent_projects(bench, page, tmp_path, qtbot):
    path = tmp_path / "liver screen.maskwright"
    path.write_bytes(b"")
    bench.settings.add_recent(path)
    [row] = page.findChildren(RecentRow)
    assert row.text() == "liver screen"
    assert not page.steps.isVisible()
    with qtbot.waitSignal(bench.actions.recent_chosen) as heard:
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert heard.args == [str(path)]


def test_first_page_changes_the_look(bench, page, qtbot):
    page.looks.setFocus()
    page.looks.set_current("system")
    qtbot.keyClick(page.looks, Qt.Key.Key_Right)
    assert bench.settings.value("theme", "system") == "dark"
    bench.settings.set("theme", "system")
    assert page.looks.current() == "system"


def test_picture_gives_way_to_a_narrow_window(bench, page):
    assert page.picture.isVisible()
    page.resize(1000, 700)
    assert not page.picture.isVisible()
    assert theme().name == "dark"
