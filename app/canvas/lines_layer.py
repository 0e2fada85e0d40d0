"""Lines around objects: casing, halo, class line; brackets around what is selected."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from app.canvas.camera import EDGES_FROM, Camera
from app.canvas.colors import Look, overlay
from app.canvas.line_styles import Style, style_of, table
from app.canvas.outline_paths import dashes_of
from app.canvas.runs import picked, runs
from app.canvas.scratch import SCREEN, look_up
from engine.document.annotation import Annotation
from engine.masks import reduce
from engine.masks.box import Box, intersect
from engine.masks.mask import Mask
from engine.masks.tiles import FULL, SIDE

Places = NDArray[np.intp]

DOT = 3.0
"""Device-independent pixels below which an object is a dot."""


@dataclass(frozen=True, slots=True)
class Line:
    """One object whose line is drawn.

    Attributes:
        annotation: what it is around.
        look: its colour and kind.
        selected, hovered: as in SCREEN.md §10.
    """

    annotation: Annotation
    look: Look
    selected: bool = False
    hovered: bool = False


def draw(
    painter: QPainter,
    lines: Sequence[Line],
    rect: Box,
    camera: Camera,
    ratio: float,
    factor: float,
) -> None:
    """Draw lines into a rectangle.

    Args:
        painter: in device pixels of the viewport, clipped to what is to be drawn.
        lines: bottom first; those selected or hovered are drawn above all others.
        rect: device pixels; nothing outside needs to be drawn.
        camera: where the image stands.
        ratio: device pixels per logical pixel.
        factor: of the view, on all widths.
    """
    for line in sorted(lines, key=lambda line: (line.selected, line.hovered)):
        left, top, right, bottom = line.annotation.mask.box
        if max(right - left, bottom - top) * camera.scale < DOT * ratio:
            _dot(painter, line, camera, ratio)
            continue
        style = style_of(line.look, line.selected, line.hovered, camera.scale, ratio, factor)
        _draw_line(painter, line, style, rect, camera, ratio)


def reach(ratio: float, factor: float) -> float:
    """Device pixels that a line may stand out from its object's box."""
    style = overlay().line
    widest = max(style["locked"], style["hover"]) * factor
    return (widest / 2 + style["casingExtra"] + style["haloExtra"] + 2) * ratio


def _draw_line(
    painter: QPainter, line: Line, style: Style, rect: Box, camera: Camera, ratio: float
) -> None:
    import cv2

    mask = line.annotation.mask
    part = intersect(camera.view_rect(mask.box, style.reach), rect)
    if part is None:
        return
    margin = math.ceil(3 * style.sigma) + 1
    wide = (part[0] - margin, part[1] - margin, part[2] + margin, part[3] + margin)
    bits = sample(mask, wide, camera)
    field = SCREEN.room("field", bits.shape[0], bits.shape[1], np.uint8)
    cv2.GaussianBlur(bits, (2 * margin - 1, 2 * margin - 1), style.sigma, dst=field)
    inner = field[margin:-margin, margin:-margin]
    height, width = inner.shape
    out = SCREEN.room("out", height, width, np.uint32)
    if line.look.dashed:
        gaps = _gaps(mask, part, camera, ratio, style)
        cells = look_up(table(style), inner.astype(np.uint16) + gaps, out)
    else:
        cells = look_up(table(style), inner, out)
    form = QImage.Format.Format_ARGB32_Premultiplied
    painter.drawImage(part[0], part[1], QImage(cells.data, width, height, width * 4, form))


def sample(mask: Mask, rect: Box, camera: Camera) -> NDArray[np.uint8]:
    """The mask on screen: 255 or 0 by the pixel under the middle of each device pixel.

    To be read before the next call.

    Args:
        mask: any part of it may lie outside of the rectangle, which may leave the image.
        rect: device pixels of the viewport.
        camera: where the image stands; below scale 1 the level drawn, as for fills.
    """
    step = 1 << camera.level
    scale = camera.scale * step
    across = _places(rect[0], rect[2], camera.left, scale)
    down = _places(rect[1], rect[3], camera.top, scale)
    cells = SCREEN.room("sample", len(down), len(across), np.uint8)
    if mask.is_tiled and reduce.crop(mask, step) is None:
        _pick_tiles(mask, step, down, across, cells)
    else:
        box = (across[0] * step, down[0] * step, (across[-1] + 1) * step, (down[-1] + 1) * step)
        bits, left, top = reduce.read(mask, box, step)
        found = bits.view(np.uint8)
        if cells.shape != found.shape:
            found = np.take(np.take(found, down - top, 0), across - left, 1)
        cells[...] = found
    cells *= np.uint8(255)
    return cells


def _pick_tiles(
    mask: Mask, step: int, down: Places, across: Places, out: NDArray[np.uint8]
) -> None:
    """1 or 0 at level rows and columns of a mask kept as tiles, each tile picked by itself."""
    tiles = reduce.blocks(mask, step) if step > 1 else mask.tiles()
    columns = runs(across, SIDE)
    for row in runs(down, SIDE):
        for column in columns:
            key = row.tile, column.tile
            tile = tiles[key] if step > 1 or key in tiles else None
            part = out[row.start : row.stop, column.start : column.stop]
            part[...] = 0 if tile is None else 1 if tile is FULL else picked(tile, row, column)


def _places(start: int, stop: int, origin: float, scale: float) -> Places:
    """The level pixel under the middle of each device pixel along one axis."""
    places = np.floor((np.arange(start, stop) + (0.5 - origin)) / scale)
    return np.asarray(places, np.intp)


def _gaps(mask: Mask, rect: Box, camera: Camera, ratio: float, style: Style) -> NDArray[np.uint16]:
    """256 in the gaps of the dashed line, 0 on its dashes; (height, width) of ``rect``."""
    import cv2

    thick = 2 * math.ceil(style.width / 2) + 1
    dash, gap = (length * ratio for length in overlay().dash)
    grown = (thick - 1) / 2  # a dash grows by this at both ends below
    smoothed = camera.scale < EDGES_FROM
    lengths = ((dash - 2 * grown) / camera.scale, (gap + 2 * grown) / camera.scale)
    path = dashes_of(mask, camera.visible, camera.scale, smoothed, *lengths)
    # Room for whole dashes on all sides: one that Qt cuts is not drawn as one that it does not.
    room = math.ceil(dash) + thick
    width, height = rect[2] - rect[0] + 2 * room, rect[3] - rect[1] + 2 * room
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    pen = QPen(QColor(255, 255, 255), 1)
    pen.setCosmetic(True)
    painter = QPainter(image)
    painter.translate(camera.left - rect[0] + room, camera.top - rect[1] + room)
    painter.scale(camera.scale, camera.scale)
    painter.strokePath(path, pen)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    dashes = cv2.dilate(rows[:, :width], np.ones((thick, thick), np.uint8))
    inner = np.asarray(dashes)[room:-room, room:-room]
    return np.where(inner > 0, np.uint16(0), np.uint16(256))


def _dot(painter: QPainter, line: Line, camera: Camera, ratio: float) -> None:
    left, top, right, bottom = line.annotation.mask.box
    x, y = camera.to_view((left + right) / 2, (top + bottom) / 2)
    size = DOT / 2 * ratio * (1.5 if line.selected or line.hovered else 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(overlay().halo if line.selected else overlay().casing, ratio))
    painter.setBrush(QColor.fromRgb(line.look.color))
    painter.drawEllipse(QPointF(x, y), size, size)
    painter.restore()


def brackets(painter: QPainter, box: QRectF, ratio: float) -> None:
    """Four corners around a selected object; ``box`` and painter in device pixels."""
    style = overlay().line
    gap, length = style["bracketGap"] * ratio, style["bracketLength"] * ratio
    outer = box.adjusted(-gap, -gap, gap, gap)
    length = min(length, outer.width() / 2, outer.height() / 2)
    path = QPainterPath()
    for x, dx in ((outer.left(), length), (outer.right(), -length)):
        for y, dy in ((outer.top(), length), (outer.bottom(), -length)):
            path.moveTo(x + dx, y)
            path.lineTo(x, y)
            path.lineTo(x, y + dy)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((overlay().casing, 4.0), (overlay().halo, 2.0)):
        pen = QPen(color, width * ratio)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawPath(path)


def view_box(annotation: Annotation, camera: Camera) -> QRectF:
    """The box of an object on screen, device pixels."""
    box: Any = annotation.mask.box
    left, top = camera.to_view(box[0], box[1])
    right, bottom = camera.to_view(box[2], box[3])
    return QRectF(left, top, right - left, bottom - top)
