"""Classes with check boxes: which of them are learned, or may be painted over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QListView,
    QSizePolicy,
    QStyleOptionViewItem,
    QWidget,
)

from app.places.rows import ROW, GroundDelegate, Index, RowsModel
from app.theme.icons import paint_icon
from app.theme.paint import draw_text, rounded
from app.theme.swatch import draw_swatch
from app.theme.theme import theme
from engine.document.taxonomy import LabelClass

MOST = 8
"""Rows shown before the list scrolls by itself."""


class ClassChoiceModel(RowsModel):
    """Classes and which of them are chosen."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.chosen: set[int] = set()
        self.words = ("learned", "left out")  # of a class that is chosen, and of one that is not

    def show(self, classes: Sequence[LabelClass]) -> None:
        """Take classes, all chosen."""
        self.chosen = {each.id for each in classes}
        self.put(classes)

    @property
    def classes(self) -> tuple[LabelClass, ...]:
        """All classes, chosen or not."""
        return tuple(self.rows)

    def choose(self, ids: Iterable[int]) -> None:
        """Show these as chosen, without saying ``changed``."""
        wanted = set(ids)
        if wanted != self.chosen:
            self.chosen = wanted
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def toggle(self, index: Index) -> None:
        """Choose or leave out a class."""
        self.chosen ^= {self.rows[index.row()].id}
        here = self.index(index.row())
        self.dataChanged.emit(here, here)
        self.changed.emit()

    def spoken(self, row: LabelClass, place: str) -> str:
        """See RowsModel."""
        return f"{row.name}, {self.words[row.id not in self.chosen]}"


class _Delegate(GroundDelegate):
    inset = 0
    by_focus = True

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme().size("row"))

    def paint_row(self, painter: QPainter, area: QRectF, index: Index, chosen: bool) -> None:
        look, found, model = theme(), index.data(ROW), index.model()
        on = isinstance(model, ClassChoiceModel) and found.id in model.chosen
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
        rows = min(MOST, max(1, len(self.classes.rows)))
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
