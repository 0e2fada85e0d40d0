"""The canvas with what floats over it."""

from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.canvas.widget import Canvas
from app.panels.no_image import NoImage
from app.panels.proposals_card import ProposalsCard
from app.services import Services

EDGE = 14  # from the canvas edge, logical pixels


class CanvasHolder(QWidget):
    """Lays the proposals card over the bottom of the canvas and tells "fit" what is hidden."""

    def __init__(self, canvas: Canvas, services: Services) -> None:
        super().__init__()
        self.canvas = canvas
        canvas.setParent(self)
        self.card = ProposalsCard(services, self)
        self.card.installEventFilter(self)
        self.none = NoImage(services, self)
        self._covered = QRect()

    def set_covered(self, area: QRect) -> None:
        """A sheet lies over this part of the canvas; null for nothing."""
        if area != self._covered:
            self._covered = area
            self._lay()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The card shows, hides and grows by itself."""
        kinds = (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest)
        if watched is self.card and event.type() in kinds:
            self._lay()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        self.canvas.setGeometry(self.rect())
        self.none.setGeometry(self.rect())
        self._lay()

    def _lay(self) -> None:
        wanted = self.card.sizeHint()
        width = min(wanted.width(), self.width() - 2 * EDGE)
        height = self.card.heightForWidth(width) if self.card.hasHeightForWidth() else -1
        height = height if height > 0 else wanted.height()
        box = QRect((self.width() - width) // 2, self.height() - height - EDGE, width, height)
        if self.card.geometry() != box:
            self.card.setGeometry(box)
        hidden = [box] if self.card.isVisible() else []
        self.canvas.set_blocked(hidden + ([] if self._covered.isNull() else [self._covered]))
