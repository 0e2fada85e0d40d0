"""The values of a chart as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from app.places.series import Series

Index = QModelIndex | QPersistentModelIndex


class Numbers(QAbstractTableModel):
    """The values of a chart, one row per position."""

    def __init__(self, series: Sequence[Series], unit: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._series = [each for each in series if each.points]
        self._unit = unit
        self._values = [dict(each.points) for each in self._series]
        self._rows = sorted({x for values in self._values for x in values})

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See QAbstractTableModel."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See QAbstractTableModel."""
        return 0 if parent.isValid() else 1 + len(self._series)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See QAbstractTableModel."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        x = self._rows[index.row()]
        if index.column() == 0:
            return f"{x:g}"
        value = self._values[index.column() - 1].get(x)
        return "" if value is None else f"{value:.4f}"

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """See QAbstractTableModel."""
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return self._unit.removesuffix("s") if section == 0 else self._series[section - 1].name
