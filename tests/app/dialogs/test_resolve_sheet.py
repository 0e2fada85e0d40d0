import pytest
from PySide6.QtCore import Qt

from app.canvas.widget import Canvas
from app.dialogs.resolve_sheet import ResolveSheet
from app.resolving import left_words
from engine.document.document import Status


@pytest.fixture
def project(scene):
    person, cat = scene.add_classes("person", scene.LONG)
    scene.add_image("a.png", [(person, (5, 5, 60, 60)), (cat, (40, 40, 90, 100))])
    scene.add_image("b.png", [(cat, (5, 5, 20, 20))])
    scene.add_image("c.png", [(cat, (5, 5, 50, 50)), (cat, (30, 30, 70, 90))])
    scene.add_image("d.png", [(cat, (1, 1, 9, 9))], status=Status.CORRECTED)
    scene.open("correct")
    return scene


@pytest.fixture
def sheet(project, qtbot):
    canvas = Canvas(project.services)
    qtbot.addWidget(canvas)
    found = ResolveSheet(project.services, canvas)
    qtbot.addWidget(found)
    found.resize(640, 860)
    found.show()
    return found


def opened(project, sheet, qtbot, at):
    project.session.open_image(project.session.images[at].id)
    qtbot.waitUntil(lambda: sheet.resolving.contest is not None)


def looked(sheet, qtbot):
    sheet.look.click()
    qtbot.waitUntil(lambda: sheet.resolving.look.looked)


def test_the_open_image_is_counted_and_decided_in_one_step(project, sheet, qtbot):
    assert sheet.twice.text() == "No image is open."
    opened(project, sheet, qtbot, 0)
    qtbot.waitUntil(lambda: sheet.twice.text().startswith("400 px claimed by several"))
    assert sheet.nobody.text() == "Every pixel belongs to something"
    assert len(sheet.place.buttons) == 2
    sheet.main.click()
    qtbot.waitUntil(lambda: sheet.twice.text() == "No pixel is claimed twice")
    low, high = project.session.document.ordered()
    assert (low.mask.area, high.mask.area) == (55 * 55 - 400, 50 * 60)
    assert project.session.history.undo_label == "Give shared pixels to the upper object"
    assert not sheet.main.isEnabled()


def test_a_place_is_given_by_hand(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    lower = sheet.place.buttons[1]  # the uppermost comes first
    assert lower.accessibleName() == "person, 3,025 pixels, has it"
    lower.click()
    qtbot.waitUntil(lambda: not sheet.place.buttons)
    assert project.session.document.ordered()[0].mask.area == 55 * 55


def test_nobody_has_a_place(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    sheet.place.void.click()
    qtbot.waitUntil(lambda: sheet.nobody.text() == "400 px belong to nobody")
    sheet.rule.set_value("")
    sheet.unclaimed.set_value(1)
    sheet._enable()
    assert sheet.main.isEnabled()
    sheet.main.click()
    qtbot.waitUntil(lambda: sheet.nobody.text() == "Every pixel belongs to something")


def test_all_images_are_looked_through_and_decided(project, sheet, qtbot):
    looked(sheet, qtbot)
    rows = {each.name: (each.twice, each.nobody) for each in sheet.resolving.look.found}
    whole = 120 * 160
    assert rows == {"a.png": (400, 0), "c.png": (400, 0), "d.png": (0, whole - 64)}
    sheet.next.click()
    assert project.session.image.file_name == "a.png"
    sheet.all.click()
    qtbot.waitUntil(lambda: not any(each.twice for each in sheet.resolving.look.found))
    for row in project.project.images():
        objects = project.project.annotations(row.id)
        assert not any(a.mask & b.mask for a in objects for b in objects if a is not b)
    # One step for each image, its own to undo; done images stay done.
    third = project.session.images[2]
    assert third.status is Status.DONE
    project.session.open_image(third.id)
    assert project.session.history.undo_label == "Give shared pixels to the upper object"


def test_the_list_goes_to_an_image(project, sheet, qtbot):
    looked(sheet, qtbot)
    at = sheet.list.model().index(1, 0)
    qtbot.mouseClick(
        sheet.list.viewport(),
        Qt.MouseButton.LeftButton,
        pos=sheet.list.visualRect(at).center(),
    )
    assert project.session.image.file_name == "c.png"
    spoken = sheet.list.model().data(at, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "c.png, 400 px claimed twice"


def test_looking_can_be_stopped(project, sheet, qtbot):
    sheet.look.click()
    assert sheet.look.text() == "Stop looking"
    sheet.look.click()
    assert sheet.resolving.look.progress is None
    assert not sheet.resolving.look.looked


def test_the_overlay_goes_with_the_sheet(project, sheet, qtbot):
    canvas = sheet._canvas
    assert sheet._layer in canvas.picture.over
    sheet.hide()
    assert sheet._layer is None
    assert not canvas.picture.over


def test_what_is_left_is_said():
    assert left_words(0, 0) == ""
    assert left_words(2, 1) == (
        "2 objects are locked and kept their pixels. 1 object is wholly under or within others and "
        "left: raise or delete it."
    )
