"""The canvas: Qt's events to hands and view, and the picture to the screen."""

import sys

from PySide6.QtCore import QEventLoop, QPoint, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.canvas import cursor
from app.canvas.camera import Camera
from app.canvas.input import Input
from app.canvas.keys_held import Held
from app.canvas.probe import PointerInfo, probe
from app.canvas.scene import rects_of
from app.canvas.view import to_device, to_logical
from app.services import Services
from app.state import Banner
from app.theme.theme import theme
from app.tools.base import Tool
from app.tools.guest import Guest
from app.tools.registry import tool_info
from engine.masks.box import Box, grow, intersect

PROBE_MS = 40
"""At most this often the status bar is told what lies under the pointer."""


class Canvas(Input):
    """Shows the open image and runs the tool in use on it.

    Signals:
        pointer_changed: a ``PointerInfo``, or None where there is nothing.
        scale_changed: device pixels per image pixel.
        painted: the picture reached the screen.
        drawing_changed: a polygon was begun or ended; Enter and Backspace belong to it.
        hint_changed: one line on what the pointer does now.

    Attributes:
        pictures: how often at least a coarse picture was painted, for measuring.
    """

    pointer_changed = Signal(object)
    scale_changed = Signal(float)
    painted = Signal()
    drawing_changed = Signal(bool)
    hint_changed = Signal(str)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self.pictures = 0
        self._broken = False  # the last painting met a bug
        self._pointed = QRect()  # what stood at the pointer when last painted
        self._probe = QTimer(self, interval=PROBE_MS, singleShot=True)
        self._probe.timeout.connect(self._tell_pointer)
        self._build()

    def _build(self) -> None:
        self.setObjectName("canvas")
        self.setAccessibleName("Image")
        self.setMinimumSize(240, 160)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.picture.stale.connect(self._on_stale)
        self.picture.opened.connect(self._on_opened)
        self.picture.photo.failed.connect(lambda problem: self._session.say(problem, "error"))
        self.picture.photo.asks.connect(self._ask_for_memory)
        self.view.scale_changed.connect(self.scale_changed)
        self.hands.moved.connect(self._on_moved)
        self.hands.drawing_changed.connect(self.drawing_changed)
        self.hands.hint_changed.connect(self.hint_changed)
        self._session.selection_changed.connect(self._describe)
        self.destroyed.connect(self.picture.photo.loader.close)
        self._on_moved()

    # -- for actions -------------------------------------------------------------------------

    @property
    def camera(self) -> Camera:
        """Where the image stands."""
        return self.view.camera

    @property
    def scale(self) -> float:
        """Device pixels per image pixel."""
        return self.view.camera.scale

    @property
    def pointer_image(self) -> QPointF | None:
        """The pointer in image pixels; None when it is not over the canvas or no image is open."""
        if self.hands.pointer is None or self._session.document is None:
            return None
        return self.hands.to_image(self.hands.pointer)

    def fit(self) -> None:
        """Show the whole image in the free part of the canvas."""
        if self._session.document is not None:
            self.view.fit()

    def one_to_one(self) -> None:
        """One image pixel to one device pixel, around the pointer or the middle."""
        self.view.scale_to(1.0, self.hands.focus)

    def zoom(self, factor: float) -> None:
        """Zoom around the pointer or the middle."""
        self.view.zoom(factor, self.hands.focus)

    def zoom_to(self, box: Box) -> None:
        """Show a box of the image as large as it fits, with some room around it."""
        self.view.zoom_to(box)

    def zoom_around(self, box: Box, least: int = 24) -> None:
        """Show a box of the image with as much of it around as it is large, ``least`` pixels.

        What fills much of the image is shown with all of the image, and no more around it.
        """
        document = self._session.document
        around = grow(box, max(least, box[2] - box[0], box[3] - box[1]))
        inside = intersect(around, document.box) if document is not None else None
        self.zoom_to(inside or around)

    def reveal(self, box: Box) -> None:
        """Bring a box of the image into view, moving no more than is needed."""
        self.view.reveal(box)

    def pan(self, by: QPoint) -> None:
        """Move the picture by logical pixels."""
        self.move_by(QPointF(by))

    def set_blocked(self, rects: list[QRect]) -> None:
        """Floating cards over the canvas (logical pixels) that fitting leaves out."""
        if self.view.set_blocked(rects) and self.view.fitting and not self.is_stroking:
            self.fit()

    def to_widget(self, x: float, y: float) -> QPointF:
        """Image pixels to logical pixels of the widget."""
        return QPointF(*self.camera.to_view(x, y)) / self.view.ratio

    @property
    def is_stroking(self) -> bool:
        """Whether a gesture is in progress."""
        return self.hands.gestures.running

    def cancel_gesture(self) -> bool:
        """Escape: drop the gesture in progress; False when there is none."""
        return self.hands.drop()

    def close_shape(self) -> None:
        """Enter: close the polygon being drawn."""
        self.hands.key("enter")

    def take_back_point(self) -> None:
        """Backspace: take back the polygon's last point."""
        self.hands.key("backspace")

    def next_below(self, step: int = 1) -> bool:
        """Choose the next object of the stack under the pointer or the cross; False without."""
        return self.hands.stack.step(step)

    def press_at_cross(self, *, erase: bool = False) -> None:
        """Press and release where the keyboard's cross stands; the first time it only shows."""
        self.hands.press_at_cross(erase=erase)

    def hold(self, name: Held) -> None:
        """A key that acts while it is down was pressed: "pan", "erase" or "photo"."""
        self.hands.hold(name)

    def release(self, name: Held) -> None:
        """It was let go."""
        self.hands.release(name)

    def borrow(self, tool: Tool | None) -> None:
        """Let a tool that is not in the rail take the next press, and no more; None ends that."""
        self.hands.borrow(tool)

    def invite(self, guest: Guest | None) -> None:
        """Let a sheet's tool take what it wants, until None."""
        self.hands.taking.guest = guest

    def settle(self) -> None:
        """Run the event loop until the picture is complete and painted; for tests and pictures."""
        loop, photo = QEventLoop(self), self.picture.photo
        photo.loader.arrived.connect(loop.quit)
        QApplication.processEvents()  # a paint asks for what it lacks
        while not photo.settled:
            loop.exec()  # sleeps; processEvents with a time limit would spin
            QApplication.processEvents()
        loop.deleteLater()

    def stop(self) -> None:
        """Stop what runs in the background; the canvas is not used after this."""
        self.hands.aside.errands.close()
        self.picture.close()

    # -- following ---------------------------------------------------------------------------

    def _ask_for_memory(self, question: str) -> None:
        """The image waits behind a banner that says what memory it takes."""
        go_on = self.picture.photo.go_on
        self._session.raise_banner(Banner("memory", question, "warning", "Open it", go_on))

    def _on_opened(self) -> None:
        document = self._session.document
        if not self.picture.photo.question:
            self._session.drop_banner("memory")
        self.hands.forget()
        if document is not None:
            self.view.open(document.size, *self._device_size())
        self._probe.start()
        self._describe()
        self.update()

    def _device_size(self) -> tuple[int, int, float]:
        ratio = self.devicePixelRatioF()
        return round(self.width() * ratio), round(self.height() * ratio), ratio

    def _on_moved(self) -> None:
        """Repaint what stood at the pointer and what stands there now."""
        ratio, ring, hands = self.view.ratio, self.hands.ring(), self.hands
        rect = QRect()
        if ring is not None:
            rect = cursor.ring_rect(ring[0].x(), ring[0].y(), ring[1], ratio)
        if hands.cross is not None:
            at = hands.to_view(hands.cross)
            rect = rect.united(cursor.ring_rect(at.x(), at.y(), 14 * ratio, ratio))
        for each in (self._pointed, rect):
            self._on_stale(each)
        self._pointed = rect
        self._show_cursor()
        if not self._probe.isActive():
            self._probe.start()

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape
        shapes = {
            "ring": shape.BlankCursor,
            "cross": shape.CrossCursor,
            "arrow": shape.ArrowCursor,
            "hand": shape.OpenHandCursor,
        }
        borrowed = self.hands.taking.borrowed is not None
        wanted = shapes["cross" if borrowed else tool_info(self._session.tool).pointer]
        if self.hands.on_guest():
            wanted = shape.PointingHandCursor
        if self.hands.panning is not None:
            wanted = shape.ClosedHandCursor
        elif self.hands.is_hand:
            wanted = shape.OpenHandCursor
        if self.cursor().shape() != wanted:
            self.setCursor(wanted)

    def _tell_pointer(self) -> None:
        at, found = self.hands.place, None
        if at is not None:
            picture = self.picture
            found = probe(at.x(), at.y(), self._session, picture.photo, picture.masks)
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
        elif not rect.isEmpty():
            self.update(to_logical(rect, self.view.ratio))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        if self._session.document is not None:
            self.view.resize(*self._device_size())

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget.

        A bug here is reported once and never reaches Qt: with Python 3.11 an error that comes out
        of an override which Qt called can end the program.
        """
        painter = QPainter(self)
        try:
            self._paint(painter, event)
        except Exception:
            if not self._broken:
                self._broken = True
                sys.excepthook(*sys.exc_info())
            return
        finally:
            painter.end()
        self._broken = False
        if self._session.document is not None:
            self.pictures += self.picture.photo.has_overview
            self.painted.emit()

    def _paint(self, painter: QPainter, event: QPaintEvent) -> None:
        picture = self.picture
        if self._session.document is None:
            painter.fillRect(event.rect(), picture.scene.surround)
            return
        ratio, whole = self.view.ratio, QRect()
        painter.scale(1 / ratio, 1 / ratio)
        picture.scene.render()
        for left, top, right, bottom in rects_of(event.region()):
            rect = to_device(QRect(left, top, right - left, bottom - top), ratio)
            painter.drawImage(rect.topLeft(), picture.scene.image, rect)
            whole = whole.united(rect)
        picture.paint_over(painter, whole)
        ring = self.hands.ring()
        if ring is not None:
            cursor.draw_ring(painter, ring[0].x(), ring[0].y(), ring[1], ratio)
        if self.hands.cross is not None:
            at = self.hands.to_view(self.hands.cross)
            cursor.draw_cross(painter, at.x(), at.y(), ratio)
        if picture.photo.problem:
            self._paint_problem(painter, picture.photo.problem)

    def _paint_problem(self, painter: QPainter, problem: str) -> None:
        """Why there is no photo, in its place; masks can still be seen and worked on."""
        painter.resetTransform()
        painter.setFont(theme().font("strong"))
        room = self.rect().adjusted(40, 40, -40, -40)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        area = painter.boundingRect(room, flags, problem).adjusted(-14, -10, 14, 10)
        painter.fillRect(area, theme().color("state.errorSurface"))
        painter.setPen(theme().color("state.error"))
        painter.drawText(room, flags, problem)


__all__ = ["Canvas", "PointerInfo"]
