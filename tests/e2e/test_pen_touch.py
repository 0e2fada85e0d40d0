"""Pen, fingers and brush through the real window: events enter at the window, not at the canvas."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import brush_size
from app.canvas import touch
from app.dialogs.command_palette import CommandPalette
from engine.masks.raster import capsule, disc
from tests.e2e.driver import CTRL, PLAIN, SHIFT

SIZE = (240, 320)
LEFT, RIGHT, NONE = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.RightButton,
    Qt.MouseButton.NoButton,
)
TIP, ERASER = QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser


@pytest.fixture
def brush(at_work):
    at_work.session.set_tool("brush")
    at_work.session.set_radius(10)
    at_work.canvas.fit()  # images of one size keep the zoom of the one before
    at_work.canvas._touch.pen_seen, at_work.canvas._touch.pen_at = False, -1e9
    return at_work


class Pen:
    """A tablet's pen over the window."""

    def __init__(self, d, end=TIP):
        can = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
        kind = QInputDevice.DeviceType.Stylus
        self.d = d
        self.device = QPointingDevice("pen", 7, kind, end, can, 1, 3)

    def _send(self, kind, place, pressure, button, held):
        window = self.d.window
        at = self.d.canvas.mapTo(window, self.d.canvas.to_widget(*place))
        where = QPointF(window.mapToGlobal(at))
        event = QTabletEvent(
            kind, self.device, at, where, pressure, 0, 0, 0, 0, 0, PLAIN, button, held
        )
        QApplication.sendEvent(window.windowHandle(), event)
        QApplication.processEvents()

    def hover(self, *place, held=NONE):
        self._send(QEvent.Type.TabletMove, place, 0.0, NONE, held)

    def press(self, *place, pressure=1.0, button=LEFT, held=LEFT):
        self._send(QEvent.Type.TabletPress, place, pressure, button, held)

    def move(self, *place, pressure=1.0, held=LEFT):
        self._send(QEvent.Type.TabletMove, place, pressure, NONE, held)

    def release(self, *place, button=LEFT, held=NONE, pressure=0.0):
        self._send(QEvent.Type.TabletRelease, place, pressure, button, held)

    def stroke(self, *places, pressure=1.0, held=LEFT):
        self.hover(*places[0], held=held & ~LEFT)
        self.press(*places[0], pressure=pressure, held=held)
        for place in places[1:]:
            self.move(*place, pressure=pressure, held=held)
        self.release(*places[-1], held=held & ~LEFT)


# -- pen -----------------------------------------------------------------------------------------


def test_a_pen_paints_as_thick_as_it_is_pressed(brush):
    d, pen = brush, Pen(brush)
    pen.stroke((60, 60), (120, 60), pressure=1.0)
    full = d.objects[0].mask
    assert full.box[3] - full.box[1] == pytest.approx(20, abs=1)
    d.session.set_selection(())
    pen.stroke((60, 160), (120, 160), pressure=0.0001)
    light = d.objects[1].mask
    assert light.box[3] - light.box[1] == pytest.approx(7, abs=1)
    d.session.set_tool_option("pen_pressure", False)
    d.session.set_selection(())
    pen.stroke((200, 160), (260, 160), pressure=0.3)
    steady = d.objects[2].mask
    assert steady.box[3] - steady.box[1] == pytest.approx(20, abs=1)


def test_a_pen_that_hovers_moves_the_ring_and_paints_nothing(brush):
    d, pen = brush, Pen(brush)
    pen.hover(100, 100)
    before = d.canvas.hands.ring()[0]
    pen.hover(130, 100)
    after = d.canvas.hands.ring()[0]
    assert after.x() - before.x() == pytest.approx(30 * d.canvas.scale, abs=1)
    assert not d.objects


@pytest.mark.parametrize("way", ["end", "button"])
def test_the_eraser_end_and_the_button_of_the_pen_remove(brush, way):
    d = brush
    Pen(d).stroke((60, 120), (260, 120))
    before = d.objects[0].mask
    pen = Pen(d, ERASER if way == "end" else TIP)
    pen.stroke((150, 120), (170, 120), held=LEFT if way == "end" else LEFT | RIGHT)
    assert (before - d.objects[0].mask).same(before & capsule((150, 120), (170, 120), 10, SIZE))


def test_the_button_of_a_pen_that_hovers_paints_and_removes_nothing(brush):
    d, pen = brush, Pen(brush)
    pen.stroke((60, 120), (260, 120))
    before = d.objects[0].mask
    pen.hover(100, 120)
    pen.press(100, 120, pressure=0.0, button=RIGHT, held=RIGHT)
    pen.hover(150, 120, held=RIGHT)
    pen.release(150, 120, button=RIGHT)
    assert d.objects[0].mask is before
    assert not d.canvas.is_stroking


def test_the_button_pressed_within_a_stroke_does_not_end_it(brush):
    d, pen = brush, Pen(brush)
    pen.press(60, 120)
    pen.move(100, 120)
    pen.press(100, 120, button=RIGHT, held=LEFT | RIGHT)
    pen.move(140, 120, held=LEFT | RIGHT)
    pen.release(140, 120, button=RIGHT, held=LEFT, pressure=1.0)
    assert d.canvas.is_stroking
    pen.move(200, 120)
    pen.release(200, 120)
    assert d.objects[0].mask.same(capsule((60, 120), (200, 120), 10, SIZE))


def test_with_select_the_button_of_the_pen_chooses_a_class(brush):
    d, pen = brush, Pen(brush)
    d.session.set_tool("select")
    pen.press(100, 120, pressure=0.0, button=RIGHT, held=RIGHT)
    (palette,) = d.window.findChildren(CommandPalette)
    assert palette.isVisible()
    palette.leave()


def test_a_pen_that_hovers_adds_no_points_to_a_polygon(brush):
    d, pen = brush, Pen(brush)
    d.session.set_tool("polygon")
    for place in ((60, 60), (200, 60), (200, 180)):
        pen.press(*place)
        pen.release(*place)
    pen.hover(130, 30)
    pen.hover(60, 200)
    d.key(Qt.Key.Key_Return)
    mask = d.objects[0].mask
    assert mask.at(190, 70)
    assert not mask.at(100, 50)
    assert not mask.at(80, 180)


# -- fingers -------------------------------------------------------------------------------------


class Fingers:
    def __init__(self, d, screen):
        self.d, self.screen = d, screen

    def _do(self, kind, places, fresh=()):
        event = QTest.touchEvent(self.d.window, self.screen, False)
        for number, at in enumerate(places):
            getattr(event, "press" if number in fresh else kind)(number, at, self.d.window)
        event.commit()
        QApplication.processEvents()

    def at(self, x, y):
        """A place of the image as it stands now, in pixels of the window."""
        return self.d.canvas.mapTo(self.d.window, self.d.canvas.to_widget(x, y)).toPoint()

    def press(self, *places):
        self._do("press", places)

    def move(self, *places):
        self._do("move", places)

    def add(self, *places):
        """The last of these comes down; the others stay."""
        self._do("move", places, fresh=(len(places) - 1,))

    def release(self, *places):
        self._do("release", places)

    def stroke(self, start, stop):
        self.press(self.at(*start))
        self.move(self.at(*stop))
        self.release(self.at(*stop))

    def tap(self, *places):
        self.press(*(self.at(*place) for place in places))
        self.release(*(self.at(*place) for place in places))


@pytest.fixture(scope="module")
def screen():
    return QTest.createTouchDevice()


def test_one_finger_paints(brush, screen):
    Fingers(brush, screen).stroke((60, 60), (90, 60))
    assert brush.objects[0].mask.at(75, 60)


def test_two_fingers_move_and_zoom_the_picture(brush, screen):
    d, hand = brush, Fingers(brush, screen)
    scale, across, down = d.canvas.scale, QPoint(100, 0), QPoint(0, 60)
    one, two = hand.at(160, 120) - across, hand.at(160, 120) + across
    hand.press(one, two)
    hand.move(one - across, two + across)
    assert d.canvas.scale == pytest.approx(2 * scale, rel=0.02)
    assert (hand.at(160, 120) - one - across).manhattanLength() <= 2  # around the fingers
    hand.move(one - across + down, two + across + down)
    assert (hand.at(160, 120) - one - across - down).manhattanLength() <= 2
    hand.release(one - across + down, two + across + down)
    assert not d.objects


def test_taps_of_two_and_three_fingers_undo_and_redo(brush, screen):
    d, hand = brush, Fingers(brush, screen)
    hand.stroke((60, 60), (90, 60))
    assert len(d.objects) == 1
    hand.tap((100, 100), (120, 100))
    assert len(d.objects) == 0
    hand.tap((100, 100), (120, 100), (140, 100))
    assert len(d.objects) == 1


@pytest.mark.parametrize(("seconds", "kept"), [(9.0, 0), (0.0, 1)])
def test_a_second_finger_takes_back_what_has_just_begun_and_nothing_older(
    brush, screen, monkeypatch, seconds, kept
):
    monkeypatch.setattr(touch, "MEANT_SECONDS", seconds)
    hand = Fingers(brush, screen)
    hand.press(hand.at(60, 60))
    hand.move(hand.at(120, 60))
    hand.add(hand.at(120, 60), hand.at(160, 60))
    hand.release(hand.at(120, 60), hand.at(160, 60))
    assert len(brush.objects) == kept


def test_fingers_only_move_the_picture_once_a_pen_was_there(brush, screen):
    d, hand = brush, Fingers(brush, screen)
    Pen(d).stroke((60, 60), (120, 60))
    d.canvas._touch.pen_at = -1e9  # the pen has been put aside
    d.wheel(3, (160, 120))
    before = hand.at(160, 120)
    hand.press(before)
    hand.move(before + QPoint(80, 0))
    hand.release(before + QPoint(80, 0))
    assert len(d.objects) == 1
    assert (hand.at(160, 120) - before).x() == pytest.approx(80, abs=2)


# -- the size of the brush -----------------------------------------------------------------------


def strip_value(d):
    return d.window.option_strip._size.value_text()


def test_a_size_on_the_screen_stays_when_zooming(brush):
    d = brush
    ring = d.canvas.hands.ring
    d.hover(160, 120)
    before = ring()[1]
    d.session.set_tool_option("size_on_screen", True)
    assert ring()[1] == pytest.approx(before)  # the hand sees no jump
    d.wheel(4, (160, 120))
    assert ring()[1] == pytest.approx(before)
    d.stroke((160, 120))
    radius = before / d.canvas.scale
    assert d.objects[0].mask.area == pytest.approx(disc((160, 120), radius, SIZE).area, rel=0.05)
    assert d.session.brush_radius == 10
    d.session.set_tool_option("size_on_screen", False)
    assert ring()[1] == pytest.approx(before)
    assert d.session.brush_radius == pytest.approx(radius)


def test_keys_wheel_and_strip_change_the_size_that_is_shown(brush):
    d = brush
    d.session.set_tool_option("size_on_screen", True)
    brush_size.set_shown_radius(d.session, 30)
    assert strip_value(d) == "60 px"
    d.key(Qt.Key.Key_BracketRight)
    assert brush_size.shown_radius(d.session) == pytest.approx(36)
    d.key(Qt.Key.Key_BracketLeft)
    d.wheel(1, (160, 120), keys=SHIFT)
    assert brush_size.shown_radius(d.session) == pytest.approx(30 * 1.12)
    assert d.session.brush_radius == 10
    assert strip_value(d) == "67 px"
    d.session.set_tool("eraser")
    assert strip_value(d) == "67 px"


def test_a_stroke_keeps_the_size_it_began_with(brush):
    d = brush
    d.session.set_tool_option("size_on_screen", True)
    d.press((100, 120), (140, 120))
    radius = brush_size.in_image(d.session, d.canvas.scale / d.canvas.view.ratio)
    d.key(Qt.Key.Key_BracketRight)
    d.wheel(3, (140, 120))
    d.drag((140, 120), (160, 120))
    d.release(160, 120)
    wanted = capsule((100, 120), (160, 120), radius, SIZE).area
    assert d.objects[0].mask.area == pytest.approx(wanted, rel=0.03)


# -- straight ------------------------------------------------------------------------------------


def test_shift_click_draws_a_line_from_the_last_point(brush):
    d = brush
    d.stroke((60, 60))
    d.stroke((200, 180), keys=SHIFT)
    assert d.objects[0].mask.at(130, 120)


def test_shift_and_ctrl_turn_the_line_to_a_step_of_15_degrees(brush):
    d = brush
    d.stroke((60, 60))
    d.stroke((200, 66), keys=SHIFT | CTRL)
    mask = d.objects[0].mask
    assert (mask.box[1], mask.box[3]) == (50, 70)
    assert mask.box[2] > 205


def test_shift_in_the_middle_of_a_stroke_makes_the_rest_straight(brush):
    d = brush
    d.press((60, 60), (100, 60))
    left = LEFT
    for place in ((120, 140), (160, 90), (200, 60)):
        d._mouse(QEvent.Type.MouseMove, place, NONE, left, SHIFT)
    d.release(200, 60, keys=SHIFT)
    mask = d.objects[0].mask
    assert mask.at(180, 60)
    assert mask.box[3] <= 71


# -- nothing is lost -----------------------------------------------------------------------------


def test_a_tool_key_within_a_stroke_lets_it_end(brush):
    d = brush
    d.press((60, 120), (120, 120))
    d.key(Qt.Key.Key_V)
    assert d.session.tool == "select"
    d.drag((120, 120), (180, 120))
    d.release(180, 120)
    assert d.objects[0].mask.at(170, 120)


@pytest.mark.parametrize("key", [Qt.Key.Key_W, Qt.Key.Key_F])
def test_the_next_image_within_a_stroke_keeps_it(brush, key):
    d = brush
    first = d.session.image.id
    d.press((60, 120), (120, 120))
    d.key(key)
    assert d.session.image.id != first
    d.release(120, 120)
    assert not d.objects
    d.session.open_image(first)
    d.canvas.settle()
    assert d.objects[0].mask.at(90, 120)


def test_another_place_within_a_stroke_keeps_it(brush):
    d = brush
    d.press((60, 120), (120, 120))
    d.ctrl(Qt.Key.Key_3)
    d.ctrl(Qt.Key.Key_1)
    assert d.objects[0].mask.at(90, 120)
    assert not d.canvas.is_stroking


def test_closing_the_project_within_a_stroke_keeps_it(brush, photos):
    d = brush
    d.press((60, 120), (120, 120))
    d.program.files.close()
    d.open(photos)
    assert d.objects[0].mask.at(90, 120)


def test_a_tool_key_closes_an_open_polygon(brush):
    d = brush
    d.session.set_tool("polygon")
    for place in ((60, 60), (200, 60), (200, 180), (60, 180)):
        d.stroke(place)
    d.key(Qt.Key.Key_B)
    assert d.session.tool == "brush"
    assert d.objects[0].mask.at(100, 100)
    d.ctrl(Qt.Key.Key_Z)
    assert not d.objects


def test_another_button_within_a_stroke_neither_ends_nor_turns_it(brush):
    d = brush
    d.press((60, 120), (120, 120))
    d._mouse(QEvent.Type.MouseButtonPress, (120, 120), RIGHT, LEFT | RIGHT)
    d._mouse(QEvent.Type.MouseButtonRelease, (120, 120), RIGHT, LEFT)
    assert d.canvas.is_stroking
    d._mouse(QEvent.Type.MouseMove, (180, 120), NONE, LEFT)
    d.release(180, 120)
    assert d.objects[0].mask.at(170, 120)


def test_a_release_that_never_came_is_made_up_for(brush):
    d = brush
    d.press((60, 120), (120, 120))
    d.hover(250, 200)  # the pointer comes back with no button down
    assert not d.canvas.is_stroking
    assert d.objects[0].mask.same(capsule((60, 120), (120, 120), 10, SIZE))


def test_the_picture_is_moved_within_a_stroke(brush):
    d = brush
    middle = Qt.MouseButton.MiddleButton
    d.press((60, 120), (120, 120))
    d._mouse(QEvent.Type.MouseButtonPress, (120, 120), middle, LEFT | middle)
    d._mouse(QEvent.Type.MouseMove, (140, 130), NONE, LEFT | middle)
    d._mouse(QEvent.Type.MouseButtonRelease, (120, 120), middle, LEFT)
    assert d.canvas.is_stroking
    d._mouse(QEvent.Type.MouseMove, (180, 120), NONE, LEFT)
    d.release(180, 120)
    assert d.objects[0].mask.at(170, 120)


def test_after_escape_the_next_press_begins_anew(brush):
    d, pen = brush, Pen(brush)
    d.press((60, 120), (120, 120))
    d.key(Qt.Key.Key_Escape)
    assert not d.canvas.is_stroking
    d._mouse(QEvent.Type.MouseButtonPress, (60, 60), LEFT, LEFT)  # its release never came
    d.release(60, 60)
    assert len(d.objects) == 1
    pen.press(200, 120)
    d.key(Qt.Key.Key_Escape)
    pen.press(200, 180)
    pen.release(200, 180)
    assert d.objects[0].mask.at(200, 180)
    assert not d.objects[0].mask.at(200, 120)
