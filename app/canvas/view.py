"""Where the user looks: moves the camera, keeps the image fitted until it is moved by hand."""

import math

from PySide6.QtCore import QObject, QPointF, QRect, Signal

from app.canvas.camera import Camera, free_part
from app.canvas.picture import Picture
from engine.masks.box import Box


class View(QObject):
    """Moves the camera of a picture. Places are device pixels where nothing else is said.

    Signals:
        scale_changed: device pixels per image pixel.

    Attributes:
        fitting: the image is fitted, and stays so when the canvas changes its size.
    """

    scale_changed = Signal(float)

    def __init__(self, picture: Picture, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.fitting = True
        self._picture = picture
        self._blocked: list[QRect] = []
        self._rest = QPointF()  # of pans by less than a pixel

    @property
    def camera(self) -> Camera:
        """Where the image stands."""
        return self._picture.camera

    @property
    def ratio(self) -> float:
        """Device pixels per logical pixel."""
        return self._picture.ratio

    # -- moving ------------------------------------------------------------------------------

    def open(self, size: tuple[int, int], width: int, height: int, ratio: float) -> None:
        """Show an image of ``size`` (height, width); one like the last keeps place and zoom."""
        before = self.camera
        camera = Camera(size, max(1, width), max(1, height))
        stays = before.size == size and not self.fitting
        if stays:
            camera = camera.scaled(before.scale, 0, 0).at(before.left, before.top)
        self._picture.set_camera(camera, ratio)
        if stays:
            self.scale_changed.emit(camera.scale)
        else:
            self.fit()

    def resize(self, width: int, height: int, ratio: float) -> None:
        """The canvas has another size."""
        fitting = self.fitting
        self._picture.set_camera(self.camera.resized(width, height), ratio)
        if fitting:
            self.fit()

    def fit(self) -> None:
        """Show the whole image in the free part of the canvas."""
        self.move(self.camera.fitted(self._free()), emit=True)
        self.fitting = True

    def scale_to(self, scale: float, at: QPointF) -> None:
        """Zoom to a scale around a place."""
        self.move(self.camera.scaled(scale, at.x(), at.y()))

    def zoom(self, factor: float, at: QPointF) -> None:
        """Zoom around a place; one to one is a scale to stop at on the way."""
        before, scale = self.camera.scale, self.camera.scale * factor
        if before < 1 < scale or before > 1 > scale:
            scale = 1.0
        self.scale_to(scale, at)

    def zoom_to(self, box: Box) -> None:
        """Show a box of the image as large as it fits, with some room around it."""
        left, top, right, bottom = box
        grow = max(4, round(0.12 * max(right - left, bottom - top)))
        wide = (left - grow, top - grow, right + grow, bottom + grow)
        self.move(self.camera.fitted(self._free(), wide))

    def reveal(self, box: Box) -> None:
        """Bring a box of the image into view, moving no more than is needed."""
        free, (left, top, right, bottom) = self._free(), self.camera.view_rect(box, 16)
        if right - left > free[2] - free[0] or bottom - top > free[3] - free[1]:
            if not self.shows(box):
                self.zoom_to(box)
            return
        dx = max(0, free[0] - left) or min(0, free[2] - right)
        dy = max(0, free[1] - top) or min(0, free[3] - bottom)
        if dx or dy:
            self.move(self.camera.panned(dx, dy))

    def pan(self, by: QPointF) -> None:
        """Move the picture; parts of a pixel are kept for the next time."""
        self._rest += by
        dx, dy = math.trunc(self._rest.x()), math.trunc(self._rest.y())
        self._rest -= QPointF(dx, dy)
        if dx or dy:
            self.move(self.camera.panned(dx, dy))

    def move(self, camera: Camera, *, emit: bool = False) -> None:
        """Take another camera."""
        self.fitting = False
        before = self.camera.scale
        self._picture.set_camera(camera, self.ratio)
        if emit or camera.scale != before:
            self.scale_changed.emit(camera.scale)

    # -- asking ------------------------------------------------------------------------------

    def shows(self, box: Box) -> bool:
        """Whether a box of the image is in view as a whole."""
        a, b, c, d = self.camera.visible
        return a <= box[0] and b <= box[1] and c >= box[2] and d >= box[3]

    @property
    def middle(self) -> QPointF:
        """Of the viewport."""
        return QPointF(self.camera.width / 2, self.camera.height / 2)

    def set_blocked(self, rects: list[QRect]) -> bool:
        """Cards over the canvas (logical pixels) to leave out when fitting; True when others."""
        changed = rects != self._blocked
        self._blocked = list(rects)
        return changed

    def _free(self) -> Box:
        cards = [to_device(rect, self.ratio) for rect in self._blocked]
        boxes = [(r.x(), r.y(), r.x() + r.width(), r.y() + r.height()) for r in cards]
        return free_part(self.camera.width, self.camera.height, boxes)


def to_device(rect: QRect, ratio: float) -> QRect:
    """The device pixels that a rectangle of logical pixels touches."""
    return _scaled(rect, ratio)


def to_logical(rect: QRect, ratio: float) -> QRect:
    """The logical pixels that a rectangle of device pixels touches."""
    return _scaled(rect, 1 / ratio)


def _scaled(rect: QRect, factor: float) -> QRect:
    if factor == 1:
        return rect
    left, top = math.floor(rect.x() * factor), math.floor(rect.y() * factor)
    right = math.ceil((rect.x() + rect.width()) * factor)
    bottom = math.ceil((rect.y() + rect.height()) * factor)
    return QRect(left, top, right - left, bottom - top)
