"""The answers of the command palette: a model and how a line is painted."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.dialogs.palette_entries import Entry
from app.theme import paint
from app.theme.icons import glyphs, paint_icon
from app.theme.swatch import draw_swatch
from app.theme.theme import theme

Index = QModelIndex | QPersistentModelIndex
ROW, HEADING = 38, 30


class EntryModel(QAbstractListModel):
    """The lines of an answer."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def set_entries(self, entries: list[Entry]) -> None:
        """Show another answer."""
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See QAbstractItemModel."""
        if not index.isValid():
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.ToolTipRole and entry.kind != "heading":
            return "\n".join(filter(None, (entry.text, entry.detail)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = [entry.text, entry.detail, entry.key]
            words += [] if entry.runs else ["cannot run now"]
            return ", ".join(word for word in words if word)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """See QAbstractItemModel."""
        flag = Qt.ItemFlag
        if not index.isValid() or self.entries[index.row()].kind == "heading":
            return flag.NoItemFlags
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren


class EntryDelegate(QStyledItemDelegate):
    """Icon, words, detail, and the keys at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """See QStyledItemDelegate."""
        model = index.model()
        assert isinstance(model, EntryModel)
        heading = model.entries[index.row()].kind == "heading"
        return QSize(theme().px(200), theme().px(HEADING) if heading else theme().target(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """See QStyledItemDelegate."""
        model, look = index.model(), theme()
        assert isinstance(model, EntryModel)
        entry = model.entries[index.row()]
        rect = QRectF(option.rect).adjusted(7, 0, -7, 0)
        if entry.kind == "heading":
            font, color = look.font("small", "semibold"), look.color("text.secondary")
            area = rect.adjusted(13, 4, 0, 0)
            paint.draw_text(painter, area, entry.text.upper(), font, color)
            return
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        if on:
            fill = look.color("surface.selected")
            paint.rounded(painter, rect.adjusted(0, 1, 0, -1), look.radius("row"), fill)
        right = self._paint_keys(painter, rect, entry)
        front = look.color("text.primary" if entry.runs else "text.secondary")
        left = self._paint_mark(painter, rect, entry, on)
        font = look.font("body", "medium" if entry.runs else "regular")
        area = QRectF(left, rect.top(), right - left - 8, rect.height())
        left += paint.draw_text(painter, area, entry.text, font, front) + look.px(12)
        if entry.detail and right - left > look.px(60):
            area = QRectF(left, rect.top() + 1, right - left - 8, rect.height())
            paint.draw_text(
                painter, area, entry.detail, look.font("small"), look.color("text.secondary")
            )

    def _paint_mark(self, painter: QPainter, rect: QRectF, entry: Entry, on: bool) -> float:
        look = theme()
        side = look.px(16)
        spot = QRectF(rect.left() + look.px(13), rect.center().y() - side / 2, side, side)
        if entry.color:
            draw_swatch(painter, spot.adjusted(1, 1, -1, -1), QColor(entry.color), entry.hatch)
        elif entry.icon in glyphs():
            role = "accent.base" if on and entry.runs else "text.secondary"
            paint_icon(painter, spot, entry.icon, look.color(role))
        return spot.right() + look.px(12)

    def _paint_keys(self, painter: QPainter, rect: QRectF, entry: Entry) -> float:
        look = theme()
        right = rect.right() - look.px(11)
        color = None if entry.runs else look.color("text.secondary")
        for cap in reversed(paint.caps(entry.key)):
            width = paint.cap_size(cap)[0]
            paint.draw_cap(painter, right - width, rect.center().y(), cap, color)
            right -= width + look.px(6)
        return right
