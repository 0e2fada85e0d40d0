import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.dialogs.learn_sheet import LearnSheet
from engine.document.document import Status
from engine.training.recipe import make_recipe
from engine.training.schema import recipe_from_data


@pytest.fixture
def project(scene):
    person, cat = scene.add_classes("person", scene.LONG)
    for n in range(6):
        status = Status.DONE if n < 4 else Status.CORRECTED
        scene.add_image(f"{n}.png", [(person, (5, 5, 60, 60)), (cat, (9, 9, 30, 30))], status)
    scene.add_model("voc", "DeepLab VOC", ["person"], origin="builtin")
    scene.add_model("v3", "v3", ["person"], {"round": 3, "images": 4, "miou": 0.5}, "project")
    scene.use("v3")
    scene.project.set_current_model("v3")
    scene.open("correct")
    return scene


@pytest.fixture
def sheet(scene, qtbot):
    def make():
        found = LearnSheet(scene.services)
        qtbot.addWidget(found)
        found.resize(640, 900)
        found.show()
        return found

    return make


def test_it_says_what_it_would_learn_from_and_writes_nothing(project, sheet):
    found = sheet()
    assert found.foot_words.text() == "Learns from 5 images, keeps 1 back for checking"
    assert all(row.fold == "" for row in project.project.images())
    assert found.name.text() == "v4"
    assert found.start.currentText() == "v3, in use"


def test_the_window_writes_the_same_recipe_as_the_command(project, sheet):
    found = sheet()
    found.epochs.setValue(7)
    found.main.click()
    spec = project.started[0].spec()
    wanted = make_recipe(
        project.project,
        project.catalog,
        {"name": "v4", "start": "v3", "epochs": 7, "accept": "never"},
    )
    assert recipe_from_data(spec.recipe) == wanted
    assert spec.model == "v3"
    assert project.session.place == "models"


def test_done_images_only(project, sheet):
    found = sheet()
    found.images._choose("done")
    assert found.foot_words.text() == "Learns from 3 images, keeps 1 back for checking"


def test_a_class_can_be_left_out_by_keys(project, sheet):
    found = sheet()
    found.classes.setFocus()
    QTest.keyClick(found.classes, Qt.Key.Key_Down)
    found.classes.setCurrentIndex(found.classes.model().index(1, 0))
    QTest.keyClick(found.classes, Qt.Key.Key_Space)
    person = project.project.taxonomy.by_name("person").id
    assert found.options()["classes"] == [person]
    found.main.click()
    recipe = recipe_from_data(project.started[0].spec().recipe)
    assert recipe.class_ids == (1, person)


def test_no_class_is_nothing_to_learn(project, sheet):
    found = sheet()
    for row in range(2):
        found.classes.classes.toggle(found.classes.model().index(row, 0))
    assert not found.main.isEnabled()
    assert found.foot_words.text() == "Choose at least one class to learn."


def test_a_time_limit_replaces_the_rounds(project, sheet):
    found = sheet()
    found.limit._choose("minutes")
    found.minutes.setValue(2.5)
    assert found._minutes_row.isVisibleTo(found)
    assert not found._epochs_row.isVisibleTo(found)
    assert found.options()["minutes"] == 2.5


def test_the_rule_is_in_the_recipe_and_in_the_settings(project, sheet):
    found = sheet()
    found.accept.set_value("better")
    found.fall.setValue(0.02)
    found.after.set_value(False)
    found.main.click()
    recipe = recipe_from_data(project.started[0].spec().recipe)
    assert (recipe.accept, recipe.max_fall, recipe.keep_running) == ("better", 0.02, False)
    assert project.settings.value("swap_when_better", False) is True
    assert project.settings.value("jobs_outlive", True) is False
    project.settings.set("swap_when_better", False)
    project.settings.set("jobs_outlive", True)


def test_one_round_at_a_time(project, sheet):
    project.job(project.train_spec([1], [2]), running=True)
    project.session.set_project(None)
    project.open("correct")
    found = sheet()
    assert not found.main.isEnabled()
    assert found.foot_words.text().startswith("A round is learning already.")


def test_nothing_corrected_says_what_to_do(scene, sheet):
    [cat] = scene.add_classes("cat")
    scene.add_image("new.png", [(cat, (1, 1, 9, 9))], status=Status.NEW)
    scene.add_model("voc", "DeepLab VOC", ["person"], origin="builtin")
    scene.use("voc")
    scene.open("correct")
    found = sheet()
    assert not found.main.isEnabled()
    assert "Correct an image or mark one as done first." in found.foot_words.text()


def test_networks_from_scratch_can_be_chosen(project, sheet):
    found = sheet()
    found.start.set_value("unet_small")
    found.main.click()
    assert project.started[0].spec().recipe["start"] == "unet_small"
