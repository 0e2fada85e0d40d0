"""Who is taken for whom: a matrix with your masks as rows and the model as columns."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.places import painting
from app.places.evaluation import Evaluation, confusion_words
from app.places.figures import short_share
from app.theme.paint import CENTER, RIGHT, draw_text, rounded
from app.theme.theme import Weight, theme

MOST = 9
"""Classes shown besides "none"; the list above the matrix has them all."""


class ConfusionMatrix(QWidget):
    """One tab stop; arrows move the chosen cell, Enter asks for its images."""

    cell_changed = Signal()
    images_asked = Signal(int, int)  # your class, the model's

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._evaluation: Evaluation | None = None
        self._classes: tuple[int, ...] = ()
        self._cell = (0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("ring", False)
        self.setMouseTracking(True)
        self.setAccessibleName("Confusion matrix, rows your masks, columns the model")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show a matrix; the largest mistake is chosen."""
        self._evaluation = evaluation
        self._classes = evaluation.shown_classes(MOST)
        pair = evaluation.main_confusion()
        self._cell = (0, 0)
        if pair is not None and pair.yours in self._classes and pair.theirs in self._classes:
            self._cell = (self._classes.index(pair.yours), self._classes.index(pair.theirs))
        self.updateGeometry()
        self._told()

    @property
    def pair(self) -> tuple[int, int] | None:
        """(your class, the model's) of the chosen cell."""
        if not self._classes:
            return None
        return self._classes[self._cell[0]], self._classes[self._cell[1]]

    @property
    def left_out(self) -> int:
        """How many classes have no row."""
        return 0 if self._evaluation is None else len(self._evaluation.order) - len(self._classes)

    def words(self) -> str:
        """The chosen cell as a sentence."""
        pair = self.pair
        if self._evaluation is None or pair is None:
            return ""
        return confusion_words(self._evaluation, self._evaluation.confusion(*pair))

    def _told(self) -> None:
        self.setAccessibleDescription(self.words())
        if self.hasFocus():
            event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(event)
        self.cell_changed.emit()
        self.update()

    # -- geometry ----------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """See QWidget."""
        rows = len(self._classes)
        return QSize(320, theme().px(24) + rows * self._height())

    def _height(self) -> int:
        return theme().px(30 if len(self._classes) <= 8 else 26)

    def _area(self, row: int, column: int) -> QRectF:
        left = theme().px(66)
        width = (self.width() - left - theme().px(12)) / max(1, len(self._classes))
        top = theme().px(24) + row * self._height()
        return QRectF(left + column * width, top, width, self._height()).adjusted(1, 1, -1, -1)

    def _at(self, point: QPointF) -> tuple[int, int] | None:
        for row in range(len(self._classes)):
            for column in range(len(self._classes)):
                if self._area(row, column).contains(point):
                    return row, column
        return None

    # -- drawing -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        if self._evaluation is None:
            return
        painter, look = QPainter(self), theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font, second = look.font("key"), look.color("text.secondary")
        for place, class_id in enumerate(self._classes):
            name = self._evaluation.name(class_id)
            head = self._area(0, place)
            head = QRectF(head.left(), 0, head.width(), look.px(23))
            draw_text(painter, head, name, font, second, CENTER)
            side = self._area(place, 0)
            side = QRectF(look.px(8), side.top(), look.px(66) - look.px(16), side.height())
            draw_text(painter, side, name, font, second, RIGHT)
        for row, yours in enumerate(self._classes):
            for column, theirs in enumerate(self._classes):
                value = self._evaluation.confusion(yours, theirs).share
                self._paint_cell(painter, row, column, value)

    def _paint_cell(self, painter: QPainter, row: int, column: int, value: float) -> None:
        look, area = theme(), self._area(row, column)
        role = "accent.base" if row == column else "state.warning"
        back = look.color("surface.raised")
        strength = min(1.0, 0.85 * value + (0.10 if value >= 0.005 else 0.0))
        ground = painting.mixed(back, look.color(role), strength)
        edge: QColor | None = look.color("border.hairline") if look.high_contrast else None
        if (row, column) == self._cell:
            edge = look.color("accent.base" if self.hasFocus() else "text.primary")
        rounded(painter, area, 3, ground, edge, 2.0 if (row, column) == self._cell else 1.0)
        words = short_share(value)
        if words:
            ink = painting.readable_on(ground, QColor("#FFFFFF"), QColor("#101114"))
            weight: Weight = "semibold" if row == column else "medium"
            draw_text(painter, area, words, look.font("small", weight), ink, CENTER)

    # -- pointer and keys --------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a cell."""
        cell = self._at(event.position())
        if cell is not None:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._cell = cell
            self._told()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose a cell, Enter asks for its images."""
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        move = moves.get(Qt.Key(event.key()))
        pair = self.pair
        if move is not None and self._classes:
            last = len(self._classes) - 1
            row = min(last, max(0, self._cell[0] + move[0]))
            column = min(last, max(0, self._cell[1] + move[1]))
            self._cell = (row, column)
            self._told()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and pair is not None:
            self.images_asked.emit(*pair)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:
        """See QWidget."""
        self.update()

    def focusOutEvent(self, event: object) -> None:
        """See QWidget."""
        self.update()

    def event(self, event: QEvent) -> bool:
        """Each cell says itself in its tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self._at(QPointF(event.pos()))
            words = ""
            if cell is not None and self._evaluation is not None:
                yours, theirs = self._classes[cell[0]], self._classes[cell[1]]
                words = confusion_words(self._evaluation, self._evaluation.confusion(yours, theirs))
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)
