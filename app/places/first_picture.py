"""The right half of the first page: a small drawn scene with masks in their true look.

An accepted mask, a proposal and a doubtful one, drawn as the canvas draws them; so the first thing
seen explains the three kinds of line. Where the program carries a photo for it, that is shown.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

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
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import paint
from app.theme.swatch import UPRIGHT, draw_hatch, draw_swatch
from app.theme.theme import theme

if TYPE_CHECKING:
    from app.services import Services

Points = tuple[tuple[float, float], ...]

# The scene in a square of 100 by 100, stretched to cover the room.
FAR: Points = ((-10, 62), (8, 48), (22, 55), (40, 36), (58, 52), (74, 42), (92, 56), (112, 44))
NEAR: Points = ((-10, 78), (14, 66), (34, 73), (56, 62), (80, 74), (112, 62))
SUN = (73.0, 22.0, 9.0)
BOAT: Points = ((20, 84), (42, 84), (38, 90), (24, 90))
SAIL: Points = ((31, 60), (31, 82), (43, 82))
TREE: Points = ((84, 86), (76, 70), (80, 70), (76, 58), (80, 58), (85, 46), (90, 58), (94, 58))


def _smooth(points: Points, close_at: float | None) -> QPainterPath:
    """A soft line through points; closed along the bottom where ``close_at`` names it."""
    path = QPainterPath(QPointF(*points[0]))
    for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
        bend = (x1 - x0) / 2
        path.cubicTo(QPointF(x0 + bend, y0), QPointF(x1 - bend, y1), QPointF(x1, y1))
    if close_at is not None:
        path.lineTo(points[-1][0], close_at)
        path.lineTo(points[0][0], close_at)
        path.closeSubpath()
    return path


def _polygon(points: Points) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for x, y in points[1:]:
        path.lineTo(x, y)
    path.closeSubpath()
    return path


def _tree() -> QPainterPath:
    mirrored = tuple((170 - x, y) for x, y in reversed(TREE[1:5]))
    return _polygon((*TREE[:6], *mirrored, (86, 86)))


class FirstPicture(QWidget):
    """See the module."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.setAccessibleName("Three masks: accepted, proposed, doubtful")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._photo = _photo()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(600, 600)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._photo is not None:
            self._paint_photo(painter, self._photo)
        else:
            self._paint_scene(painter)
        self._paint_hint(painter)

    def _paint_photo(self, painter: QPainter, photo: QPixmap) -> None:
        room, scale = self.size(), 1.0
        scale = min(photo.width() / room.width(), photo.height() / room.height())
        part = QRectF(0, 0, room.width() * scale, room.height() * scale)
        part.moveCenter(QPointF(photo.width() / 2, photo.height() / 2))
        painter.drawPixmap(QRectF(self.rect()), photo, part)

    def _paint_scene(self, painter: QPainter) -> None:
        painter.save()
        scale = max(self.width(), self.height()) / 100
        painter.translate((self.width() - 100 * scale) / 2, (self.height() - 100 * scale) / 2)
        painter.scale(scale, scale)
        sky = QLinearGradient(0, 0, 0, 80)
        sky.setColorAt(0, QColor("#33506E"))
        sky.setColorAt(0.6, QColor("#A88F8C"))
        sky.setColorAt(1, QColor("#E3B889"))
        painter.fillRect(QRectF(-30, -30, 160, 160), sky)
        x, y, radius = SUN
        glow = QRadialGradient(x, y, radius * 3)
        glow.setColorAt(0, QColor(255, 232, 190, 150))
        glow.setColorAt(1, QColor(255, 232, 190, 0))
        painter.fillRect(QRectF(-30, -30, 160, 160), glow)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#FFE7BF"))
        painter.drawEllipse(QPointF(x, y), radius, radius)
        far, near = _smooth(FAR, 130), _smooth(NEAR, 130)
        painter.fillPath(far, QColor("#4E5A72"))
        painter.fillPath(near, QColor("#3A4A56"))
        water = QLinearGradient(0, 76, 0, 104)
        water.setColorAt(0, QColor("#5D7787"))
        water.setColorAt(1, QColor("#22333F"))
        painter.fillRect(QRectF(-30, 78, 160, 60), water)
        painter.fillPath(_polygon(BOAT), QColor("#6B3F2A"))
        painter.fillPath(_polygon(SAIL), QColor("#F0E6D8"))
        painter.fillPath(_tree(), QColor("#1F3A2C"))
        self._paint_masks(painter, far - near, scale)
        painter.restore()
        self._paint_tags(painter, scale)

    def _paint_masks(self, painter: QPainter, hills: QPainterPath, scale: float) -> None:
        boat = _polygon(BOAT).united(_polygon(SAIL))
        clip = QPainterPath()
        clip.addRect(QRectF(-30, -30, 160, 108))
        self._mask(painter, hills & clip, QColor("#2070EF"), scale, "accepted")
        self._mask(painter, boat, QColor("#EF8F30"), scale, "proposal")
        self._mask(painter, _tree(), QColor("#00EF9F"), scale, "uncertain")

    def _mask(
        self, painter: QPainter, path: QPainterPath, color: QColor, scale: float, kind: str
    ) -> None:
        overlay = theme().tokens.overlay
        fill = QColor(color)
        fill.setAlphaF(overlay["fill"][kind])
        painter.fillPath(path, fill)
        if kind == "uncertain":
            painter.save()
            painter.setClipPath(path)
            bars = QColor(color)
            bars.setAlphaF(0.8)
            step = overlay["hatchStepPx"]["uncertain"] / scale
            draw_hatch(painter, path.boundingRect(), UPRIGHT, bars, step)
            painter.restore()
        width = overlay["contourPx"]["normal"]
        casing = QColor(overlay["casing"]["color"])
        casing.setAlphaF(overlay["casing"]["alpha"])
        painter.strokePath(path, _pen(casing, width + overlay["contourPx"]["casingExtra"]))
        pen = _pen(color, width)
        if kind != "accepted":
            pen.setDashPattern([each / width for each in overlay["dashPx"]["proposal"]])
        painter.strokePath(path, pen)

    def _paint_tags(self, painter: QPainter, scale: float) -> None:
        left = (self.width() - 100 * scale) / 2
        top = (self.height() - 100 * scale) / 2
        for x, y, text, color, proposal in (
            (36.0, 32.0, "hills, accepted", "#2070EF", False),
            (24.0, 56.0, "boat, proposed", "#EF8F30", True),
            (78.0, 42.0, "tree? look again", "#00EF9F", True),
        ):
            self._tag(painter, left + x * scale, top + y * scale, text, color, proposal)

    def _tag(
        self, painter: QPainter, x: float, y: float, text: str, color: str, proposal: bool
    ) -> None:
        look, overlay = theme(), theme().tokens.overlay
        font = look.font("small", "semibold")
        width = paint.text_width(font, text) + look.px(34)
        x = min(max(12.0, x), self.width() - width - 12.0)
        tag = QRectF(round(x), round(y), width, look.px(22))
        ground = QColor(overlay["tagSurface"]["color"])
        ground.setAlphaF(overlay["tagSurface"]["alpha"])
        paint.rounded(painter, tag, 5, ground)
        side = look.px(11)
        box = QRectF(tag.left() + look.px(7), tag.center().y() - side / 2, side, side)
        draw_swatch(painter, box, QColor(color), 0, proposal)
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
        card = QRectF(
            (self.width() - width) / 2, self.height() - height - look.px(20), width, height
        )
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


def _pen(color: QColor, width: float) -> QPen:
    pen = QPen(color, width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _photo() -> QPixmap | None:
    """The photo that the program carries for this page, if it does."""
    for name in ("first_page.jpg", "first_page.png"):
        found = files("resources").joinpath("sample", name)
        if found.is_file():
            pixmap = QPixmap()
            pixmap.loadFromData(QByteArray(found.read_bytes()))
            return None if pixmap.isNull() else pixmap
    return None
