"""What a chosen format may be asked for: its rows in the export sheet, and only these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.dialogs.export_plan import TILES, FormatChoice, Overlap, Pictures, Wishes
from app.dialogs.fields import Choice
from app.dialogs.sheet import Sheet
from app.theme.widgets import CheckBox, SegmentedControl

_CHECKS = {
    "polygons": "Outlines along pixel edges, not RLE",
    "colors": "Colours of classes, not their numbers",
    "consecutive": "Number the classes 1, 2, 3 … in order",
    "scores": "Write scores as an extra field",
    "provenance": "Write who made each object, and when",
    "deep": "Decode every mask when reading back",
    "refuse_void": "Stop at pixels that belong to nothing",
}
_OTHER_WORDS = {("cityscapes", "polygons"): "Write outlines besides (polygons.json)"}
_OVERLAPS: list[tuple[Overlap, str]] = [
    ("order", "go to the upper object"),
    ("smaller", "go to the smaller object"),
    ("void", "become void"),
]


class ExportOptions(QObject):
    """Rows of a sheet; what is asked of one format stays when another is looked at.

    Signals:
        changed: something else is asked for.
    """

    changed = Signal()

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(sheet)
        self._choice: FormatChoice | None = None
        self.dialect = Choice()
        self._dialect_row = sheet.add_row("Dialect", self.dialect)
        self.overlap = Choice(_OVERLAPS)
        self._overlap_row = sheet.add_row("Shared pixels", self.overlap)
        self.checks = {name: CheckBox(words) for name, words in _CHECKS.items()}
        column = QVBoxLayout()
        column.setSpacing(0)
        for check in self.checks.values():
            column.addWidget(check)
            check.toggled.connect(lambda _on: self.changed.emit())
        sheet.add(column)
        self.dialect.picked.connect(lambda _value: self.changed.emit())
        self.overlap.picked.connect(lambda _value: self.changed.emit())

    def show_for(self, choice: FormatChoice) -> None:
        """Show the rows of a format."""
        if choice == self._choice:
            return
        self._choice = choice
        self.dialect.set_options(choice.dialects)
        self._dialect_row.setVisible(len(choice.dialects) > 1)
        self._overlap_row.setVisible("overlap" in choice.options)
        for name, check in self.checks.items():
            check.setText(_OTHER_WORDS.get((choice.key, name), _CHECKS[name]))
            check.setVisible(name in choice.options)
            check.updateGeometry()

    def asked(self) -> dict[str, Any]:
        """What is asked of the chosen format, by the names of `Wishes`."""
        choice = self._choice
        if choice is None:
            return {}
        found: dict[str, Any] = {
            name: check.isChecked() and self._applies(name)
            for name, check in self.checks.items()
            if name in choice.options
        }
        if len(choice.dialects) > 1 and self.dialect.value() != choice.dialects[0][0]:
            found["dialect"] = str(self.dialect.value() or "")
        if "overlap" in choice.options:
            found["overlap"] = cast(Overlap, self.overlap.value())
        return found

    def words(self) -> frozenset[str]:
        """The options that are on, the dialect and the rule, as `losses_of` wants them."""
        asked = self.asked()
        on = {name for name, value in asked.items() if value is True}
        return frozenset(on | {asked[name] for name in ("dialect", "overlap") if name in asked})

    def _applies(self, name: str) -> bool:
        """Outlines are always decoded whole, so that nothing is left to ask for."""
        return name != "deep" or not self.checks["polygons"].isChecked()

    def take_up(self, kept: Mapping[str, Any]) -> None:
        """Show what was asked for the last time; what is not known is passed over."""
        for name, check in self.checks.items():
            check.setChecked(kept.get(name) is True)
        self.dialect.set_value(kept.get("dialect"))
        self.overlap.set_value(kept.get("overlap"))


class ExportExtent(QObject):
    """The rows of what holds for every format: tiles, images without masks, pictures.

    Signals:
        changed: something else is asked for.
    """

    changed = Signal()

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(sheet)
        self.empty = SegmentedControl(
            "Images without masks", [("keep", "Keep"), ("skip", "Leave out")]
        )
        self.pictures = SegmentedControl(
            "The images themselves",
            [("none", "Not with it"), ("copy", "Copied"), ("link", "Linked")],
        )
        self.tile = SegmentedControl("Tiles", TILES)
        self._row(sheet, "Without masks", self.empty)
        self._pictures_row = self._row(sheet, "The images", self.pictures)
        self._row(sheet, "Tiles", self.tile)

    def _row(self, sheet: Sheet, name: str, control: SegmentedControl) -> QWidget:
        row = QHBoxLayout()
        row.addWidget(control)
        row.addStretch(1)
        control.chosen.connect(lambda _key: self._on_chosen())
        return sheet.add_row(name, row)

    def _on_chosen(self) -> None:
        self._pictures_row.setEnabled(self.tile.current() == "0")  # tiles bring their own
        self.changed.emit()

    def asked(self) -> dict[str, Any]:
        """What is asked for, by the names of `Wishes`."""
        cut = self.tile.current() != "0"
        return {
            "tile": int(self.tile.current()),
            "pictures": "none" if cut else cast(Pictures, self.pictures.current()),
            "empty": self.empty.current(),
        }

    def take_up(self, kept: Mapping[str, Any]) -> None:
        """Show what was asked for the last time."""
        if kept.get("pictures") in ("none", "copy", "link"):
            self.pictures.set_current(str(kept["pictures"]))
        if kept.get("empty") in ("keep", "skip"):
            self.empty.set_current(str(kept["empty"]))


def kept_of(wishes: Wishes) -> dict[str, Any]:
    """What is remembered of an export's wishes; tiles and parts are asked for each time."""
    return {name: value for name, value in asdict(wishes).items() if name not in ("tile", "splits")}
