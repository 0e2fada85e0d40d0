"""The formats side by side: what each can carry, by glyph."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QListView,
    QSizePolicy,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.export_plan import CARRY_WORDS, COCO, COLUMNS, FormatChoice
from app.places.rows import ROW, GroundDelegate, Index, RowsModel
from app.theme.icons import paint_icon
from app.theme.paint import CENTER, draw_text, rounded
from app.theme.theme import Weight, theme

ROW_HIGH = 40
LEAST = 10
"""Rows that there is room for from the start, so that nothing moves when the formats arrive."""
_GLYPHS = {
    "full": ("check-circle-fill", "state.ok"),
    "part": ("circle-half", "state.warning"),
    "none": ("x", "text.secondary"),
}


def shown_columns(width: float) -> int:
    """How many columns fit beside the names; the tooltip has them all."""
    px = theme().px
    return max(0, min(len(COLUMNS), int((width - px(210)) // px(58))))


def _cell(area: QRectF, column: int) -> QRectF:
    width = theme().px(58)
    left = area.right() - theme().px(8) - width * (shown_columns(area.width()) - column)
    return QRectF(left, area.top(), width, area.height())


class _Formats(RowsModel):
    def tip(self, row: FormatChoice) -> str:
        words = (
            f"{name.lower()} {CARRY_WORDS[carry]}"
            for name, carry in zip(COLUMNS, row.carries, strict=True)
        )
        return f"{row.name}, {row.detail}: {', '.join(words)}"


class _Delegate(GroundDelegate):
    inset = 8

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme().px(ROW_HIGH))

    def paint_row(self, painter: QPainter, area: QRectF, index: Index, chosen: bool) -> None:
        choice: FormatChoice = index.data(ROW)
        look = theme()
        side = look.px(15)
        mark = QRectF(area.left() + look.px(20), area.center().y() - side / 2, side, side)
        if chosen:
            paint_icon(painter, mark, "check-circle-fill", look.color("accent.base"))
        else:
            rounded(painter, mark, side / 2, None, look.color("border.control"))
        first = _cell(area, 0)
        line = look.px(17)
        words = QRectF(mark.right() + 12, area.center().y() - line, 0, line)
        words.setRight(first.left() - 6)
        weight: Weight = "semibold" if chosen else "medium"
        draw_text(
            painter, words, choice.name, look.font("body", weight), look.color("text.primary")
        )
        detail = look.color("text.secondary")
        draw_text(painter, words.translated(0, line), choice.detail, look.font("small"), detail)
        for column, carry in enumerate(choice.carries[: shown_columns(area.width())]):
            icon, role = _GLYPHS[carry]
            cell = _cell(area, column)
            place = QRectF(cell.center().x() - side / 2, cell.center().y() - side / 2, side, side)
            paint_icon(painter, place, icon, look.color(role))


class _Names(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(300, theme().px(26))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look, area = QPainter(self), theme(), QRectF(self.rect())
        font, color = look.font("small"), look.color("text.secondary")
        left = area.adjusted(look.px(20) + look.px(15) + 12, 0, 0, 0)
        draw_text(painter, left, "Format", font, color)
        for column, name in enumerate(COLUMNS[: shown_columns(area.width())]):
            draw_text(painter, _cell(area, column), name, font, color, CENTER)


class FormatTable(QWidget):
    """One of the formats. Arrows move the choice; Enter is left to the sheet.

    Signals:
        chosen: another format is the chosen one.
    """

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Formats(self)
        self._model.put((COCO,))
        self.list = _List(self._model)
        self.list.setItemDelegate(_Delegate(self))
        self.list.setAccessibleName("Format")
        self.list.setCurrentIndex(self._model.index(0, 0))
        self.list.selectionModel().currentChanged.connect(lambda *_rows: self.chosen.emit())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(0)
        column.addWidget(_Names())
        column.addWidget(self.list)

    def offer(self, choices: Sequence[FormatChoice]) -> None:
        """Show these formats; the choice stays where it is among them."""
        key = self.current().key
        self._model.put(choices)
        self.choose(key)
        self.list.updateGeometry()

    def current(self) -> FormatChoice:
        """The chosen format."""
        choice = self.list.currentIndex().data(ROW)
        return choice if isinstance(choice, FormatChoice) else COCO

    def choose(self, key: str) -> bool:
        """Choose a format by its key; False where it is not offered."""
        for row, choice in enumerate(self._model.rows):
            if choice.key == key:
                self.list.setCurrentIndex(self._model.index(row, 0))
                return True
        return False


class _List(QListView):
    def __init__(self, model: _Formats) -> None:
        super().__init__()
        self._formats = model
        self.setModel(model)
        self.setMouseTracking(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(300, theme().px(ROW_HIGH) * max(LEAST, len(self._formats.rows)) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # all of it shows; the sheet scrolls

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()
