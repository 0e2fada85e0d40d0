"""Keys that act while they are down: pan, photo alone, erase."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QSpinBox, QTextEdit

from app.session import Session
from app.window import Window

_TEXT = (QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox)


class HeldKeys(QObject):
    """Watches the application for T, Space and E.

    A shortcut cannot tell press from release, and a list with focus would take the letters, so
    this is an event filter. A held key is let go when the window loses focus; without that it
    would stick after switching programs. E is also the eraser's shortcut: a tap chooses the
    eraser, holding it while painting erases and then goes back to the tool before.
    """

    def __init__(self, session: Session, window: Window) -> None:
        super().__init__(window)
        self._session, self._canvas, self._window = session, window.canvas, window
        self._down: set[int] = set()
        self._tool_before: str | None = None
        self._painted = False
        session.document_changed.connect(self._on_painted)
        QGuiApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        QGuiApplication.instance().applicationStateChanged.connect(self._let_go)  # type: ignore[union-attr]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See QObject."""
        kind = event.type()
        if kind is QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            if not event.isAutoRepeat() and event.key() in self._down:
                self._release(event.key())
        elif kind is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            return self._press(event)
        elif kind is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            # What is held repeats; it must not reach the list that has the focus.
            return event.key() in self._down and event.key() != Qt.Key.Key_E
        return False

    def _press(self, event: QKeyEvent) -> bool:
        bare = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.isAutoRepeat() or not bare or self._typing() or not self._live():
            return False
        key = event.key()
        if key in self._down:
            return False
        if key == Qt.Key.Key_T:
            self._session.set_view(photo_alone=True)
        elif key == Qt.Key.Key_Space:
            self._canvas.hold("pan")
            self._window.status_bar.set_held("pan")
        elif key == Qt.Key.Key_E and self._session.place == "correct":
            self._tool_before, self._painted = self._session.tool, False
            self._down.add(key)
            return False  # the shortcut still chooses the eraser
        else:
            return False
        self._down.add(key)
        event.accept()  # "a widget takes this key": no shortcut fires
        return True

    def _release(self, key: int) -> None:
        self._down.discard(key)
        if key == Qt.Key.Key_T:
            self._session.set_view(photo_alone=False)
        elif key == Qt.Key.Key_Space:
            self._canvas.release("pan")
            self._window.status_bar.set_held("")
        elif key == Qt.Key.Key_E and self._painted and self._tool_before is not None:
            self._session.set_tool(self._tool_before)
            self._tool_before = None

    def _let_go(self) -> None:
        if QApplication.applicationState() is not Qt.ApplicationState.ApplicationActive:
            for key in list(self._down):
                self._release(key)

    def _on_painted(self) -> None:
        self._painted = True

    def _live(self) -> bool:
        return self._session.place in ("correct", "inspect") and self._window.isActiveWindow()

    @staticmethod
    def _typing() -> bool:
        return isinstance(QApplication.focusWidget(), _TEXT)
