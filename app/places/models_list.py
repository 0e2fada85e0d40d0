"""The left column of Models: what is in use, learning, earlier and at hand."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.places import painting
from app.places.figures import share
from app.places.rounds import Row, Section
from app.theme.icons import paint_icon
from app.theme.paint import CENTER, RIGHT, draw_ring, draw_text, rounded
from app.theme.theme import Weight, theme

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
_ICONS = {
    "in_use": ("check-circle-fill", "state.ok"),
    "earlier": ("clock-counter-clockwise", "text.secondary"),
    "not_taken": ("prohibit", "text.secondary"),
    "stopped": ("x-circle", "state.warning"),
    "start": ("flag", "text.secondary"),
}
_WORDS = {
    "in_use": "in use",
    "learning": "learning now",
    "earlier": "earlier",
    "not_taken": "earlier, not taken",
    "stopped": "stopped",
    "start": "not in use",
}


class RoundsModel(QAbstractListModel):
    """Headings (str) and rows (`Row`), in order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[str | Row] = []

    def show(self, sections: list[Section]) -> None:
        """Take new content; rows that only changed their figures keep their place."""
        items: list[str | Row] = []
        for section in sections:
            items += [section.title, *section.rows]
        if [_key(each) for each in items] == [_key(each) for each in self._items]:
            self._items = items
            self.dataChanged.emit(self.index(0), self.index(max(0, len(items) - 1)))
            return
        self.beginResetModel()
        self._items = items
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See QAbstractListModel."""
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See QAbstractListModel."""
        item = self._items[index.row()]
        if role == ROW:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return item if isinstance(item, str) else item.title
        if role == Qt.ItemDataRole.AccessibleTextRole and isinstance(item, Row):
            figure = "" if item.miou is None else f", mean IoU {share(item.miou)}"
            return f"{item.title}, {_WORDS[item.kind]}, {item.detail}{figure}"
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(item, Row):
            return f"{item.title}\n{item.detail}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings cannot be chosen."""
        if isinstance(self._items[index.row()], str):
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def find(self, key: str) -> QModelIndex:
        """The place of a row by its key; not valid where it is gone."""
        for position, item in enumerate(self._items):
            if isinstance(item, Row) and item.key == key:
                return self.index(position)
        return QModelIndex()


def _key(item: str | Row) -> str:
    return item if isinstance(item, str) else item.key


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """See QStyledItemDelegate."""
        if isinstance(index.data(ROW), str):
            return QSize(0, theme().px(40 if index.row() else 34))
        return QSize(0, theme().px(54))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """See QStyledItemDelegate."""
        item = index.data(ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(item, str):
            _paint_heading(painter, option, item, index)
        else:
            _paint_row(painter, option, item)
        painter.restore()


def _paint_heading(
    painter: QPainter, option: QStyleOptionViewItem, title: str, index: Index
) -> None:
    look = theme()
    area = QRectF(option.rect).adjusted(14, 0, -18, -6)
    area.setTop(area.bottom() - look.px(18))
    font, color = look.font("small", "semibold"), look.color("text.secondary")
    draw_text(painter, area, title.upper(), font, color)
    if title == "Earlier":
        draw_text(painter, area, "mean IoU", look.font("small"), color, RIGHT)


def use_area(row: QRectF) -> QRectF:
    """Where the button "Use" of a row is."""
    look = theme()
    width, height = look.px(46), look.px(26)
    return QRectF(row.right() - 14 - width, row.center().y() - height / 2, width, height)


def _paint_row(painter: QPainter, option: QStyleOptionViewItem, row: Row) -> None:
    look, state = theme(), option.state
    ground = QRectF(option.rect).adjusted(6, 1, -6, -1)
    chosen = bool(state & QStyle.StateFlag.State_Selected)
    over = bool(state & QStyle.StateFlag.State_MouseOver)
    painting.row_ground(
        painter,
        ground,
        look,
        chosen=chosen,
        over=over,
        focused=bool(state & QStyle.StateFlag.State_HasFocus),
    )
    side = look.size("icon.panel")
    place = QRectF(ground.left() + 10, ground.center().y() - side / 2, side, side)
    if row.kind == "learning":
        accent, track = look.color("accent.base"), look.color("surface.pressed")
        draw_ring(painter, place.adjusted(1, 1, -1, -1), row.fraction, accent, track)
    else:
        icon, role = _ICONS[row.kind]
        paint_icon(painter, place, icon, look.color(role))
    offer = row.usable and (chosen or over)
    if offer:
        button = use_area(QRectF(option.rect))
        right = button.left() - 8
        _paint_button(painter, button)
    else:
        right = ground.right() - look.px(46)
        figure = QRectF(right, ground.top(), look.px(36), ground.height())
        if row.miou is not None:
            color = look.color("text.primary" if chosen else "text.secondary")
            draw_text(painter, figure, share(row.miou), look.font(), color, RIGHT)
    left, line = place.right() + 10, look.px(19)
    top = ground.center().y() - line
    title = QRectF(left, top, right - left, line)
    weight: Weight = "semibold" if chosen or row.kind == "in_use" else "medium"
    draw_text(painter, title, row.title, look.font("body", weight), look.color("text.primary"))
    draw_text(
        painter,
        title.translated(0, line),
        row.detail,
        look.font("small"),
        look.color("text.secondary"),
    )


def _paint_button(painter: QPainter, area: QRectF) -> None:
    look = theme()
    edge = look.color("border.control")
    rounded(painter, area, look.radius("control"), look.color("surface.raised"), edge)
    font, color = look.font("small", "medium"), look.color("text.primary")
    draw_text(painter, area, "Use", font, color, CENTER)


class ModelsList(QListView):
    """The list. Choosing shows a model; "Use" (or Ctrl+Enter) puts it in use in one step."""

    chosen = Signal(object)  # Row
    use_asked = Signal(str)  # model id

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = RoundsModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setMouseTracking(True)
        self.setAccessibleName("Models")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.selectionModel().currentChanged.connect(self._on_current)
        theme().changed.connect(self.doItemsLayout)

    def show_sections(self, sections: list[Section], follow: str = "") -> None:
        """Take new content and keep the chosen row chosen; else the learning or used one.

        Args:
            sections: the content.
            follow: key of the row that takes the place of the chosen one where that is gone.
        """
        key = self.key()
        self._model.show(sections)
        index = self._model.find(key)
        if not index.isValid() and follow:
            index = self._model.find(follow)
        if not index.isValid():
            rows = [row for section in sections for row in section.rows]
            first = next((row for row in rows if row.kind == "learning"), rows[0] if rows else None)
            index = self._model.find(first.key) if first else QModelIndex()
        if index.isValid() and index != self.currentIndex():
            self.setCurrentIndex(index)
        elif not index.isValid():
            self.chosen.emit(None)

    def key(self) -> str:
        """Key of the chosen row, "" for none."""
        item = self.currentIndex().data(ROW)
        return item.key if isinstance(item, Row) else ""

    def row(self) -> Row | None:
        """The chosen row."""
        item = self.currentIndex().data(ROW)
        return item if isinstance(item, Row) else None

    def choose(self, key: str) -> None:
        """Choose a row by its key, where it is there."""
        index = self._model.find(key)
        if index.isValid():
            self.setCurrentIndex(index)

    def _on_current(self, index: QModelIndex) -> None:
        item = index.data(ROW)
        if isinstance(item, Row):
            self.chosen.emit(item)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on "Use" asks for that model."""
        index = self.indexAt(event.position().toPoint())
        item = index.data(ROW) if index.isValid() else None
        super().mouseReleaseEvent(event)
        if not isinstance(item, Row) or not item.usable:
            return
        area = use_area(QRectF(self.visualRect(index)))
        if event.button() == Qt.MouseButton.LeftButton and area.contains(event.position()):
            self.use_asked.emit(item.model_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter uses the chosen model; letters are left to the window's keys."""
        row = self.row()
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if row is not None and row.usable:
                self.use_asked.emit(row.model_id)
            return
        if event.text().strip() and not event.modifiers():
            event.ignore()
            return
        super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Repaint hover fully, since it moves the figure."""
        if event.type() in (QEvent.Type.Leave, QEvent.Type.HoverLeave):
            self.viewport().update()
        return super().viewportEvent(event)
