import pytest
from PySide6.QtCore import Qt

from app.panels.selection import SelectionPanel
from app.panels.side_panel import SidePanel
from app.theme.widgets import ElidedLabel
from engine.masks.raster import disc


@pytest.fixture
def panel(bench, show):
    bench.open()
    bench.model()
    return show(SelectionPanel(bench.services), 340, 240)


def value(panel, name):
    return panel._values[name].text()


def test_one_object(bench, panel, settle):
    ids = bench.propose((0, 256, 256, 100, 0.9))
    bench.accept(ids)
    bench.session.set_selection(ids)
    settle(lambda: panel.header.accessibleName() == f"Selected · person #{ids[0]}")
    area = bench.document.annotations[ids[0]].mask.area
    assert value(panel, "Area") == f"{area:,} px · {100 * area / 512**2:.1f} %"
    assert value(panel, "Origin") == "DeepLab VOC v7, accepted"
    assert value(panel, "Changed") == "nothing"


def test_what_was_painted_is_counted(bench, panel, settle):
    ids = bench.propose((0, 256, 256, 100, 0.9))
    bench.accept(ids)
    bench.session.set_selection(ids)
    from engine.document import edits

    extra = disc((20, 20), 10, (512, 512))
    command = edits.set_mask(
        bench.document,
        ids[0],
        bench.document.annotations[ids[0]].mask | extra,
        bench.project.taxonomy,
    )
    bench.session.do(command)
    settle(lambda: "+" in value(panel, "Changed"))
    assert value(panel, "Changed") == f"+ {extra.area:,} px"
    assert value(panel, "Origin").endswith("edited by you")


def test_several_objects(bench, panel, settle):
    ids = bench.propose((0, 100, 100, 50, 0.9), (1, 300, 300, 50, 0.8))
    bench.session.set_selection(ids)
    settle(lambda: panel.header.accessibleName() == "Selected · 2 objects")
    both = sum(each.mask.area for each in bench.document.proposals.values())
    assert value(panel, "Area").startswith(f"{both:,} px")
    named = {label.text() for label in panel.facts.findChildren(ElidedLabel) if label.isVisible()}
    assert {"Area", "Origin", "Note"} <= named
    assert not named & {"Changed", "Made", "Work"}, "names of rows without a value"
    bench.session.set_selection(ids[:1])
    settle(panel._values["Made"].isVisible)


def test_note_is_kept_as_one_step(bench, panel, qtbot, settle):
    ids = bench.propose((0, 256, 256, 100, 0.9))
    bench.accept(ids)
    bench.session.set_selection(ids)
    panel.edit_note()
    qtbot.keyClicks(panel.note, "glove edge")
    qtbot.keyClick(panel.note, Qt.Key.Key_Return)
    assert bench.document.annotations[ids[0]].note == "glove edge"
    assert bench.session.history.undo_label == "Change note"
    panel.edit_note()
    qtbot.keyClicks(panel.note, "something else")
    qtbot.keyClick(panel.note, Qt.Key.Key_Escape)
    assert bench.document.annotations[ids[0]].note == "glove edge"
    assert panel.note.text() == "glove edge"


def test_nothing_selected(bench, panel, settle):
    assert panel.header.accessibleName() == "This image"
    assert "512 × 512 px" in panel.words.text()
    bench.propose((0, 100, 100, 50, 0.3), (1, 300, 300, 50, 0.8))
    settle(lambda: panel.header.accessibleName() == "1 doubtful proposal")
    bench.session.set_filter(show_above=0.5)
    settle(lambda: panel.header.accessibleName() == "Nothing selected")


def test_one_filled_button_per_view(bench, panel, settle):
    assert panel.done._kind == "main"
    bench.propose((0, 100, 100, 50, 0.9))
    settle(lambda: panel.done._kind == "normal")
    bench.session.set_tool("brush")
    settle(lambda: panel.done._kind == "main")


def test_buttons_run_their_actions(bench, panel, qtbot, settle):
    ids = bench.propose((0, 100, 100, 50, 0.9))
    bench.session.set_selection(ids)
    settle(panel.lock.isVisible)
    for button in (panel.lock, panel.delete, panel.done):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert bench.ran == ["object.lock", "object.delete", "image.done_next"]


def test_a_removed_model_is_named_by_its_id(bench, panel):
    assert panel._model_name("gone_v1") == "gone_v1"


def test_side_panel_hands_on_what_actions_ask_for(bench, show):
    bench.open()
    side = show(SidePanel(bench.services), 340, 800)
    side.add_class()
    assert len(bench.classes) == 4
    side.edit_note()
    side.focus_search()
    assert side.objects.tools.isVisible()
    assert side.classes.height() <= round(side.height() * 0.42)
