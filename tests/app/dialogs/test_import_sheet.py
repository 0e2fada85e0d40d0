import json

import numpy as np
import pytest
from PIL import Image

from app.dialogs.import_sheet import ImportSheet
from engine.document.document import Status
from engine.jobs.runner import execute


@pytest.fixture
def sheet(scene, qtbot):
    found = ImportSheet(scene.services)
    qtbot.addWidget(found)
    found.resize(640, 860)
    found.show()
    return found


@pytest.fixture
def project(scene):
    scene.add_classes("cell", scene.LONG)
    for n in range(2):
        scene.add_image(f"img_{n}.png", [], status=Status.NEW)
    scene.open("correct")
    return scene


def masks(folder):
    folder.mkdir()
    for n in range(2):
        values = np.zeros((120, 160), np.uint8)
        values[10:50, 10:50] = 128
        values[60:90, 60:90] = 77
        Image.fromarray(values).save(folder / f"img_{n}.png")
    return folder


def test_values_nothing_is_known_of_are_asked_for_once(project, sheet, qtbot, tmp_path):
    sheet.choose(masks(tmp_path / "masks"))
    qtbot.waitUntil(lambda: set(sheet.values.fields) == {77, 128})
    assert not sheet.main.isEnabled()
    assert sheet.foot_words.text() == "Say what 2 values mean."
    sheet.values.fields[128].set_value("cell")
    sheet.values.fields[77].set_value("ignore")
    sheet.values.fields[77].picked.emit("ignore")
    assert sheet.main.isEnabled()
    sheet.main.click()
    assert project.started[0].spec().values == {128: "cell", 77: "ignore"}


def test_a_folder_of_masks_comes_in(project, sheet, qtbot, tmp_path):
    sheet.choose(masks(tmp_path / "masks"))
    qtbot.waitUntil(lambda: bool(sheet.values.fields))
    sheet.values.fields[128].set_value("cell")
    sheet.values.fields[77].set_value("background")
    sheet.values.fields[77].picked.emit("background")
    sheet.main.click()
    execute(project.started[0])
    qtbot.waitUntil(lambda: sheet.result.isVisibleTo(sheet))
    assert sheet.result.level in ("ok", "warning")
    assert sheet.result.words.startswith("Imported")
    cell = project.project.taxonomy.by_name("cell").id
    found = [
        each.mask.area
        for row in project.project.images()
        for each in project.project.annotations(row.id)
        if each.class_id == cell
    ]
    assert found == [1600, 1600]


def test_a_coco_file_comes_in(project, sheet, qtbot, tmp_path):
    data = {
        "images": [{"id": 5, "file_name": "img_0.png", "width": 160, "height": 120}],
        "categories": [{"id": 9, "name": "cell"}],
        "annotations": [
            {
                "id": 1,
                "image_id": 5,
                "category_id": 9,
                "segmentation": [[10, 10, 30, 10, 30, 30, 10, 30]],
                "area": 400,
                "bbox": [10, 10, 20, 20],
                "iscrowd": 0,
            }
        ],
    }
    file = project.images / "ann.json"
    file.write_text(json.dumps(data))
    sheet.choose(file)
    assert sheet.kind.current() == "coco"
    sheet.main.click()
    execute(project.started[0])
    qtbot.waitUntil(lambda: sheet.result.isVisibleTo(sheet))
    assert sheet.result.words.startswith("Imported 1 mask")


def test_a_failed_import_says_why(project, sheet, qtbot, tmp_path, done):
    file = tmp_path / "a.json"
    file.write_text("{}")
    sheet.choose(file)
    sheet.main.click()
    execute(project.started[0])
    qtbot.waitUntil(lambda: sheet.result.isVisibleTo(sheet))
    assert sheet.result.level == "error"
    assert "a.json" in sheet.result.words


def test_what_is_missing_is_said(project, sheet, tmp_path):
    assert sheet.foot_words.text() == "Choose the COCO file."
    sheet.file.set_path(tmp_path / "gone.json")
    sheet._look()
    assert sheet.foot_words.text() == "There is no gone.json there."


def test_a_damaged_mask_is_said(project, sheet, qtbot, tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    (folder / "img_0.png").write_bytes(b"not a picture")
    sheet.choose(folder)
    qtbot.waitUntil(lambda: "img_0.png" in sheet.problem.text())
