"""A pane over the picture: pixels that would change, a grid of cells, a ring of progress."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect, QRectF, Signal
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas.camera import Camera
from app.canvas.colors import overlay
from app.canvas.patterns import DOTS, RISING, spread
from app.theme.paint import draw_ring
from app.theme.theme import theme
from app.tools.base import Coarse, Mosaic, Point, Tint
from engine.masks import reduce
from engine.masks.box import Box, intersect
from engine.masks.mask import Mask
from engine.masks.reduce import step_at

_FORMAT = QImage.Format.Format_ARGB32_Premultiplied
_STROKES = 0.85
"""Opacity of hatches."""

_LINES = 0.4
"""Opacity of the lines between cells; each pixel of them has a dark one below it to the right."""

_RING = 36
"""Logical pixels across."""

Cells = NDArray[np.uint32]
Bits = NDArray[np.bool_]
Photo = Callable[[QRect], QImage]


class Pane(QObject):
    """See ``app.tools.base.Glass``; drawn in device pixels when it is next painted.

    Signals:
        stale: device pixels to repaint.

    Attributes:
        cells: whose borders show.
    """

    stale = Signal(object)

    def __init__(self, color_of: Callable[[int], QColor], parent: QObject | None = None) -> None:
        """Show nothing.

        Args:
            color_of: the colour of a class by its id.
            parent: see QObject.
        """
        super().__init__(parent)
        self._color_of = color_of
        self._camera, self._ratio = Camera(), 1.0
        self._tints: tuple[Tint, ...] = ()
        self.cells: Mosaic | None = None
        self._ring: tuple[Point, float] | None = None

    def set_camera(self, camera: Camera, ratio: float) -> None:
        """Where the image stands; everything is repainted anyway."""
        self._camera, self._ratio = camera, ratio

    # -- Glass -------------------------------------------------------------------------------

    def show(self, tints: Sequence[Tint]) -> None:
        """See Glass."""
        self._repaint(*(self._rect(each.region) for each in self._tints))
        self._tints = tuple(tints)
        self._repaint(*(self._rect(each.region) for each in self._tints))

    def grid(self, cells: Mosaic | None) -> None:
        """See Glass."""
        if cells is self.cells:
            return
        self._repaint(*(self._rect(each) for each in (self.cells, cells) if each is not None))
        self.cells = cells

    def ring(self, at: Point | None, share: float = 0.0) -> None:
        """Show how far something is, at a place of the image; or nothing any more."""
        before, self._ring = self._ring, None if at is None else (at, share)
        for each in (before, self._ring):
            if each is not None:
                self._repaint(self._ring_rect(each[0]).toAlignedRect().adjusted(-4, -4, 4, 4))

    def clear(self) -> None:
        """See Glass."""
        self.show(())
        self.grid(None)
        self.ring(None)

    @property
    def is_clear(self) -> bool:
        """Whether nothing shows."""
        return not (self._tints or self.cells or self._ring)

    # -- painting ----------------------------------------------------------------------------

    def paint(self, painter: QPainter, rect: QRect, photo: Photo) -> None:
        """Draw onto the scene; painter and ``rect`` in device pixels of the viewport.

        Args:
            painter: of the widget.
            rect: what is to be drawn.
            photo: the picture of a rectangle without masks, for what is taken away.
        """
        if self.is_clear:
            return
        whole = QRect(0, 0, self._camera.width, self._camera.height)
        if self._tints:
            touched = QRect()
            for each in self._tints:
                touched = touched.united(self._rect(each.region))
            self._paint_tints(painter, rect & touched & whole, photo)
        if self.cells is not None:
            self._paint_lines(painter, rect & self._rect(self.cells) & whole, self.cells)
        if self._ring is not None:
            at, share = self._ring
            self._paint_ring(painter, at, share)

    def _paint_tints(self, painter: QPainter, rect: QRect, photo: Photo) -> None:
        if rect.isEmpty():
            return
        out = np.zeros((rect.height(), rect.width()), np.uint32)
        for tint in self._tints:
            bits = self._seen(tint.region, rect)
            if bits is None:
                continue
            if tint.class_id is None:
                np.copyto(out, _pixels(photo(rect)), where=bits)
            else:
                color = QColor(self._color_of(tint.class_id))
                np.copyto(out, _ink(color, overlay().fill["stroke"]), where=bits)
            if tint.hatched:
                self._hatch(out, tint, bits, rect)
        _draw(painter, rect, out)

    def _hatch(self, out: Cells, tint: Tint, bits: Bits, rect: QRect) -> None:
        x, y = rect.x() - math.floor(self._camera.left), rect.y() - math.floor(self._camera.top)
        kind = DOTS if tint.class_id is None else RISING
        strokes = spread(kind, self._ratio, x, y, rect.width(), rect.height())
        if kind == DOTS:  # a dot may miss what is small: its outline does not
            wide = self._seen(tint.region, rect.adjusted(-1, -1, 1, 1))
            strokes = strokes if wide is None else strokes | _rim(wide)
        np.copyto(out, _ink(overlay().halo, _STROKES), where=bits & strokes)

    def _paint_lines(self, painter: QPainter, rect: QRect, cells: Mosaic) -> None:
        """A line of one device pixel wherever the next one, right or below, is another cell's."""
        if rect.isEmpty():
            return
        area = rect.x(), rect.y(), rect.width() + 1, rect.height() + 1
        rows, columns = self._places(area, cells.left, cells.top, cells.step)
        height, width = cells.labels.shape
        rows, columns = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
        labels = np.take(np.take(cells.labels, rows, 0), columns, 1)
        lines = labels[:-1, :-1] != labels[:-1, 1:]
        lines |= labels[:-1, :-1] != labels[1:, :-1]
        out = np.zeros((rect.height(), rect.width()), np.uint32)
        np.copyto(out[1:, 1:], _ink(QColor(0, 0, 0), _LINES), where=lines[:-1, :-1])
        np.copyto(out, _ink(overlay().halo, _LINES), where=lines)
        _draw(painter, rect, out)

    def _paint_ring(self, painter: QPainter, at: Point, share: float) -> None:
        area = self._ring_rect(at)
        ground = QColor(overlay().tag_surface)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(ground)
        painter.setBrush(ground)
        painter.drawEllipse(area.adjusted(-3, -3, 3, 3))
        painter.restore()
        track = QColor(overlay().tag_second)
        track.setAlphaF(0.35)
        draw_ring(painter, area, share or None, theme().color("accent.base"), track)

    # -- where -------------------------------------------------------------------------------

    def _seen(self, region: Mask | Coarse, rect: QRect) -> Bits | None:
        """Which device pixels of a rectangle lie on it, bool (height, width)."""
        camera = self._camera
        area = rect.x(), rect.y(), rect.width(), rect.height()
        if isinstance(region, Mask):
            seen = camera.image_box((*area[:2], area[0] + area[2], area[1] + area[3]))
            box = intersect(region.box, seen)
            if box is None:
                return None
            step = step_at(camera.scale)
            region = Coarse(*reduce.read(region, box, step), step)
        rows, columns = self._places(area, region.left, region.top, region.step)
        height, width = region.bits.shape
        framed = np.zeros((height + 2, width + 2), np.bool_)  # places beside it find nothing
        framed[1:-1, 1:-1] = region.bits
        rows, columns = np.clip(rows + 1, 0, height + 1), np.clip(columns + 1, 0, width + 1)
        return np.asarray(np.take(np.take(framed, rows, 0), columns, 1))

    def _places(
        self, area: tuple[int, int, int, int], left: int, top: int, step: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """For each device row and column of (x, y, width, height) the block under its middle."""
        camera, (x, y, width, height) = self._camera, area
        scale = camera.scale * step
        rows = np.floor((np.arange(y, y + height) + 0.5 - camera.top) / scale) - top
        columns = np.floor((np.arange(x, x + width) + 0.5 - camera.left) / scale) - left
        return rows.astype(np.intp), columns.astype(np.intp)

    def _rect(self, region: Mask | Coarse | Mosaic) -> QRect:
        if isinstance(region, Mask):
            return _qrect(self._camera.view_rect(region.box)) if region else QRect()
        cells = region.labels if isinstance(region, Mosaic) else region.bits
        height, width = cells.shape
        box = region.left, region.top, region.left + width, region.top + height
        left, top, right, bottom = (side * region.step for side in box)
        return _qrect(self._camera.view_rect((left, top, right, bottom)))

    def _ring_rect(self, at: Point) -> QRectF:
        x, y = self._camera.to_view(*at)
        side = _RING * self._ratio
        x = min(max(x, side), self._camera.width - side)
        y = min(max(y, side), self._camera.height - side)
        return QRectF(x - side / 2, y - side / 2, side, side)

    def _repaint(self, *rects: QRect) -> None:
        whole = QRect()
        for rect in rects:
            whole = whole.united(rect)
        whole &= QRect(0, 0, self._camera.width, self._camera.height)
        if not whole.isEmpty():
            self.stale.emit(whole)


def _draw(painter: QPainter, rect: QRect, cells: Cells) -> None:
    image = QImage(cells.data, rect.width(), rect.height(), rect.width() * 4, _FORMAT)
    painter.drawImage(rect.topLeft(), image)


def _rim(bits: Bits) -> Bits:
    """What is set beside something that is not, but for the outermost rows and columns."""
    inner = bits[1:-1, 1:-1]
    deep = bits[:-2, 1:-1] & bits[2:, 1:-1] & bits[1:-1, :-2] & bits[1:-1, 2:]
    return np.asarray(inner & ~deep)


def _pixels(image: QImage) -> Cells:
    """RGB32 as opaque ARGB."""
    buffer = np.frombuffer(image.constBits(), np.uint32)
    cells = buffer.reshape(image.height(), image.bytesPerLine() // 4)[:, : image.width()]
    return np.asarray(cells | np.uint32(0xFF000000))


def _ink(color: QColor, alpha: float) -> np.uint32:
    red, green, blue = (round(v * alpha) for v in (color.red(), color.green(), color.blue()))
    return np.uint32(round(alpha * 255) << 24 | red << 16 | green << 8 | blue)


def _qrect(box: Box) -> QRect:
    return QRect(box[0], box[1], box[2] - box[0], box[3] - box[1])
