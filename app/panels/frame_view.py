"""The row of frames, and the field that finds one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QWidget


class FrameView(QListView):
    """Frames side by side; a wheel scrolls along them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Images of the queue")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setProperty("ring", True)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Up and down go left and right."""
        turn = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta()
        along = turn.x() if abs(turn.x()) > abs(turn.y()) else turn.y()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - along)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters belong to the window's commands."""
        if event.text() and event.text().isprintable():
            event.ignore()
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """See QAbstractItemView; left out."""


class SearchField(QLineEdit):
    """The search field; Esc empties it and takes it away."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("Find an image")
        self.setAccessibleName("Find an image by its file name")
        self.setClearButtonEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See QWidget."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the window while text is here."""
        key = event.key() if isinstance(event, QKeyEvent) else 0
        if event.type() == QEvent.Type.ShortcutOverride and key == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)
