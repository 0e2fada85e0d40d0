"""Lines around objects, as paths: casing, halo, class line; brackets around what is selected."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.canvas.camera import EDGES_FROM, Camera
from app.canvas.colors import Look, overlay
from app.canvas.outline_paths import path_of
from engine.document.annotation import Annotation
from engine.masks.box import Box

DOT = 3.0
"""Device-independent pixels below which an object is a dot."""

CORE = QColor(18, 18, 20)
"""The dark middle of a locked object's double line."""


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
    painter: QPainter, lines: Sequence[Line], camera: Camera, ratio: float, factor: float
) -> None:
    """Draw lines on a painter that counts device pixels of the viewport.

    Args:
        painter: clipped to what is to be drawn.
        lines: bottom first; those selected or hovered are drawn above all others.
        camera: where the image stands.
        ratio: device pixels per logical pixel.
        factor: of the view, on all widths.
    """
    style = overlay()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    plain = [line for line in lines if not (line.selected or line.hovered)]
    special = [line for line in lines if line.selected or line.hovered]
    for group in (plain, special):
        paths = [
            (line, _path(line.annotation, camera)) for line in group if _large(line, camera, ratio)
        ]
        painter.translate(camera.left, camera.top)
        painter.scale(camera.scale, camera.scale)
        for line, path in paths:
            width = (_width(line) * factor + style.line["casingExtra"]) * ratio
            if line.selected:
                width += style.line["haloExtra"] * ratio
            painter.strokePath(path, _pen(style.casing, width))
        for line, path in paths:
            _stroke(painter, line, path, ratio, factor)
        painter.resetTransform()
        for line in group:
            if not _large(line, camera, ratio):
                _dot(painter, line, camera, ratio)
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


def reach(ratio: float, factor: float) -> float:
    """Device pixels that a line may stand out from its object's box."""
    style = overlay().line
    widest = max(style["locked"], style["hover"]) * factor
    return (widest / 2 + style["casingExtra"] + style["haloExtra"] + 1) * ratio


def _path(annotation: Annotation, camera: Camera) -> QPainterPath:
    return path_of(annotation.mask, camera.visible, camera.scale, camera.scale < EDGES_FROM)


def _large(line: Line, camera: Camera, ratio: float) -> bool:
    left, top, right, bottom = line.annotation.mask.box
    return max(right - left, bottom - top) * camera.scale >= DOT * ratio


def _width(line: Line) -> float:
    style = overlay().line
    if line.selected:
        return style["selected"]
    if line.look.locked:
        return style["locked"]
    return style["hover"] if line.hovered else style["normal"]


def _stroke(painter: QPainter, line: Line, path: QPainterPath, ratio: float, factor: float) -> None:
    style, color = overlay(), QColor.fromRgb(line.look.color)
    width = _width(line) * factor * ratio
    if line.selected:
        painter.strokePath(path, _pen(style.halo, width + style.line["haloExtra"] * ratio))
    pen = _pen(color, width)
    if line.look.dashed:
        dash, gap = style.dash
        pen.setDashPattern([dash * ratio / width, gap * ratio / width])  # counted in widths
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.strokePath(path, pen)
    if line.look.locked and not line.selected:
        painter.strokePath(path, _pen(CORE, style.line["lockedCore"] * factor * ratio))


def _dot(painter: QPainter, line: Line, camera: Camera, ratio: float) -> None:
    left, top, right, bottom = line.annotation.mask.box
    x, y = camera.to_view((left + right) / 2, (top + bottom) / 2)
    size = DOT / 2 * ratio * (1.5 if line.selected or line.hovered else 1)
    painter.setPen(QPen(overlay().halo if line.selected else overlay().casing, ratio))
    painter.setBrush(QColor.fromRgb(line.look.color))
    painter.drawEllipse(QPointF(x, y), size, size)


def _pen(color: QColor, width: float) -> QPen:
    pen = QPen(color, width)
    pen.setCosmetic(True)  # widths are device pixels at every zoom
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def view_box(annotation: Annotation, camera: Camera) -> QRectF:
    """The box of an object on screen, device pixels."""
    box: Box = annotation.mask.box
    left, top = camera.to_view(box[0], box[1])
    right, bottom = camera.to_view(box[2], box[3])
    return QRectF(left, top, right - left, bottom - top)
