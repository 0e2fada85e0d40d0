import pytest
from PySide6.QtGui import QFont, QFontInfo, QFontMetrics, QPalette

from app.theme.theme import theme
from engine.document.taxonomy import LabelClass


@pytest.mark.parametrize("name", ["dark", "light", "highContrast"])
def test_apply_sets_palette_sheet_and_tells(qtbot, qapp, name):
    other = "light" if name != "light" else "dark"
    theme().apply(qapp, other)
    with qtbot.waitSignal(theme().changed):
        theme().apply(qapp, name)
    color = theme().tokens.colors[name]
    assert theme().name == name
    assert theme().high_contrast == (name == "highContrast")
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == color["surface.base"].lower()
    assert qapp.palette().color(QPalette.ColorRole.Accent).name() == color["accent.base"].lower()
    disabled = qapp.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert disabled.name() == color["text.disabled"].lower()
    assert color["border.control"] in qapp.styleSheet()
    assert "$" not in qapp.styleSheet()


def test_figures_are_equally_wide_and_the_bundled_font_is_used(qapp):
    font = theme().font("body")
    assert QFontInfo(font).family() == "Inter"
    assert font.featureValue(QFont.Tag.fromString("tnum")) == 1
    widths = {QFontMetrics(font).horizontalAdvance(figure * 20) for figure in "0123456789"}
    assert len(widths) == 1


def test_text_scale_grows_fonts_and_rows_and_is_held(qapp):
    look = theme()
    before = look.size("row"), look.font("body").pixelSize()
    try:
        look.set_scale(qapp, 2.0)
        assert (look.size("row"), look.font("body").pixelSize()) == (2 * before[0], 2 * before[1])
        look.set_scale(qapp, 9.0)
        assert look.scale == 2.0
    finally:
        look.set_scale(qapp, 1.0)
    assert look.size("row") == before[0]


def test_reduced_motion_takes_no_time():
    look = theme()
    assert look.duration("normal") == 140
    look.reduced_motion = True
    try:
        assert look.duration("slow") == 0
    finally:
        look.reduced_motion = False


def test_unknown_token_is_an_error():
    with pytest.raises(KeyError):
        theme().color("surface.nothing")


def test_class_style():
    style = theme().class_style(LabelClass(id=2, name="cup", color="#EF8F30", hatch=1))
    assert (style.color.name(), style.hatch) == ("#ef8f30", 1)
