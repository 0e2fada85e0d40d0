"""A row of the class list: number key, swatch, name, count, lock and eye."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLineEdit, QStyleOptionViewItem, QWidget

from app.panels.classes_model import ClassesModel, ClassRow
from app.panels.row_view import RowDelegate, RowView
from app.theme import paint
from app.theme.icons import paint_icon
from app.theme.swatch import draw_swatch
from app.theme.theme import theme

if TYPE_CHECKING:
    from app.session import Session

Index = QModelIndex | QPersistentModelIndex


TIP = 400  # letters of a guideline in a tooltip


class ClassesDelegate(RowDelegate):
    """See the module. Parts: "swatch", "lock", "eye"."""

    def __init__(
        self, session: Session, rename: Callable[[int, str], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._session, self._rename = session, rename

    @staticmethod
    def _row(index: Index) -> ClassRow:
        model = index.model()
        assert isinstance(model, ClassesModel)
        return model.row(index)

    def parts(self, rect: QRect, index: Index) -> dict[str, QRect]:
        """See RowDelegate."""
        side = theme().target(26)
        eye = QRect(rect.right() - side - 2, rect.top(), side, rect.height())
        lock = eye.translated(-side, 0)
        right, width = rect.left() + theme().px(57), theme().target(22)
        swatch = QRect(right - width, rect.top(), width, rect.height())
        return {"eye": eye, "lock": lock, "swatch": swatch}

    def tip(self, part: str, index: Index) -> str:
        """See RowDelegate."""
        each = self._row(index).label_class
        if part == "eye":
            return "Show this class" if not each.visible else "Hide this class"
        if part == "lock":
            return "Unlock this class" if each.locked else "Lock this class: strokes leave it alone"
        if part == "swatch":
            fixed = self._session.taxonomy.lock is not None
            return "The class list is locked" if fixed else "Change the colour"
        kind = "objects" if each.thing else "pixels, no objects"
        return "\n".join(filter(None, (each.name, kind, each.guideline[:TIP])))

    def chosen(self, option: QStyleOptionViewItem, index: Index) -> bool:
        """See RowDelegate; the current class is the one drawn as selected."""
        return self._row(index).label_class.id == self._session.current_class

    def paint_row(self, painter: QPainter, rect: QRect, index: Index, hot: str) -> None:
        """See RowDelegate."""
        look, row = theme(), self._row(index)
        each, middle = row.label_class, rect.center().y() + 0.5
        current = each.id == self._session.current_class
        shown = each.visible and self._session.only_class in (None, each.id)
        left = rect.left() + look.px(9)
        if row.place < 9:
            paint.draw_cap(painter, left, middle, str(row.place + 1))
        left += look.px(29)
        side = look.px(14)
        box = QRectF(left, round(middle - side / 2), side, side)
        style = look.class_style(each)
        draw_swatch(painter, box, style.color, style.hatch, faded=not shown)
        left += side + look.px(10)
        parts = self.parts(rect, index)
        pointed = self._pointed(index)
        self._paint_marks(painter, parts, row, hot, pointed, shown)
        right = parts["lock"].left() if each.locked or pointed else parts["eye"].left()
        font = look.font("small", "medium")
        count = row.count_text
        width = paint.text_width(font, count) + look.px(8)
        area = QRect(right - width, rect.top(), width - look.px(2), rect.height())
        secondary = look.color("text.secondary")
        paint.draw_text(painter, area, count, font, secondary, paint.RIGHT)
        name = QRect(int(left), rect.top(), right - width - int(left) - look.px(4), rect.height())
        weight = look.font("body", "semibold" if current else "medium")
        color = look.color("text.primary") if shown else secondary
        paint.draw_text(painter, name, each.name, weight, color)

    def _pointed(self, index: Index) -> bool:
        view = self.parent()
        # Fingers point at nothing: for them all that can be pressed shows.
        return theme().touch or (isinstance(view, RowView) and view.hot(index) is not None)

    def _paint_marks(
        self,
        painter: QPainter,
        parts: dict[str, QRect],
        row: ClassRow,
        hot: str,
        pointed: bool,
        shown: bool,
    ) -> None:
        look, each = theme(), row.label_class
        side = look.px(15)

        def mark(part: str, icon: str) -> None:
            area = QRectF(0, 0, side, side)
            area.moveCenter(QRectF(parts[part]).center())
            role = "text.primary" if hot == part else "text.secondary"
            paint_icon(painter, area, icon, look.color(role))

        mark("eye", "eye" if shown else "eye-slash")
        if each.locked or pointed:
            mark("lock", "lock-simple" if each.locked else "lock-simple-open")

    # -- renaming in place -------------------------------------------------------------------

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """See QStyledItemDelegate."""
        editor = QLineEdit(parent)
        editor.setAccessibleName("Class name")
        editor.setMaxLength(120)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """See QStyledItemDelegate."""
        assert isinstance(editor, QLineEdit)
        editor.setText(self._row(index).label_class.name)
        editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """See QStyledItemDelegate."""
        assert isinstance(editor, QLineEdit)
        each, name = self._row(index).label_class, editor.text().strip()
        if name and name != each.name:
            self._rename(each.id, name)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """The field stands where the name stood."""
        left = theme().px(56)
        editor.setGeometry(option.rect.adjusted(left, 0, -theme().px(34), 0))
