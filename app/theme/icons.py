"""Icons: Phosphor 1.3 as shipped in qtawesome, drawn as glyphs at any size and pixel ratio.

The font file is read from the installed package directly: importing qtawesome itself loads every
icon family it carries, a fifth of a second nobody would see the use of. An icon knows a token, not
a colour, so a change of theme needs no new icons.
"""

import json
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QIconEngine, QPainter, QPixmap

from app.theme.fonts import load_font

ColorOf = Callable[[str], QColor]


def _folder() -> Path:
    spec = find_spec("qtawesome")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("qtawesome, which carries the icon font, is not installed.")
    return Path(next(iter(spec.submodule_search_locations))) / "fonts"


@cache
def glyphs() -> dict[str, str]:
    """Icon name (as in "paint-brush", "check-circle-fill") → the character that draws it."""
    raw = json.loads((_folder() / "phosphor-charmap-1.3.0.json").read_text(encoding="utf-8"))
    return {name: chr(int(code, 16)) for name, code in raw.items()}


@cache
def _family() -> str:
    return load_font((_folder() / "phosphor-1.3.0.ttf").read_bytes())


@cache
def _font(pixel_size: int) -> QFont:
    font = QFont(_family())
    font.setPixelSize(pixel_size)
    font.setStyleStrategy(QFont.StyleStrategy.NoFontMerging)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def paint_icon(painter: QPainter, rect: QRect | QRectF, name: str, color: QColor) -> None:
    """Draw an icon in the middle of a rectangle, as large as its shorter side.

    Raises:
        KeyError: there is no icon of this name.
    """
    area = QRectF(rect)
    painter.save()
    painter.setFont(_font(max(1, round(min(area.width(), area.height())))))
    painter.setPen(color)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, glyphs()[name])
    painter.restore()


class GlyphEngine(QIconEngine):
    """Draws one glyph in the colour its token has at the time of drawing."""

    def __init__(self, name: str, role: str, color_of: ColorOf) -> None:
        super().__init__()
        glyphs()[name]  # a wrong name is an error here, not an empty square on the screen
        self._name, self._role, self._color_of = name, role, color_of

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """See QIconEngine."""
        role = "text.disabled" if mode == QIcon.Mode.Disabled else self._role
        paint_icon(painter, rect, self._name, self._color_of(role))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """See QIconEngine; the size is in device pixels."""
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        """See QIconEngine."""
        return GlyphEngine(self._name, self._role, self._color_of)


def make_icon(name: str, role: str, color_of: ColorOf) -> QIcon:
    """An icon of a Phosphor name whose colour is the token ``role``.

    Raises:
        KeyError: there is no icon of this name.
    """
    return QIcon(GlyphEngine(name, role, color_of))
