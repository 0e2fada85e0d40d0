"""A list of two-line rows: a name, words beneath it, and a figure at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, overload

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from app.panels.row_view import RowDelegate, RowView
from app.theme.paint import LEFT, RIGHT, draw_text, text_width
from app.theme.swatch import draw_swatch
from app.theme.theme import theme

Index = QModelIndex | QPersistentModelIndex
HIGH = 46  # logical pixels of a row


@dataclass(frozen=True, slots=True)
class Line:
    """One row.

    Attributes:
        key: what it stands for.
        name: its first line, cut in the middle.
        words: its second line.
        figure: at the right end.
        swatch: colour and hatch before its first line; None for none.
    """

    key: Any
    name: str
    words: str
    figure: str = ""
    swatch: tuple[QColor, int] | None = None


class Lines(Sequence[Line]):
    """Rows that are made when they are looked at, for lists of any length."""

    def __init__(self, keys: Sequence[Any], make: Callable[[Any], Line]) -> None:
        """Stand for a row for each key.

        Args:
            keys: what the rows stand for.
            make: makes the row of a key.
        """
        self.keys, self._make = keys, make

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        if isinstance(at, slice):
            return list(map(self._make, self.keys[at]))
        return self._make(self.keys[at])


class LineModel(QAbstractListModel):
    """The rows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: Sequence[Line] = []
        self.keys: Sequence[Any] = []

    def show(self, lines: Sequence[Line]) -> None:
        """Show other rows."""
        self.beginResetModel()
        if isinstance(lines, Lines):
            self.lines, self.keys = lines, lines.keys
        else:
            self.lines, self.keys = list(lines), [line.key for line in lines]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See QAbstractItemModel."""
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (line.name, line.words)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            place = f"{index.row() + 1} of {len(self.lines):,}"
            return ", ".join(filter(None, (line.name, line.words, line.figure, place)))
        return None


class _Delegate(RowDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme().px(120), theme().px(HIGH))

    def tip(self, part: str, index: Index) -> str:
        return str(index.data(Qt.ItemDataRole.ToolTipRole))

    def paint_row(self, painter: QPainter, rect: QRect, index: Index, hot: str) -> None:
        model = index.model()
        assert isinstance(model, LineModel)
        line, look = model.lines[index.row()], theme()
        area = QRectF(rect).adjusted(look.px(10), look.px(4), -look.px(10), -look.px(4))
        figure = look.font("body", "medium")
        width = text_width(figure, line.figure) if line.figure else 0
        draw_text(painter, area, line.figure, figure, look.color("text.primary"), RIGHT)
        area.setRight(area.right() - width - (look.px(10) if width else 0))
        if line.swatch is not None:
            side = look.px(14)
            place = QRectF(area.left(), area.center().y() - side / 2, side, side)
            draw_swatch(painter, place, *line.swatch)
            area.setLeft(place.right() + look.px(10))
        half = area.height() / 2
        upper = QRectF(area.left(), area.top(), area.width(), half)
        middle = Qt.TextElideMode.ElideMiddle
        font = look.font("body", "medium")
        draw_text(painter, upper, line.name, font, look.color("text.primary"), LEFT, middle)
        second = look.color("text.secondary")
        draw_text(painter, upper.translated(0, half), line.words, look.font("small"), second)


class LineList(RowView):
    """The list itself.

    Signals:
        chosen: the key of the row that became the current one, by hand or by program.
    """

    chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._model = LineModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.selectionModel().currentChanged.connect(self._on_current)

    @property
    def lines(self) -> Sequence[Line]:
        """The rows as they are."""
        return self._model.lines

    def key(self) -> Any:
        """What the current row stands for; None where there is none."""
        row = self.currentIndex().row()
        return self._model.keys[row] if 0 <= row < len(self._model.keys) else None

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show other rows; the current one stays where it is still there, without being chosen."""
        before = self.key()
        self._model.show(lines)
        selection = self.selectionModel()
        blocked = selection.blockSignals(True)
        self.choose(before)
        selection.blockSignals(blocked)
        self.viewport().update()

    def choose(self, key: Any) -> None:
        """Make the row of a key the current one."""
        if key is not None and key in self._model.keys:
            self.setCurrentIndex(self._model.index(self._model.keys.index(key)))

    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self._model.keys[index.row()])
