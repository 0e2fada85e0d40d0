"""Photo, fills and lines put together in one picture of the viewport's size.

Only what changed is drawn again; panning moves what is there and draws the strips that come into
view. The widget copies from it and lays over it what moves with the pointer.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QRegion

from app.canvas import lines_layer
from app.canvas.camera import GRID_FROM, Camera
from app.canvas.lines_layer import Line
from app.canvas.looks import Around
from app.canvas.mask_layer import MaskLayer
from app.canvas.photo_layer import PhotoLayer
from engine.masks.box import Box, intersect

PATHS = 160
"""Objects in view up to which lines are drawn as smooth paths; beyond, along slot borders."""

BEHIND = 0xFF262626
"""What is behind the masks while the photo is hidden."""


class Scene:
    """See the module. All rectangles are device pixels of the viewport."""

    def __init__(self, photo: PhotoLayer, masks: MaskLayer) -> None:
        self.photo, self.masks = photo, masks
        self.camera = Camera()
        self.ratio = 1.0
        self.surround = QColor("#191919")
        self.around: Around | None = None
        self.image = QImage()
        self._cells: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._dirty = QRegion()
        self._quick = False

    # -- what to draw again ------------------------------------------------------------------

    def set_camera(self, camera: Camera) -> None:
        """Move; a pan keeps what stays in view."""
        before, self.camera = self.camera, camera
        if (camera.width, camera.height) != (before.width, before.height):
            self._resize(camera.width, camera.height)
        elif camera.scale == before.scale and camera.size == before.size:
            dx, dy = camera.left - before.left, camera.top - before.top
            if dx == int(dx) and dy == int(dy):
                self._scroll(int(dx), int(dy))
                return
        self.invalidate()

    def invalidate(self, rect: QRect | None = None) -> None:
        """Draw a rectangle, or everything, at the next ``render``."""
        whole = QRect(0, 0, self.camera.width, self.camera.height)
        self._dirty = QRegion(whole) if rect is None else self._dirty.united(rect & whole)

    def _resize(self, width: int, height: int) -> None:
        self.image = QImage(width, height, QImage.Format.Format_RGB32)
        self._cells = np.frombuffer(self.image.bits(), np.uint32).reshape(height, width)

    def _scroll(self, dx: int, dy: int) -> None:
        height, width = self._cells.shape
        if abs(dx) >= width or abs(dy) >= height:
            self.invalidate()
            return
        if dx == 0 and dy == 0:
            return
        to = self._cells[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)]
        to[...] = self._cells[max(0, -dy) : height + min(0, -dy), max(0, -dx) : width + min(0, -dx)]
        whole = QRect(0, 0, width, height)
        self._dirty = self._dirty.translated(dx, dy).intersected(whole)
        kept = whole.translated(dx, dy) & whole
        self._dirty = self._dirty.united(QRegion(whole).subtracted(QRegion(kept)))
        if self._quick != self._is_quick():
            self.invalidate()

    # -- drawing -----------------------------------------------------------------------------

    def render(self) -> None:
        """Bring the picture up to date."""
        if self._dirty.isEmpty():
            return
        region, self._dirty = self._dirty, QRegion()
        if region.rectCount() > 40:
            region = QRegion(region.boundingRect())
        self._quick = self._is_quick()
        rects = [(r.x(), r.y(), r.x() + r.width(), r.y() + r.height()) for r in region]
        for rect in rects:
            self._draw_photo(rect)
        if self.around is None or self.around.view.photo_alone:
            return
        painter = QPainter(self.image)
        for rect in rects:
            self._draw_fills(painter, rect)
        painter.setClipRegion(region)
        if self.camera.scale > GRID_FROM:
            self._draw_grid(painter, region.boundingRect())
        self._draw_lines(painter, region.boundingRect())
        painter.end()

    def photo_only(self, rect: QRect) -> QImage:
        """The picture of a rectangle without masks."""
        out = QImage(rect.size(), QImage.Format.Format_RGB32)
        out.fill(self.surround)
        box = (rect.x(), rect.y(), rect.x() + rect.width(), rect.y() + rect.height())
        inside = intersect(box, self.camera.image_rect)
        if inside is not None and self.around is not None:
            cells = np.frombuffer(out.bits(), np.uint32).reshape(rect.height(), rect.width())
            self._photo_into(cells, box, inside)
        return out

    def _draw_photo(self, rect: Box) -> None:
        left, top, right, bottom = rect
        cells = self._cells[top:bottom, left:right]
        inside = intersect(rect, self.camera.image_rect)
        if inside != rect:
            cells[...] = self.surround.rgb()
        if inside is not None and self.around is not None:
            self._photo_into(cells, rect, inside)

    def _photo_into(self, cells: NDArray[np.uint32], rect: Box, inside: Box) -> None:
        assert self.around is not None
        part = cells[
            inside[1] - rect[1] : inside[3] - rect[1], inside[0] - rect[0] : inside[2] - rect[0]
        ]
        if self.around.view.masks_alone:
            part[...] = BEHIND
        else:
            empty = self.surround.lighter(130).rgb()
            self.photo.draw(part, inside, self.camera, self.around.view, empty)

    def _draw_fills(self, painter: QPainter, rect: Box) -> None:
        inside = intersect(rect, self.camera.image_rect)
        if inside is None:
            return
        lines = max(1, round(self._factor * 1.6 * self.ratio)) if self._quick else 0
        cells = self.masks.paint(inside, self.camera, self.ratio, lines)
        if cells is None:
            return
        height, width = cells.shape
        cells = np.ascontiguousarray(cells)
        form = QImage.Format.Format_ARGB32_Premultiplied
        painter.drawImage(inside[0], inside[1], QImage(cells.data, width, height, width * 4, form))

    def _draw_lines(self, painter: QPainter, rect: QRect) -> None:
        around = self.around
        assert around is not None
        reach = lines_layer.reach(self.ratio, self._factor)
        box = self.camera.image_box(
            (
                rect.x() - int(reach),
                rect.y() - int(reach),
                rect.x() + rect.width() + int(reach),
                rect.y() + rect.height() + int(reach),
            )
        )
        lines = []
        for each in self.masks.in_view(box):
            selected, hovered = each.id in around.selection, each.id == around.hovered
            if (self._quick and not (selected or hovered)) or intersect(each.mask.box, box) is None:
                continue
            lines.append(Line(each, self.masks.look(each), selected, hovered))
        if lines:
            lines_layer.draw(painter, lines, self.camera, self.ratio, self._factor)

    def _draw_grid(self, painter: QPainter, rect: QRect) -> None:
        box = self.camera.image_box((rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1))
        painter.setPen(QPen(QColor(128, 128, 128, 70), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        left, top = self.camera.to_view(box[0], box[1])
        right, bottom = self.camera.to_view(box[2], box[3])
        across = [self.camera.to_view(x, 0)[0] for x in range(box[0], box[2] + 1)]
        down = [self.camera.to_view(0, y)[1] for y in range(box[1], box[3] + 1)]
        painter.drawLines([QLineF(round(x), top, round(x), bottom) for x in across])
        painter.drawLines([QLineF(left, round(y), right, round(y)) for y in down])

    @property
    def _factor(self) -> float:
        return self.around.view.line_width if self.around is not None else 1.0

    def _is_quick(self) -> bool:
        """Whether so many objects are in view that lines follow the slots' borders."""
        return len(self.masks.in_view(self.camera.visible)) > PATHS
