import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.places import evaluation
from app.places.inspect import InspectPlace


def measured(scene, done, model="v7", shift=0.0, age=60.0, errors=True):
    """An evaluation of the images in the project; 1 is the background."""
    classes = scene.project.taxonomy.classes
    order = [1, *(each.id for each in classes)]
    names = ["background", *(each.name for each in classes)]
    size = len(order)
    matrix = [[900 if a == b else 0 for b in range(size)] for a in range(size)]
    matrix[1][2] = 240  # the first class called the second
    matrix[2][0] = 60
    images = [
        {"id": row.id, "file_name": row.file_name, "miou": value}
        for row, value in zip(scene.project.images(), (0.21, 0.63, 0.92), strict=False)
    ]
    if errors:
        images[0]["errors"] = [[order[1], order[2], 240]]
        images[1]["errors"] = [[order[2], 1, 60]]
    outcome = {
        "model": model,
        "miou": 0.6 + shift,
        "pixel_accuracy": 0.91,
        "held_out": True,
        "classes": [
            {"id": c, "name": n, "iou": 0.5 + shift, "dice": 0.7, "pixels": sum(row)}
            for c, n, row in zip(order, names, matrix, strict=True)
        ],
        "images": images,
        "confusion": matrix,
    }
    return scene.job(scene.evaluate_spec(model), done=done(outcome), age=age)


@pytest.fixture
def project(scene):
    person, cat = scene.add_classes("person", scene.LONG)
    for n in range(3):
        masks = [(person, (10, 10, 60, 60)), (cat, (80, 30, 140, 100))]
        scene.add_image(f"held_{n}.png", masks, fold="held")
        scene.answer("v7", f"held_{n}.png", [(1, (20, 10, 70, 60)), (1, (80, 30, 140, 100))])
    scene.add_model("v7", "DeepLab VOC · v7", ["person", scene.LONG], {"miou": 0.6}, "project")
    scene.add_model("v6", "DeepLab VOC · v6", ["person", scene.LONG], {"miou": 0.5}, "project")
    scene.use("v7")
    return scene


@pytest.fixture
def place(scene, qtbot):
    made = []

    def make(width=1600, height=900):
        found = InspectPlace(scene.services)
        qtbot.addWidget(found)
        found.resize(width, height)
        found.show()
        made.append(found)
        return found

    yield make
    for found in made:
        found.close_place()


def test_nothing_finished_says_what_to_do(scene, place):
    scene.open("inspect")
    found = place()
    assert found._pages.currentIndex() == 1
    assert found._empty.title.text() == "Nothing to compare yet."
    assert found._empty.block.text() == "Finish one image to see numbers."
    assert not found._measure.isVisibleTo(found)


def test_finished_images_offer_to_measure(project, place, qtbot):
    project.open("inspect")
    found = place()
    assert found._empty.title.text() == "Nothing measured yet."
    qtbot.mouseClick(found._measure, Qt.MouseButton.LeftButton)
    assert project.triggered == ["model.evaluate"]


def test_measuring_is_seen(project, place, qtbot):
    from engine.jobs.events import Progress

    project.job(project.evaluate_spec("v7"), [Progress(1, 4, "held_1.png")], running=True)
    project.open("inspect")
    found = place()
    assert found._progress.isVisibleTo(found)
    assert found._progress.accessibleDescription() == "25 percent"


def test_a_failure_is_said(project, place, done):
    sentence = "Nothing to compare yet: no chosen image is corrected or done."
    project.job(project.evaluate_spec("v7"), done=done(outcome="failed", error=sentence))
    project.open("inspect")
    found = place()
    assert found._empty.block.text() == sentence


def test_the_queue_has_the_worst_first_with_its_main_error(project, place, done):
    measured(project, done)
    project.open("inspect")
    found = place()
    model = found.queue.model
    assert [row.name for row in model.rows] == ["held_0.png", "held_1.png", "held_2.png"]
    words = [model.evaluation.words_of(row) for row in model.rows]
    assert words == [f"person called {project.LONG}", f"{project.LONG}: missed in part", "good"]
    spoken = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("held_0.png, 1 of 3, IoU 0.21")


def test_choosing_an_image_opens_it_and_draws_exact_errors(project, place, qtbot, done):
    measured(project, done)
    project.open("inspect")
    found = place()
    assert found.step(1)
    assert project.session.image.file_name == "held_0.png"
    qtbot.waitUntil(lambda: found.view.errors is not None)
    errors = found.view.errors
    assert errors.missed.area == 10 * 50
    assert errors.extra.area == 10 * 50
    assert errors.wrong.area == 60 * 70
    assert "Missed 500 px" in found.legend.words
    assert "Wrong class: person 4,200 px" in found.legend.words
    assert project.inference.asked == [("v7", "held_0.png")]


def test_the_errors_are_on_the_picture_with_their_hatches(project, place, qtbot, done):
    from app.places.error_paint import color_of

    measured(project, done)
    project.open("inspect")
    found = place(1500, 900)
    found.step(1)
    qtbot.waitUntil(lambda: found.view.errors is not None and found.view.photo.is_ready)
    image = found.view.grab().toImage()
    camera = found.view.camera

    def near(color, box):
        left, top = camera.to_view(box[0], box[1])
        right, bottom = camera.to_view(box[2], box[3])
        pixels = [
            image.pixelColor(x, y)
            for x in range(int(left) + 4, int(right) - 4)
            for y in range(int(top) + 4, int(bottom) - 4)
        ]
        want = np.array(color.getRgb()[:3])
        return sum(np.abs(np.array(p.getRgb()[:3]) - want).max() < 60 for p in pixels) / len(pixels)

    for kind, box in (("missed", (10, 10, 20, 60)), ("wrong", (80, 30, 140, 100))):
        share = near(color_of(kind), box)
        assert 0.03 < share < 0.6, kind  # strokes, not a flat fill


def test_held_t_shows_the_photo_alone(project, place, qtbot, done):
    measured(project, done)
    project.open("inspect")
    found = place()
    found.step(1)
    qtbot.waitUntil(lambda: found.view.errors is not None)
    with_errors = found.view.grab().toImage()
    project.session.set_view(photo_alone=True)
    alone = found.view.grab().toImage()
    project.session.set_view(photo_alone=False)
    assert alone != with_errors
    assert found.view.grab().toImage() == with_errors


def test_a_change_of_the_mask_changes_the_errors(project, place, qtbot, done):
    from engine.document.commands import FlipPixels
    from engine.masks.mask import Mask

    measured(project, done)
    project.open("inspect")
    found = place()
    found.step(1)
    qtbot.waitUntil(lambda: found.view.errors is not None)
    before = found.view.errors.missed.area
    first = project.session.document.ordered()[0]
    assert project.session.do(FlipPixels(first.id, Mask.rectangle((0, 110, 5, 120))))
    qtbot.waitUntil(
        lambda: found.view.errors is not None and found.view.errors.missed.area != before
    )
    assert found.view.errors.missed.area == before + 50


def test_the_pointer_says_both_classes(project, place, qtbot, done):
    measured(project, done)
    project.open("inspect")
    found = place()
    found.step(1)
    qtbot.waitUntil(lambda: found.view.errors is not None)
    found._on_pointed((100, 50))
    assert found._under.text() == f"you: {project.LONG} · model: person"
    found._on_pointed((65, 20))
    assert found._under.text() == "you: none · model: person"


def test_f2_goes_to_correct_and_the_image_stays(project, place, qtbot, done):
    measured(project, done)
    project.open("inspect")
    found = place()
    found.step(1)
    qtbot.mouseClick(found.queue._fix, Qt.MouseButton.LeftButton)
    assert project.triggered == ["inspect.fix"]


def test_the_end_of_the_queue_is_the_end(project, place, done):
    measured(project, done)
    project.open("inspect")
    found = place()
    assert [found.step(1) for _ in range(4)] == [True, True, True, False]
    assert [found.step(-1) for _ in range(3)] == [True, True, False]


def test_figures_compare_with_the_model_before(project, place, done):
    measured(project, done, "v6", -0.04, age=500)
    measured(project, done)
    project.open("inspect")
    found = place()
    shown = {
        name.text(): value.text()
        for name, value in zip(
            found.analysis._figures._names, found.analysis._figures._values, strict=True
        )
    }
    assert shown["Mean IoU"] == "0.60"
    assert shown["Against v6"] == "+0.04"
    assert shown["Held-back images"] == "3"
    assert found.analysis._classes._count.text() == "line = v6"


def test_the_matrix_starts_at_the_largest_mistake_and_moves_by_keys(project, place, done):
    measured(project, done)
    project.open("inspect")
    found = place()
    matrix = found.analysis.matrix
    assert matrix.words() == f"person called {project.LONG}: 21\xa0%, in 1 image"
    matrix.setFocus()
    QTest.keyClick(matrix, Qt.Key.Key_Left)
    assert matrix.words() == "person found: 79\xa0%"
    QTest.keyClick(matrix, Qt.Key.Key_Right)
    QTest.keyClick(matrix, Qt.Key.Key_Return)
    assert [row.name for row in found.queue.model.rows] == ["held_0.png"]
    assert project.session.image.file_name == "held_0.png"
    found.queue.show_only(None)
    assert len(found.queue.model.rows) == 3


def test_without_errors_per_image_nothing_is_promised(project, place, done):
    measured(project, done, errors=False)
    project.open("inspect")
    found = place()
    assert "image" not in found.analysis.matrix.words()
    assert not found.analysis._show.isVisibleTo(found.analysis)


def test_the_picture_zooms_at_the_pointer_and_fits_again(project, place, qtbot, done):
    measured(project, done)
    project.open("inspect")
    found = place()
    found.step(1)
    view = found.view
    fitted = view.camera
    at = QPointF(view.width() * 0.3, view.height() * 0.4)
    under = view.camera.to_image(at.x(), at.y())
    view.zoom(1.5, at)
    after = view.camera.to_image(at.x(), at.y())
    assert view.camera.scale == pytest.approx(fitted.scale * 1.5)
    assert after == pytest.approx(under, abs=1.0)
    view.fit()
    assert view.camera == fitted


def test_another_model_in_use_shows_its_own_figures(project, place, done):
    measured(project, done, "v6", -0.04, age=500)
    measured(project, done, "v7")
    project.open("inspect")
    found = place()
    assert found._model.text() == "DeepLab VOC · v7 (in use)"
    project.use("v6")
    assert found._model.text() == "DeepLab VOC · v6 (in use)"


def test_many_classes_keep_the_matrix_readable():
    classes = tuple(
        evaluation.ClassScore(n, f"class {n}", 0.5, 0.6, 1000 - n) for n in range(1, 60)
    )
    matrix = tuple(tuple(int(a == b) * 10 for b in range(59)) for a in range(59))
    found = evaluation.Evaluation("j", "m", 0.5, 0.9, classes, (), matrix, held_out=True)
    shown = found.shown_classes(9)
    assert shown == (*range(2, 11), 1)


@pytest.mark.parametrize("name", ["dark", "light", "highContrast"])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_it_paints_in_every_theme(project, place, qapp, look, done, name, scale):
    look.scale = scale
    look._fonts.clear()
    look.apply(qapp, name)
    measured(project, done)
    project.open("inspect")
    found = place(1600, 1000)
    found.step(1)
    image = found.grab().toImage()
    assert image.pixelColor(3, image.height() // 2).name() == look.color("surface.base").name()
    middle = found.view.mapTo(found, found.view.rect().topLeft())
    surround = image.pixelColor(middle.x() + 3, middle.y() + 3).name()
    assert surround == look.color("canvas.surround").name()


def test_the_row_that_a_key_reached_among_the_classes_is_seen(project, place, done, qtbot):
    measured(project, done)
    project.open("inspect")
    whole = place()
    found = whole.analysis.list
    whole.activateWindow()
    without = found.grab().toImage()
    found.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(found.hasFocus)
    first = found.grab().toImage()
    assert first != without
    QTest.keyClick(found, Qt.Key.Key_Down)
    assert found.grab().toImage() not in (first, without)
