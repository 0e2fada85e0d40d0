"""Classes with check boxes: which of them are learned, or may be painted over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.places.painting import row_ground
from app.theme.icons import paint_icon
from app.theme.paint import draw_text, rounded
from app.theme.swatch import draw_swatch
from app.theme.theme import theme
from engine.document.taxonomy import LabelClass

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
MOST = 8
"""Rows shown before the list scrolls by itself."""


class ClassChoiceModel(QAbstractListModel):
    """Classes and which of them are chosen."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.classes: tuple[LabelClass, ...] = ()
        self.chosen: set[int] = set()
        self.words = ("learned", "left out")  # of a class that is chosen, and of one that is not

    def show(self, classes: Sequence[LabelClass]) -> None:
        """Take classes, all chosen."""
        self.beginResetModel()
        self.classes = tuple(classes)
        self.chosen = {each.id for each in classes}
        self.endResetModel()

    def choose(self, ids: Iterable[int]) -> None:
        """Show these as chosen, without saying ``changed``."""
        wanted = set(ids)
        if wanted != self.chosen:
            self.chosen = wanted
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def toggle(self, index: Index) -> None:
        """Choose or leave out a class."""
        self.chosen ^= {self.classes[index.row()].id}
        here = self.index(index.row())
        self.dataChanged.emit(here, here)
        self.changed.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See QAbstractListModel."""
        return 0 if parent.isValid() else len(self.classes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See QAbstractListModel."""
        found = self.classes[index.row()]
        if role == ROW:
            return found
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return found.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{found.name}, {self.words[found.id not in self.chosen]}"
        return None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme().size("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, found, model = theme(), index.data(ROW), index.model()
        on = isinstance(model, ClassChoiceModel) and found.id in model.chosen
        area, state = QRectF(option.rect), option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        ground = area.adjusted(0, 1, 0, -1)
        row_ground(painter, ground, look, chosen=focused, over=over, focused=focused)
        side = look.px(15)
        box = QRectF(area.left() + 8, area.center().y() - side / 2, side, side)
        edge = None if on else look.color("border.control")
        rounded(painter, box, 3, look.color("accent.base") if on else None, edge)
        if on:
            mark = box.adjusted(1.5, 1.5, -1.5, -1.5)
            paint_icon(painter, mark, "check-bold", look.color("accent.on"))
        swatch = QRectF(box.right() + 10, area.center().y() - look.px(7), look.px(14), look.px(14))
        style = look.class_style(found)
        draw_swatch(painter, swatch, style.color, style.hatch)
        name = area.adjusted(swatch.right() - area.left() + 8, 0, -8, 0)
        color = look.color("text.primary" if on else "text.secondary")
        draw_text(painter, name, found.name, look.font(), color)
        painter.restore()


class ClassChoice(QListView):
    """Space or a click chooses; letters are left to the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes = ClassChoiceModel(self)
        self.setModel(self.classes)
        self.setItemDelegate(_Delegate(self))
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Classes to learn")
        self.classes.modelReset.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        rows = min(MOST, max(1, len(self.classes.classes)))
        return QSize(200, theme().size("row") * rows + 2)

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(120, self.sizeHint().height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.classes.toggle(index)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See QWidget."""
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self.classes.toggle(self.currentIndex())
            return
        if event.text().strip() and not event.modifiers():
            event.ignore()
            return
        super().keyPressEvent(event)
