"""The images of a project in which pixels have to be decided, as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.places.painting import row_ground
from app.resolving import Found
from app.theme.paint import RIGHT, draw_text
from app.theme.theme import theme

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
SHOWN = 7
"""Rows that show without scrolling."""


def words_of(found: Found) -> str:
    """What is to be decided in an image."""
    said = []
    if found.twice:
        said.append(f"{found.twice:,} px claimed twice")
    if found.nobody:
        said.append(f"{found.nobody:,} px of nobody")
    return " · ".join(said) or "decided"


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: Sequence[Found] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        found = self.rows[index.row()]
        if role == ROW:
            return found
        if role == Qt.ItemDataRole.DisplayRole:
            return found.name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{found.name}, {words_of(found)}"
        return None

    def take(self, rows: Sequence[Found]) -> None:
        """Show these: rows that were there change in place, so that a choice stays."""
        same = len(self.rows)
        if [each.image for each in rows[:same]] != [each.image for each in self.rows]:
            self.beginResetModel()
            self.rows = list(rows)
            self.endResetModel()
            return
        if len(rows) > same:
            self.beginInsertRows(QModelIndex(), same, len(rows) - 1)
            self.rows = list(rows)
            self.endInsertRows()
        self.rows = list(rows)
        if same:
            self.dataChanged.emit(self.index(0, 0), self.index(same - 1, 0))


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme().size("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        found: Found = index.data(ROW)
        look, state, area = theme(), option.state, QRectF(option.rect)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row_ground(
            painter,
            area.adjusted(8, 1, -8, -1),
            look,
            chosen=chosen,
            over=bool(state & QStyle.StateFlag.State_MouseOver),
            focused=bool(state & QStyle.StateFlag.State_HasFocus),
        )
        inside = area.adjusted(20, 0, -20, 0)
        words, font = words_of(found), look.font("small")
        role = "text.secondary" if found.twice or found.nobody else "state.ok"
        right = QRectF(inside)
        right.setLeft(inside.left() + inside.width() * 0.45)
        draw_text(painter, right, words, font, look.color(role), RIGHT)
        left = QRectF(inside)
        left.setRight(right.left() - 8)
        weight = "semibold" if chosen else "regular"
        font = look.font("body", weight)  # type: ignore[arg-type]
        color = look.color("text.primary")
        draw_text(painter, left, found.name, font, color)
        painter.restore()


class ResolveList(QListView):
    """The list; Enter and a click go to the image.

    Signals:
        opened: the id of the image that was chosen.
    """

    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setMouseTracking(True)
        self.setAccessibleName("Images with something to decide")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._on_chosen)
        self.activated.connect(self._on_chosen)

    def show_rows(self, rows: Sequence[Found]) -> None:
        """Show these images."""
        before = min(SHOWN, len(self._model.rows))
        self._model.take(rows)
        if min(SHOWN, len(rows)) != before:
            self.updateGeometry()
        self.setVisible(bool(rows))

    def choose(self, image: int | None) -> None:
        """Mark the row of an image."""
        for row, each in enumerate(self._model.rows):
            if each.image == image:
                self.setCurrentIndex(self._model.index(row, 0))
                return
        self.clearSelection()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        rows = min(SHOWN, max(1, len(self._model.rows)))
        return QSize(300, theme().size("row") * rows + 4)

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(200, self.sizeHint().height())

    def _on_chosen(self, index: Index) -> None:
        found = index.data(ROW)
        if isinstance(found, Found):
            self.opened.emit(found.image)
