"""What lists with painted rows share: a model of rows, and the ground they are painted on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.places.painting import row_ground
from app.theme.theme import theme

Index = QModelIndex | QPersistentModelIndex
ROW: Final = Qt.ItemDataRole.UserRole
"""The role of the row itself."""


class RowsModel(QAbstractListModel):
    """Rows of one kind; subclasses say what they are called.

    Attributes:
        rows: in the order shown.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Any] = []

    def put(self, rows: Iterable[Any]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def name(self, row: Any) -> str:
        """What the row is called."""
        return str(row.name)

    def tip(self, row: Any) -> str:
        """Its tooltip."""
        return self.name(row)

    def spoken(self, row: Any, place: str) -> str:
        """What a screen reader says of it; ``place`` is "3 of 20"."""
        return self.tip(row)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See QAbstractListModel."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See QAbstractListModel."""
        row = self.rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self.name(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tip(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.spoken(row, f"{index.row() + 1} of {len(self.rows):,}")
        return None


class GroundDelegate(QStyledItemDelegate):
    """Paints the ground of a row by its state; subclasses paint what stands on it.

    Attributes:
        inset: logical pixels between the ground and the sides of the list.
        by_focus: whether the row with the focus looks chosen, in lists without a choice.
    """

    inset = 6
    by_focus = False

    def paint_row(self, painter: QPainter, area: QRectF, index: Index, chosen: bool) -> None:
        """Paint the contents of a row."""
        raise NotImplementedError

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """See QStyledItemDelegate."""
        area, state = QRectF(option.rect), option.state
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        chosen = focused if self.by_focus else bool(state & QStyle.StateFlag.State_Selected)
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = area.adjusted(self.inset, 1, -self.inset, -1)
        row_ground(painter, ground, theme(), chosen=chosen, over=over, focused=focused)
        self.paint_row(painter, area, index, chosen)
        painter.restore()
