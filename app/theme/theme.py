"""The look in use: colours, fonts, icons and sizes by the names of the design tokens.

One per program, made after the application: ``theme()``. Widgets ask for values when they paint and
listen to ``changed`` for what they keep.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from app.theme.fonts import make_font
from app.theme.icons import make_icon
from app.theme.sheet import build_sheet
from app.theme.tokens import Tokens, load_tokens

if TYPE_CHECKING:
    from engine.document.taxonomy import LabelClass

Choice = Literal["system", "dark", "light", "highContrast"]
FontSize = Literal["micro", "key", "small", "body", "strong", "lead", "title", "figure", "hero"]
Weight = Literal["regular", "medium", "semibold"]

_TARGETS = frozenset({"row", "rowDense", "control", "controlLarge", "controlSmall", "toolButton"})
"""Sizes of what can be pressed, or of bars that are as high as that."""

_AROUND = {
    "toolRail": 12,
    "optionStrip": 6,
    "topBar": 6,
    "statusBar": 2,
    "filmstrip": 84,
    "filmstripFolded": 2,
}
"""Sizes of bars, and the room they leave around, or give besides, what can be pressed."""


@dataclass(frozen=True, slots=True)
class ClassStyle:
    """How a class is drawn: its colour and the index of its hatch (0 plain)."""

    color: QColor
    hatch: int


class Theme(QObject):
    """See the module.

    Attributes:
        name: "dark", "light" or "highContrast", what is shown now.
        choice: what the user chose; "system" follows the desktop.
        scale: text scale, 1.0..2.0; fonts, rows and panels grow with it.
        reduced_motion: every duration is 0.
        touch: what can be pressed is at least 44 high and wide, for fingers.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tokens: Tokens = load_tokens()
        self.name = "dark"
        self.choice: Choice = "system"
        self.scale = 1.0
        self.reduced_motion = False
        self.touch = False
        self._colors: dict[str, QColor] = {}
        self._fonts: dict[tuple[str, str], QFont] = {}
        self._icons: dict[tuple[str, str], QIcon] = {}
        self._fill()
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow)
        accessibility = getattr(hints, "accessibility", None)  # since Qt 6.10
        if accessibility is not None:
            accessibility().contrastPreferenceChanged.connect(self._follow)

    # -- values ------------------------------------------------------------------------------

    def color(self, token: str) -> QColor:
        """The colour of a token such as "surface.base".

        Raises:
            KeyError: there is no such token.
        """
        return self._colors[token]

    def font(self, size: FontSize = "body", weight: Weight = "regular") -> QFont:
        """The interface font by the names of the tokens."""
        key = (size, weight)
        if key not in self._fonts:
            pixels = round(self.tokens.font_sizes[size] * self.scale)
            self._fonts[key] = make_font(pixels, self.tokens.weights[weight])
        return self._fonts[key]

    def icon(self, name: str, role: str = "text.secondary") -> QIcon:
        """An icon by its Phosphor name, in the colour of a token; follows the theme by itself.

        Raises:
            KeyError: there is no icon of this name.
        """
        key = (name, role)
        if key not in self._icons:
            self._icons[key] = make_icon(name, role, self.color)
        return self._icons[key]

    def px(self, pixels: float) -> int:
        """A length of the design grown by the text scale."""
        return round(pixels * self.scale)

    def size(self, name: str) -> int:
        """A size token such as "row" or "icon.panel", grown by the text scale.

        Raises:
            KeyError: there is no such size.
        """
        value: Any = self.tokens.sizes
        for part in name.split("."):
            value = value[part]
        if name in _TARGETS:
            return self.target(value)
        return self.target(value, _AROUND[name]) if name in _AROUND else self.px(value)

    def target(self, pixels: float, around: int = 0) -> int:
        """A height or width that can be pressed: as ``px``, in touch mode 44 at the least.

        Args:
            pixels: of the design.
            around: what belongs to it on both sides together and cannot be pressed.
        """
        least = self.tokens.sizes["minTargetTouch"] + around if self.touch else 0
        return max(self.px(pixels), least)

    def radius(self, name: str = "control") -> int:
        """A corner radius token."""
        return self.tokens.radii[name]

    @property
    def space(self) -> tuple[int, ...]:
        """The allowed gaps, ascending: 2 4 6 8 10 12 14 16 20 24 32."""
        return self.tokens.space

    def duration(self, name: Literal["fast", "normal", "slow"] = "normal") -> int:
        """Milliseconds of a movement; 0 with reduced motion."""
        return 0 if self.reduced_motion else int(self.tokens.motion[name])

    def class_style(self, label_class: LabelClass) -> ClassStyle:
        """How a class is drawn."""
        return ClassStyle(QColor(label_class.color), label_class.hatch)

    @property
    def high_contrast(self) -> bool:
        """Whether shadows and tints are left out and every border is drawn."""
        return self.name == "highContrast"

    # -- choosing ----------------------------------------------------------------------------

    def apply(self, app: QApplication, choice: Choice = "system") -> None:
        """Show a theme; the first call also gives the application its style and focus ring."""
        from app.theme.style import install  # which draws with this theme

        install(app)
        self.choice = choice
        self.name = system_theme() if choice == "system" else choice
        self._fill()
        hints = app.styleHints()
        wanted = {
            "dark": Qt.ColorScheme.Dark,
            "light": Qt.ColorScheme.Light,
            "highContrast": Qt.ColorScheme.Dark,
        }
        if choice == "system":
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(wanted[choice])
        # Palette first, sheet second, one call each: every sheet re-polishes all widgets.
        app.setPalette(self._palette())
        app.setFont(self.font())
        app.setStyleSheet(build_sheet(self))
        self.changed.emit()

    def set_scale(self, app: QApplication, scale: float) -> None:
        """Set the text scale, held to 1.0..2.0, and show it."""
        self.scale = min(2.0, max(1.0, scale))
        self._fonts.clear()
        self.apply(app, self.choice)

    def set_touch(self, app: QApplication, on: bool) -> None:
        """Set whether what can be pressed is made for fingers, and show it."""
        if on != self.touch:
            self.touch = on
            self.apply(app, self.choice)

    def _follow(self) -> None:
        app = QApplication.instance()
        stale = self.choice == "system" and system_theme() != self.name
        if stale and isinstance(app, QApplication):
            self.apply(app, "system")

    def _fill(self) -> None:
        self._colors = {
            name: QColor(value) for name, value in self.tokens.colors[self.name].items()
        }

    def _palette(self) -> QPalette:
        role, palette = QPalette.ColorRole, QPalette()
        groups = {
            role.Window: "surface.base",
            role.Base: "surface.raised",
            role.Button: "surface.raised",
            role.AlternateBase: "surface.hover",
            role.ToolTipBase: "surface.raised",
            role.ToolTipText: "text.primary",
            role.Text: "text.primary",
            role.WindowText: "text.primary",
            role.ButtonText: "text.primary",
            role.BrightText: "text.primary",
            role.PlaceholderText: "text.secondary",
            role.Highlight: "surface.selected",
            role.HighlightedText: "text.primary",
            role.Accent: "accent.base",
            role.Link: "accent.base",
            role.LinkVisited: "accent.base",
            role.Light: "surface.hover",
            role.Midlight: "surface.hover",
            role.Mid: "border.hairline",
            role.Dark: "border.control",
            role.Shadow: "canvas.surround",
        }
        for key, token in groups.items():
            palette.setColor(key, self.color(token))
        for key in (role.Text, role.WindowText, role.ButtonText, role.HighlightedText):
            palette.setColor(QPalette.ColorGroup.Disabled, key, self.color("text.disabled"))
        disabled = self.color("border.hairline")
        palette.setColor(QPalette.ColorGroup.Disabled, role.Dark, disabled)
        return palette


def system_theme() -> str:
    """The theme that the desktop asks for now; dark where it does not say."""
    hints = QGuiApplication.styleHints()
    accessibility = getattr(hints, "accessibility", None)
    wanted = accessibility().contrastPreference() if accessibility is not None else None
    if wanted is not None and wanted == Qt.ContrastPreference.HighContrast:
        return "highContrast"
    return "light" if hints.colorScheme() == Qt.ColorScheme.Light else "dark"


@cache
def theme() -> Theme:
    """The one theme of the program.

    Raises:
        RuntimeError: no application is running yet.
    """
    app = QApplication.instance()
    if app is None:
        raise RuntimeError("The theme needs a running application.")
    return Theme(app)
