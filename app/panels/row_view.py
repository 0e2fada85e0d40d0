"""A list whose rows are painted, with parts that can be pointed at and pressed.

No widget per row: a delegate paints a row and says which part of it lies under a point.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from app.theme import paint
from app.theme.theme import theme

Index = QModelIndex | QPersistentModelIndex

INSET = 5  # rows keep this from the panel's edges


class RowDelegate(QStyledItemDelegate):
    """Paints the ground of a row by its state; subclasses paint what stands on it."""

    def parts(self, rect: QRect, index: Index) -> dict[str, QRect]:
        """The pressable parts of a row and where they are."""
        return {}

    def tip(self, part: str, index: Index) -> str:
        """The tooltip of a part; of the row itself for no part."""
        return ""

    def paint_row(self, painter: QPainter, rect: QRect, index: Index, hot: str) -> None:
        """Paint the contents; ``hot`` is the part under the pointer."""

    def ground(self, index: Index) -> bool:
        """Whether this row shows hover and selection."""
        return True

    def chosen(self, option: QStyleOptionViewItem, index: Index) -> bool:
        """Whether the row is drawn as selected."""
        return bool(option.state & QStyle.StateFlag.State_Selected)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """See QStyledItemDelegate."""
        view = option.widget
        assert isinstance(view, RowView)
        look, hot = theme(), view.hot(index)
        rect = option.rect.adjusted(INSET, 0, -INSET, 0)
        if self.ground(index):
            fill = None
            if self.chosen(option, index):
                fill = look.color("surface.selected")
            elif hot is not None:
                fill = look.color("surface.hover")
            edge = None
            if view.shows_focus() and index == view.currentIndex():
                edge = look.color("accent.base")
            paint.rounded(painter, rect.adjusted(0, 1, 0, -1), look.radius("row"), fill, edge)
        self.paint_row(painter, rect, index, hot or "")

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """See QStyledItemDelegate."""
        view = option.widget
        dense = isinstance(view, RowView) and view.dense
        return QSize(theme().px(80), theme().size("rowDense" if dense else "row"))


class RowView(QListView):
    """See the module."""

    part_pressed = Signal(QModelIndex, str)
    focus_changed = Signal(bool)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setProperty("ring", False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.dense = False
        self._hot: tuple[int, str] = (-1, "")
        self._by_key = False
        self.verticalScrollBar().setSingleStep(theme().size("row"))

    # -- state -------------------------------------------------------------------------------

    def hot(self, index: Index) -> str | None:
        """The part of this row under the pointer, "" for none of them, None for another row."""
        return self._hot[1] if index.row() == self._hot[0] else None

    def shows_focus(self) -> bool:
        """Whether the current row gets the outline: the list has the focus, by a key."""
        return self.hasFocus() and self._by_key

    def set_dense(self, dense: bool) -> None:
        """Use the low rows."""
        if dense != self.dense:
            self.dense = dense
            self.scheduleDelayedItemsLayout()

    def rows_height(self) -> int:
        """How high the list is with all its rows."""
        model = self.model()
        if model is None:
            return 0
        row = theme().size("rowDense" if self.dense else "row")
        return int(model.rowCount()) * row

    def _part_at(self, point: QPoint) -> tuple[QModelIndex, str]:
        index = self.indexAt(point)
        delegate = self.itemDelegate()
        if not index.isValid() or not isinstance(delegate, RowDelegate):
            return index, ""
        rect = self.visualRect(index).adjusted(INSET, 0, -INSET, 0)
        for name, area in delegate.parts(rect, index).items():
            if area.contains(point):
                return index, name
        return index, ""

    # -- pointer and keys --------------------------------------------------------------------

    def menu_place(self, event: QContextMenuEvent) -> tuple[QModelIndex, QPoint]:
        """The row a menu was asked for, by the pointer or the menu key, and where it opens."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            corner = self.visualRect(index).bottomLeft() + QPoint(30, 2)
            return index, self.viewport().mapToGlobal(corner)
        return self.indexAt(self.viewport().mapFromGlobal(event.globalPos())), event.globalPos()

    def _point(self, row: int, part: str) -> None:
        if (row, part) == self._hot:
            return
        model, old = self.model(), self._hot[0]
        self._hot = (row, part)
        for each in {old, row}:
            if model is not None and 0 <= each < model.rowCount():
                self.update(model.index(each, 0))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow which part is under the pointer."""
        index, part = self._part_at(event.position().toPoint())
        self._point(index.row(), part)
        if not part or event.buttons() == Qt.MouseButton.NoButton:
            super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """See QWidget."""
        self._point(-1, "")
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press on a part acts and selects nothing."""
        self._by_key = False
        index, part = self._part_at(event.position().toPoint())
        if part and event.button() == Qt.MouseButton.LeftButton:
            self.part_pressed.emit(index, part)
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A second press on a part is one more press."""
        index, part = self._part_at(event.position().toPoint())
        if part and event.button() == Qt.MouseButton.LeftButton:
            self.part_pressed.emit(index, part)
            return
        super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters belong to the window's commands, never to a search by typing."""
        self._by_key = True
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
        )
        if plain and event.text().isprintable() and event.text() and event.text() != " ":
            event.ignore()
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """See QAbstractItemView; left out."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        """See QWidget."""
        self._by_key = event.reason() != Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)
        self.focus_changed.emit(True)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """See QWidget."""
        super().focusOutEvent(event)
        self.focus_changed.emit(False)
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """Tooltips by part."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index, part = self._part_at(event.pos())
            delegate = self.itemDelegate()
            text = ""
            if index.isValid() and isinstance(delegate, RowDelegate):
                text = delegate.tip(part, index)
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return bool(super().viewportEvent(event))
