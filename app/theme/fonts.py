"""The type: bundled Inter with tabular figures, and the icon font.

Fonts need a running application, so everything here is done at first use.
"""

from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFont, QFontDatabase

from app.theme.tokens import load_tokens

_FILES = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf")


def load_font(data: bytes) -> str:
    """Register a font for this program; answers its family name.

    Raises:
        ValueError: the bytes are not a font.
    """
    number = QFontDatabase.addApplicationFontFromData(QByteArray(data))
    families = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    if not families:
        raise ValueError("The bytes are not a font file.")
    return families[0]


@cache
def ui_families() -> tuple[str, ...]:
    """Families to ask for, wanted first; the bundled one is registered on the way."""
    for name in _FILES:
        load_font(files("resources").joinpath("fonts", name).read_bytes())
    generic = {"sans-serif"}
    return tuple(name for name in load_tokens().families if name not in generic)


def make_font(pixel_size: int, weight: int) -> QFont:
    """The interface font at a size in logical pixels and a weight of 400, 500 or 600."""
    font = QFont(list(ui_families()))
    font.setStyleHint(QFont.StyleHint.SansSerif)
    font.setPixelSize(pixel_size)
    font.setWeight(QFont.Weight(weight))
    font.setFeature(QFont.Tag.fromString("tnum"), 1)
    return font
