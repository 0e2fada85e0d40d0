"""Photo, fills and lines put together in one picture of the viewport's size.

Only what changed is drawn again; panning moves what is there and draws the strips that come into
view. The widget copies from it and lays over it what moves with the pointer.
"""

from collections.abc import Sequence

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
from app.canvas.remembered import Canvas, Part, Remembered, Shown
from app.canvas.scratch import SCREEN
from app.memory import share
from engine.masks.box import Box, area, contains, intersect, union

PATHS = 120
"""Objects in view up to which each has its own line; beyond, lines follow the slots' borders."""

MOST_RECTS = 40
"""Rectangles drawn by themselves; more are drawn as one."""

EACH = 20_000
"""Device pixels that could be drawn in the time it takes to begin with a rectangle."""

LARGE = 8
"""Share of the viewport, as 1 / n, above which a change leaves the whole picture before it behind;
of smaller ones the part that changes is kept."""

MARGIN = 64
"""Device pixels around the viewport that lines are worked out from, or more."""

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
        self._picture = Canvas(QImage(), np.zeros((0, 0), np.uint32))
        self._remembered = Remembered(share(0.03))
        self._photo: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._dirty = QRegion()
        self._photo_dirty = QRegion()
        self._quick = False
        self._base: Shown | None = None  # what the picture shows, where something changed since
        self._target: Shown | None = None  # what it is to show then

    @property
    def image(self) -> QImage:
        """The picture; another object after each change."""
        return self._picture.image

    # -- what to draw again ------------------------------------------------------------------

    def set_camera(self, camera: Camera) -> None:
        """Move; a pan keeps what stays in view."""
        before, self.camera = self.camera, camera
        self.forget()
        if (camera.width, camera.height) != (before.width, before.height):
            self._resize(camera.width, camera.height)
        elif camera.scale == before.scale and camera.size == before.size:
            dx, dy = camera.left - before.left, camera.top - before.top
            if dx == int(dx) and dy == int(dy):
                self._scroll(int(dx), int(dy))
                return
        self.invalidate(photo=True)

    def invalidate(self, rect: QRect | None = None, *, photo: bool = False) -> None:
        """Draw a rectangle, or everything, at the next ``render``; with or without the photo."""
        whole = QRect(0, 0, self.camera.width, self.camera.height)
        region = QRegion(whole if rect is None else rect & whole)
        self._dirty = self._dirty.united(region)
        self._base = None
        if photo:
            self._photo_dirty = self._photo_dirty.united(region)
            self._remembered.clear()

    def forget(self) -> None:
        """Pictures of what was shown before are drawn in another way now."""
        self._remembered.clear()
        self._base = None

    def prepare(self) -> None:
        """While nothing else is to be done: have room for the picture after the next change."""
        if self._picture.cells.size:
            self._remembered.prepare(self._picture)
            height, width = self._picture.cells.shape
            for name, kind in (("out", np.uint32), ("sample", np.uint8), ("field", np.uint8)):
                SCREEN.prepare(name, height + MARGIN, width + MARGIN, kind)
            self.masks.map.prepare(height, width)
            if not self._photo_dirty.isEmpty() or self.around is None:
                return
            inside = intersect((0, 0, width, height), self.camera.image_rect)
            if inside is not None and not self.around.view.bare:
                self.masks.map.cut(inside, self.camera)  # a remembered picture was no work for it

    def _region(self, boxes: Sequence[QRect]) -> QRegion:
        whole, region = QRect(0, 0, self.camera.width, self.camera.height), QRegion()
        for box in boxes:
            region = region.united(box & whole)
        return region

    def turn(self, before: Shown, after: Shown, boxes: Sequence[QRect]) -> None:
        """Draw what changed at the next ``render``, or show a picture of it that is still there.

        Several changes may come before the picture is drawn; what is remembered then is the
        picture before the first of them.

        Args:
            before: what the picture shows, or is about to show.
            after: what it is to show, by the same camera in the same light.
            boxes: where the two differ.
        """
        if self._dirty.isEmpty():
            self._base = before
        self._dirty = self._dirty.united(self._region(boxes))
        self._target = after
        if self._is_large(self._dirty):
            known = self._remembered.take(after)
            if known is not None:
                if self._base is not None:
                    self._remembered.put(self._base, self._picture)
                self._picture, self._dirty = known, QRegion()
        elif self._base is not None:
            part = self._remembered.take_part(self._base, after)
            if part is not None and contains(part.rect, _bounds(self._dirty)):
                self._remember_part(part.rect)
                left, top, right, bottom = part.rect
                self._picture.cells[top:bottom, left:right] = part.cells
                self._dirty = QRegion()

    def is_large(self, boxes: Sequence[QRect]) -> bool:
        """Whether so much changes that the whole picture before it is kept."""
        return self._is_large(self._region(boxes))

    def _is_large(self, region: QRegion) -> bool:
        bounds, camera = region.boundingRect(), self.camera
        return bounds.width() * bounds.height() * LARGE > camera.width * camera.height

    def _remember(self) -> None:
        """Keep what the picture shows, where that is known, for when it is wanted again."""
        if self._base is None or self._target is None:
            return
        if self._is_large(self._dirty):
            self._remembered.put(self._base, self._picture)
            self._picture = self._remembered.copy_of(self._picture)
        else:
            self._remember_part(_bounds(self._dirty))

    def _remember_part(self, rect: Box) -> None:
        assert self._base is not None
        assert self._target is not None
        left, top, right, bottom = rect
        cells = self._picture.cells[top:bottom, left:right].copy()
        self._remembered.put_part(Part(self._base, self._target, rect, cells))

    def _resize(self, width: int, height: int) -> None:
        self._picture = Canvas.of(QImage(width, height, QImage.Format.Format_RGB32))
        self._photo = np.empty((height, width), np.uint32)
        # What was to be drawn lay in the other size; the caller asks for all of it.
        self._dirty = self._photo_dirty = QRegion()

    def _scroll(self, dx: int, dy: int) -> None:
        height, width = self._picture.cells.shape
        if abs(dx) >= width or abs(dy) >= height:
            self.invalidate(photo=True)
            return
        if dx == 0 and dy == 0:
            return
        to = slice(max(0, dy), height + min(0, dy)), slice(max(0, dx), width + min(0, dx))
        of = slice(max(0, -dy), height + min(0, -dy)), slice(max(0, -dx), width + min(0, -dx))
        for cells in (self._picture.cells, self._photo):
            cells[to] = cells[of]
        whole = QRegion(0, 0, width, height)
        fresh = whole.subtracted(whole.translated(dx, dy))
        self._dirty = self._dirty.translated(dx, dy).intersected(whole).united(fresh)
        moved = self._photo_dirty.translated(dx, dy)
        self._photo_dirty = moved.intersected(whole).united(fresh)
        if self._quick != self._is_quick():
            self.invalidate()

    # -- drawing -----------------------------------------------------------------------------

    def render(self) -> None:
        """Bring the picture up to date."""
        if self._dirty.isEmpty():
            return
        self._remember()
        for rect in merged(self._photo_dirty):
            self._draw_photo(rect)
        rects = merged(self._dirty)
        self._dirty, self._photo_dirty = QRegion(), QRegion()
        for left, top, right, bottom in rects:
            self._picture.cells[top:bottom, left:right] = self._photo[top:bottom, left:right]
        if self.around is None or self.around.view.bare:
            return
        self._quick = self._is_quick()
        painter = QPainter(self.image)
        for rect in rects:
            self._draw_fills(painter, rect)
        for rect in rects:
            painter.setClipRect(rect[0], rect[1], rect[2] - rect[0], rect[3] - rect[1])
            if self.camera.scale > GRID_FROM:
                self._draw_grid(painter, rect)
            self._draw_lines(painter, rect)
        painter.end()

    def photo_only(self, rect: QRect) -> QImage:
        """The picture of a rectangle (within the viewport) without masks; call after ``render``."""
        part = self._photo[rect.y() : rect.y() + rect.height(), rect.x() : rect.x() + rect.width()]
        height, width = part.shape
        form = QImage.Format.Format_RGB32
        return QImage(np.ascontiguousarray(part).data, width, height, width * 4, form).copy()

    def _draw_photo(self, rect: Box) -> None:
        left, top, right, bottom = rect
        cells = self._photo[top:bottom, left:right]
        inside = intersect(rect, self.camera.image_rect)
        if inside != rect:
            cells[...] = self.surround.rgb()
        if inside is None or self.around is None:
            return
        part = cells[inside[1] - top : inside[3] - top, inside[0] - left : inside[2] - left]
        if self.around.view.masks_alone:
            part[...] = BEHIND
        else:
            empty = self.surround.lighter(130).rgb()
            self.photo.draw(part, inside, self.camera, self.around.view, empty)

    def _draw_fills(self, painter: QPainter, rect: Box) -> None:
        inside = intersect(rect, self.camera.image_rect)
        if inside is None:
            return
        cells = self.masks.painter.paint(inside, self.camera, self.ratio, self._quick)
        if cells is None:
            return
        height, width = cells.shape
        cells = np.ascontiguousarray(cells)
        form = QImage.Format.Format_ARGB32_Premultiplied
        painter.drawImage(inside[0], inside[1], QImage(cells.data, width, height, width * 4, form))

    def _draw_lines(self, painter: QPainter, rect: Box) -> None:
        around = self.around
        assert around is not None
        reach = int(lines_layer.reach(self.ratio, self._factor))
        left, top, right, bottom = rect
        box = self.camera.image_box((left - reach, top - reach, right + reach, bottom + reach))
        lines = []
        for each in self.masks.in_view(box):
            selected, hovered = each.id in around.selection, each.id == around.hovered
            if (self._quick and not (selected or hovered)) or intersect(each.mask.box, box) is None:
                continue
            lines.append(Line(each, self.masks.look(each), selected, hovered))
        if lines:
            lines_layer.draw(painter, lines, rect, self.camera, self.ratio, self._factor)

    def _draw_grid(self, painter: QPainter, rect: Box) -> None:
        box = self.camera.image_box(rect)
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
        return self.masks.more_than(PATHS, self.camera.visible)


def merged(region: QRegion) -> list[Box]:
    """A region as rectangles, few and large: neighbours are joined where little is added.

    They share no pixel, or what is half transparent would be drawn twice there.
    """
    boxes: list[Box] = []
    for rect in rects_of(region):
        for place, box in enumerate(boxes):
            both = union(box, rect)
            if area(both) <= 1.3 * (area(box) + area(rect)):
                boxes[place] = both
                break
        else:
            boxes.append(rect)
        if len(boxes) > 2 * MOST_RECTS:
            return [_bounds(region)]
    boxes = _apart(boxes)
    bounds = _bounds(region)
    apart = sum(map(area, boxes)) + EACH * (len(boxes) - 1)
    if len(boxes) > MOST_RECTS or (len(boxes) > 1 and apart > 0.8 * area(bounds)):
        return [bounds]
    return boxes


def _apart(boxes: list[Box]) -> list[Box]:
    """Boxes around the same pixels, and maybe more, of which no two share any."""
    done: list[Box] = []
    for box in boxes:
        grown = box
        while met := [each for each in done if intersect(each, grown) is not None]:
            for each in met:
                done.remove(each)
                grown = union(grown, each)
        done.append(grown)
    return done


def rects_of(region: QRegion) -> list[Box]:
    """The rectangles a region is made of, right and bottom exclusive."""
    return [(r.x(), r.y(), r.x() + r.width(), r.y() + r.height()) for r in region]  # type: ignore[attr-defined]


def _bounds(region: QRegion) -> Box:
    r = region.boundingRect()
    return r.x(), r.y(), r.x() + r.width(), r.y() + r.height()
