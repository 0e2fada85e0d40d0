import json

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from app.places import models_list
from app.places.models import ModelsPlace


@pytest.fixture
def place(scene, qtbot):
    def make(width=1600, height=900):
        found = ModelsPlace(scene.services)
        qtbot.addWidget(found)
        found.resize(width, height)
        found.show()
        return found

    return make


def finished(scene, done, better=False, model="v8", **changes):
    """A round that has ended with a model, compared on three images."""
    _person, cat = scene.add_classes("person", "cat")
    ids = [
        scene.add_image(f"held_{n}.png", [(cat, (10, 10, 90, 90))], fold="held") for n in range(3)
    ]
    worse = [(0.91, 0.78), (0.83, 0.71), (0.6, 0.7)]
    images = [
        {"id": n, "miou_before": a, "miou_after": b} for n, (a, b) in zip(ids, worse, strict=True)
    ]
    data = scene.compare(images, better=better, **changes)
    scene.add_model("v7", "DeepLab VOC · v7", ["person", "cat"], {"miou": 0.63}, "project")
    facts = {"miou": 0.66, "better": better, "images": 4}
    scene.add_model(model, "DeepLab VOC · v8", ["person", "cat"], facts, "project")
    scene.use("v7")
    job = scene.job(
        scene.train_spec([ids[0]], ids, "DeepLab VOC · v8"),
        scene.learning_events(12),
        done=done({**data, "model_id": model, "name": "DeepLab VOC · v8"}),
    )
    (job.path / "compare.json").write_text(json.dumps(data))
    for each in ("v7", "v8"):
        for n in range(3):
            scene.answer(each, f"held_{n}.png", [(2, (20, 20, 80, 90))])
    return ids


def test_no_model_says_so_and_offers_one(scene, place, qtbot):
    scene.open()
    found = place()
    assert found._pages.currentIndex() == 1
    qtbot.mouseClick(found._empty_button, Qt.MouseButton.LeftButton)
    assert scene.triggered == ["model.add"]


def test_the_running_round_is_shown_and_can_be_stopped(scene, place, qtbot, monkeypatch):
    scene.add_model("v7", "DeepLab VOC · v7", ["cat"], {"miou": 0.63}, "project")
    scene.use("v7")
    job = scene.job(
        scene.train_spec([1, 2, 3], [4], "DeepLab VOC · v8"), scene.learning_events(), running=True
    )
    scene.open()
    found = place()
    view = found._view
    assert view._title.text() == "DeepLab VOC · v8 is learning from 3 images"
    assert view._stop.text() == "Stop and keep DeepLab VOC · v7"
    assert "v8 went from" in view._miou.summary
    assert "v7 is at 0.63" in view._miou.summary
    stopped = []
    monkeypatch.setattr(scene.jobs, "cancel", stopped.append)
    view.stop_asked.connect(stopped.append)
    qtbot.mouseClick(view._stop, Qt.MouseButton.LeftButton)
    assert job.id in stopped


def test_new_values_reach_the_curves(scene, place, qtbot):
    from engine.jobs.events import Metric, Progress

    job = scene.job(scene.train_spec([1, 2], [3]), scene.learning_events(2), running=True)
    scene.open()
    found = place()
    job.append(Metric("miou", 3, 0.71))
    job.append(Progress(7, 12, "Epoch 4 of 12", 30.0))
    qtbot.waitUntil(lambda: "0.71" in found._view._miou.summary)
    assert found._list.row().miou == pytest.approx(0.71)


def test_the_verdict_of_a_finished_round_switches_with_one_click(scene, place, qtbot, done):
    finished(scene, done, better=True, reason="Mean IoU rose by 0.03.")
    scene.open()
    found = place()
    found.choose("model:v8")
    banner = found._view._verdict
    assert banner.isVisibleTo(found)
    assert banner._title.text() == "DeepLab VOC · v8 is better."
    assert "Your rule: switch only if" in banner._detail.text()
    qtbot.mouseClick(banner._main, Qt.MouseButton.LeftButton)
    assert scene.used == ["v8"]


def test_a_class_that_fell_makes_it_a_warning_without_a_filled_button(scene, place, done):
    finished(scene, done)
    scene.open()
    found = place()
    found.choose("model:v8")
    banner = found._view._verdict
    assert "but cat fell by 0.03" in banner._title.text()
    assert not banner._main.isVisibleTo(found)
    assert banner._do.text() == "Switch to DeepLab VOC · v8 anyway"


def test_rolling_back_is_one_click_in_the_list(scene, place, qtbot, done):
    finished(scene, done)
    scene.add_model("v6", "DeepLab VOC · v6", ["cat"], {"miou": 0.62, "better": True}, "project")
    scene.open()
    found = place()
    index = found._list._model.find("model:v6")
    area = models_list.use_area(QRectF(found._list.visualRect(index)))
    at = area.center().toPoint()
    QTest.mouseClick(
        found._list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at
    )
    assert scene.used == ["v6"]


def test_a_click_beside_the_button_only_shows_the_model(scene, place, done):
    finished(scene, done)
    scene.open()
    found = place()
    index = found._list._model.find("model:v8")
    at = found._list.visualRect(index).topLeft() + QPoint(60, 12)
    QTest.mouseClick(
        found._list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at
    )
    assert scene.used == []
    assert found._list.row().model_id == "v8"


def test_the_list_is_used_by_keys(scene, place, done):
    finished(scene, done)
    scene.open()
    found = place()
    found._list.setFocus()
    assert found._list.row().kind == "in_use"
    QTest.keyClick(found._list, Qt.Key.Key_Down)
    QTest.keyClick(found._list, Qt.Key.Key_Down)
    assert found._list.row().model_id == "v8"
    QTest.keyClick(found._list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert scene.used == ["v8"]


def test_masks_that_got_worse_are_drawn_from_both_models(scene, place, qtbot, done):
    ids = finished(scene, done)
    scene.open()
    found = place()
    found.choose("model:v8")
    pairs = found._worse._pairs
    assert [pair.row.image_id for pair in pairs] == ids[:2]
    qtbot.waitUntil(lambda: all(picture for pair in pairs for picture in pair._pictures))
    assert scene.inference.asked == [
        ("v7", "held_0.png"),
        ("v8", "held_0.png"),
        ("v7", "held_1.png"),
        ("v8", "held_1.png"),
    ]
    colors = {pairs[0]._pictures[1].pixelColor(x, y).name() for x in range(160) for y in range(120)}
    cat = scene.project.taxonomy.by_name("cat").color.lower()
    assert {cat, "#ffffff"} <= colors
    qtbot.mouseClick(pairs[0], Qt.MouseButton.LeftButton)
    assert scene.session.place == "inspect"
    assert scene.session.image.id == ids[0]


def test_a_model_that_cannot_answer_says_so_in_its_place(scene, place, done):
    finished(scene, done)
    scene.inference.answers["v7", "held_0.png"] = "The file is gone."
    scene.open()
    found = place()
    found.choose("model:v8")
    assert "The file is gone." in found._worse._pairs[0].toolTip()


def test_a_failed_round_says_why_and_what_stays(scene, place, done):
    scene.add_model("v7", "DeepLab VOC · v7", ["cat"], {"miou": 0.63}, "project")
    scene.use("v7")
    sentence = "There is not enough memory on cpu to learn from even one image at a time."
    scene.job(scene.train_spec([1], [2]), done=done(outcome="failed", error=sentence))
    scene.open()
    found = place()
    found.choose(f"job:{scene.jobs.jobs()[0].id}")
    banner = found._view._verdict
    assert banner._title.text() == sentence
    assert banner._detail.text() == "DeepLab VOC · v7 stays in use."


def test_a_round_with_a_checkpoint_goes_on(scene, place, qtbot, done):
    job = scene.job(scene.train_spec([1], [2]), done=done(outcome="cancelled"))
    (job.path / "checkpoint.pt").write_bytes(b"state")
    scene.open()
    found = place()
    found.choose(f"job:{job.id}")
    qtbot.mouseClick(found._view._resume, Qt.MouseButton.LeftButton)
    assert [each.id for each in scene.started] == [job.id]


def test_a_model_from_outside_shows_what_its_card_says(scene, place):
    scene.add_model("voc", "DeepLab VOC", ["person", "cat"])
    scene.use("voc")
    scene.open()
    found = place()
    names = [
        found._view._facts._grid.itemAt(k).widget().text()
        for k in range(found._view._facts._grid.count())
    ]
    assert "2 classes: person, cat" in names
    assert "257 × 257 pixels, squeezed to it, RGB" in names
    assert "Apache-2.0" in names


def test_columns_go_as_the_window_narrows(scene, place):
    scene.add_model("voc", "DeepLab VOC", ["cat"])
    scene.use("voc")
    scene.open()
    found = place()
    seen = []
    for width in (1600, 1300, 1000):
        found.resize(width, 800)
        seen.append((found._right.isVisibleTo(found), found._right.width()))
    assert seen[0][0]
    assert seen[1][0]
    assert seen[0][1] > seen[1][1]
    assert not seen[2][0]


@pytest.mark.parametrize("name", ["dark", "light", "highContrast"])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_long_names_are_cut_and_everything_paints(scene, place, qapp, look, done, name, scale):
    look.scale = scale
    look._fonts.clear()
    look.apply(qapp, name)
    finished(scene, done, name=scene.LONG)
    scene.open()
    found = place(1600, 1000)
    found.choose("model:v8")
    image = found.grab().toImage()
    ground = look.color("surface.base").name()
    assert image.pixelColor(5, image.height() // 2).name() == ground
    title = found._view._title
    assert title.mapTo(found, QPoint(title.width(), 0)).x() <= found.width()


def test_charts_and_table_are_named_for_screen_readers(scene, place, done):
    finished(scene, done)
    scene.open()
    found = place()
    found.choose("model:v8")
    view = found._view
    assert view._loss.accessibleName().startswith("Loss: training went from")
    assert "of 4 classes" in view._table._list.accessibleName()
    assert view._from.strip.accessibleName() == "1 image"


def test_every_painted_icon_exists():
    from app.dialogs.model_fields import GLYPHS
    from app.places import champion, verdict_banner
    from app.theme.icons import glyphs

    named = {icon for icon, _ in models_list._ICONS.values()}
    named |= {icon for icon, _ in champion._TRENDS.values()}
    named |= {icon for icon, _, _ in verdict_banner._LOOKS.values()}
    named |= {icon for icon, _ in GLYPHS.values()}
    assert named <= set(glyphs())


def test_a_point_in_the_use_button_is_inside_its_row(scene, place, done):
    finished(scene, done)
    scene.open()
    found = place()
    index = found._list._model.find("model:v8")
    row = QRectF(found._list.visualRect(index))
    assert row.contains(models_list.use_area(row))
    assert not models_list.use_area(row).contains(QPointF(row.left() + 5, row.center().y()))


def test_a_round_that_begins_comes_into_sight_and_stays_when_it_ends(scene, place, done):
    finished(scene, done)
    scene.open()
    found = place()
    found.choose("model:v7")
    assert found._list.row().model_id == "v7"
    running = scene.job(scene.train_spec([1], [2], "v9"), running=True, age=0.0)
    scene.jobs._adopt(running.path, None)
    found.refresh()
    assert found._list.row().job_id == running.id
    found.choose("model:v7")
    found.refresh()
    assert found._list.row().model_id == "v7", "what was chosen stays chosen"
    found.hide()
    found.show()
    assert found._list.row().job_id == running.id, "the place opens at the round that runs"
    scene.add_model("v9", "v9", ["person"], {"round": 9}, "project")
    view = scene.jobs.get(running.id)
    view.state, view.taken, view.model = "done", True, "v9"
    found.refresh()
    assert found._list.row().model_id == "v9"
    assert "v9 learned from" in found._view._title.text()
