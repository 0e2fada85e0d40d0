"""Fingers and pen on the real canvas."""

import pytest
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.touch import Touch
from engine.masks.raster import disc
from tests.app.canvas.harness import LEFT, NONE, PLAIN, RIGHT, annotation

SIZE = (200, 300)


@pytest.fixture
def screen():
    return QTest.createTouchDevice()


@pytest.fixture
def brush(desk):
    desk.open(SIZE)
    desk.session.set_tool("brush")
    desk.session.set_radius(8)
    return desk


class Fingers:
    def __init__(self, desk, screen):
        self.canvas, self.screen = desk.canvas, screen

    def _event(self):
        return QTest.touchEvent(self.canvas, self.screen, False)

    def at(self, x, y):
        return self.canvas.to_widget(x, y).toPoint()

    def press(self, *places):
        event = self._event()
        for number, place in enumerate(places):
            event.press(number, self.at(*place), self.canvas)
        event.commit()

    def add(self, still, fresh):
        event = self._event()
        event.move(0, self.at(*still), self.canvas)
        event.press(1, self.at(*fresh), self.canvas)
        event.commit()

    def move(self, *places):
        event = self._event()
        for number, place in enumerate(places):
            event.move(number, self.at(*place), self.canvas)
        event.commit()

    def release(self, *places):
        event = self._event()
        for number, place in enumerate(places):
            event.release(number, self.at(*place), self.canvas)
        event.commit()


def test_one_finger_paints(brush, screen):
    hand = Fingers(brush, screen)
    hand.press((50, 50))
    hand.move((90, 50))
    hand.release((90, 50))
    (made,) = brush.document.annotations.values()
    assert made.mask.at(70, 50)


def test_a_second_finger_takes_the_stroke_back_and_pans(brush, screen):
    brush.canvas.view.scale_to(3.0, brush.canvas.view.middle)
    hand = Fingers(brush, screen)
    start = brush.canvas.to_widget(100, 100)
    hand.press((100, 100))
    hand.add((100, 100), (120, 100))
    hand.move((110, 110), (130, 110))
    assert not brush.canvas.is_stroking
    moved = brush.canvas.to_widget(100, 100) - start
    assert (moved.x(), moved.y()) == pytest.approx((30, 30), abs=2)
    hand.release((100, 100), (120, 100))
    assert not brush.document.annotations


def test_two_fingers_pinch(brush, screen):
    scale = brush.canvas.scale
    hand = Fingers(brush, screen)
    hand.press((140, 100), (160, 100))
    hand.move((120, 100), (180, 100))
    assert brush.canvas.scale == pytest.approx(3 * scale, rel=0.1)
    hand.release((140, 100), (160, 100))


@pytest.mark.parametrize(("fingers", "action"), [(2, "edit.undo"), (3, "edit.redo")])
def test_taps_undo_and_redo(brush, screen, fingers, action):
    places = [(100 + 20 * k, 100) for k in range(fingers)]
    hand = Fingers(brush, screen)
    hand.press(*places)
    hand.release(*places)
    assert brush.triggered == [action]


# -- pen -----------------------------------------------------------------------------------------


def pen(desk, kind, x, y, pressure=1.0, held=LEFT, end=QPointingDevice.PointerType.Pen):
    tablet = QPointingDevice(
        "pen",
        1,
        QInputDevice.DeviceType.Stylus,
        end,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        2,
    )
    at = desk.canvas.to_widget(x, y)
    where = QPointF(desk.canvas.mapToGlobal(at))
    event = QTabletEvent(kind, tablet, at, where, pressure, 0, 0, 0, 0, 0, PLAIN, LEFT, held)
    QApplication.sendEvent(desk.canvas, event)
    return event


def stroke(desk, points, **more):
    kinds = [QEvent.Type.TabletPress, *[QEvent.Type.TabletMove] * (len(points) - 1)]
    for kind, point in zip(kinds, points, strict=True):
        assert pen(desk, kind, *point, **more).isAccepted()
    pen(desk, QEvent.Type.TabletRelease, *points[-1], held=NONE, end=more.get("end", PEN))


PEN, ERASER = QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser


def test_a_pen_paints_by_its_pressure(brush):
    brush.session.set_radius(20)
    pen(brush, QEvent.Type.TabletPress, 100, 100, 0.0)
    pen(brush, QEvent.Type.TabletRelease, 100, 100, 0.0, NONE)
    (made,) = brush.document.annotations.values()
    assert made.mask.area == pytest.approx(disc((100, 100), 7, SIZE).area, rel=0.1)


@pytest.mark.parametrize("more", [{"end": ERASER}, {"held": LEFT | RIGHT}])
def test_the_other_end_and_its_button_remove(desk, more):
    desk.open(SIZE, [annotation(1, disc((100, 100), 50, SIZE))])
    desk.session.set_tool("brush")
    stroke(desk, [(100, 100), (110, 100)], **more)
    assert not desk.document.annotations[1].mask.at(105, 100)


def test_a_pen_grips_while_space_is_held(brush):
    brush.canvas.view.scale_to(3.0, brush.canvas.view.middle)
    brush.canvas.hold("pan")
    start = brush.canvas.to_widget(100, 100)
    pen(brush, QEvent.Type.TabletPress, 100, 100)
    pen(brush, QEvent.Type.TabletMove, 110, 100)
    pen(brush, QEvent.Type.TabletRelease, 110, 100, held=NONE)
    moved = brush.canvas.to_widget(100, 100) - start
    assert moved.x() == pytest.approx(30, abs=1)
    assert not brush.document.annotations


def test_the_palm_beside_the_pen_is_ignored(brush, screen):
    pen(brush, QEvent.Type.TabletMove, 100, 100, 0.0, NONE)
    hand = Fingers(brush, screen)
    hand.press((50, 50))
    hand.release((50, 50))
    assert not brush.document.annotations


def test_fingers_pan_once_a_pen_was_seen(brush, screen):
    brush.canvas._touch.pen_seen = True
    brush.canvas.view.scale_to(3.0, brush.canvas.view.middle)
    start = brush.canvas.to_widget(100, 100)
    hand = Fingers(brush, screen)
    hand.press((100, 100))
    hand.move((110, 100))
    hand.release((110, 100))
    assert not brush.document.annotations
    assert (brush.canvas.to_widget(100, 100) - start).x() == pytest.approx(30, abs=1)


def test_nothing_is_left_after_a_cancelled_touch():
    dropped = []

    class Hand:
        def finger(self, kind, at):
            dropped.append(kind)

        def drop(self):
            dropped.append("drop")

    class Cancel:
        def type(self):
            return QEvent.Type.TouchCancel

        def points(self):
            return []

    touch = Touch(Hand(), _painting=True)
    assert touch.handle(Cancel())
    assert touch.handle(Cancel())
    assert dropped == ["drop"]
