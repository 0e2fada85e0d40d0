"""The one style sheet: shapes of native controls, filled from the tokens."""

from __future__ import annotations

from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.theme.theme import Theme

_SHEET = Template("""
QPushButton { min-height: ${control}px; padding: 0 11px; border: 1px solid ${border_control};
  border-radius: 6px; background: ${surface_raised}; color: ${text_primary}; }
QPushButton:hover { background: ${surface_hover}; }
QPushButton:pressed { background: ${surface_pressed}; }
QPushButton:disabled { color: ${text_disabled}; border-color: ${border_hairline}; }
QPushButton[main="true"] { background: ${accent_base}; color: ${accent_on}; border: none;
  font-weight: 500; }
QPushButton[main="true"]:disabled { background: ${surface_raised}; color: ${text_disabled};
  border: 1px solid ${border_hairline}; }
QLineEdit, QPlainTextEdit, QComboBox, QAbstractSpinBox { min-height: ${control}px; padding: 0 9px;
  border: 1px solid ${border_control}; border-radius: 6px; background: ${surface_raised};
  color: ${text_primary}; selection-background-color: ${accent_base};
  selection-color: ${accent_on}; }
QPlainTextEdit { padding: 4px 6px; }
QLineEdit:focus, QPlainTextEdit:focus, QAbstractSpinBox:focus { border-color: ${accent_base}; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled { color: ${text_disabled};
  border-color: ${border_hairline}; }
QLineEdit[error="true"], QAbstractSpinBox[error="true"] { border-color: ${state_error}; }
QLineEdit[bare="true"] { border: none; background: transparent; padding: 0; min-height: 20px; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { border: none; padding: 0 0 0 7px; min-height: 0;
  background: transparent; }
QComboBox { padding-right: 4px; }
QComboBox[small="true"] { min-height: ${small_control}px; }
QComboBox:hover { background: ${surface_hover}; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow, QAbstractSpinBox::down-arrow { image: url("${icons}/caret-down-${name}.svg");
  width: 12px; height: 12px; }
QAbstractSpinBox::up-arrow { image: url("${icons}/caret-up-${name}.svg");
  width: 12px; height: 12px; }
QAbstractSpinBox { padding: 0 2px 0 0; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 20px; border: none;
  background: transparent; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {
  background: ${surface_hover}; border-radius: 4px; }
QComboBox QAbstractItemView, QMenu { background: ${surface_raised}; color: ${text_primary};
  border: 1px solid ${border_control}; border-radius: 8px; padding: 4px; outline: none; }
QComboBox QAbstractItemView::item { min-height: ${control}px; padding: 0 8px; border-radius: 6px; }
QMenu::item { min-height: ${menu}px; padding: 0 28px 0 12px; border-radius: 6px; margin: 0; }
QMenu::item:selected, QComboBox QAbstractItemView::item:selected {
  background: ${surface_selected}; color: ${text_primary}; }
QMenu::item:disabled { color: ${text_disabled}; }
QMenu::separator { height: 1px; background: ${border_hairline}; margin: 4px 8px; }
QMenu::icon { padding-left: 10px; }
QToolTip { background: ${surface_raised}; color: ${text_primary};
  border: 1px solid ${border_control}; padding: 4px 8px; font-size: ${small}px; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: ${bar}px; }
QScrollBar:horizontal { height: ${bar}px; }
QScrollBar::handle { background: ${scroll}; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: ${border_control}; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
  background: none; border: none; width: 0; height: 0; }
QAbstractScrollArea { background: transparent; border: none; }
QSplitter::handle { background: ${border_hairline}; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QHeaderView::section { background: transparent; color: ${text_secondary}; border: none;
  padding: 4px 6px; }
""")


def build_sheet(theme: Theme) -> str:
    """The style sheet of a theme at its text scale; set it on the application only."""
    colors = {
        name.replace(".", "_"): value for name, value in theme.tokens.colors[theme.name].items()
    }
    icons = files("resources").joinpath("icons")
    small = round(theme.tokens.font_sizes["small"] * theme.scale)
    scroll = colors["border_control"] if theme.high_contrast else colors["surface_pressed"]
    return _SHEET.substitute(
        colors,
        control=theme.size("control") - 2,
        small_control=theme.size("controlSmall") - 2,
        menu=theme.target(28),
        bar=24 if theme.touch else 10,
        small=small,
        scroll=scroll,
        name=theme.name,
        icons=str(icons).replace("\\", "/"),
    )
