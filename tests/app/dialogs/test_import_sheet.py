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
    assert sheet.kind.current() == "file"
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
    assert sheet.foot_words.text() == "Choose the file."
    assert not sheet.problem.isVisible(), "there is none yet"
    sheet.file.set_path(tmp_path / "gone.json")
    sheet._look()
    assert sheet.foot_words.text() == "There is no gone.json there."


def test_a_damaged_mask_is_said(project, sheet, qtbot, tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    (folder / "img_0.png").write_bytes(b"not a picture")
    sheet.choose(folder)
    qtbot.waitUntil(lambda: "img_0.png" in sheet.problem.text())


def _cells(project):
    cell = project.project.taxonomy.by_name("cell").id
    return [
        each.mask.area
        for row in project.project.images()
        for each in project.project.annotations(row.id)
        if each.class_id == cell
    ]


def test_a_folder_of_voc_is_known_and_nothing_is_asked(project, sheet, qtbot, tmp_path):
    folder = tmp_path / "voc/SegmentationClass"
    folder.mkdir(parents=True)
    values = np.zeros((120, 160), np.uint8)
    values[10:20, 10:30] = 1
    Image.fromarray(values).save(folder / "img_0.png")
    (tmp_path / "voc/labelmap.txt").write_text("background:0,0,0::\ncell:1,1,1::\n")
    picture = Image.fromarray(values)
    picture.putpalette([0, 0, 0, 1, 1, 1])
    picture.save(folder / "img_0.png")
    sheet.choose(tmp_path / "voc")
    qtbot.waitUntil(lambda: sheet.problem.text() == "Will be read as PASCAL VOC.")
    assert not sheet.values.fields
    sheet.main.click()
    execute(project.started[0])
    qtbot.waitUntil(lambda: sheet.result.isVisibleTo(sheet))
    assert sheet.result.words.startswith("Imported")
    assert _cells(project) == [200]


def test_a_file_of_labelme_is_known(project, sheet, qtbot):
    points = [[5, 5], [25, 5], [25, 25], [5, 25]]
    shape = {"label": "cell", "shape_type": "polygon", "points": points}
    data = {"shapes": [shape], "imagePath": "img_0.png", "imageHeight": 120, "imageWidth": 160}
    file = project.images / "img_0.json"
    file.write_text(json.dumps(data))
    sheet.choose(file)
    qtbot.waitUntil(lambda: sheet.problem.text() == "Will be read as labelme.")
    sheet.main.click()
    execute(project.started[0])
    qtbot.waitUntil(lambda: sheet.result.isVisibleTo(sheet))
    assert sheet.result.words.startswith("Imported 1 mask")
    assert _cells(project) == [400]


def panoptic(folder):
    """A panoptic file whose PNGs lie in a folder of another name."""
    info = {"id": 7, "category_id": 1, "area": 400, "bbox": [10, 10, 20, 20], "iscrowd": 0}
    data = {
        "images": [{"id": 5, "file_name": "img_0.png", "width": 160, "height": 120}],
        "categories": [{"id": 1, "name": "cell", "isthing": 1}],
        "annotations": [{"image_id": 5, "file_name": "img_0.png", "segments_info": [info]}],
    }
    masks = folder / "segments"
    masks.mkdir()
    values = np.zeros((120, 160, 3), np.uint8)
    values[10:30, 10:30, 0] = 7
    Image.fromarray(values).save(masks / "img_0.png")
    file = folder / "panoptic.json"
    file.write_text(json.dumps(data))
    return file, masks


def test_the_pngs_of_a_panoptic_file_are_asked_for(project, sheet, qtbot, tmp_path):
    file, masks = panoptic(tmp_path)
    assert not sheet._masks_row.isVisibleTo(sheet)
    sheet.choose(file)
    qtbot.waitUntil(lambda: sheet._masks_row.isVisibleTo(sheet))
    words = "Choose the folder of the PNGs that belong to the file."
    assert sheet.foot_words.text() == words
    assert not sheet.main.isEnabled()
    sheet.masks.set_path(masks)
    sheet.images.set_path(project.images)
    sheet._refresh()
    sheet.main.click()
    execute(project.started[0])
    qtbot.waitUntil(lambda: sheet.result.isVisibleTo(sheet))
    assert sheet.result.words.startswith("Imported 1 mask"), sheet.result.words
    assert _cells(project) == [400]


def test_colours_are_asked_for_with_a_swatch(project, sheet, qtbot, tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    values = np.zeros((120, 160, 3), np.uint8)
    values[10:20, 10:30] = (255, 128, 0)
    Image.fromarray(values).save(folder / "img_0.png")
    sheet.choose(folder)
    qtbot.waitUntil(lambda: bool(sheet.values.fields))
    (value,) = sheet.values.fields
    field = sheet.values.fields[value]
    assert field.accessibleName() == "What colour #FF8000 means"
    field.set_value("cell")
    field.picked.emit("cell")
    sheet.main.click()
    execute(project.started[0])
    qtbot.waitUntil(lambda: sheet.result.isVisibleTo(sheet))
    assert _cells(project) == [200]


def test_a_format_can_be_said(project, sheet, qtbot):
    qtbot.waitUntil(lambda: sheet.format.count() > 10)
    file = project.images / "ann.json"
    file.write_text(json.dumps({"images": [], "annotations": []}))
    sheet.choose(file)
    qtbot.waitUntil(lambda: "COCO instances" in sheet.problem.text())
    sheet.format.set_value("label-studio")
    sheet.format.picked.emit("label-studio")
    qtbot.waitUntil(lambda: "Label Studio" in sheet.problem.text())
    sheet.main.click()
    assert project.started[0].spec().format == "label-studio"


def some_images(folder, sources, others):
    """COCO of one object in each image: copies of some files, and pictures of other content."""
    folder.mkdir()
    images = []
    for path in sources:
        (folder / path.name).write_bytes(path.read_bytes())
        images.append(path.name)
    for name in others:
        Image.fromarray(np.full((120, 160), 9, np.uint8)).save(folder / name)
        images.append(name)
    outline = [[10, 10, 30, 10, 30, 30, 10, 30]]
    data = {
        "images": [
            {"id": n, "file_name": name, "width": 160, "height": 120}
            for n, name in enumerate([*images, "gone.png"], 1)
        ],
        "categories": [{"id": 9, "name": "cell"}],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 9, "segmentation": outline}
            for n in range(1, len(images) + 2)
        ],
    }
    (folder / "a.json").write_text(json.dumps(data))
    return folder / "a.json"


def test_where_the_images_go_is_said_before(project, sheet, qtbot, tmp_path):
    first, second = (row.path for row in project.project.images())
    sheet.choose(some_images(tmp_path / "down", [first], [second.name, "new.png"]))
    line, tick = sheet.count.line, sheet.count.by_name
    qtbot.waitUntil(lambda: line.text().startswith("4 images"))
    assert line.text() == "4 images: 1 is an image of the project, 2 are new, 1 is not found."
    assert tick.isVisible()
    assert tick.text().startswith("1 picture named and sized like an image of the project")
    tick.click()
    qtbot.waitUntil(lambda: "2 are images of the project" in line.text())
    assert tick.isVisible(), "it can be taken back"
    sheet.main.click()
    assert project.started[0].spec().by_name
    assert line.text() == ""
    execute(project.started[0])
    qtbot.waitUntil(lambda: sheet.result.isVisibleTo(sheet))
    assert [row.objects for row in project.project.images()] == [1, 1, 1, 1]


def test_another_source_is_counted_anew_and_nothing_stays_ticked(project, sheet, qtbot, tmp_path):
    first, second = (row.path for row in project.project.images())
    sheet.choose(some_images(tmp_path / "down", [first], [second.name]))
    qtbot.waitUntil(sheet.count.by_name.isVisible)
    sheet.count.by_name.click()
    sheet.choose(some_images(tmp_path / "again", [first, second], []))
    assert not sheet.count.by_name.isChecked()
    qtbot.waitUntil(lambda: "2 are images of the project" in sheet.count.line.text())
    assert not sheet.count.by_name.isVisible()
    sheet.images.set_path(tmp_path / "again")
    sheet.images.changed.emit(tmp_path / "again")
    qtbot.waitUntil(lambda: "2 are new" in sheet.count.line.text())
    sheet.images.set_path(tmp_path / "nowhere")
    sheet.images.changed.emit(tmp_path / "nowhere")
    assert sheet.count.line.text() == ""
    assert sheet.foot_words.text() == "The folder of the images is not there."


def test_a_source_that_is_damaged_is_said_while_it_is_counted(project, sheet, qtbot, tmp_path):
    (tmp_path / "a.json").write_text('{"annotations": [')
    sheet.choose(tmp_path / "a.json")
    qtbot.waitUntil(lambda: "a.json" in sheet.count.line.text())
