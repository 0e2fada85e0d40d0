"""A layer over the whole window that dims it; Esc or a press beside it takes it away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from app.theme import paint
from app.theme.theme import theme

DIM = 0.43


class Panel(QWidget):
    """The raised surface of a layer."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look = theme()
        fill, edge = look.color("surface.raised"), look.color("border.control")
        paint.rounded(QPainter(self), QRectF(self.rect()), look.radius("palette"), fill, edge)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press on the surface stays here."""
        event.accept()


class Layer(QWidget):
    """See the module. Subclasses fill ``panel`` and place it in ``place``.

    The focus goes back to where it was.
    """

    left = Signal()

    def __init__(self, parent: QWidget, dims: bool = True) -> None:
        super().__init__(parent)
        self._dims = dims
        self._before: QWidget | None = None
        self.panel = Panel(self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def open_over(self, window: QWidget) -> None:
        """Cover the window."""
        self._before = _lasting(QApplication.focusWidget() or window.focusWidget())
        if self._before is not None:
            self._before.destroyed.connect(self._on_gone)
        self.setParent(window)
        self.setGeometry(window.rect())
        window.installEventFilter(self)
        self.place()
        self.show()
        self.raise_()
        self.take_focus()

    def place(self) -> None:
        """Put the panel where it belongs."""

    def take_focus(self) -> None:
        """Give the focus to what the layer is about."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Take the layer away and give the focus back."""
        parent, before = self.parentWidget(), self._before
        if parent is not None:
            parent.removeEventFilter(self)
        self.left.emit()
        self.close()
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_gone(self) -> None:
        """What had the focus was taken away meanwhile; asking it anything would end the program."""
        self._before = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Grow with the window."""
        parent = self.parentWidget()
        if event.type() == QEvent.Type.Resize and parent is not None and watched is parent:
            self.setGeometry(parent.rect())
            self.place()
        return False

    def event(self, event: QEvent) -> bool:
        """Every key belongs to the layer, so that no command of the window runs below it."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press beside the panel leaves."""
        self.leave()

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        if self._dims:
            shade = QColor("#000000")
            shade.setAlphaF(DIM)
            QPainter(self).fillRect(event.rect(), shade)


def _lasting(widget: QWidget | None) -> QWidget | None:
    """The widget; for a field in which a row of a list is typed, which closes now, the list."""
    viewport = widget.parentWidget() if widget is not None else None
    view = viewport.parentWidget() if viewport is not None else None
    if isinstance(view, QAbstractItemView) and viewport is view.viewport():
        return view
    return widget
