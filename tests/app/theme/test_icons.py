import ast

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon

from app.action_table import ACTIONS
from app.panels import banners, status_bar
from app.theme.icons import glyphs, make_icon
from app.theme.theme import theme
from app.tools.registry import TOOLS

# Calls whose arguments name icons, and at which place.
_CALLS = {
    "Button": 1,
    "PrimaryButton": 1,
    "Chip": 1,
    "IconButton": 0,
    "EmptyState": 0,
    "ActionCard": 0,
    "set_icon": 0,
    "show_icon": 0,
    "paint_icon": 2,
    "icon": 0,
}


def icons_in(source):
    """Icon names given as plain words in the calls above."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        place = _CALLS.get(name)
        given = [each.value for each in node.keywords if each.arg == "icon"]
        if place is not None and len(node.args) > place:
            given.append(node.args[place])
        for argument in given:
            for part in ast.walk(argument):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
                    yield part.value


def test_every_icon_named_in_the_program_exists(root):
    used = {
        name
        for path in (root / "app").rglob("*.py")
        for name in icons_in(path.read_text(encoding="utf-8"))
    }
    assert len(used) > 20
    missing = {
        name for name in used if name not in glyphs() and not name.startswith(("text.", "state."))
    }
    assert missing <= {"failed"}  # a state compared in the same call


def test_every_action_and_tool_icon_exists():
    names = {action.icon for action in ACTIONS if action.icon} | {t.icon for t in TOOLS.values()}
    names |= set(banners.ICONS.values()) | set(status_bar._ICONS.values())
    assert names <= glyphs().keys()


def test_wrong_name_is_an_error(qapp):
    with pytest.raises(KeyError):
        make_icon("no-such-icon", "text.primary", theme().color)


def test_icon_follows_the_theme_and_is_drawn_at_the_ratio(qapp):
    theme().apply(qapp, "dark")
    icon = theme().icon("check", "state.ok")

    def strongest():
        image = icon.pixmap(QSize(32, 32), 2.0).toImage()
        assert image.width() == 64
        colors = {QColor(image.pixel(x, y)).name() for x in range(64) for y in range(64)}
        return colors

    assert theme().color("state.ok").name() in strongest()
    theme().apply(qapp, "light")
    assert theme().color("state.ok").name() in strongest()


def test_disabled_icon_is_grey(qapp):
    theme().apply(qapp, "dark")
    image = theme().icon("trash").pixmap(QSize(40, 40), 1.0, QIcon.Mode.Disabled).toImage()
    colors = {QColor(image.pixel(x, y)).name() for x in range(40) for y in range(40)}
    assert theme().color("text.disabled").name() in colors
