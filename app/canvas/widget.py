"""The canvas: Qt's events to gestures and camera moves, and the picture to the screen."""

import math
import time
from typing import Literal

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTabletEvent,
    QTouchEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from app.canvas import cursor, lines_layer
from app.canvas.camera import Camera, free_part
from app.canvas.desk import CanvasDesk
from app.canvas.gestures import Gestures
from app.canvas.keys_held import Held, KeysHeld
from app.canvas.picture import Picture
from app.canvas.probe import PointerInfo, probe
from app.canvas.scene import rects_of
from app.canvas.touch import Touch
from app.services import Services
from app.tools.base import Kind, Pointer
from app.tools.registry import EYEDROPPER, hint, tool_info
from app.tools.select import deeper
from engine.masks.box import Box

STEP = 1.25
"""Zoom of one notch of the wheel."""

PROBE_MS = 40
"""At most this often the status bar is told what lies under the pointer."""

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Canvas(QWidget):
    """Shows the open image and runs the tool in use on it.

    Signals:
        pointer_changed: a ``PointerInfo``, or None where there is nothing.
        scale_changed: device pixels per image pixel.
        painted: the picture reached the screen.
        drawing_changed: a polygon was begun or ended; Enter and Backspace belong to it.
        hint_changed: one line on what the pointer does now.
    """

    pointer_changed = Signal(object)
    scale_changed = Signal(float)
    painted = Signal()
    drawing_changed = Signal(bool)
    hint_changed = Signal(str)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._session = services, services.session
        self.picture = Picture(self._session, self)
        self.gestures = Gestures(self._session, self._on_ended)
        self.pictures = 0
        self.cross: QPointF | None = None
        self._held = KeysHeld()
        self._touch = Touch(self)
        self._pointer: QPointF | None = None  # device pixels
        self._panning: QPointF | None = None
        self._ring = QRect()
        self._drawing = False
        self._fitting = True
        self._blocked: list[QRect] = []
        self._moved_by = QPointF()
        self._probe = QTimer(self, interval=PROBE_MS, singleShot=True)
        self._probe.timeout.connect(self._tell_pointer)
        self._build()

    def _build(self) -> None:
        self.setObjectName("canvas")
        self.setAccessibleName("Image")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 160)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.picture.stale.connect(self._on_stale)
        self.picture.opened.connect(self._on_opened)
        self._session.tool_changed.connect(self._on_tool)
        self._session.selection_changed.connect(self._describe)
        self.destroyed.connect(self.picture.photo.loader.close)
        self._on_tool()

    # -- the camera --------------------------------------------------------------------------

    @property
    def camera(self) -> Camera:
        """Where the image stands."""
        return self.picture.camera

    @property
    def scale(self) -> float:
        """Device pixels per image pixel."""
        return self.picture.camera.scale

    @property
    def pointer_image(self) -> QPointF | None:
        """The pointer in image pixels; None when it is not over the canvas."""
        if self._pointer is None or self._session.document is None:
            return None
        return QPointF(*self.camera.to_image(self._pointer.x(), self._pointer.y()))

    def fit(self) -> None:
        """Show the whole image in the free part of the canvas."""
        self._move(self.camera.fitted(self._free()))
        self._fitting = True

    def one_to_one(self) -> None:
        """One image pixel to one device pixel, around the pointer or the middle."""
        self._move(self.camera.scaled(1.0, *self._focus()))

    def zoom(self, factor: float) -> None:
        """Zoom around the pointer or the middle."""
        self._zoom(factor, *self._focus())

    def zoom_to(self, box: Box) -> None:
        """Show a box of the image as large as it fits, with some room around it."""
        left, top, right, bottom = box
        grow = max(4, round(0.12 * max(right - left, bottom - top)))
        wide = (left - grow, top - grow, right + grow, bottom + grow)
        self._move(self.camera.fitted(self._free(), wide))

    def reveal(self, box: Box) -> None:
        """Bring a box of the image into view, moving no more than is needed."""
        free, (left, top, right, bottom) = self._free(), self.camera.view_rect(box, 16)
        if right - left > free[2] - free[0] or bottom - top > free[3] - free[1]:
            if not self._inside(box):
                self.zoom_to(box)
            return
        dx = max(0, free[0] - left) or min(0, free[2] - right)
        dy = max(0, free[1] - top) or min(0, free[3] - bottom)
        if dx or dy:
            self._move(self.camera.panned(dx, dy))

    def pan(self, by: QPoint) -> None:
        """Move the picture by logical pixels."""
        self.move_by(QPointF(by))

    def set_blocked(self, rects: list[QRect]) -> None:
        """Floating cards over the canvas (logical pixels) that fitting leaves out."""
        if rects != self._blocked:
            self._blocked = list(rects)
            if self._fitting and not self.is_stroking:
                self.fit()

    def to_widget(self, x: float, y: float) -> QPointF:
        """Image pixels to logical pixels of the widget."""
        return QPointF(*self.camera.to_view(x, y)) / self.picture.ratio

    def _inside(self, box: Box) -> bool:
        a, b, c, d = self.camera.visible
        return a <= box[0] and b <= box[1] and c >= box[2] and d >= box[3]

    def _free(self) -> Box:
        ratio = self.picture.ratio
        cards = [
            tuple(
                round(side * ratio)
                for side in (r.x(), r.y(), r.x() + r.width(), r.y() + r.height())
            )
            for r in self._blocked
        ]
        return free_part(self.camera.width, self.camera.height, cards)  # type: ignore[arg-type]

    def _focus(self) -> tuple[float, float]:
        if self._pointer is not None:
            return self._pointer.x(), self._pointer.y()
        return self.camera.width / 2, self.camera.height / 2

    def _zoom(self, factor: float, x: float, y: float) -> None:
        scale = self.scale * factor
        if (self.scale < 1 < scale) or (self.scale > 1 > scale):
            scale = 1.0  # one to one is a place to stop at
        self._move(self.camera.scaled(scale, x, y))

    def _move(self, camera: Camera) -> None:
        self._fitting = False
        if self._session.document is None:
            return
        before = self.scale
        self.picture.set_camera(camera, self.devicePixelRatioF())
        if camera.scale != before:
            self.scale_changed.emit(camera.scale)

    def _on_opened(self) -> None:
        document = self._session.document
        self.gestures.cancel()
        self.gestures.last_point = None
        self.cross = None
        if document is not None:
            ratio = self.devicePixelRatioF()
            width, height = round(self.width() * ratio), round(self.height() * ratio)
            same = self.camera.size == document.size and not self._fitting
            camera = Camera(document.size, max(1, width), max(1, height))
            if same:
                camera = camera.scaled(self.scale, 0, 0).at(self.camera.left, self.camera.top)
            self.picture.set_camera(camera, ratio)
            if not same:
                self.fit()
            self.scale_changed.emit(self.scale)
        self._tell_pointer()
        self._describe()
        self.update()

    # -- gestures ----------------------------------------------------------------------------

    @property
    def is_stroking(self) -> bool:
        """Whether a gesture is in progress."""
        return self.gestures.running

    def cancel_gesture(self) -> bool:
        """Escape: drop the gesture in progress; False when there is none."""
        return self.gestures.cancel()

    def close_shape(self) -> None:
        """Enter: close the polygon being drawn."""
        self._send_key("enter")

    def take_back_point(self) -> None:
        """Backspace: take back the polygon's last point."""
        self._send_key("backspace")

    def next_below(self, step: int = 1) -> None:
        """Choose the next object of the stack under the pointer or the cross."""
        at = self.cross or self.pointer_image
        if at is not None:
            stack = [each.id for each in self.picture.masks.under(int(at.x()), int(at.y()))]
            self._session.set_selection(deeper(stack, self._session.selection, step))

    def press_at_cross(self, *, erase: bool = False) -> None:
        """Press and release where the keyboard's cross stands; shows it first."""
        if self._session.document is None:
            return
        if self.cross is None:
            self._place_cross()
            return
        at = QPointF(*self.camera.to_view(self.cross.x(), self.cross.y()))
        for kind in ("press", "release"):
            self._pointer_event(kind, at, erase=erase)

    def hold(self, name: Held) -> None:
        """A key that acts while it is down was pressed: "pan", "erase" or "photo"."""
        if self._held.hold(name):
            self._on_held()

    def release(self, name: Held) -> None:
        """It was let go."""
        if self._held.release(name):
            self._on_held()

    def _on_held(self) -> None:
        self._session.set_view(photo_alone="photo" in self._held)
        self._on_tool()

    def _send_key(self, kind: Literal["enter", "backspace"]) -> None:
        at = self.cross or self.pointer_image or QPointF()
        self.gestures.send(Pointer(kind, at.x(), at.y(), time=time.monotonic()))
        self._after_event()

    def _pointer_event(
        self,
        kind: Kind,
        at: QPointF,
        *,
        erase: bool = False,
        pressure: float = 1.0,
        pen: bool = False,
        down: bool = True,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        """One event at device pixels: to the running gesture, or beginning one."""
        x, y = self.camera.to_image(at.x(), at.y())
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        ctrl = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        erase = erase or "erase" in self._held
        event = Pointer(kind, x, y, pressure, pen, erase, shift, ctrl, down, time.monotonic())
        if self.gestures.running:
            self.gestures.send(event)
        elif kind in ("press", "double") and self._session.document is not None:
            self._begin(event)
        self._after_event()

    def _begin(self, event: Pointer) -> None:
        if self._session.read_only and tool_info(self._session.tool).paints:
            owner = self._session.project.owner if self._session.project else ""
            self._session.say(owner, "warning")
            return
        info = tool_info(self._session.tool)
        tool = EYEDROPPER if info.paints and event.ctrl else info.tool
        if tool is None:
            return
        desk = CanvasDesk(
            self._session,
            self.picture.masks,
            self.picture.stroke,
            self.scale,
            self.gestures.last_point,
        )
        self.gestures.begin(tool, event, desk)

    def _after_event(self) -> None:
        self._on_stale(self.picture.stroke.take_dirty())
        drawing = self.gestures.running and self._session.tool == "polygon"
        if drawing != self._drawing:
            self._drawing = drawing
            self.drawing_changed.emit(drawing)

    def _on_ended(self) -> None:
        self.picture.stroke.end()
        self._on_stale(self.picture.stroke.take_dirty())

    # -- mouse -------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self._mouse_press("press", event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        self._mouse_press("double" if self.gestures.running else "press", event)

    def _mouse_press(self, kind: Kind, event: QMouseEvent) -> None:
        at = event.position() * self.picture.ratio
        self._set_pointer(at)
        self.cross = None
        button = event.button()
        left, right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
        if button == Qt.MouseButton.MiddleButton or (button == left and self._is_hand()):
            self._panning = at
            self._show_cursor()
        elif button == left or (button == right and tool_info(self._session.tool).paints):
            self._pointer_event(kind, at, erase=button == right, modifiers=event.modifiers())
        elif button == right:
            self._services.actions.trigger("class.picker")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        at = event.position() * self.picture.ratio
        if self._panning is not None:
            self._drag(at)
        elif self.gestures.running:
            down = event.buttons() != Qt.MouseButton.NoButton
            self._pointer_event("move", at, down=down, modifiers=event.modifiers())
        self._set_pointer(at)
        if not self.gestures.running and self._panning is None:
            self._hover()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        at = event.position() * self.picture.ratio
        if self._panning is not None:
            self._panning = None
            self._show_cursor()
        elif self.gestures.running:
            self._pointer_event("release", at, down=False, modifiers=event.modifiers())

    def enterEvent(self, event: QEnterEvent) -> None:
        """See QWidget."""
        self._set_pointer(event.position() * self.picture.ratio)

    def leaveEvent(self, event: QEvent) -> None:
        """See QWidget."""
        self._pointer = None
        self._session.set_hovered(None)
        self._move_ring()
        self._probe.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Wheel zooms at the pointer, a touchpad pans; Shift and Ctrl as SCREEN.md §9."""
        event.accept()
        angle, pixels = event.angleDelta(), event.pixelDelta()
        notches = (angle.y() or angle.x()) / 120
        held = event.modifiers()
        if held & Qt.KeyboardModifier.ControlModifier:
            opacity = min(2.0, max(0.0, self._session.view.opacity + 0.1 * notches))
            self._session.set_view(opacity=round(opacity, 2))
        elif held & Qt.KeyboardModifier.ShiftModifier:
            self._shift_wheel(notches)
        elif not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            self.move_by(QPointF(pixels))
        elif notches:
            at = event.position() * self.picture.ratio
            self._zoom(STEP**notches, at.x(), at.y())
            self._set_pointer(at)

    def _shift_wheel(self, notches: float) -> None:
        if tool_info(self._session.tool).pointer == "ring":
            self._session.set_radius(self._session.brush_radius * 1.12**notches)
        elif notches:
            self.next_below(1 if notches < 0 else -1)

    def _drag(self, at: QPointF) -> None:
        assert self._panning is not None
        by = at - self._panning
        dx, dy = math.trunc(by.x()), math.trunc(by.y())
        self._panning += QPointF(dx, dy)
        if dx or dy:
            self._move(self.camera.panned(dx, dy))

    def _hover(self) -> None:
        at = self.pointer_image
        if at is not None:
            under = self.picture.masks.under(int(at.x() // 1), int(at.y() // 1))
            self._session.set_hovered(under[0].id if under else None)

    # -- pen and fingers ---------------------------------------------------------------------

    def tabletEvent(self, event: QTabletEvent) -> None:
        """See QWidget; accepted, or Qt would send mouse events after it."""
        event.accept()
        self._touch.pen()
        at = event.position() * self.picture.ratio
        self._set_pointer(at)
        kinds: dict[QEvent.Type, Kind] = {
            QEvent.Type.TabletPress: "press",
            QEvent.Type.TabletMove: "move",
            QEvent.Type.TabletRelease: "release",
        }
        kind = kinds.get(event.type())
        if kind is None or (kind == "move" and not self.gestures.running and not self._panning):
            self._hover()
            return
        if self._is_hand() or self._panning is not None:
            self._pen_pans(kind, at)
            return
        end = event.pointerType() == event.pointingDevice().PointerType.Eraser
        self._pointer_event(
            kind,
            at,
            erase=end or bool(event.buttons() & Qt.MouseButton.RightButton),
            pressure=event.pressure(),
            pen=True,
            down=kind != "release",
            modifiers=event.modifiers(),
        )

    def _pen_pans(self, kind: Kind, at: QPointF) -> None:
        if kind == "press":
            self._panning = at
        elif kind == "release":
            self._panning = None
        elif self._panning is not None:
            self._drag(at)

    def finger(self, kind: Literal["press", "move", "release"], at: QPointF) -> None:
        """See touch.Hand."""
        place = at * self.picture.ratio
        if self._is_hand() or self._panning is not None:
            self._pen_pans(kind, place)
        else:
            self._pointer_event(kind, place, down=kind != "release")

    def drop(self) -> None:
        """See touch.Hand."""
        self._panning = None
        self.gestures.cancel()

    def move_by(self, by: QPointF) -> None:
        """See touch.Hand."""
        self._moved_by += by * self.picture.ratio
        dx, dy = math.trunc(self._moved_by.x()), math.trunc(self._moved_by.y())
        self._moved_by -= QPointF(dx, dy)
        if dx or dy:
            self._move(self.camera.panned(dx, dy))

    def pinch(self, factor: float, at: QPointF) -> None:
        """See touch.Hand."""
        place = at * self.picture.ratio
        self._move(self.camera.zoomed(factor, place.x(), place.y()))

    def tapped(self, fingers: int) -> None:
        """See touch.Hand."""
        self._services.actions.trigger("edit.undo" if fingers == 2 else "edit.redo")

    # -- keys --------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the keyboard's cross: 1 pixel, with Shift 10."""
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is None or self._session.document is None:
            super().keyPressEvent(event)
            return
        far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        self._move_cross(step[0] * far, step[1] * far)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Held keys are let go, or they would stick."""
        if self._held.release_all():
            self._on_held()
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        """Touch, pinch, and Tab where objects lie over each other."""
        kind = event.type()
        if isinstance(event, QTouchEvent):
            event.accept()
            return self._touch.handle(event)
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.pinch(1 + event.value(), event.position())
            return True
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._tab(event):
            return True
        return super().event(event)

    def _tab(self, event: QKeyEvent) -> bool:
        if event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return False
        at = self.cross or self.pointer_image
        if at is None or len(self.picture.masks.under(int(at.x()), int(at.y()))) < 2:
            return False
        self.next_below(1 if event.key() == Qt.Key.Key_Tab else -1)
        return True

    def _move_cross(self, dx: int, dy: int) -> None:
        if self.cross is None:
            self._place_cross()
            return
        height, width = self.camera.size
        x = min(max(self.cross.x() + dx, 0.5), width - 0.5)
        y = min(max(self.cross.y() + dy, 0.5), height - 0.5)
        self.cross = QPointF(x, y)
        at = (int(x), int(y), int(x) + 1, int(y) + 1)
        if not self._inside(at):
            self.reveal(at)
        if self.gestures.running:
            self._pointer_event("move", QPointF(*self.camera.to_view(x, y)), down=False)
        self._move_ring()
        self._probe.start()

    def _place_cross(self) -> None:
        at = self.pointer_image
        if at is None:
            a, b, c, d = self.camera.visible
            at = QPointF((a + c) / 2, (b + d) / 2)
        height, width = self.camera.size
        x, y = min(max(at.x(), 0), width - 1), min(max(at.y(), 0), height - 1)
        self.cross = QPointF(math.floor(x) + 0.5, math.floor(y) + 0.5)
        self._move_ring()

    # -- pointer -----------------------------------------------------------------------------

    def _is_hand(self) -> bool:
        return "pan" in self._held or self._session.tool == "pan"

    def _set_pointer(self, at: QPointF) -> None:
        self._pointer = at
        self._move_ring()
        if not self._probe.isActive():
            self._probe.start()

    def _ring_at(self) -> tuple[float, float, float] | None:
        """Middle and radius of the ring in device pixels; None when there is none."""
        at = self._pointer
        if self.cross is not None:
            at = QPointF(*self.camera.to_view(self.cross.x(), self.cross.y()))
        info = tool_info(self._session.tool)
        if at is None or info.pointer != "ring" or self._is_hand() or self._panning is not None:
            return None
        return at.x(), at.y(), max(0.5, self._session.brush_radius) * self.scale

    def _move_ring(self) -> None:
        """Repaint where the ring was and where it is."""
        ring, ratio = self._ring_at(), self.picture.ratio
        rect = cursor.ring_rect(*ring, ratio) if ring is not None else QRect()
        if self.cross is not None:
            x, y = self.camera.to_view(self.cross.x(), self.cross.y())
            rect = rect.united(cursor.ring_rect(x, y, 14 * ratio, ratio))
        for each in (self._ring, rect):
            self._on_stale(each)
        self._ring = rect

    def _on_tool(self) -> None:
        if self.gestures.running and self._session.tool != "polygon" and self._drawing:
            self.gestures.cancel()
        self._after_event()
        self._move_ring()
        self._show_cursor()
        self.hint_changed.emit(hint(self._session.tool, self._held.newest))

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape
        shapes = {
            "ring": shape.BlankCursor,
            "cross": shape.CrossCursor,
            "arrow": shape.ArrowCursor,
            "hand": shape.OpenHandCursor,
        }
        if self._panning is not None:
            self.setCursor(shape.ClosedHandCursor)
        elif self._is_hand():
            self.setCursor(shape.OpenHandCursor)
        else:
            self.setCursor(shapes[tool_info(self._session.tool).pointer])

    def _tell_pointer(self) -> None:
        at = self.cross or self.pointer_image
        found: PointerInfo | None = None
        if at is not None:
            photo, masks = self.picture.photo, self.picture.masks
            found = probe(at.x(), at.y(), self._session, photo, masks)
        self.pointer_changed.emit(found)

    def _describe(self) -> None:
        """The accessible description is what is selected."""
        names = [self._session.taxonomy.name(each.class_id) for each in self._session.selected()]
        text = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        self.setAccessibleDescription(f"Selected: {text}" if text else "Nothing selected")

    # -- painting ----------------------------------------------------------------------------

    def _on_stale(self, rect: QRect | None) -> None:
        """Repaint device pixels; None is everything."""
        if rect is None:
            self.update()
            return
        if rect.isEmpty():
            return
        ratio = self.picture.ratio
        if ratio == 1:
            self.update(rect)
            return
        left, top = math.floor(rect.x() / ratio), math.floor(rect.y() / ratio)
        right = math.ceil((rect.x() + rect.width()) / ratio)
        bottom = math.ceil((rect.y() + rect.height()) / ratio)
        self.update(left, top, right - left, bottom - top)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        ratio = self.devicePixelRatioF()
        width, height = round(self.width() * ratio), round(self.height() * ratio)
        if self._session.document is None:
            return
        fitting = self._fitting
        self.picture.set_camera(self.camera.resized(width, height), ratio)
        if fitting and not self.is_stroking:
            self.fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, picture = QPainter(self), self.picture
        if self._session.document is None:
            painter.fillRect(event.rect(), picture.scene.surround)
            return
        picture.scene.render()
        ratio = picture.ratio
        painter.scale(1 / ratio, 1 / ratio)
        whole = QRect()
        for left, top, right, bottom in rects_of(event.region()):
            rect = self._device(QRect(left, top, right - left, bottom - top))
            painter.drawImage(rect.topLeft(), picture.scene.image, rect)
            whole = whole.united(rect)
        self._paint_over(painter, whole)
        painter.end()
        if picture.photo.is_ready or picture.photo.has_overview:
            self.pictures += 1
        self.painted.emit()

    def _paint_over(self, painter: QPainter, rect: QRect) -> None:
        """What moves with the pointer, or stands at objects, over the scene."""
        picture, ratio = self.picture, self.picture.ratio
        if picture.stroke.active:
            photo = picture.scene.photo_only(rect) if picture.stroke.erase else None
            picture.stroke.paint(painter, rect, photo)
        for box in picture.brackets():
            lines_layer.brackets(painter, box, ratio)
        for tag in picture.tags():
            if tag.rect.intersects(rect):
                painter.drawPixmap(tag.rect.topLeft(), tag.picture)
        picture.stroke.paint_outline(painter, ratio)
        ring = self._ring_at()
        if ring is not None:
            cursor.draw_ring(painter, *ring, ratio)
        if self.cross is not None:
            x, y = self.camera.to_view(self.cross.x(), self.cross.y())
            cursor.draw_cross(painter, x, y, ratio)

    def _device(self, rect: QRect) -> QRect:
        ratio = self.picture.ratio
        if ratio == 1:
            return rect
        left, top = math.floor(rect.x() * ratio), math.floor(rect.y() * ratio)
        right = math.ceil((rect.x() + rect.width()) * ratio)
        bottom = math.ceil((rect.y() + rect.height()) * ratio)
        return QRect(left, top, right - left, bottom - top)

    def settle(self) -> None:
        """Run the event loop until the picture is complete and painted; for tests and pictures."""
        flags = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
        app = QApplication.instance()
        assert app is not None
        while not self.picture.photo.settled:
            app.processEvents(flags, 50)
        app.processEvents()

    def stop(self) -> None:
        """Stop what runs in the background; the canvas is not used after this."""
        self.picture.close()
