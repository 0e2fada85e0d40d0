import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.dialogs.light_sheet import LightSheet
from app.dialogs.mapping_sheet import MappingSheet
from app.dialogs.settings_sheet import SettingsSheet
from app.theme.theme import theme
from app.theme.widgets import ElidedLabel


@pytest.fixture
def shown(qtbot):
    def make(sheet):
        qtbot.addWidget(sheet)
        sheet.resize(640, 800)
        sheet.show()
        return sheet

    return make


@pytest.fixture
def project(scene):
    scene.add_classes("person", scene.LONG)
    scene.add_model("voc", "DeepLab VOC", ["person", "dogs", "tree"])
    scene.use("voc")
    scene.open("correct")
    return scene


# -- classes of the model


def test_targets_are_proposed_by_name_and_kept(project, shown):
    sheet = shown(MappingSheet(project.services))
    assert [(row.name, row.words, row.note) for row in sheet.table.rows.rows] == [
        ("person", "person", "same name"),
        ("dogs", "new class “dogs”", "new class"),
        ("tree", "new class “tree”", "new class"),
    ]
    sheet.table.rows.choose(2, "ignore")
    sheet.main.click()
    person = project.project.taxonomy.by_name("person").id
    assert project.project.mapping("voc") == {0: "ignore", 1: person, 2: "ignore", 3: "new"}
    again = shown(MappingSheet(project.services))
    assert {row.name: row.target for row in again.table.rows.rows}["dogs"] == "ignore"


def test_the_rest_is_left_out_at_once(project, shown):
    sheet = shown(MappingSheet(project.services))
    sheet.table.rows.set_all("ignore")
    assert sheet.table.rows.summary() == "1 of 3 used"
    assert sheet._header._header._count.text() == "1 of 3 used"


def test_the_menu_of_a_row_has_all_classes(project, shown):
    sheet = shown(MappingSheet(project.services))
    menu = sheet.table.menu_of(sheet.table.model().index(1, 0))
    words = [action.text() for action in menu.actions() if action.text()]
    assert words == ["person", project.LONG, "New class “dogs”", "Leave out"]
    menu.actions()[1].trigger()
    assert sheet.table.rows.rows[1].words == project.LONG


def test_enter_opens_the_menu_and_letters_are_left_to_the_window(project, shown):
    sheet = shown(MappingSheet(project.services))
    sheet.table.setFocus()
    sheet.table.setCurrentIndex(sheet.table.model().index(1, 0))
    QTest.keyClick(sheet.table, Qt.Key.Key_Return)
    assert sheet.table._menu is not None
    assert sheet.table._menu.isVisible()
    sheet.table._menu.close()
    assert sheet.isVisible()


def test_a_table_of_a_thousand_classes_is_not_a_thousand_widgets(project, shown):
    project.add_model("big", "Big", [f"class {n}" for n in range(1000)])
    project.use("big")
    sheet = shown(MappingSheet(project.services))
    assert len(sheet.table.rows.rows) == 1000
    assert len(sheet.table.findChildren(type(sheet.main))) == 0
    assert sheet.table.height() < 600


# -- settings


def test_every_setting_acts_at_once(project, shown):
    sheet = shown(SettingsSheet(project.services))
    sheet.theme._choose("light")
    sheet.hand._choose("left")
    sheet.scale.setValue(150)
    sheet.device.set_value("cpu")
    sheet.device.picked.emit("cpu")
    sheet.outlive.click()
    sheet.swap.click()
    sheet.motion.click()
    sheet.room._choose("32")
    sheet.background.click()
    value = project.settings.value
    assert value("theme", "system") == "light"
    assert value("pen_hand", "right") == "left"
    assert value("text_scale", 1.0) == 1.5
    assert value("device", "auto") == "cpu"
    assert value("cache_gib", 8.0) == 32.0
    assert value("jobs_outlive", True) is False
    assert value("swap_when_better", False) is True
    assert value("reduced_motion", False) is True
    assert project.project.setting("done_means_background", True) is False
    again = shown(SettingsSheet(project.services))
    assert again.theme.current() == "light"
    assert again.scale.value() == 150
    project.settings._store.clear()


def test_without_a_project_its_settings_are_not_there(scene, shown):
    sheet = shown(SettingsSheet(scene.services))
    assert not sheet.background.isVisibleTo(sheet)
    assert not sheet.main.isVisibleTo(sheet)


# -- light


def test_light_acts_live_and_is_taken_back(project, shown):
    sheet = shown(LightSheet(project.services))
    sheet.on_screen.brightness.setValue(40)
    sheet.on_screen.contrast.setValue(-100)
    view = project.session.view
    assert view.brightness == pytest.approx(0.4)
    assert view.contrast == pytest.approx(0.2)
    project.session.set_view(brightness=0.0, contrast=5.0)
    assert (sheet.on_screen.brightness.value(), sheet.on_screen.contrast.value()) == (0, 100)
    sheet.on_screen.neutral.click()
    assert (project.session.view.brightness, project.session.view.contrast) == (0.0, 1.0)


def test_devices_are_those_the_engine_knows():
    from app.dialogs.devices import for_learning, for_models
    from engine.runtimes.providers import NAMES

    for platform in ("linux", "win32", "darwin"):
        assert {name for name, _ in for_models(platform)} <= {"auto", *NAMES}
        assert {name for name, _ in for_learning(platform)} <= {"auto", "cpu", "cuda", "mps"}
    assert "cuda" not in dict(for_learning("darwin"))


def test_names_of_the_settings_grow_with_the_text_and_are_not_cut(project, shown, qapp):
    sheet = shown(SettingsSheet(project.services))
    try:
        theme().set_scale(qapp, 2.0)
        names = [each for each in sheet.findChildren(ElidedLabel) if each.text() == "Large images"]
        assert names[0].width() >= names[0].sizeHint().width()
    finally:
        theme().set_scale(qapp, 1.0)
