"""Small drawing helpers shared by the widgets and the list delegates."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from app.theme.theme import theme
from engine.errors import harmless

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTER = Qt.AlignmentFlag.AlignCenter
LONGEST_ENTRY = 80
"""Characters of a menu's entry; a menu is as wide as its longest, and no wider than a screen."""
_SYMBOLS = {"Shift": "⇧", "Up": "↑", "Down": "↓", "Left": "←", "Right": "→", "Space": "␣"}


def rounded(
    painter: QPainter,
    rect: QRect | QRectF,
    radius: float,
    fill: QColor | None = None,
    border: QColor | None = None,
    width: float = 1.0,
) -> None:
    """A rounded rectangle whose border lies inside ``rect`` on whole pixels."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(border, width) if border is not None else Qt.PenStyle.NoPen)
    inset = width / 2 if border is not None else 0.0
    painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), radius, radius)
    painter.restore()


def one_line(text: str) -> str:
    """A text of others as it is drawn in one line: nothing in it turns or breaks the line."""
    return text if text.isprintable() else " ".join(harmless(text).split("\n"))


def menu_text(text: str) -> str:
    """Words with names of others as an entry of a menu: one line, none of it a mnemonic."""
    shown = one_line(text)
    shown = shown if len(shown) <= LONGEST_ENTRY else f"{shown[: LONGEST_ENTRY - 1]}…"
    return shown.replace("&", "&&")


def text_width(font: QFont, text: str) -> int:
    """Pixels that a line of text takes."""
    return QFontMetrics(font).horizontalAdvance(one_line(text))


def draw_text(
    painter: QPainter,
    rect: QRect | QRectF,
    text: str,
    font: QFont,
    color: QColor,
    align: Qt.AlignmentFlag = LEFT,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> int:
    """One line of text, cut to the rectangle; answers the pixels it took."""
    area = QRectF(rect).toAlignedRect()
    metrics = QFontMetrics(font)
    shown = one_line(text)
    if metrics.horizontalAdvance(shown) > area.width():
        shown = metrics.elidedText(shown, elide, area.width())
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(area, int(align | Qt.TextFlag.TextSingleLine), shown)
    return metrics.horizontalAdvance(shown)


def caps(key_text: str) -> list[str]:
    """The single keys of a shortcut text: "Ctrl+Shift+A" → ["Ctrl", "⇧", "A"]."""
    if not key_text:
        return []
    body, plus = (key_text[:-1], ["+"]) if key_text.endswith("+") else (key_text, [])
    return [_SYMBOLS.get(part, part) for part in body.split("+") if part] + plus


def short_key(key_text: str) -> str:
    """A shortcut as one cap: "Ctrl+Shift+A" → "Ctrl ⇧A"."""
    parts = caps(key_text)
    return " ".join(parts).replace("⇧ ", "⇧")


def cap_size(text: str) -> tuple[int, int]:
    """Width and height of a key cap."""
    height = theme().px(20)
    width = text_width(theme().font("key", "medium"), text) + theme().px(11)
    return max(height, width), height


def draw_cap(
    painter: QPainter,
    left: float,
    middle: float,
    text: str,
    color: QColor | None = None,
    fill: QColor | None = None,
) -> int:
    """A key cap whose left edge and vertical middle are given; answers its width."""
    look = theme()
    width, height = cap_size(text)
    rect = QRectF(round(left), round(middle - height / 2), width, height)
    front = color if color is not None else look.color("text.primary")
    edge = QColor(color) if color is not None else look.color("border.control")
    rounded(painter, rect, look.radius("chip"), fill, edge)
    draw_text(painter, rect, text, look.font("key", "medium"), front, CENTER)
    return width


def draw_ring(
    painter: QPainter, rect: QRectF, fraction: float | None, color: QColor, track: QColor
) -> None:
    """Progress as a ring; None is "not known": a quarter, standing still."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = max(2.0, rect.width() / 7)
    inner = rect.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.setPen(QPen(track, width))
    painter.drawEllipse(inner)
    part = 0.25 if fraction is None else min(1.0, max(0.0, fraction))
    painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawArc(inner, 90 * 16, -round(part * 360 * 16))
    painter.restore()


def draw_bar(
    painter: QPainter, rect: QRectF, fraction: float, color: QColor, track: QColor
) -> None:
    """Progress as a bar with round ends."""
    half = rect.height() / 2
    rounded(painter, rect, half, track)
    if fraction > 0:
        done = QRectF(rect.topLeft(), QPointF(rect.left() + rect.width() * min(1.0, fraction), 0))
        done.setHeight(rect.height())
        done.setWidth(max(rect.height(), done.width()))
        rounded(painter, done, half, color)
