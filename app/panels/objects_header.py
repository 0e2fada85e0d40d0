"""The heads of the object list's columns; the first is the menu of orders."""

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QSizePolicy, QWidget

from app.panels.objects_delegate import AREA, NARROW, NUMBER, SCORE
from app.panels.row_view import INSET
from app.theme import paint
from app.theme.chips import MenuLabel
from app.theme.theme import theme


class ColumnHeads(QWidget):
    """See the module."""

    sort_asked = Signal()

    def __init__(self, view: QAbstractScrollArea, parent: QWidget | None = None) -> None:
        """Make heads that stand above the columns of ``view``."""
        super().__init__(parent)
        self._view = view
        view.verticalScrollBar().rangeChanged.connect(lambda *_: self.update())
        self.button = MenuLabel(self)
        self.button.clicked.connect(self.sort_asked)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_sort(self, words: str) -> None:
        """Name the order."""
        self.button.set_text(words)
        self.button.setAccessibleName(f"Order: {words}")
        self.button.setToolTip("Choose another order")
        self.button.setGeometry(8, 0, self.button.sizeHint().width(), self.sizeHint().height())

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(200), theme().target(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        bar = self._view.verticalScrollBar()
        gone = bar.width() if bar.isVisible() else 0
        right = self.width() - gone - INSET - look.px(7) - 1
        columns = [("Score", SCORE), ("px", AREA), ("No.", NUMBER)]
        if self.width() - gone - 2 * INSET < look.px(NARROW):
            columns = [("Score", SCORE), ("No.", NUMBER)]
        for text, width in columns:
            wide = look.px(width)
            area = QRect(right - wide, 0, wide, self.height())
            if area.left() > self.button.geometry().right() - look.px(10):
                color = look.color("text.secondary")
                paint.draw_text(painter, area, text, look.font("small"), color, paint.RIGHT)
            right -= wide
