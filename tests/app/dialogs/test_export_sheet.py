import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.dialogs.export_plan import COCO, choice_of, default_name, plan
from app.dialogs.export_sheet import ExportSheet
from engine.document.document import Status
from engine.formats import registry
from engine.jobs.events import Progress
from engine.jobs.folder import JobFolder
from engine.jobs.runner import execute


@pytest.fixture
def project(scene):
    person, cat = scene.add_classes("person", scene.LONG)
    scene.add_image("a.png", [(person, (5, 5, 60, 60)), (cat, (40, 40, 90, 100))])
    scene.add_image("b.png", [(cat, (5, 5, 20, 20))])
    scene.add_image("empty.png", [])
    scene.add_image("new.png", [(cat, (1, 1, 9, 9))], status=Status.CORRECTED)
    scene.open("correct")
    return scene


@pytest.fixture
def sheet(scene, qtbot):
    def make():
        found = ExportSheet(scene.services)
        qtbot.addWidget(found)
        found.resize(640, 860)
        found.show()
        return found

    return make


def said(found):
    lines = [found._losses.itemAt(k).widget() for k in range(found._losses.count())]
    return [line.text() for line in lines if line.isVisibleTo(found)]


@pytest.fixture
def loaded(sheet, qtbot):
    """The sheet when all formats are there."""

    def make():
        found = sheet()
        qtbot.waitUntil(lambda: len(found.formats._model.rows) >= 10)
        return found

    return make


def test_it_starts_with_the_done_images_and_says_what_stays(project, sheet, qtbot):
    found = sheet()
    assert found.which.current() == "done"
    assert found.foot_words.text() == "3 images, 3 objects"
    qtbot.waitUntil(lambda: any("1 image not marked done" in sentence for sentence in said(found)))
    assert (
        found.forgotten.text() == "1 done image holds no object. It is written as an empty image."
    )


def test_every_format_that_can_be_written_is_offered(project, loaded):
    found = loaded()
    offered = {choice.key: choice for choice in found.formats._model.rows}
    assert set(offered) == {each.name for each in registry.writable()}
    assert offered["coco"] == COCO == choice_of(registry.get("coco"))
    assert all(choice.detail for choice in offered.values())


def test_what_png_cannot_carry_is_counted(project, loaded, qtbot):
    found = loaded()
    found.formats.choose("png")
    # Both overlap in a.png; the cat of b.png has its image to itself.
    qtbot.waitUntil(lambda: any(each.startswith("1 object lies partly") for each in said(found)))
    assert any(each.startswith("3 objects become pixels") for each in said(found))
    found.which._choose("this")
    assert not found.main.isEnabled()
    project.session.open_image(project.session.images[1].id)
    qtbot.waitUntil(lambda: any(each.startswith("1 object becomes") for each in said(found)))
    assert not any("lies partly" in each for each in said(found))


def test_while_a_format_is_counted_nothing_stands_there_of_another(project, loaded, qtbot):
    found = loaded()
    found.formats.choose("png")
    qtbot.waitUntil(lambda: any(each.startswith("1 object lies partly") for each in said(found)))
    told = []
    found._count.progressed.connect(lambda done, total: told.append((done, total)))
    found.formats.choose("yolo-seg")
    assert not any("lies partly" in each for each in said(found))
    assert any("1 image not marked done" in each for each in said(found)), "is known at once"
    counting = found._losses_header._header._count
    qtbot.waitUntil(lambda: not counting.isVisibleTo(found))
    assert told
    assert {total for _, total in told} == {3}, "of the images that are looked at"


def test_options_are_those_of_the_chosen_format(project, loaded):
    found = loaded()
    checks = found.options.checks

    def shown():
        return {name for name, check in checks.items() if check.isVisibleTo(found)}

    assert shown() == {"scores", "deep", "polygons", "provenance"}
    assert found.options._dialect_row.isVisibleTo(found)
    found.formats.choose("png")
    assert shown() == {"colors", "consecutive", "refuse_void"}
    assert not found.options._dialect_row.isVisibleTo(found)
    assert found.options._overlap_row.isVisibleTo(found)
    assert found.name.text().endswith("_png")
    found.formats.choose("yolo-seg")
    assert shown() == set()


def test_the_last_choice_is_remembered(project, loaded):
    found = loaded()
    found.formats.choose("png")
    found.options.checks["colors"].setChecked(True)
    found.extent.pictures._choose("copy")
    found.main.click()
    spec = project.started[0].spec()
    assert (spec.format, spec.colors, spec.pictures) == ("png", True, "copy")
    again = loaded()
    assert again.formats.current().key == "png"
    assert again.options.checks["colors"].isChecked()
    assert again.wishes().pictures == "copy"


def test_outlines_and_dialects_are_asked_for(project, loaded, qtbot, tmp_path):
    found = loaded()
    found.options.checks["polygons"].setChecked(True)
    found.options.dialect.set_value("lvis")
    found.folder.set_path(tmp_path / "out")
    found.name.setText("crew")
    found.main.click()
    [job] = project.started
    execute(job)
    qtbot.waitUntil(lambda: found.result.isVisibleTo(found))
    assert found.result.level == "ok"
    written = json.loads((tmp_path / "out" / "crew.json").read_text())
    assert isinstance(written["annotations"][0]["segmentation"], list)
    assert written["images"][0]["neg_category_ids"] == []
    assert written["categories"][0]["frequency"] == "r"


def test_train_val_and_test_apart(project, loaded, qtbot, tmp_path):
    found = loaded()
    found.split.apart._choose("apart")
    assert found.foot_words.text() == "Split the images into train, val and test first."
    found.split.val.setValue(50)
    found.split.test.setValue(0)
    found.split.make.click()
    qtbot.waitUntil(found.main.isEnabled)
    assert found.split.state.text().startswith("train 2 · val 2 · test 0")
    assert not found.split.make.isVisibleTo(found)
    found.folder.set_path(tmp_path / "out")
    found.name.setText("crew")
    found.which._choose("all")
    found.main.click()
    [job] = project.started
    execute(job)
    qtbot.waitUntil(lambda: found.result.isVisibleTo(found))
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "crew_train.json",
        "crew_val.json",
    ]


def test_the_forgotten_image_is_opened(project, sheet, qtbot):
    found = sheet()
    qtbot.mouseClick(found._show_forgotten, Qt.MouseButton.LeftButton)
    assert project.session.image.file_name == "empty.png"


def test_a_real_export_is_read_back_and_the_verdict_is_in_the_sheet(
    project, sheet, qtbot, tmp_path
):
    found = sheet()
    found.folder.set_path(tmp_path / "out")
    found.name.setText("crew")
    QTest.keyClick(found, Qt.Key.Key_Return)
    [job] = project.started
    execute(job)
    qtbot.waitUntil(lambda: found.result.isVisibleTo(found))
    assert found.result.level == "ok"
    assert "identical" in found.result.words
    assert "3 masks in 3 images" in found.result.words
    written = json.loads((tmp_path / "out" / "crew.json").read_text())
    assert len(written["annotations"]) == 3
    assert len(written["images"]) == 3
    assert found.main.text() == "Export again"
    assert project.project.setting("export_folder") == str(tmp_path / "out")
    assert found.replaces.text().startswith("Replaces crew.json from today")


def test_progress_is_on_the_button_and_a_press_stops(project, sheet, qtbot, monkeypatch):
    found = sheet()
    stopped = []
    monkeypatch.setattr(project.jobs, "cancel", stopped.append)
    found.main.click()
    [job] = project.started
    job.append(Progress(38, 100, "b.png", 2.0))
    qtbot.waitUntil(lambda: found.main._busy == (0.38, "Exporting 38 % · Stop"))
    found.main.click()
    assert stopped == [job.id]


def test_a_difference_is_an_error_with_its_sentence(project, sheet, qtbot, done):
    found = sheet()
    found.main.click()
    sentence = "2 masks came back different after export, in tower_003 and tower_019."
    project.started[0].finish(done(outcome="failed", error=sentence))
    qtbot.waitUntil(lambda: found.result.isVisibleTo(found))
    assert found.result.level == "error"
    assert sentence in found.result.words


def test_stopping_says_that_nothing_was_written(project, sheet, qtbot, done):
    found = sheet()
    found.main.click()
    project.started[0].finish(done(outcome="cancelled"))
    qtbot.waitUntil(lambda: found.result.isVisibleTo(found))
    assert found.result.words.startswith("The export was stopped. Nothing was written")


def test_opening_it_again_finds_the_export_that_runs(project, sheet):
    first = sheet()
    first.main.click()
    again = sheet()
    assert again._watch.job_id == project.started[0].id
    assert again.main._busy is not None


def test_without_a_done_image_all_are_offered(scene, sheet):
    [cat] = scene.add_classes("cat")
    scene.add_image("new.png", [(cat, (1, 1, 9, 9))], status=Status.CORRECTED)
    scene.open("correct")
    found = sheet()
    assert found.which.current() == "all"
    found.which._choose("done")
    assert not found.main.isEnabled()
    assert found.foot_words.text() == "No image is done yet. Mark one as done, or choose All."


def test_this_image_needs_an_open_one(project, sheet):
    found = sheet()
    found.which._choose("this")
    assert found.foot_words.text() == "No image is open."
    project.session.open_image(project.session.images[1].id)
    assert found.main.isEnabled()
    found.main.click()
    spec = project.started[0].spec()
    assert spec.images == (project.session.images[1].id,)
    assert not spec.only_done


def test_escape_closes(project, sheet, qtbot):
    found = sheet()
    with qtbot.waitSignal(found.closed):
        QTest.keyClick(found, Qt.Key.Key_Escape)


def test_stuff_classes_make_images_without_objects_ordinary(project):
    from dataclasses import replace

    taxonomy = project.project.taxonomy
    rows = project.session.images
    stuff = taxonomy.with_(replace(taxonomy.classes[0], thing=False))
    assert len(plan(rows, taxonomy, "all", None).empty) == 1
    assert plan(rows, stuff, "all", None).empty == ()


@pytest.mark.parametrize(
    ("name", "start"),
    [("Crew/1: x", "Crew_1__x_"), ("...", "annotations_"), ("Zebra ü", "Zebra_ü_")],
)
def test_the_proposed_name_is_a_file_name(name, start):
    found = default_name(name, COCO, 0.0)
    assert found.startswith(start)
    assert Path(found).name == found
    assert found.endswith(".json")


def test_the_formats_say_themselves(project, loaded):
    found = loaded()
    model = found.formats.list.model()
    rows = [model.data(model.index(k, 0), Qt.ItemDataRole.AccessibleTextRole) for k in range(10)]
    spoken = next(row for row in rows if row.startswith("Class masks (PNG)"))
    assert spoken.startswith("Class masks (PNG), a PNG for each image: pixels carried exactly")
    assert "overlap not carried" in spoken


def test_a_folder_outlives_the_sheet(project, sheet):
    found = sheet()
    found.main.click()
    assert JobFolder(project.started[0].path).spec().format == "coco"


def test_tiles_are_asked_for_and_said(project, sheet, monkeypatch):
    found = sheet()
    assert found.pictures.text() == ""
    found.extent.tile._choose("1024")
    assert found.pictures.text() == f"Pictures of the tiles go into {found.target().stem}_tiles."
    specs = []
    monkeypatch.setattr(found._watch, "try_start", lambda spec: specs.append(spec) or "")
    QTest.mouseClick(found.main, Qt.MouseButton.LeftButton)
    assert specs[0].tile == 1024


def test_a_plug_in_is_offered_with_its_words(project, loaded, monkeypatch):
    from engine.formats.format import Format

    class Mine(Format):
        name, words, detail = "mine", "My format", "one file"
        folder, suffixes, cannot = False, (".txt",), ("shared", "holes")

        def detect(self, path):
            return 0.0

    monkeypatch.setattr(registry, "plug_ins", lambda: ({"mine": Mine()}, ()))
    found = loaded()
    assert found.formats.choose("mine")
    assert found.formats.current().carries == ("full", "part", "none", "full", "full", "full")
    assert found.target().name.endswith(".txt")
