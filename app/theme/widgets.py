"""The common widgets under one name, for panels, places and dialogs."""

from app.theme.blocks import Card, EmptyState, Hairline, Ring, Surface, ThinProgress
from app.theme.buttons import Button, IconButton, PrimaryButton
from app.theme.chips import CapButton, Chip, MenuLabel
from app.theme.choices import CheckBox, NumberField, SegmentedControl, SmallSlider
from app.theme.labels import ElidedLabel, KeyCap, SectionHeader, TextBlock
from app.theme.swatch import Swatch

__all__ = [
    "Button",
    "CapButton",
    "Card",
    "CheckBox",
    "Chip",
    "ElidedLabel",
    "EmptyState",
    "Hairline",
    "IconButton",
    "KeyCap",
    "MenuLabel",
    "NumberField",
    "PrimaryButton",
    "Ring",
    "SectionHeader",
    "SegmentedControl",
    "SmallSlider",
    "Surface",
    "Swatch",
    "TextBlock",
    "ThinProgress",
]
