"""Qt's pointer and key events, made into what hands and view understand."""

from typing import Literal

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app import brush_size
from app.canvas.hands import Hands
from app.canvas.picture import Picture
from app.canvas.touch import Touch
from app.canvas.view import View
from app.services import Services
from app.tools.base import Kind
from app.tools.options import amount
from app.tools.registry import tool_info

NOTCH = 1.25
"""Zoom of one notch of the wheel."""

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Input(QWidget):
    """The half of the canvas that listens; see ``app.canvas.widget.Canvas``.

    Every sample of mouse and pen is used; none is thrown away to keep up.
    """

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._session = services, services.session
        self.picture = Picture(self._session, self)
        self.view = View(self.picture, self)
        self.hands = Hands(self._session, self.picture, self.view, self)
        self._touch = Touch(self)
        self._button: Qt.MouseButton | None = None  # that makes the stroke
        self._gripped: Qt.MouseButton | None = None  # that moves the picture
        self._pen_down = False
        self.setMouseTracking(True)
        self.setTabletTracking(True)  # a pen that hovers moves the ring, and its hand is ignored
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)

    # -- mouse -------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self._press("press", event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self._press("double" if self.hands.gestures.running else "press", event)

    def _press(self, kind: Kind, event: QMouseEvent) -> None:
        at, button, hands = self._at(event), event.button(), self.hands
        left, right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
        hands.point(at)
        hands.hide_cross()
        if button == Qt.MouseButton.MiddleButton or (button == left and hands.is_hand):
            if self._gripped is None:
                self._gripped = button
                hands.grip(at)
        elif self._button is not None and hands.gestures.running:
            return  # a stroke is being made; another button neither adds to it nor ends it
        elif button == left or (button == right and tool_info(self._session.tool).paints):
            self._button = button
            hands.send(kind, at, erase=button == right, keys=event.modifiers())
        elif button == right:
            self._services.actions.trigger("class.picker")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        at, hands = self._at(event), self.hands
        down = event.buttons() != Qt.MouseButton.NoButton
        if not down:
            self._missed()
        if hands.panning is not None:
            hands.drag(at)
            hands.point(at)
        elif hands.gestures.running:
            hands.pointer = at
            hands.send("move", at, down=down, keys=event.modifiers())
        else:
            hands.point(at)
            hands.hover()

    def _missed(self) -> None:
        """No button is down: a release that went to another window is made up for."""
        if self._gripped is not None:
            self._gripped = None
            self.hands.let_go()
        if self._button is not None or self._pen_down:
            self._button, self._pen_down = None, False
            self.hands.lift()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        button, hands = event.button(), self.hands
        if button == self._gripped:
            self._gripped = None
            hands.let_go()
        elif button == self._button:
            self._button = None
            if hands.gestures.running:
                hands.send("release", self._at(event), down=False, keys=event.modifiers())

    def enterEvent(self, event: QEnterEvent) -> None:
        """See QWidget."""
        self.hands.point(event.position() * self.view.ratio)

    def leaveEvent(self, event: QEvent) -> None:
        """See QWidget."""
        self.hands.point(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Wheel zooms at the pointer, a touchpad pans; Shift and Ctrl as SCREEN.md §9."""
        event.accept()
        angle, pixels, keys = event.angleDelta(), event.pixelDelta(), event.modifiers()
        notches = (angle.y() or angle.x()) / 120
        if keys & Qt.KeyboardModifier.ControlModifier:
            opacity = min(2.0, max(0.0, self._session.view.opacity + 0.1 * notches))
            self._session.set_view(opacity=round(opacity, 2))
        elif keys & Qt.KeyboardModifier.ShiftModifier:
            self._turn(notches)
        elif not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            self.move_by(QPointF(pixels))
        elif notches:
            at = event.position() * self.view.ratio
            self.view.zoom(NOTCH**notches, at)
            self.hands.point(at)

    def _turn(self, notches: float) -> None:
        """Shift and the wheel: the tool's size, its most important number, or the stack."""
        session, info = self._session, tool_info(self._session.tool)
        if info.wheel is not None:
            now = amount(session.tool_options, info.wheel)
            session.set_tool_option(info.wheel.name, info.wheel.turned(now, notches))
            self.hands.turned()
        elif info.pointer == "ring":
            radius = brush_size.shown_radius(session)
            brush_size.set_shown_radius(session, radius * 1.12**notches)
        elif notches:
            self.hands.stack.step(1 if notches < 0 else -1)

    def _at(self, event: QMouseEvent | QTabletEvent) -> QPointF:
        return event.position() * self.view.ratio

    # -- pen and fingers ---------------------------------------------------------------------

    def tabletEvent(self, event: QTabletEvent) -> None:
        """See QWidget; accepted, or Qt would send mouse events after it."""
        event.accept()
        self._touch.pen()
        at, kind = self._at(event), event.type()
        self.hands.point(at)
        if kind == QEvent.Type.TabletPress:
            self._pen_press(event, at)
        elif kind == QEvent.Type.TabletRelease:
            self._pen_release(event, at)
        elif kind == QEvent.Type.TabletMove:
            self._pen_move(event, at)

    def _pen_press(self, event: QTabletEvent, at: QPointF) -> None:
        """The tip came down, or a button of the pen, which alone paints nothing."""
        tip = event.button() == Qt.MouseButton.LeftButton or event.pressure() > 0
        takes_away = self._takes_away(event)
        if self._pen_down and (self.hands.gestures.running or self.hands.panning is not None):
            return
        if takes_away and not tool_info(self._session.tool).paints and not self.hands.is_hand:
            self._services.actions.trigger("class.picker")
        elif tip:
            self._pen_down = True
            self._pen_send("press", event, at, takes_away)

    def _pen_move(self, event: QTabletEvent, at: QPointF) -> None:
        hands = self.hands
        if event.buttons() == Qt.MouseButton.NoButton and event.pressure() == 0:
            self._missed()
        if self._pen_down or hands.gestures.running:
            self._pen_send("move", event, at, self._takes_away(event))
        else:
            hands.hover()

    def _pen_release(self, event: QTabletEvent, at: QPointF) -> None:
        if self._pen_down and not event.buttons() & Qt.MouseButton.LeftButton:
            self._pen_down = False
            self._pen_send("release", event, at, self._takes_away(event))

    def _takes_away(self, event: QTabletEvent) -> bool:
        """The eraser end, or the button of the pen."""
        end = event.pointerType() == QPointingDevice.PointerType.Eraser
        second = Qt.MouseButton.RightButton
        return end or event.button() == second or bool(event.buttons() & second)

    def _pen_send(
        self,
        kind: Literal["press", "move", "release"],
        event: QTabletEvent,
        at: QPointF,
        erase: bool,
    ) -> None:
        if self.hands.gripping:
            self._grip(kind, at)
            return
        self.hands.send(
            kind,
            at,
            erase=erase,
            pressure=event.pressure(),
            pen=True,
            down=self._pen_down,
            keys=event.modifiers(),
        )

    def _grip(self, kind: Literal["press", "move", "release"], at: QPointF) -> None:
        """The picture follows a pen or a finger."""
        if kind == "press":
            self.hands.grip(at)
        elif kind == "move":
            self.hands.drag(at)
        else:
            self.hands.let_go()

    def finger(self, kind: Literal["press", "move", "release"], at: QPointF) -> None:
        """See touch.Hand."""
        place = at * self.view.ratio
        if self.hands.gripping:
            self._grip(kind, place)
        else:
            self.hands.send(kind, place, down=kind != "release")

    def drop(self) -> None:
        """See touch.Hand."""
        self.hands.drop()

    def move_by(self, by: QPointF) -> None:
        """See touch.Hand."""
        self.view.pan(by * self.view.ratio)

    def pinch(self, factor: float, at: QPointF) -> None:
        """See touch.Hand."""
        self.view.scale_to(self.view.camera.scale * factor, at * self.view.ratio)

    def tapped(self, fingers: int) -> None:
        """See touch.Hand."""
        self._services.actions.trigger("edit.undo" if fingers == 2 else "edit.redo")

    # -- keys --------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the keyboard's cross: 1 pixel, with Shift 10; Enter is a guest's."""
        if event.key() in _ENTER and not event.modifiers() & ~_KEYPAD and self.hands.taking.guest:
            self.hands.key("enter")
            return
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is None or self._session.document is None:
            super().keyPressEvent(event)
            return
        far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        self.hands.move_cross(step[0] * far, step[1] * far)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Held keys are let go, or they would stick."""
        self.hands.release_all()
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        """Touch, pinch, and Tab where objects lie over each other."""
        if isinstance(event, QTouchEvent):
            event.accept()
            return self._touch.handle(event)
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.pinch(1 + event.value(), event.position())
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            back = event.key() == Qt.Key.Key_Backtab
            if (back or event.key() == Qt.Key.Key_Tab) and len(self.hands.stack.ids()) > 1:
                return self.hands.stack.step(-1 if back else 1)
        return super().event(event)
