"""The gesture in progress: an overlay of the size of the screen, drawn into step by step."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from app.canvas.camera import Camera
from app.canvas.colors import overlay
from app.canvas.covered import Covered, Line
from app.canvas.figure_layer import FigureLayer
from app.tools.figure import Figure
from engine.masks import reduce
from engine.masks.box import intersect
from engine.masks.mask import Mask

Point = tuple[float, float]

_FORMAT = QImage.Format.Format_ARGB32_Premultiplied


class StrokeLayer:
    """See ``app.tools.base.Preview``; answers what to repaint through ``dirty``.

    From scale 1 on, the overlay has a pixel for each image pixel in view and shows the very
    pixels that will change. Below, it has a pixel for each device pixel and the tip is drawn as
    a round line, so a stroke on 67 megapixels seen whole costs what the screen costs.
    """

    def __init__(self) -> None:
        self.erase = False
        self.active = False
        self.dirty = QRect()  # device pixels since last taken
        self.points: list[Point] = []
        self.closed = False
        self._color = QColor(0, 0, 0)
        self._camera = Camera()
        self._image: QImage | None = None
        self._cells: NDArray[np.uint32] | None = None
        self._left, self._top = 0, 0  # image pixel of the overlay's corner, from scale 1 on
        self._lines: list[Line] = []
        self._covered = Covered()
        self._fills: list[Mask] = []
        self._figures = FigureLayer()

    def set_camera(self, camera: Camera) -> None:
        """Where the image stands; a gesture in progress is drawn again there."""
        if camera != self._camera:
            self._camera = camera
            self._figures.set_camera(camera)
            self._image = self._cells = None
            if self.active:
                self._draw_again()

    def set_color(self, color: QColor) -> None:
        """Of the class that is painted."""
        self._color = QColor(color)
        self._color.setAlphaF(overlay().fill["stroke"])

    # -- Preview -----------------------------------------------------------------------------

    def begin(self, class_id: int, *, erase: bool) -> None:
        """See Preview."""
        self.clear()
        self.erase, self.active = erase, True

    def cover(self, region: Mask, start: Point, stop: Point, radius: float) -> None:
        """See Preview."""
        line = start, stop, radius
        self._lines.append(line)
        if self._camera.level == 0:
            self._covered.add(region, self._camera.size)
        else:
            self._covered.add_line(line)
        image = self._ready()
        if self._cells is not None:
            self._draw_pixels(region, self._cells)
        else:
            self._draw_line(image, line)

    def fill(self, region: Mask) -> None:
        """See Preview."""
        self._fills.append(region)
        self._draw_fill(region)

    def outline(self, points: Sequence[Point], *, closed: bool) -> None:
        """See Preview."""
        self.dirty = self.dirty.united(self._outline_rect())
        self.points, self.closed = list(points), closed
        self.dirty = self.dirty.united(self._outline_rect())

    def trail(self, points: Sequence[Point]) -> None:
        """See Preview."""
        self.dirty = self.dirty.united(self._figures.extend(points))

    def figure(self, figure: Figure | None) -> None:
        """See Preview."""
        self.dirty = self.dirty.united(self._figures.show(figure))

    def clear(self) -> None:
        """See Preview; the colour and the kind of the gesture stay."""
        self.dirty = self.dirty.united(self._figures.clear())
        if self._lines or self._fills or self.points:
            self.dirty = self.dirty.united(self._outline_rect()).united(self._extent)
        self._lines, self._covered, self._fills, self.points = [], Covered(), [], []
        self._used |= not self._extent.isEmpty()
        self._extent = QRect()

    def end(self) -> None:
        """The gesture is over."""
        self.clear()
        self.active = False

    _extent = QRect()
    _used = False  # the overlay holds what is over, and is cleared before it is drawn into

    def take_dirty(self) -> QRect:
        """Device pixels to repaint since the last call."""
        dirty, self.dirty = self.dirty, QRect()
        return dirty

    # -- drawing -----------------------------------------------------------------------------

    def paint(
        self, painter: QPainter, rect: QRect, photo: Callable[[QRect], QImage] | None = None
    ) -> None:
        """Draw onto the scene; painter and ``rect`` in device pixels of the viewport.

        Args:
            painter: of the widget.
            rect: what is to be drawn.
            photo: for an eraser, the picture without masks of a rectangle.
        """
        if self._image is None or not self.active:
            return
        rect = rect.intersected(self._extent)
        if rect.isEmpty():
            return
        if not self.erase:
            self._paint_overlay(painter, rect)
            return
        if photo is None:
            return
        patch = QImage(rect.size(), _FORMAT)
        patch.fill(0)
        inner = QPainter(patch)
        inner.translate(-rect.x(), -rect.y())
        self._paint_overlay(inner, rect)
        inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        inner.drawImage(rect.topLeft(), photo(rect))
        inner.end()
        painter.drawImage(rect.topLeft(), patch)

    def _paint_overlay(self, painter: QPainter, rect: QRect) -> None:
        assert self._image is not None
        if self._cells is None:
            painter.drawImage(rect, self._image, rect)
            return
        camera = self._camera
        corners = (rect.x(), rect.y(), rect.x() + rect.width(), rect.y() + rect.height())
        left, top, right, bottom = camera.image_box(corners)
        source = QRectF(left - self._left, top - self._top, right - left, bottom - top)
        source = source.intersected(QRectF(self._image.rect()))
        x, y = camera.to_view(source.left() + self._left, source.top() + self._top)
        size = camera.scale
        target = QRectF(x, y, source.width() * size, source.height() * size)
        painter.drawImage(target, self._image, source)

    def _draw_again(self) -> None:
        image = self._ready()
        if self._cells is not None:
            self._covered.work_out(self._camera.visible, self._camera.size)
            for region in self._covered.masks():
                self._draw_pixels(region, self._cells)
        else:
            for line in self._lines:
                self._draw_line(image, line)
        for region in self._fills:
            self._draw_fill(region)

    def _draw_fill(self, region: Mask) -> None:
        image = self._ready()
        if self._cells is not None:
            self._draw_pixels(region, self._cells)
        else:
            self._draw_far(image, region)

    def _draw_line(self, image: QImage, line: Line) -> None:
        camera, (start, stop, radius) = self._camera, line
        a, b = QPointF(*camera.to_view(*start)), QPointF(*camera.to_view(*stop))
        width = max(1.0, 2 * radius * camera.scale)
        pen = QPen(self._ink(), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter = QPainter(image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.setPen(pen)
        if a == b:
            painter.drawPoint(a)
        else:
            painter.drawLine(a, b)
        painter.end()
        reach = width / 2 + 2
        touched = QRectF(a, b).normalized().adjusted(-reach, -reach, reach, reach)
        self._touch(touched.toAlignedRect())

    def _draw_pixels(self, region: Mask, cells: NDArray[np.uint32]) -> None:
        value = _premultiplied(self._ink())
        height, width = cells.shape
        view = (self._left, self._top, self._left + width, self._top + height)
        for left, top, bits in region.pieces:
            shared = intersect((left, top, left + bits.shape[1], top + bits.shape[0]), view)
            if shared is None:
                continue
            a, b, c, d = shared
            part = cells[b - view[1] : d - view[1], a - view[0] : c - view[0]]
            part[bits[b - top : d - top, a - left : c - left]] = value
            self._touch(QRect(*_size(self._camera.view_rect(shared))))

    def _draw_far(self, image: QImage, region: Mask) -> None:
        """Pixels of a mask onto the overlay of device pixels, nearest."""
        camera = self._camera
        step = 1 << camera.level
        bits, left, top = reduce.read(region, region.box, step)
        rgba = np.where(bits, np.uint32(_premultiplied(self._ink())), np.uint32(0))
        rgba = np.ascontiguousarray(rgba)
        piece = QImage(rgba.data, bits.shape[1], bits.shape[0], bits.shape[1] * 4, _FORMAT)
        x, y = camera.to_view(left * step, top * step)
        scale = camera.scale * step
        target = QRectF(x, y, bits.shape[1] * scale, bits.shape[0] * scale)
        painter = QPainter(image)
        # All is of one ink: joined bit by bit, what is drawn twice does not grow darker.
        painter.setCompositionMode(QPainter.CompositionMode.RasterOp_SourceOrDestination)
        painter.drawImage(target, piece)
        painter.end()
        self._touch(target.toAlignedRect())

    def _ready(self) -> QImage:
        """The overlay for the present camera, empty where it is new."""
        if self._image is None:
            camera = self._camera
            if camera.scale >= 1:
                left, top, right, bottom = camera.visible
                self._left, self._top = left, top
                self._image = QImage(max(1, right - left), max(1, bottom - top), _FORMAT)
            else:
                self._image = QImage(camera.width, camera.height, _FORMAT)
            self._used, self._cells = True, None
            if camera.scale >= 1:
                buffer = np.frombuffer(self._image.bits(), np.uint32)
                self._cells = buffer.reshape(self._image.height(), self._image.width())
        if self._used:
            self._image.fill(0)
            self._used = False
        return self._image

    def _ink(self) -> QColor:
        return QColor(0, 0, 0) if self.erase else self._color

    def _touch(self, rect: QRect) -> None:
        self._extent = self._extent.united(rect)
        self.dirty = self.dirty.united(rect)

    # -- outline -----------------------------------------------------------------------------

    def paint_outline(self, painter: QPainter, rect: QRect, ratio: float) -> None:
        """Lines and handles, in a rectangle at least; the polygon's points and lines."""
        fill = QColor(self._color)
        fill.setAlphaF(0 if self.erase else overlay().fill["selected"])
        self._figures.paint(painter, rect, ratio, self._line_color(), fill)
        if not self.points:
            return
        camera = self._camera
        places = [QPointF(*camera.to_view(*point)) for point in self.points]
        shape = QPolygonF(places)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = QColor(self._color)
        color.setAlphaF(overlay().fill["selected"])
        if self.closed and not self.erase:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPolygon(shape)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, width in ((overlay().casing, 3.6), (self._line_color(), 1.6)):
            painter.setPen(QPen(ink, width * ratio))
            painter.drawPolyline(shape)
        painter.setPen(QPen(overlay().casing, ratio))
        for place, point in enumerate(places[:-1] or places):
            painter.setBrush(overlay().halo if place else self._line_color())
            size = (4.5 if place == 0 else 3.0) * ratio
            painter.drawEllipse(point, size, size)
        painter.restore()

    def _line_color(self) -> QColor:
        color = QColor(self._color)
        color.setAlpha(255)
        return overlay().halo if self.erase else color

    def _outline_rect(self) -> QRect:
        if not self.points:
            return QRect()
        places = [self._camera.to_view(*point) for point in self.points]
        left, top = (math.floor(min(each)) - 8 for each in zip(*places, strict=True))
        right, bottom = (math.ceil(max(each)) + 8 for each in zip(*places, strict=True))
        return QRect(left, top, right - left, bottom - top)


def _premultiplied(color: QColor) -> int:
    alpha = color.alpha()
    parts = (round(part * alpha / 255) for part in (color.red(), color.green(), color.blue()))
    red, green, blue = parts
    return alpha << 24 | red << 16 | green << 8 | blue


def _size(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return box[0], box[1], box[2] - box[0], box[3] - box[1]
