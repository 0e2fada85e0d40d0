"""Touch mode: what can be pressed is at least 44 high and wide; without it nothing is larger."""

import pytest
from PySide6.QtWidgets import QLineEdit

from app.theme.theme import theme
from app.theme.tokens import load_tokens
from app.theme.widgets import (
    Button,
    CapButton,
    CheckBox,
    IconButton,
    MenuLabel,
    NumberField,
    PrimaryButton,
    SegmentedControl,
    SmallSlider,
)


def _compact():
    button = Button("Go", "plus")
    button.set_compact(True)
    return button


def _menu():
    label = MenuLabel()
    label.set_text("File name")
    return label


def _icons():
    control = SegmentedControl("Place", [("a", "A", "plus")])
    control.set_icons_only(True)
    return control


PRESSED = {
    "button": lambda: Button("Go", "plus"),
    "icon": lambda: IconButton("x", "Close"),
    "cap": CapButton,
    "compact": _compact,
    "menu": _menu,
    "main": lambda: PrimaryButton("Go"),
    "check": lambda: CheckBox("On"),
    "slider": lambda: SmallSlider("Size", 0, 9),
    "icons": _icons,
}


@pytest.fixture
def touch(qapp):
    yield lambda on: theme().set_touch(qapp, on)
    theme().set_touch(qapp, False)
    theme().set_scale(qapp, 1.0)


@pytest.mark.parametrize("kind", PRESSED)
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_everything_that_is_pressed_is_large_enough(qtbot, qapp, touch, kind, scale):
    theme().set_scale(qapp, scale)
    widget = PRESSED[kind]()
    qtbot.addWidget(widget)
    before = widget.sizeHint()
    touch(True)
    hint = widget.sizeHint()
    assert hint.height() >= 44
    assert hint.width() >= 44
    touch(False)
    assert widget.sizeHint() == before


@pytest.mark.parametrize("make", [QLineEdit, lambda: NumberField("Area", 0, 9)])
def test_native_fields_too(qtbot, touch, make):
    touch(True)
    field = make()
    qtbot.addWidget(field)
    field.ensurePolished()
    assert field.sizeHint().height() >= 44


def test_rows_and_bars_follow_and_other_sizes_do_not(touch):
    names = ["row", "rowDense", "control", "controlSmall", "toolButton", "statusBar", "optionStrip"]
    design = [load_tokens().sizes[name] for name in names]
    assert [theme().size(name) for name in names] == design
    touch(True)
    assert all(theme().size(name) >= 44 for name in names)
    assert theme().size("sheet") == load_tokens().sizes["sheet"]
    assert theme().size("icon.tool") == load_tokens().sizes["icon"]["tool"]


def test_a_large_text_needs_no_more(touch, qapp):
    theme().set_scale(qapp, 2.0)
    before = theme().size("row")
    touch(True)
    assert theme().size("row") == before == 60
