"""What the hatches of Inspect mean, with the pixels of each on this image."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.patterns import DOTS, GRID, RISING
from app.places.error_map import ErrorMap
from app.places.error_paint import color_of
from app.places.figures import count
from app.theme.paint import draw_text, rounded, text_width
from app.theme.swatch import draw_hatch
from app.theme.theme import theme

_HATCHES = {"missed": RISING, "extra": DOTS, "wrong": GRID}


class ErrorLegend(QWidget):
    """A floating-card look on a strip of its own below the picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[tuple[str, str, str]] = []  # kind, words, figure
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_errors(self, errors: ErrorMap | None, called: str) -> None:
        """Show the figures of an image; ``called`` names what most wrong pixels are called."""
        self._items = []
        if errors is not None:
            wrong = f"Wrong class: {called}" if called else "Wrong class"
            self._items = [
                ("yours", "Your mask", f"{count(errors.yours.area)} px"),
                ("missed", "Missed", f"{count(errors.missed.area)} px"),
                ("extra", "Extra", f"{count(errors.extra.area)} px"),
                ("wrong", wrong, f"{count(errors.wrong.area)} px"),
            ]
        words = ", ".join(f"{name} {figure}" for _, name, figure in self._items)
        self.setAccessibleName(words or "No errors to show")
        self.update()

    @property
    def words(self) -> str:
        """The legend as one line."""
        return self.accessibleName()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(300, theme().px(54))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(160, theme().px(54))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        painter.fillRect(self.rect(), look.color("canvas.surround"))
        if not self._items:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        widths = self._widths(with_figures=True)
        figures = sum(widths) + look.px(32) <= self.width() - 16
        if not figures:
            widths = self._widths(with_figures=False)
        total = min(sum(widths) + look.px(20), self.width() - 16)
        card = QRectF((self.width() - total) / 2, look.px(6), total, self.height() - look.px(14))
        edge = look.color("border.control" if look.high_contrast else "border.hairline")
        rounded(painter, card, look.radius("float"), look.color("surface.raised"), edge)
        left = card.left() + look.px(14)
        room = (card.width() - look.px(20)) / max(1.0, float(sum(widths)))
        for item, width in zip(self._items, widths, strict=True):
            area = QRectF(left, card.top(), width * min(1.0, room), card.height())
            self._paint_item(painter, area, item, figures)
            left += area.width()

    def _widths(self, *, with_figures: bool) -> list[int]:
        look = theme()
        found = []
        for _kind, words, figure in self._items:
            width = look.px(20) + 8 + text_width(look.font("body", "medium"), words) + look.px(18)
            if with_figures:
                width += 8 + text_width(look.font("small"), figure)
            found.append(width)
        return found

    def _paint_item(
        self, painter: QPainter, area: QRectF, item: tuple[str, str, str], figures: bool
    ) -> None:
        look = theme()
        kind, words, figure = item
        side, high = look.px(20), look.px(13)
        mark = QRectF(area.left(), area.center().y() - high / 2, side, high)
        _paint_mark(painter, mark, kind)
        font = look.font("body", "medium")
        left = mark.right() + 8
        room = area.right() - left - look.px(10)
        width = min(room, text_width(font, words) + 2)
        place = QRectF(left, area.top(), width, area.height())
        draw_text(painter, place, words, font, look.color("text.primary"))
        if figures:
            place = QRectF(
                place.right() + 6, area.top(), area.right() - place.right(), area.height()
            )
            draw_text(painter, place, figure, look.font("small"), look.color("text.secondary"))


def _paint_mark(painter: QPainter, area: QRectF, kind: str) -> None:
    look = theme()
    path = QPainterPath()
    path.addRoundedRect(area, 4, 4)
    if kind == "yours":
        for color, width in ((QColor("#000000"), 3.5), (QColor("#FFFFFF"), 1.5)):
            painter.setPen(QPen(color, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(path)
        return
    color = color_of(kind)
    ground = QColor(color)
    ground.setAlphaF(0.35)
    painter.fillPath(path, look.color("surface.base"))
    painter.fillPath(path, ground)
    painter.save()
    painter.setClipPath(path)
    ink = color if look.name != "light" else color.darker(150)
    draw_hatch(painter, area, _HATCHES[kind], ink, 5.0)
    painter.restore()
    painter.setPen(QPen(ink, 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
