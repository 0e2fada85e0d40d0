"""Fusion without its own focus frame, and the focus ring that replaces it.

The ring lies outside the border of what has the focus, two pixels away, on a layer of its own, so
no widget needs room for it. It shows only when the focus came by a key.
"""

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QWidget,
)

from app.theme import paint
from app.theme.icons import paint_icon
from app.theme.theme import theme

_RINGED = (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
)
_MOVES = {
    QEvent.Type.Move,
    QEvent.Type.Resize,
    QEvent.Type.Hide,
    QEvent.Type.Show,
    QEvent.Type.ParentChange,
    QEvent.Type.EnabledChange,
}


_GLYPHS = {
    QStyle.PrimitiveElement.PE_IndicatorArrowDown: "caret-down",
    QStyle.PrimitiveElement.PE_IndicatorArrowUp: "caret-up",
    QStyle.PrimitiveElement.PE_IndicatorArrowLeft: "caret-left",
    QStyle.PrimitiveElement.PE_IndicatorArrowRight: "caret-right",
    QStyle.PrimitiveElement.PE_IndicatorSpinDown: "caret-down",
    QStyle.PrimitiveElement.PE_IndicatorSpinUp: "caret-up",
    QStyle.PrimitiveElement.PE_IndicatorMenuCheckMark: "check",
}


def _draw_mark(element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter) -> None:
    """The arrows and ticks of native controls, as icons of our own set."""
    state = QStyle.StateFlag.State_On
    if element == QStyle.PrimitiveElement.PE_IndicatorMenuCheckMark and not option.state & state:
        return
    enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
    color = theme().color("text.secondary" if enabled else "text.disabled")
    side = min(theme().px(12), option.rect.height() + 4)
    area = QRectF(0, 0, side, side)
    area.moveCenter(QRectF(option.rect).center())
    paint_icon(painter, area, _GLYPHS[element], color)


class HouseStyle(QProxyStyle):
    """Fusion, with the dotted or blue focus frame left out."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def polish(self, what: QWidget | QApplication | QPalette) -> QPalette | None:  # type: ignore[override]
        """Let every label and tooltip show its text as it is, whatever it begins with.

        Names of files, classes and projects are others' words: as rich text they could hide what
        they say, or fetch a file.
        """
        if isinstance(what, QLabel):
            what.setTextFormat(Qt.TextFormat.PlainText)
        return super().polish(what)

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """See QStyle."""
        if element in _GLYPHS:
            _draw_mark(element, option, painter)
        elif element != QStyle.PrimitiveElement.PE_FrameFocusRect:
            super().drawPrimitive(element, option, painter, widget)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: object = None,
    ) -> int:
        """See QStyle; tooltips come a little sooner."""
        if hint == QStyle.StyleHint.SH_ToolTip_WakeUpDelay:
            return 450
        return super().styleHint(hint, option, widget)


class _RingLayer(QWidget):
    """The ring itself: a child of the window, above everything, deaf to the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.radius = 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look = theme()
        width = look.tokens.sizes["focusRing"]
        edge = look.color("accent.base")
        paint.rounded(QPainter(self), QRectF(self.rect()), self.radius, None, edge, width)


class FocusRing(QObject):
    """Keeps the ring around the widget that has the focus."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._layer: _RingLayer | None = None
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
        app.focusChanged.connect(self._on_focus)

    def _on_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        self._let_go()
        by_mouse = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        arrived = old is None  # the window was just activated: nobody pressed a key for it
        if new is None or by_mouse or arrived or not self._rings(new):
            return
        self._target = new
        walk: QWidget | None = new
        while walk is not None:  # the ring moves along with anything that carries its widget
            walk.installEventFilter(self)
            self._watched.append(walk)
            walk = None if walk.isWindow() else walk.parentWidget()
        self._place()

    @staticmethod
    def _rings(widget: QWidget) -> bool:
        wanted = widget.property("ring")
        return isinstance(widget, _RINGED) if wanted is None else bool(wanted)

    def _let_go(self) -> None:
        for widget in self._watched:
            if shiboken6.isValid(widget):
                widget.removeEventFilter(self)
        self._watched.clear()
        self._target = None
        if self._layer is not None and shiboken6.isValid(self._layer):
            self._layer.hide()

    def _place(self) -> None:
        target = self._target
        if target is None or not shiboken6.isValid(target):
            return
        window = target.window()
        layer = self._layer
        if layer is None or not shiboken6.isValid(layer) or layer.parentWidget() is not window:
            if layer is not None and shiboken6.isValid(layer):
                layer.deleteLater()
            layer = self._layer = _RingLayer(window)
        sizes = theme().tokens.sizes
        grow = sizes["focusGap"] + sizes["focusRing"]
        if not target.isVisible() or target.visibleRegion().isEmpty():
            layer.hide()
            return
        corner = target.mapTo(window, target.rect().topLeft())
        rect = QRect(corner, target.size()).adjusted(-grow, -grow, grow, grow)
        layer.radius = float(theme().radius("control") + sizes["focusGap"] + 1)
        layer.setGeometry(rect)
        layer.raise_()
        layer.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the widget; watches only it and what carries it."""
        if event.type() in _MOVES:
            self._place()
        return False


def install(app: QApplication) -> None:
    """Give the application its style and focus ring, once."""
    if app.findChild(FocusRing) is None:  # replacing a style under live widgets is unsafe
        app.setStyle(HouseStyle())
        FocusRing(app)
