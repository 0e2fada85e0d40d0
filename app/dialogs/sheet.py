"""The frame of every sheet: a title, a body that scrolls, and a foot with one main button.

A sheet takes the place of the side panel, 640 wide, and leaves the canvas alive. It asks to be
taken away with ``closed``; it never blocks.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLayout,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.theme.theme import theme
from app.theme.widgets import (
    Button,
    ElidedLabel,
    Hairline,
    IconButton,
    KeyCap,
    PrimaryButton,
    SectionHeader,
    Surface,
    TextBlock,
)

EDGE, NAMES = 20, 116  # logical pixels


class Section(QWidget):
    """A heading of a sheet with the hairline above it; hidden as one."""

    def __init__(self, title: str, note: str, *, first: bool) -> None:
        super().__init__()
        self._header = SectionHeader(title)
        self._header.setContentsMargins(EDGE - 14, 0, EDGE - 12, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0 if first else 8, 0, 0)
        column.setSpacing(2)
        if not first:
            column.addWidget(Hairline())
        column.addWidget(self._header)
        self.set_count(note)

    def set_title(self, title: str) -> None:
        """Show another heading."""
        self._header.set_title(title)

    def set_count(self, text: str) -> None:
        """The words at the right."""
        self._header.set_count(text)


class Sheet(Surface):
    """See the module. Subclasses fill ``body`` and the foot.

    Attributes:
        body: the column that scrolls.
        foot_words: what the foot says at the left.
        main: the one filled button; Enter presses it unless a text of several lines has the focus.
    """

    closed = Signal()

    def __init__(
        self, title: str, key_text: str = "", main_text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__("surface.base", "l", parent)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.title = ElidedLabel(title, "title", "semibold")
        self.close_button = IconButton("x", "Close, Esc")
        self.close_button.clicked.connect(self.leave)
        head = QHBoxLayout()
        head.setContentsMargins(EDGE, 12, 14, 11)
        head.setSpacing(10)
        head.addWidget(self.title, 1)
        if key_text:
            head.addWidget(KeyCap(key_text))
        head.addWidget(self.close_button)
        self._row_names: list[ElidedLabel] = []  # of the lines of a form, all of one width
        theme().changed.connect(self._fit_names)
        self._inside = inside = QWidget()
        self.body = QVBoxLayout(inside)
        self.body.setContentsMargins(0, 6, 0, 12)
        self.body.setSpacing(0)
        self.scroller = QScrollArea()
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QFrame.Shape.NoFrame)
        self.scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroller.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        self.scroller.setWidget(inside)
        inside.installEventFilter(self)
        self.foot_words = TextBlock("")
        self.main = PrimaryButton(main_text, key="Enter")
        self.second = Button("Close")
        self.second.clicked.connect(self.leave)
        self.foot = QHBoxLayout()
        self.foot.setContentsMargins(EDGE, 10, EDGE, 12)
        self.foot.setSpacing(8)
        words = QVBoxLayout()
        words.addStretch(1)
        words.addWidget(self.foot_words)
        words.addStretch(1)
        self.foot.addLayout(words, 1)
        self.foot.addWidget(self.second)
        self.foot.addWidget(self.main)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(Hairline())
        column.addWidget(self.scroller, 1)
        column.addWidget(Hairline())
        column.addLayout(self.foot)
        # Only now: a widget that belongs to no other yet would show as a window of its own.
        self.main.setVisible(bool(main_text))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().size("sheet"), 720)

    def minimumSizeHint(self) -> QSize:
        """What its contents need; of their height what does not fit scrolls."""
        bar = self.scroller.verticalScrollBar().sizeHint().width()
        inside = self._inside.minimumSizeHint().width() + bar
        wide = max(theme().px(360), inside, self.foot.minimumSize().width())
        return QSize(wide + 1, 240)  # the line at its left

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What is inside needs another width: a scroll area does not say so by itself."""
        if watched is self._inside and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    # -- building ----------------------------------------------------------------------------

    def add(self, item: QWidget | QLayout, edge: int = EDGE) -> None:
        """Put something below what is there, ``edge`` from both sides."""
        if isinstance(item, QWidget) and not edge:
            self.body.addWidget(item)
            return
        row = QHBoxLayout()
        row.setContentsMargins(edge, 0, edge, 0)
        if isinstance(item, QWidget):
            row.addWidget(item)
        else:
            row.addLayout(item)
        self.body.addLayout(row)

    def add_section(self, title: str, note: str = "") -> Section:
        """A hairline and a heading; what follows belongs to it."""
        section = Section(title, note, first=not self.body.count())
        self.body.addWidget(section)
        return section

    def add_row(
        self, name: str, *fields: QWidget | QLayout, note: QWidget | None = None
    ) -> QWidget:
        """A line of a form: a name of fixed width, fields, and what is known about them.

        Returns:
            The whole line, to be hidden or shown.
        """
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(EDGE, 3, EDGE, 3)
        row.setSpacing(10)
        label = ElidedLabel(name, role="text.secondary")
        label.setFixedWidth(theme().px(NAMES))
        self._row_names.append(label)
        row.addWidget(label)
        for each in fields:
            if isinstance(each, QWidget):
                if not each.accessibleName():
                    each.setAccessibleName(name)
                row.addWidget(each, 1 if _grows(each) else 0)
            else:
                row.addLayout(each, 1)
        if note is not None:
            row.addWidget(note)
        elif not any(isinstance(each, QLayout) or _grows(each) for each in fields):
            row.addStretch(1)
        self.body.addWidget(line)
        return line

    def _fit_names(self) -> None:
        for label in self._row_names:
            label.setFixedWidth(theme().px(NAMES))

    # -- behaviour ---------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """The foot comes last on the way of Tab, though it was made first."""
        super().showEvent(event)
        if event.spontaneous():
            return
        before = self._last_field()
        for place in range(self.foot.count()):
            item = self.foot.itemAt(place)
            button = item.widget() if item is not None else None
            if button is not None:
                QWidget.setTabOrder(before, button)
                before = button

    def _last_field(self) -> QWidget:
        """What Tab comes to last in the body."""
        inside = self._inside
        found: QWidget = self.close_button
        each = self.nextInFocusChain()
        while each is not None and each is not self:
            if inside.isAncestorOf(each) and each.focusPolicy() != Qt.FocusPolicy.NoFocus:
                found = each
            each = each.nextInFocusChain()
        return found

    def leave(self) -> None:
        """Ask to be taken away; what is under way goes on in its job."""
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes, Enter presses the main button."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = QApplication.focusWidget()
            if isinstance(focus, QAbstractButton) and focus is not self.main:
                focus.click()
            elif not isinstance(focus, QPlainTextEdit | QComboBox) and self.main.isEnabled():
                self.main.click()
            return
        super().keyPressEvent(event)


def _grows(widget: QWidget) -> bool:
    return bool(widget.sizePolicy().expandingDirections() & Qt.Orientation.Horizontal)
