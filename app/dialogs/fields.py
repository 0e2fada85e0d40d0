"""Fields of the sheets: a choice with a swatch, a path with its button, a line of state."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from app.theme.icons import paint_icon
from app.theme.paint import draw_text, rounded, text_width
from app.theme.swatch import draw_swatch
from app.theme.theme import theme
from app.theme.widgets import Button, TextBlock

SWATCH = Qt.ItemDataRole.UserRole + 1


class Choice(QComboBox):
    """One of several values, drawn as the tokens say; its words are cut, never clipped.

    The wheel scrolls the sheet, not the value, unless the field has the focus.
    """

    picked = Signal(object)  # the value, when the user chose it

    def __init__(
        self, options: Sequence[tuple[Any, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.quiet = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.set_options(options)
        self.activated.connect(lambda _row: self.picked.emit(self.value()))

    def set_options(self, options: Sequence[tuple[Any, str]]) -> None:
        """Offer other values as (value, words); the choice stays where it still exists."""
        before = self.value()
        self.clear()
        for row, (value, words) in enumerate(options):
            self.addItem(words, value)
            self.setItemData(row, words, Qt.ItemDataRole.ToolTipRole)
        self.set_value(before)

    def set_swatch(self, row: int, color: QColor, hatch: int) -> None:
        """Show a class's swatch before the words of one value."""
        self.setItemData(row, (color, hatch), SWATCH)

    def value(self) -> Any:
        """The chosen value; None where there is none."""
        return self.currentData()

    def set_value(self, value: Any) -> None:
        """Choose a value without saying ``picked``; one that is not offered is passed over."""
        for row in range(self.count()):
            found = self.itemData(row)
            if type(found) is type(value) and found == value:
                self.setCurrentIndex(row)
                return

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(150), theme().size("control"))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(84), theme().size("control"))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """See QWidget."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Give the whole words as tooltip, only where they are cut and no other was set."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            words = self.currentText()
            cut = text_width(theme().font(), words) > self._words_area().width()
            if cut and not self.toolTip():
                QToolTip.showText(event.globalPos(), words, self)
                return True
        return bool(super().event(event))

    def _words_area(self) -> QRectF:
        """Where the words stand, between the swatch and the arrow."""
        look = theme()
        left = look.px(9) + (look.px(14) + 8 if self.currentData(SWATCH) is not None else 0)
        right = self.width() - look.px(9) - look.px(12)
        return QRectF(left, 0, right - left - 4, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        on = self.isEnabled()
        over = on and self.underMouse()
        edge = look.color("border.control" if on else "border.hairline")
        fill = look.color("surface.hover" if over else "surface.raised")
        rounded(painter, self.rect(), look.radius("control"), fill, edge)
        left = look.px(9)
        swatch = self.currentData(SWATCH)
        if swatch is not None:
            side = look.px(14)
            area = QRectF(left, (self.height() - side) / 2, side, side)
            draw_swatch(painter, area, swatch[0], swatch[1])
        mark = look.px(12)
        right = self.width() - look.px(9) - mark
        role = "text.disabled" if not on else "text.secondary" if self.quiet else "text.primary"
        draw_text(painter, self._words_area(), self.currentText(), look.font(), look.color(role))
        place = QRectF(right, (self.height() - mark) / 2, mark, mark)
        paint_icon(painter, place, "caret-down", look.color("text.secondary"))


class PathField(QWidget):
    """A path that can be typed or chosen; the chooser never blocks the window."""

    changed = Signal(object)  # Path

    def __init__(
        self, title: str, *, folder: bool, names: str = "", parent: QWidget | None = None
    ) -> None:
        """Make a field.

        Args:
            title: of the chooser.
            folder: whether a folder is wanted, else a file.
            names: filter of file names for the chooser.
            parent: see QWidget.
        """
        super().__init__(parent)
        self._title, self._folder, self._names = title, folder, names
        self._dialog: QFileDialog | None = None
        self.edit = QLineEdit()
        self.edit.setMinimumWidth(60)
        self.edit.setAccessibleName(title)
        self.edit.textEdited.connect(lambda _text: self.changed.emit(self.path()))
        self.browse = Button("Choose", "folder-open")
        self.browse.clicked.connect(self.choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.edit, 1)
        row.addWidget(self.browse)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def path(self) -> Path | None:
        """What stands there; None for nothing."""
        words = self.edit.text().strip()
        return Path(words).expanduser() if words else None

    def set_path(self, path: Path | str) -> None:
        """Show another path, its end in view."""
        self.edit.setText(str(path))
        self.edit.setToolTip(str(path))

    def choose(self) -> None:
        """Open the chooser beside the window; the sheet stays alive."""
        dialog = QFileDialog(self, self._title)
        mode = QFileDialog.FileMode
        dialog.setFileMode(mode.Directory if self._folder else mode.ExistingFile)
        if self._names:
            dialog.setNameFilter(self._names)
        here = self.path()
        if here is not None:
            dialog.setDirectory(str(here if os.path.isdir(here) else here.parent))
        dialog.fileSelected.connect(self._take)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog = dialog
        dialog.open()

    def _take(self, name: str) -> None:
        self.set_path(name)
        self.changed.emit(self.path())


class StateLine(QWidget):
    """A glyph and a sentence that wraps: what was read, what is wrong, what is known.

    It is hidden while it has nothing to say.
    """

    def __init__(
        self,
        icon: str = "info",
        role: str = "text.secondary",
        text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon, self._role = icon, role
        self.words = TextBlock(text, "small", "regular", "text.primary")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme().px(26), 3, 0, 3)
        self._row.setSpacing(8)
        column = QVBoxLayout()
        column.addStretch(1)  # beside a button, which is higher
        column.addWidget(self.words)
        column.addStretch(1)
        self._row.addLayout(column, 1)
        self.setAccessibleName(text)
        if not text:
            self.hide()

    def show_state(self, icon: str, role: str, text: str) -> None:
        """Say something else; no text hides the line."""
        self._icon, self._role = icon, role
        self.words.set_text(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.update()

    def add(self, widget: QWidget) -> None:
        """Put a button at the right end."""
        self._row.addWidget(widget)

    def text(self) -> str:
        """What it says."""
        return self.words.text()

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look, painter = theme(), QPainter(self)
        side = look.size("icon.control")
        area = QRectF(2, (self.height() - side) / 2, side, side)
        paint_icon(painter, area, self._icon, look.color(self._role))
