"""The canvas by real events, as a person has it in hand."""

from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.masks.mask import Mask
from engine.masks.raster import capsule, disc
from engine.store import ImageRow, ImageRows
from tests.app.canvas.harness import (
    BOAT,
    CTRL,
    MIDDLE,
    NONE,
    PERSON,
    PLAIN,
    RIGHT,
    SHIFT,
    SKY,
    annotation,
)

SIZE = (200, 300)


def only(desk):
    (found,) = desk.document.annotations.values()
    return found


def wheel(desk, notches, x, y, keys=PLAIN, pixels=None, phase=Qt.ScrollPhase.NoScrollPhase):
    canvas = desk.canvas
    at = canvas.to_widget(x, y)
    angle = QPoint(0, round(notches * 120))
    where = QPointF(canvas.mapToGlobal(at))
    event = QWheelEvent(at, where, pixels or QPoint(), angle, NONE, keys, phase, False)
    QApplication.sendEvent(canvas, event)


# -- bugs ----------------------------------------------------------------------------------------


def test_a_bug_while_painting_is_reported_once_and_does_not_reach_qt(desk, monkeypatch):
    desk.open(SIZE)
    reported = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, trace: reported.append(str(error)))
    with monkeypatch.context() as patch:
        patch.setattr(desk.canvas.picture.scene, "render", lambda: int("none"))
        for _ in range(2):
            desk.canvas.repaint()
    assert len(reported) == 1
    painted = []
    desk.canvas.painted.connect(lambda: painted.append(1))
    desk.canvas.repaint()
    assert painted, "it paints again when it can"


# -- painting ------------------------------------------------------------------------------------


@pytest.fixture
def brush(desk):
    desk.open(SIZE)
    desk.session.set_tool("brush")
    desk.session.set_radius(8)
    return desk


def test_a_stroke_paints_an_object_and_selects_it(brush):
    brush.stroke((50, 50), (80, 60), (120, 60))
    wanted = capsule((50, 50), (80, 60), 8, SIZE) | capsule((80, 60), (120, 60), 8, SIZE)
    assert (only(brush).mask ^ wanted).area <= 4  # places on screen are not exact image pixels
    assert only(brush).class_id == PERSON
    assert brush.session.selection == {only(brush).id}


def test_the_stroke_shows_while_it_is_made(brush):
    before = brush.color_at(60, 50)
    brush.press(50, 50)
    brush.move(70, 50)
    assert brush.canvas.is_stroking
    shown = brush.color_at(52, 46)
    assert shown[2] > before[2] + 40
    assert not brush.document.annotations
    brush.release(70, 50)
    assert not brush.canvas.is_stroking


def test_the_finished_stroke_shows_in_its_class_colour_and_undo_takes_it_away(brush):
    brush.session.set_selection([])
    before = brush.color_at(60, 100)
    brush.stroke((50, 100), (70, 100))
    after = brush.color_at(60, 96)
    assert after[2] > before[2] + 20
    brush.session.history.undo()
    brush.hover(250, 20)
    assert np.abs(brush.color_at(60, 100) - before).max() <= 1


def test_the_right_button_removes(brush):
    brush.stroke((50, 50), (120, 50))
    area = only(brush).mask.area
    brush.stroke((80, 50), (90, 50), button=RIGHT)
    assert only(brush).mask.area < area
    assert not only(brush).mask.at(85, 50)


def test_a_held_key_erases(brush):
    brush.stroke((50, 50), (120, 50))
    brush.canvas.hold("erase")
    brush.stroke((80, 50), (90, 50))
    assert not only(brush).mask.at(85, 50)
    brush.canvas.release("erase")
    brush.stroke((80, 50), (90, 50))
    assert only(brush).mask.at(85, 50)


def test_erasing_shows_the_photo_at_once(brush):
    photo = brush.color_at(85, 50)
    brush.stroke((50, 50), (120, 50))
    painted = brush.color_at(85, 53)
    assert np.abs(painted - photo).max() > 20
    brush.press(85, 50, RIGHT)
    brush.move(95, 50, RIGHT)
    assert np.abs(brush.color_at(90, 54) - photo).max() <= 20
    brush.canvas.cancel_gesture()
    assert only(brush).mask.at(90, 54)


def test_escape_drops_the_stroke(brush):
    brush.canvas.hands.point(None)
    before = brush.pixels()
    brush.press(50, 50)
    brush.move(90, 90)
    assert brush.canvas.cancel_gesture()
    brush.canvas.hands.point(None)
    assert np.array_equal(brush.pixels(), before)
    brush.release(90, 90)
    assert not brush.document.annotations
    assert not brush.canvas.cancel_gesture()


def test_shift_draws_a_line_from_the_last_point(brush):
    brush.click(40, 40)
    brush.click(140, 40, keys=SHIFT)
    assert only(brush).mask.at(90, 40)


def test_every_sample_is_used(brush):
    brush.session.set_radius(1)
    points = [(20 + 2 * k, 100 + (k % 2) * 40) for k in range(60)]
    brush.stroke(*points)
    assert all(only(brush).mask.at(*point) for point in points[1:-1])


def test_ctrl_picks_up_instead_of_painting(desk):
    desk.open(SIZE, [annotation(7, disc((100, 100), 30, SIZE), BOAT)])
    desk.session.set_tool("brush")
    desk.click(100, 100, keys=CTRL)
    assert desk.session.current_class == BOAT
    assert desk.session.selection == {7}
    assert not desk.session.history.can_undo


def test_stuff_is_painted_as_pixels_and_shows(brush):
    brush.session.set_class(SKY)
    brush.stroke((50, 50), (120, 50))
    assert brush.document.layer.at(80, 50) == SKY
    brush.hover(250, 150)
    colour = brush.color_at(80, 50)
    assert colour[1] > colour[0] + 20


def test_a_refusal_is_said_and_leaves_nothing(desk):
    desk.open(SIZE, [annotation(1, disc((100, 100), 30, SIZE), locked=True)])
    desk.session.set_tool("brush")
    desk.stroke((100, 100), (120, 100))
    assert any("locked" in text for text in desk.said)
    assert not desk.session.history.can_undo


def test_read_only_projects_are_not_painted_on(brush):
    brush.session.project.read_only = True
    brush.press(50, 50)
    assert not brush.canvas.is_stroking
    assert brush.said == ["Another window has this project open."]


def test_force_new_begins_another_object(brush):
    brush.click(50, 50)
    brush.session.set_selection([])
    brush.session.set_force_new(True)
    brush.click(50, 50)
    assert len(brush.document.annotations) == 2
    assert not brush.session.force_new


# -- polygon, fill, select -----------------------------------------------------------------------


def test_a_polygon_by_clicks_and_enter(desk):
    desk.open(SIZE)
    desk.session.set_tool("polygon")
    drawing = []
    desk.canvas.drawing_changed.connect(drawing.append)
    for at in ((20, 20), (120, 20), (120, 120), (5, 5)):
        desk.click(*at)
    desk.canvas.take_back_point()
    desk.canvas.close_shape()
    assert drawing == [True, False]
    assert only(desk).mask.at(100, 40)
    assert not only(desk).mask.at(30, 100)


def test_a_double_click_closes(desk):
    desk.open(SIZE)
    desk.session.set_tool("polygon")
    desk.click(20, 20)
    desk.click(120, 20)
    at = desk.canvas.to_widget(120, 120).toPoint()
    QTest.mouseClick(desk.canvas, Qt.MouseButton.LeftButton, PLAIN, at)
    QTest.mouseDClick(desk.canvas, Qt.MouseButton.LeftButton, PLAIN, at)
    QTest.mouseRelease(desk.canvas, Qt.MouseButton.LeftButton, PLAIN, at)  # that does not let go
    assert not desk.canvas.is_stroking
    assert only(desk).mask.at(100, 40)


def test_another_tool_ends_the_polygon(desk):
    desk.open(SIZE)
    desk.session.set_tool("polygon")
    desk.click(20, 20)
    desk.session.set_tool("brush")
    assert not desk.canvas.is_stroking


def test_filling_a_hole(desk):
    ring = disc((100, 100), 60, SIZE) - disc((100, 100), 30, SIZE)
    desk.open(SIZE, [annotation(1, ring)])
    desk.session.set_tool("fill")
    desk.click(100, 100)
    assert desk.document.annotations[1].mask.at(100, 100)


def test_select_hover_and_deeper(desk):
    stack = [
        annotation(1, disc((100, 100), 60, SIZE)),
        annotation(2, disc((100, 100), 30, SIZE), BOAT),
    ]
    desk.open(SIZE, stack)
    desk.hover(100, 100)
    assert desk.session.hovered == 2
    desk.click(100, 100)
    assert desk.session.selection == {2}
    desk.click(100, 100, keys=CTRL)
    assert desk.session.selection == {1}
    desk.click(5, 5)
    assert desk.session.selection == set()
    QTest.keyClick(desk.canvas, Qt.Key.Key_Tab)
    desk.hover(100, 100)
    QTest.keyClick(desk.canvas, Qt.Key.Key_Tab)
    assert desk.session.selection == {2}
    QTest.keyClick(desk.canvas, Qt.Key.Key_Tab)
    assert desk.session.selection == {1}
    wheel(desk, -1, 100, 100, SHIFT)
    assert desk.session.selection == {2}
    desk.canvas.hands.point(None)
    assert desk.session.hovered is None


def test_hidden_classes_are_not_picked(desk):
    from dataclasses import replace

    desk.open(SIZE, [annotation(1, disc((100, 100), 60, SIZE))])
    taxonomy = desk.session.taxonomy
    hidden = taxonomy.with_(replace(taxonomy.get(PERSON), visible=False))
    desk.session.project.taxonomy = hidden
    desk.session.taxonomy_changed.emit()
    desk.click(100, 100)
    assert desk.session.selection == set()


def test_the_right_button_of_select_opens_the_class_picker(desk):
    desk.open(SIZE)
    desk.press(10, 10, RIGHT)
    assert desk.triggered == ["class.picker"]


# -- moving --------------------------------------------------------------------------------------


def test_an_image_is_fitted_and_stays_so(desk):
    desk.open(SIZE)
    first = desk.canvas.scale
    desk.canvas.resize(900, 700)
    QApplication.processEvents()
    assert desk.canvas.scale > first
    assert desk.canvas.camera.visible == (0, 0, 300, 200)


def test_the_wheel_zooms_around_the_pointer(desk):
    desk.open(SIZE)
    before = desk.canvas.to_widget(70, 50)
    scales = []
    desk.canvas.scale_changed.connect(scales.append)
    wheel(desk, 3, 70, 50)
    after = desk.canvas.to_widget(70, 50)
    assert (after - before).manhattanLength() < 4
    assert scales == [pytest.approx(desk.canvas.scale)]


def test_zooming_stops_at_one_to_one(desk):
    desk.open(SIZE)
    desk.canvas.view.scale_to(0.9, desk.canvas.view.middle)
    desk.canvas.zoom(1.25)
    assert desk.canvas.scale == 1.0
    desk.canvas.zoom(1.25)
    assert desk.canvas.scale == 1.25
    desk.canvas.zoom(1 / 1.5)
    assert desk.canvas.scale == 1.0


@pytest.mark.parametrize("how", ["middle", "held", "tool"])
def test_the_picture_is_gripped_and_moved(desk, how):
    desk.open(SIZE)
    desk.session.set_tool("brush")
    desk.canvas.view.scale_to(3.0, desk.canvas.view.middle)
    button = MIDDLE if how == "middle" else Qt.MouseButton.LeftButton
    if how == "held":
        desk.canvas.hold("pan")
    elif how == "tool":
        desk.session.set_tool("pan")
    start = desk.canvas.to_widget(100, 100)
    desk.press(100, 100, button)
    desk.move(110, 95, button)
    desk.release(110, 95, button)
    moved = desk.canvas.to_widget(100, 100) - start
    assert (moved.x(), moved.y()) == (30, -15)
    assert not desk.document.annotations


def test_a_touchpad_pans_and_pinches_are_zooms(desk):
    desk.open(SIZE)
    desk.canvas.view.scale_to(3.0, desk.canvas.view.middle)
    start = desk.canvas.to_widget(100, 100)
    wheel(desk, 0, 100, 100, pixels=QPoint(-7, 5), phase=Qt.ScrollPhase.ScrollUpdate)
    assert desk.canvas.to_widget(100, 100) - start == QPointF(-7, 5)
    desk.canvas.pinch(2.0, desk.canvas.to_widget(100, 100))
    assert desk.canvas.scale == 6.0


def test_shift_wheel_sizes_the_brush_and_ctrl_wheel_the_fills(desk):
    desk.open(SIZE)
    desk.session.set_tool("brush")
    radius = desk.session.brush_radius
    wheel(desk, 1, 50, 50, SHIFT)
    assert desk.session.brush_radius > radius
    wheel(desk, -2, 50, 50, CTRL)
    assert desk.session.view.opacity == 0.8


def test_fitting_leaves_out_cards(desk):
    desk.open(SIZE)
    desk.canvas.set_blocked([QRect(100, 300, 300, 90)])
    assert desk.canvas.camera.image_rect[3] <= 300
    desk.canvas.set_blocked([])
    assert desk.canvas.camera.image_rect[3] > 300


def test_objects_are_zoomed_to_and_revealed(desk):
    desk.open(SIZE)
    desk.canvas.zoom_to((100, 100, 130, 120))
    assert desk.canvas.view.shows((100, 100, 130, 120))
    assert desk.canvas.scale > 6
    scale = desk.canvas.scale
    desk.canvas.reveal((10, 10, 20, 20))
    assert desk.canvas.view.shows((10, 10, 20, 20))
    assert desk.canvas.scale == scale
    at = desk.canvas.camera
    desk.canvas.reveal((12, 12, 18, 18))
    assert desk.canvas.camera == at


def test_the_next_image_of_the_same_size_keeps_the_place(desk):
    desk.open(SIZE)
    desk.canvas.view.scale_to(3.0, desk.canvas.view.middle)
    camera = desk.canvas.camera
    desk.open(SIZE)
    assert desk.canvas.camera == camera
    desk.open((100, 100))
    assert desk.canvas.camera.visible == (0, 0, 100, 100)


def test_held_keys_do_not_stick_when_the_focus_goes(desk):
    desk.open(SIZE)
    desk.canvas.hold("pan")
    desk.canvas.hold("photo")
    assert desk.session.view.photo_alone
    QApplication.sendEvent(desk.canvas, QFocusEvent(QEvent.Type.FocusOut))
    assert not desk.session.view.photo_alone
    assert not desk.canvas.hands.is_hand


def test_the_pointer_has_the_shape_of_the_tool(desk):
    desk.open(SIZE)
    shapes = []
    for tool in ("select", "brush", "polygon", "pan"):
        desk.session.set_tool(tool)
        shapes.append(desk.canvas.cursor().shape())
    shape = Qt.CursorShape
    assert shapes == [
        shape.ArrowCursor,
        shape.BlankCursor,
        shape.CrossCursor,
        shape.OpenHandCursor,
    ]


def test_the_ring_is_drawn_in_the_size_of_the_brush(desk):
    desk.open(SIZE)
    desk.session.set_tool("brush")
    desk.session.set_radius(30)
    desk.hover(150, 100)
    desk.canvas.settle()
    at, radius = desk.canvas.to_widget(150, 100), 30 * desk.canvas.scale
    row = desk.pixels()[int(at.y())].astype(int).max(1)
    bright = np.flatnonzero(row > 200)
    edges = bright[(bright < at.x() - 20) | (bright > at.x() + 20)]
    assert abs(edges.min() - (at.x() - radius)) < 3
    assert abs(edges.max() - (at.x() + radius)) < 3


# -- the keyboard's cross ------------------------------------------------------------------------


def test_the_keyboard_paints(brush):
    brush.canvas.press_at_cross()  # the first time it only shows
    start = brush.canvas.hands.cross
    assert not brush.document.annotations
    brush.canvas.press_at_cross()
    assert only(brush).mask.at(int(start.x()), int(start.y()))
    QTest.keyClick(brush.canvas, Qt.Key.Key_Right)
    QTest.keyClick(brush.canvas, Qt.Key.Key_Down, SHIFT)
    assert brush.canvas.hands.cross == start + QPointF(1, 10)
    brush.canvas.press_at_cross(erase=True)
    assert not only(brush).mask.at(int(start.x()) + 1, int(start.y()) + 10)
    brush.click(10, 10)
    assert brush.canvas.hands.cross is None


def test_the_cross_stays_inside_and_in_view(brush):
    brush.canvas.view.scale_to(6.0, brush.canvas.view.middle)
    brush.canvas.press_at_cross()
    for _ in range(60):
        QTest.keyClick(brush.canvas, Qt.Key.Key_Left, SHIFT)
    assert brush.canvas.hands.cross.x() == 0.5
    assert brush.canvas.camera.visible[0] == 0


# -- what is said --------------------------------------------------------------------------------


def said(desk, qtbot, x, y):
    with qtbot.waitSignal(desk.canvas.pointer_changed, timeout=5000) as signal:
        desk.hover(x, y)
    return signal.args[0]


def test_the_status_bar_is_told_what_lies_there(desk, qtbot):
    shown = annotation(3, disc((100, 100), 20, SIZE), BOAT, score=0.77, proposal=True)
    desk.open(SIZE, [shown])
    info = said(desk, qtbot, 100.5, 90.5)
    assert (info.x, info.y) == (100, 90)
    photo = np.asarray(Image.open(desk.session.image.path))
    assert info.rgb == tuple(photo[90, 100])
    assert (info.class_name, info.object_text) == ("boat", "boat #3, proposal 0.77")
    assert info.probability is None
    desk.session.confidence = SimpleNamespace(at=lambda x, y, size: (1, 0.61, 0, 0.2))
    assert said(desk, qtbot, 10.5, 10.5).probability == 0.61


def test_deep_images_tell_what_is_stored(desk, qtbot):
    path = desk.folder / "deep.tif"
    pixels = np.random.default_rng(0).integers(0, 4000, SIZE).astype(np.uint16)
    tifffile.imwrite(path, pixels)
    desk.open(SIZE, path=path)
    info = said(desk, qtbot, 20.5, 30.5)
    assert info.rgb is None
    assert info.raw == (pixels[30, 20],)


def test_outside_the_image_there_is_nothing(desk, qtbot):
    desk.open((50, 300))
    assert said(desk, qtbot, 100, -20) is None


def test_the_selection_is_described_for_screen_readers(desk):
    desk.open(SIZE, [annotation(1, disc((100, 100), 60, SIZE))])
    desk.session.set_selection([1])
    assert desk.canvas.accessibleDescription() == "Selected: person"


# -- images --------------------------------------------------------------------------------------


def test_an_unreadable_image_is_said_and_its_masks_still_show(desk):
    path = desk.folder / "broken.png"
    path.write_bytes(b"not an image")
    desk.open(SIZE, [annotation(1, Mask.rectangle((0, 0, 100, 100)))], path=path)
    assert any("broken.png" in text for text in desk.said)
    colour = desk.color_at(20, 20)
    assert colour[2] > colour[0] + 30


def test_closing_the_image_clears_the_canvas(desk):
    desk.open(SIZE, [annotation(1, Mask.rectangle((0, 0, 100, 100)))])
    desk.session.document = desk.session.image = desk.session.history = None
    desk.session.image_changed.emit()
    assert (desk.pixels() == 0x19).all()
    desk.hover(10, 10)
    desk.press(10, 10)
    desk.canvas.fit()
    desk.canvas.press_at_cross()
    assert not desk.canvas.is_stroking


def test_the_photo_shows_the_right_way_up_and_in_its_colours(desk):
    path = desk.folder / "turned.png"
    pixels = np.zeros((300, 200, 3), np.uint8)
    pixels[:150] = 200, 30, 60
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[274] = 6
    image.save(path, exif=exif)
    desk.open((200, 300), path=path)
    assert np.abs(desk.color_at(280, 100) - (200, 30, 60)).max() <= 1
    assert desk.color_at(20, 100).max() <= 1


def test_the_neighbours_are_ready_before_they_are_opened(desk, qtbot):
    rows = []
    for number in range(3):
        path = desk.folder / f"p{number}.png"
        Image.fromarray(np.full((*SIZE, 3), 50 + number, np.uint8)).save(path)
        rows.append(ImageRow(number, path.name, desk.folder / "p.maskwright", path.name, None))
    session, photo = desk.session, desk.canvas.picture.photo
    session.images = ImageRows.of(rows)
    desk.open(SIZE, path=rows[1].path)
    qtbot.waitUntil(lambda: photo.loader.idle, timeout=5000)
    qtbot.waitUntil(lambda: (rows[2].path, 0) in photo._kept and (rows[0].path, 0) in photo._kept)
    photo.open(rows[2].path)
    assert photo.is_ready


def test_large_tiff_files_are_read_in_parts(desk, qtbot):
    path = desk.folder / "large.tif"
    pixels = np.random.default_rng(0).integers(100, 110, (2600, 3000, 3), dtype=np.uint8)
    pixels[1500:1600, 1500:1600] = 250, 20, 20
    tifffile.imwrite(path, pixels, photometric="rgb")
    desk.open((2600, 3000), path=path)
    assert np.abs(desk.color_at(1550, 1550) - (250, 20, 20)).max() <= 2
    desk.canvas.zoom_to((1500, 1500, 1600, 1600))
    desk.canvas.settle()
    photo = desk.canvas.picture.photo
    assert np.abs(desk.color_at(1550, 1550) - (250, 20, 20)).max() <= 1
    assert 0 < len(photo._tiles) <= 4
    assert photo.source.nbytes < pixels.nbytes / 8
