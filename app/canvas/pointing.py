"""Where things point: the pointer, the keyboard's cross, and the grip that moves the picture."""

import math

from PySide6.QtCore import QObject, QPointF, Signal

from app.canvas.view import View


class Pointing(QObject):
    """Places are device pixels of the viewport where nothing else is said.

    Signals:
        moved: the pointer, the cross, or what is drawn at them changed.

    Attributes:
        pointer: None while it is not over the canvas.
        cross: the keyboard's pointer in image pixels; None while it is not in use.
        panning: where the picture was last gripped.
    """

    moved = Signal()

    def __init__(self, view: View, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.pointer: QPointF | None = None
        self.cross: QPointF | None = None
        self.panning: QPointF | None = None

    @property
    def place(self) -> QPointF | None:
        """The cross, or else the pointer, in image pixels."""
        if self.cross is not None or self.pointer is None:
            return self.cross
        return self.to_image(self.pointer)

    def to_image(self, at: QPointF) -> QPointF:
        """Device pixels to image pixels."""
        return QPointF(*self._view.camera.to_image(at.x(), at.y()))

    def to_view(self, at: QPointF) -> QPointF:
        """Image pixels to device pixels."""
        return QPointF(*self._view.camera.to_view(at.x(), at.y()))

    @property
    def focus(self) -> QPointF:
        """What zooming by keys goes around: the pointer, or the middle."""
        return self.pointer if self.pointer is not None else self._view.middle

    # -- moving the picture ------------------------------------------------------------------

    def grip(self, at: QPointF) -> None:
        """Begin to move the picture."""
        self.panning = QPointF(at)
        self.moved.emit()

    def drag(self, at: QPointF) -> None:
        """Move it along."""
        if self.panning is not None:
            by, self.panning = at - self.panning, QPointF(at)
            self._view.pan(by)

    def let_go(self) -> None:
        """End it."""
        self.panning = None
        self.moved.emit()

    # -- the keyboard's cross ----------------------------------------------------------------

    def step_cross(self, dx: int, dy: int) -> bool:
        """Move the cross by whole image pixels; the first time it only shows, which is False."""
        if self.cross is None:
            self.place_cross()
            return False
        height, width = self._view.camera.size
        x = min(max(self.cross.x() + dx, 0.5), width - 0.5)
        y = min(max(self.cross.y() + dy, 0.5), height - 0.5)
        self.cross = QPointF(x, y)
        pixel = (int(x), int(y), int(x) + 1, int(y) + 1)
        if not self._view.shows(pixel):
            self._view.reveal(pixel)
        return True

    def place_cross(self) -> None:
        """Show the cross at the pointer, or in the middle of what is in view."""
        at = self.place
        if at is None:
            a, b, c, d = self._view.camera.visible
            at = QPointF((a + c) / 2, (b + d) / 2)
        height, width = self._view.camera.size
        x, y = min(max(at.x(), 0), width - 1), min(max(at.y(), 0), height - 1)
        self.cross = QPointF(math.floor(x) + 0.5, math.floor(y) + 0.5)
        self.moved.emit()

    def hide_cross(self) -> None:
        """The mouse is used again."""
        if self.cross is not None:
            self.cross = None
            self.moved.emit()
