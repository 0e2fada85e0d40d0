"""The right half of the first page: a drawn microscope field with masks in their true look.

An accepted mask, a proposal and a doubtful one, drawn as the canvas draws them, so the first thing
seen explains the three kinds of line. Where the program carries a photo for it, that is shown.
"""

from __future__ import annotations

import math
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QRadialGradient,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import paint
from app.theme.swatch import UPRIGHT, draw_hatch, draw_swatch
from app.theme.theme import theme

if TYPE_CHECKING:
    from app.services import Services


class Cell(NamedTuple):
    """One cell of the scene: centre and radius in hundredths of the room, and its shape."""

    x: float
    y: float
    radius: float
    stretch: float
    turn: float
    bend: float
    hue: int


CELLS = (
    Cell(29, 30, 15, 1.25, 0.5, 0.09, 196),
    Cell(70, 24, 11, 1.15, 2.3, 0.12, 214),
    Cell(66, 58, 16, 1.20, 1.2, 0.08, 204),
    Cell(27, 71, 12, 1.35, 2.8, 0.10, 188),
    Cell(90, 44, 9, 1.20, 0.2, 0.10, 222),
    Cell(88, 80, 13, 1.10, 1.9, 0.11, 200),
    Cell(47, 88, 9, 1.30, 0.9, 0.09, 212),
    Cell(46, 8, 8, 1.20, 2.0, 0.12, 194),
    Cell(4, 48, 8, 1.15, 0.4, 0.10, 218),
    Cell(4, 6, 9, 1.25, 1.4, 0.08, 206),
    Cell(98, 6, 10, 1.20, 2.6, 0.09, 190),
    Cell(4, 96, 10, 1.20, 0.7, 0.11, 210),
)
MASKS = (
    (0, "accepted", "cell, accepted", "#2070EF"),
    (2, "proposal", "cell, proposed", "#EF8F30"),
    (3, "uncertain", "cell? look again", "#00EF9F"),
)


def outline(cell: Cell, room: QSize, grow: float = 1.0) -> QPainterPath:
    """The soft edge of a cell in a room of this size, pixels."""
    unit = max(room.width(), room.height()) / 100
    left, top = (room.width() - 100 * unit) / 2, (room.height() - 100 * unit) / 2
    path, steps = QPainterPath(), 96
    cos, sin = math.cos(cell.turn), math.sin(cell.turn)
    for step in range(steps):
        angle = 2 * math.pi * step / steps
        wave = 1 + cell.bend * math.sin(2 * angle + cell.turn * 5)
        wave += cell.bend * 0.6 * math.sin(3 * angle + cell.hue)
        reach = cell.radius * grow * unit * wave
        along, across = reach * cell.stretch * math.cos(angle), reach * math.sin(angle)
        x = left + cell.x * unit + along * cos - across * sin
        y = top + cell.y * unit + along * sin + across * cos
        if step == 0:
            path.moveTo(x, y)
        else:
            path.lineTo(x, y)
    path.closeSubpath()
    return path


class FirstPicture(QWidget):
    """See the module."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.setAccessibleName("Three masks: accepted, proposed, doubtful")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._photo = _photo()
        self._kept: QPixmap | None = None  # the scene, drawn once per size
        theme().changed.connect(self._forget)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(600, 600)

    def _forget(self) -> None:
        self._kept = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        self._kept = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        if self._kept is None:
            ratio = self.devicePixelRatioF()
            self._kept = QPixmap(self.size() * ratio)
            self._kept.setDevicePixelRatio(ratio)
            painter = QPainter(self._kept)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if self._photo is not None:
                self._paint_photo(painter, self._photo)
            else:
                self._paint_scene(painter)
            self._paint_hint(painter)
            painter.end()
        QPainter(self).drawPixmap(0, 0, self._kept)

    def _paint_photo(self, painter: QPainter, photo: QPixmap) -> None:
        room = self.size()
        scale = min(photo.width() / room.width(), photo.height() / room.height())
        part = QRectF(0, 0, room.width() * scale, room.height() * scale)
        part.moveCenter(QPointF(photo.width() / 2, photo.height() / 2))
        painter.drawPixmap(QRectF(self.rect()), photo, part)

    # -- the scene ---------------------------------------------------------------------------

    def _paint_scene(self, painter: QPainter) -> None:
        ground = QLinearGradient(0, 0, self.width(), self.height())
        ground.setColorAt(0, QColor("#141C2B"))
        ground.setColorAt(1, QColor("#0B1019"))
        painter.fillRect(self.rect(), ground)
        paths = [outline(cell, self.size()) for cell in CELLS]
        for cell, path in zip(CELLS, paths, strict=True):
            self._paint_cell(painter, cell, path)
        for place, kind, _, color in MASKS:
            self._paint_mask(painter, paths[place], QColor(color), kind)
        for place, kind, text, color in MASKS:
            box = paths[place].boundingRect()
            self._paint_tag(painter, box, text, color, kind != "accepted")

    def _paint_cell(self, painter: QPainter, cell: Cell, path: QPainterPath) -> None:
        """A glow around it, a body that is lighter in the middle, and a core."""
        box = path.boundingRect()
        reach = max(box.width(), box.height())
        halo = QRadialGradient(box.center(), reach * 0.85)
        halo.setColorAt(0.35, QColor.fromHsv(cell.hue, 150, 120, 70))
        halo.setColorAt(1, QColor.fromHsv(cell.hue, 150, 120, 0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(halo)
        painter.drawEllipse(box.center(), reach * 0.85, reach * 0.85)
        body = QRadialGradient(box.center(), reach * 0.62)
        body.setColorAt(0, QColor.fromHsv(cell.hue, 70, 205))
        body.setColorAt(0.7, QColor.fromHsv(cell.hue, 125, 150))
        body.setColorAt(1, QColor.fromHsv(cell.hue, 160, 95))
        painter.setBrush(body)
        painter.drawPath(path)
        for shift, size, light in ((0.12, 0.34, 236), (-0.2, 0.14, 226)):
            core = outline(cell._replace(bend=cell.bend / 2), self.size(), size)
            core.translate(box.width() * shift, box.height() * shift * 0.6)
            painter.setBrush(QColor.fromHsv(cell.hue, 50, light, 120))
            painter.drawPath(core)

    def _paint_mask(self, painter: QPainter, path: QPainterPath, color: QColor, kind: str) -> None:
        overlay = theme().tokens.overlay
        fill = QColor(color)
        fill.setAlphaF(overlay["fill"][kind])
        painter.fillPath(path, fill)
        if kind == "uncertain":
            painter.save()
            painter.setClipPath(path)
            bars = QColor(color)
            bars.setAlphaF(0.75)
            draw_hatch(
                painter, path.boundingRect(), UPRIGHT, bars, overlay["hatchStepPx"]["uncertain"]
            )
            painter.restore()
        width = overlay["contourPx"]["normal"]
        casing = QColor(overlay["casing"]["color"])
        casing.setAlphaF(overlay["casing"]["alpha"])
        painter.strokePath(path, QPen(casing, width + overlay["contourPx"]["casingExtra"]))
        pen = QPen(color, width)
        if kind != "accepted":
            pen.setDashPattern([each / width for each in overlay["dashPx"]["proposal"]])
        painter.strokePath(path, pen)

    def _paint_tag(
        self, painter: QPainter, box: QRectF, text: str, color: str, proposal: bool
    ) -> None:
        look, overlay = theme(), theme().tokens.overlay
        font = look.font("small", "semibold")
        width = paint.text_width(font, text) + look.px(34)
        x = min(max(12.0, box.center().x() - width / 2), self.width() - width - 12.0)
        tag = QRectF(round(x), round(box.top() - look.px(28)), width, look.px(22))
        ground = QColor(overlay["tagSurface"]["color"])
        ground.setAlphaF(overlay["tagSurface"]["alpha"])
        paint.rounded(painter, tag, 5, ground)
        side = look.px(11)
        mark = QRectF(tag.left() + look.px(7), tag.center().y() - side / 2, side, side)
        draw_swatch(painter, mark, QColor(color), 0, proposal)
        area = tag.adjusted(look.px(24), 0, 0, 0)
        paint.draw_text(painter, area, text, font, QColor(overlay["tagText"]))

    def _paint_hint(self, painter: QPainter) -> None:
        """Everything works from the keyboard: said once, at the bottom."""
        look, actions = theme(), self._services.actions
        parts = (
            ("text", "Everything works from the keyboard."),
            ("key", actions.key_text("app.keys")),
            ("quiet", "shows the keys,"),
            ("key", actions.key_text("app.palette")),
            ("quiet", "finds any command."),
        )
        font, gap = look.font("body"), look.px(8)
        widths = [
            paint.cap_size(paint.short_key(text))[0]
            if kind == "key"
            else paint.text_width(font, text)
            for kind, text in parts
        ]
        width = sum(widths) + gap * (len(parts) - 1) + look.px(32)
        if width > self.width() - 24:
            return
        height = look.px(38)
        top = self.height() - height - look.px(20)
        card = QRectF((self.width() - width) / 2, top, width, height)
        edge = look.color("border.control" if look.high_contrast else "border.hairline")
        paint.rounded(painter, card, look.radius("float"), look.color("surface.raised"), edge)
        left = card.left() + look.px(16)
        for (kind, text), wide in zip(parts, widths, strict=True):
            if kind == "key":
                paint.draw_cap(painter, left, card.center().y(), paint.short_key(text))
            else:
                role = "text.primary" if kind == "text" else "text.secondary"
                area = QRectF(left, card.top(), wide + 2, height)
                paint.draw_text(painter, area, text, font, look.color(role))
            left += wide + gap


def _photo() -> QPixmap | None:
    """The photo that the program carries for this page, if it does."""
    for name in ("first_page.jpg", "first_page.png"):
        found = files("resources").joinpath("sample", name)
        if found.is_file():
            pixmap = QPixmap()
            pixmap.loadFromData(QByteArray(found.read_bytes()))
            return None if pixmap.isNull() else pixmap
    return None
