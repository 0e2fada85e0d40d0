"""Keys that act while they are down: pan, photo alone, erase."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from app.canvas.keys_held import Held
from app.session import Session
from app.window import Window

_TEXT = (QLineEdit, QPlainTextEdit, QTextEdit)
_PRESSED_BY_SPACE = (QAbstractButton, QAbstractItemView, QAbstractSlider)
_HELD: dict[int, Held] = {Qt.Key.Key_T: "photo", Qt.Key.Key_Space: "pan"}


class HeldKeys(QObject):
    """Watches the window for T, Space and E.

    A shortcut cannot tell press from release, so this filters the window's events. Keys come to
    it from the part that has the focus, unless that part took them itself: a text field keeps its
    letters. The filter is on the window and not on the application, where it would see, in Python,
    every event of every part for each move of the mouse.

    What is held is let go when the window or the part loses the focus; without that it would
    stick after switching programs. E is also the eraser's shortcut: a tap chooses the eraser;
    held, or painted with, it goes back to the tool before.
    """

    def __init__(self, session: Session, window: Window) -> None:
        super().__init__(window)
        self._session, self._canvas, self._window = session, window.canvas, window
        self._down: set[int] = set()
        self._tool_before = ""  # while E is down: what was in use
        self._erased = False  # E was held, or something was painted meanwhile
        window.installEventFilter(self)
        application = QGuiApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)
        application.applicationStateChanged.connect(self._on_state)
        session.document_changed.connect(self._on_painted)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See QObject."""
        kind = event.type()
        if kind is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            return self._press(event)
        if kind is QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            self._up(event)
        return False

    # -- pressing ----------------------------------------------------------------------------

    def _press(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in self._down:
            return self._repeat(event)
        if event.isAutoRepeat() or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        if key == Qt.Key.Key_E and self._session.place == "correct":
            self._down.add(key)
            self._tool_before, self._erased = self._session.tool, False
            return False  # the shortcut still chooses the eraser
        name = _HELD.get(key)
        if name is None or not self._takes(key):
            return False
        self._down.add(key)
        self._hold(name)
        event.accept()  # "a part takes this key": no shortcut fires
        return True

    def _repeat(self, event: QKeyEvent) -> bool:
        """The key is still down: E was not tapped; no other shortcut fires for it."""
        if event.key() == Qt.Key.Key_E:
            self._erased = True
        event.accept()
        return True

    def _takes(self, key: int) -> bool:
        """Whether the key acts on the picture, and not on the part that has the focus."""
        if key == Qt.Key.Key_T:
            return self._session.place in ("correct", "inspect")
        if self._session.place != "correct":
            return False
        if not isinstance(QApplication.focusWidget(), _PRESSED_BY_SPACE):
            return True
        if not self._over_canvas():
            return False
        # The hand is on the picture, the focus was left in a list: it follows the hand, or the
        # list would take the key as well.
        self._canvas.setFocus()
        return True

    def _over_canvas(self) -> bool:
        return self._canvas.rect().contains(self._canvas.mapFromGlobal(QCursor.pos()))

    def _hold(self, name: Held) -> None:
        self._canvas.hold(name)
        if name == "pan":
            self._window.status_bar.set_held("pan")

    # -- letting go --------------------------------------------------------------------------

    def _up(self, event: QKeyEvent) -> None:
        if event.key() in self._down and not event.isAutoRepeat():
            self._release(event.key())

    def _release(self, key: int) -> None:
        self._down.discard(key)
        name = _HELD.get(key)
        if name is not None:
            self._canvas.release(name)
            self._window.status_bar.set_held("")
        elif self._tool_before and (self._erased or self._canvas.is_stroking):
            # A stroke that goes on keeps erasing: its gesture has begun.
            self._session.set_tool(self._tool_before)
            self._tool_before = ""

    def _let_go(self) -> None:
        for key in tuple(self._down):
            self._release(key)

    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._down and (new is None or isinstance(new, _TEXT)):
            self._let_go()

    def _on_state(self, state: Qt.ApplicationState) -> None:
        if state is not Qt.ApplicationState.ApplicationActive:
            self._let_go()

    def _on_painted(self) -> None:
        self._erased = True
