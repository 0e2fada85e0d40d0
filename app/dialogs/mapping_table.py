"""A model's classes beside the project's: one row each, a menu behind each choice."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QListView,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.dialogs.mapping_model import MappingModel, MappingRow
from app.places.painting import row_ground
from app.places.rows import ROW, Index
from app.theme.icons import paint_icon
from app.theme.paint import RIGHT, draw_text, menu_text, rounded
from app.theme.swatch import draw_swatch
from app.theme.theme import theme
from engine.models.mapping import Target

MOST = 14
"""Rows shown before the table scrolls by itself."""


def choice_area(row: QRectF) -> QRectF:
    """Where the choice of a row is."""
    px = theme().px
    left = row.left() + row.width() * 0.42
    return QRectF(left, row.top() + 2, row.right() - left - px(104), row.height() - 4)


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme().target(34))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, row = theme(), index.data(ROW)
        area = QRectF(option.rect)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        ground = area.adjusted(8, 0, -8, 0)
        row_ground(painter, ground, look, chosen=focused, over=over, focused=focused)
        first, second = look.color("text.primary"), look.color("text.secondary")
        number = QRectF(area.left() + 14, area.top(), look.px(34), area.height())
        draw_text(painter, number, str(row.index), look.font("small"), second, RIGHT)
        box = choice_area(area)
        name = QRectF(
            number.right() + 10, area.top(), box.left() - number.right() - 44, area.height()
        )
        color = second if row.target == "ignore" else first
        draw_text(painter, name, row.name, look.font(), color)
        mark = look.px(14)
        arrow = QRectF(box.left() - 26, area.center().y() - mark / 2, mark, mark)
        paint_icon(painter, arrow, "arrow-right", second)
        self._choice(painter, box, row)
        note = QRectF(box.right() + 10, area.top(), area.right() - box.right() - 22, area.height())
        role = "accent.base" if row.note == "new class" else "text.secondary"
        draw_text(painter, note, row.note, look.font("small"), look.color(role))
        painter.restore()

    def _choice(self, painter: QPainter, box: QRectF, row: MappingRow) -> None:
        look = theme()
        edge = look.color("border.control")
        rounded(painter, box, look.radius("control"), look.color("surface.raised"), edge)
        left = box.left() + 9
        model = self.parent()
        found = None
        if isinstance(model, MappingTable) and isinstance(row.target, int):
            found = model.rows.taxonomy.get(row.target)
        side = look.px(14)
        if found is not None:
            style = look.class_style(found)
            swatch = QRectF(left, box.center().y() - side / 2, side, side)
            draw_swatch(painter, swatch, style.color, style.hatch)
            left += side + 8
        caret = look.px(12)
        words = QRectF(left, box.top(), box.right() - left - caret - 14, box.height())
        role = "text.secondary" if row.target == "ignore" else "text.primary"
        draw_text(painter, words, row.words, look.font(), look.color(role))
        place = QRectF(box.right() - caret - 9, box.center().y() - caret / 2, caret, caret)
        paint_icon(painter, place, "caret-down", look.color("text.secondary"))


class MappingTable(QListView):
    """Enter, Space or a click opens the choices of a row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = MappingModel(self)
        self.setModel(self.rows)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("The model's classes and yours")
        self.rows.modelReset.connect(self.updateGeometry)
        self._menu: QMenu | None = None

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(300, theme().target(34) * min(MOST, max(1, len(self.rows.rows))) + 2)

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(240, self.sizeHint().height())

    def menu_of(self, index: QModelIndex) -> QMenu:
        """The choices of a row."""
        row: MappingRow = index.data(ROW)
        menu = QMenu(self)
        menu.setAccessibleName(f"What {row.name} becomes")
        for each in self.rows.taxonomy.classes:
            style = theme().class_style(each)
            pixmap = QPixmap(theme().px(14), theme().px(14))
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            draw_swatch(painter, QRectF(pixmap.rect()), style.color, style.hatch)
            painter.end()
            self._add(menu, row, each.name, each.id, QIcon(pixmap))
        if self.rows.taxonomy.classes:
            menu.addSeparator()
        self._add(menu, row, f"New class “{row.name}”", "new")
        self._add(menu, row, "Leave out", "ignore")
        return menu

    def _add(
        self, menu: QMenu, row: MappingRow, words: str, target: Target, icon: QIcon | None = None
    ) -> QAction:
        action = menu.addAction(menu_text(words))
        if icon is not None:
            action.setIcon(icon)
        action.triggered.connect(lambda: self.rows.choose(row.index, target))
        return action

    def open_menu(self, index: QModelIndex) -> None:
        """Show the choices of a row below it."""
        if not index.isValid():
            return
        if self._menu is not None:
            self._menu.deleteLater()
        self._menu = self.menu_of(index)
        box = choice_area(QRectF(self.visualRect(index)))
        self._menu.popup(self.viewport().mapToGlobal(QPoint(int(box.left()), int(box.bottom()))))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            box = choice_area(QRectF(self.visualRect(index)))
            if box.contains(event.position()):
                self.open_menu(index)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See QWidget; letters belong to the window."""
        opens = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in opens and self.currentIndex().isValid():
            self.open_menu(self.currentIndex())
            return
        if event.text().strip() and not event.modifiers():
            event.ignore()
            return
        super().keyPressEvent(event)
