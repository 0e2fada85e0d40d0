"""The right edge of Correct: the side panel, or a sheet in its place, or a rail that opens it."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.theme.theme import theme
from app.theme.widgets import IconButton, Surface

RAIL, SHEET = 48, 640  # logical pixels at text scale 1


class SideDock(QWidget):
    """Holds one stack of panel and sheet.

    In a wide window the stack stands beside the canvas and its edge can be dragged. In a narrow one
    a rail stands there and the stack lies over the canvas while it is wanted, so that the canvas
    keeps its width (SCREEN.md §3).

    Attributes:
        panel: what is shown without a sheet.
        over: what the stack lies over in a narrow window.
    """

    laid = Signal()  # the width it asks for changed
    covered = Signal(QRect)  # by a sheet, in pixels of ``over``; null for nothing

    def __init__(self, panel: QWidget, over: QWidget) -> None:
        super().__init__()
        self.panel, self.over = panel, over
        self._narrow = self._open = self._away = False
        self._wanted = True
        self._sheet: QWidget | None = None
        self.stack = QStackedWidget()
        self.stack.addWidget(panel)
        self.stack.installEventFilter(self)
        self.rail = _Rail()
        self.rail.pressed.connect(self.toggle)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.stack, 1)
        self._row.addWidget(self.rail)
        self.rail.hide()

    # -- what is shown -----------------------------------------------------------------------

    @property
    def sheet(self) -> QWidget | None:
        """The sheet in the panel's place, if any."""
        return self._sheet

    @property
    def is_open(self) -> bool:
        """Whether the panel or a sheet can be seen."""
        return self.stack.isVisible()

    def show_sheet(self, sheet: QWidget) -> None:
        """Put a sheet in the panel's place."""
        self._sheet = sheet
        self.stack.addWidget(sheet)
        self.stack.setCurrentWidget(sheet)
        self.lay()

    def take_sheet(self) -> QWidget | None:
        """Take the sheet away and show the panel again, if it was shown; returns the sheet."""
        sheet, self._sheet = self._sheet, None
        if sheet is not None:
            self.stack.removeWidget(sheet)
            sheet.hide()
            self._open = False
            self.lay()
        return sheet

    def toggle(self) -> None:
        """Fold or unfold the panel."""
        if self._narrow:
            self._open = not self._open
        else:
            self._wanted = not self._wanted
        self.lay()

    def fold_overlay(self) -> bool:
        """Close the panel where it lies over the canvas; answers whether it did."""
        if not (self._narrow and self._open):
            return False
        self._open = False
        self.lay()
        return True

    def set_narrow(self, narrow: bool) -> None:
        """Choose between beside the canvas and over it."""
        if narrow != self._narrow:
            self._narrow, self._open = narrow, False
            self.lay()

    def set_away(self, away: bool) -> None:
        """Show nothing of the panel, not even its rail; a sheet is still shown."""
        self._away = away
        self.lay()

    # -- laying out --------------------------------------------------------------------------

    def lay(self) -> None:
        """Put the stack where it belongs now."""
        over, held = self._narrow, QApplication.focusWidget()
        if held is not None and not self.stack.isAncestorOf(held):
            held = None
        parent = self.over if over else self
        if self.stack.parentWidget() is not parent:
            if over:
                self._row.removeWidget(self.stack)
                self.stack.setParent(self.over)
            else:
                self._row.insertWidget(0, self.stack, 1)
        self.rail.setVisible(over)
        wanted = not self._away and (self._open if over else self._wanted)
        shown = self._sheet is not None or wanted
        self.stack.setVisible(shown)
        self._limit(over, shown)
        self.setVisible(shown or (over and not self._away))
        if over:
            self.place_overlay()
        if held is not None and shown:  # another parent took the focus away
            held.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell_covered()
        self.laid.emit()

    def _tell_covered(self) -> None:
        over = self._narrow and self._sheet is not None and self.stack.isVisible()
        self.covered.emit(self.stack.geometry() if over else QRect())

    def _limit(self, over: bool, shown: bool) -> None:
        sizes = theme()
        if over:
            self.setFixedWidth(sizes.px(RAIL))
        elif self._sheet is not None:
            self.setFixedWidth(self.sheet_width())
        elif shown:
            self.setMinimumWidth(sizes.size("sidePanelMin"))
            self.setMaximumWidth(sizes.size("sidePanelMax"))

    def sheet_width(self) -> int:
        """640, or what leaves the canvas its least width; never less than the contents need."""
        wide = self.over.width()
        usual = min(theme().px(SHEET), max(wide - 480, wide // 2))
        least = 0 if self._sheet is None else self._sheet.minimumSizeHint().width()
        return min(max(usual, least), wide - theme().px(RAIL))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow a sheet whose contents come to need another width."""
        asked = event.type() == QEvent.Type.LayoutRequest and self._sheet is not None
        if asked and self.stack.isVisible() and self.stack.width() != self.sheet_width():
            self.lay()
        return super().eventFilter(watched, event)

    def place_overlay(self) -> None:
        """Keep the stack beside the rail, on its inner side."""
        if not self._narrow or not self.stack.isVisible():
            return
        area = self.over.rect()
        width = self.sheet_width() if self._sheet else theme().size("sidePanel")
        width = min(width, area.width() - self.rail.width())
        mine = self.mapTo(self.over, QPoint(0, 0)).x()
        left = mine + self.width() if mine < area.width() // 2 else mine - width
        self.stack.setGeometry(QRect(left, 0, width, area.height()))
        self.stack.raise_()
        self._tell_covered()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        self.place_overlay()


class _Rail(Surface):
    """Icons of what the folded panel holds; each opens it."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__("surface.base", "l")
        self.setAccessibleName("Folded side panel")
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 8, 1, 8)
        column.setSpacing(8)
        self._buttons: dict[str, IconButton] = {}
        for icon, words in (("palette", "Classes"), ("list-bullets", "Objects")):
            button = self._buttons[words] = IconButton(icon, words)
            button.clicked.connect(self.pressed)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def set_key(self, key: str) -> None:
        """Name the key that opens the panel."""
        for words, button in self._buttons.items():
            name = f"{words}, {key}" if key else words
            button.setToolTip(name)
            button.setAccessibleName(name)
