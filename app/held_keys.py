"""Keys that act while they are down: pan, photo or masks alone, changes, erase."""

from typing import Final

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

from app.actions import Actions
from app.canvas.keys_held import Held
from app.key_text import by_place, pressed, same_press
from app.session import Session
from app.tools.registry import tool_info
from app.window import Window

_TEXT = (QLineEdit, QPlainTextEdit, QTextEdit)
_PRESSED_BY_SPACE = (QAbstractButton, QAbstractItemView, QAbstractSlider)
_HELD: Final[dict[str, Held]] = {
    "tool.pan": "pan",
    "view.photo_alone": "photo",
    "view.masks_alone": "masks",
    "view.changes": "changes",
    "limits.lift": "lift",
}
_ERASER: Final = "tool.eraser"


def takes_away(tool: str) -> bool:
    """Whether a tool that is no brush can take away what it draws."""
    info = tool_info(tool)
    return info.paints and info.pointer != "ring"


class HeldKeys(QObject):
    """Watches the window for the keys of actions that are held; T, Space and E among them.

    A shortcut cannot tell press from release, so this filters the window's events. Keys come to
    it from the part that has the focus, unless that part took them itself: a text field keeps its
    letters. The filter is on the window and not on the application, where it would see, in Python,
    every event of every part for each move of the mouse.

    What is held is let go when the window or the part loses the focus; without that it would
    stick after switching programs. The eraser's key is also its shortcut: a tap chooses the
    eraser; held, or painted with, it goes back to the tool before. While a tool draws areas, its
    key held makes that tool take them away.

    Letters of another script run the action of their place on the keyboard, here, because Qt's
    shortcuts know them by what they type.
    """

    def __init__(self, session: Session, window: Window, actions: Actions) -> None:
        super().__init__(window)
        self._session, self._canvas, self._window = session, window.canvas, window
        self._actions = actions
        self._by_press: dict[str, list[str]] = {}  # what is pressed → held actions and the eraser
        self._down: dict[int, str] = {}  # Qt's key → action
        self._tool_before = ""  # while the eraser's key is down: what was in use
        self._erased = False  # it was held, or something was painted meanwhile
        window.installEventFilter(self)
        application = QGuiApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)
        application.applicationStateChanged.connect(self._on_state)
        session.document_changed.connect(self._on_painted)
        actions.keys_changed.connect(self._read_keys)
        self._read_keys()

    def _read_keys(self) -> None:
        self._let_go()
        self._by_press = {}
        for name in (*_HELD, _ERASER):
            for key in self._actions.keymap.live(name):
                self._by_press.setdefault(same_press(key), []).append(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See QObject."""
        kind = event.type()
        if kind is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            return self._press(event)
        if kind is QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            self._up(event)
        elif kind is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and by_place(event):
            return self._actions.pressed(pressed(event))
        return False

    # -- pressing ----------------------------------------------------------------------------

    def _press(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in self._down:
            return self._repeat(event)
        if event.isAutoRepeat():
            return False
        name = self._meant(event)
        if name == _ERASER and takes_away(self._session.tool):
            self._down[key], self._tool_before, self._erased = name, "", False
            self._hold("erase")
            event.accept()  # what the tool draws is taken away; a tap chooses the eraser
            return True
        if name == _ERASER:
            self._down[key] = name
            self._tool_before, self._erased = self._session.tool, False
            if by_place(event):  # no shortcut of Qt's will
                self._actions.trigger(name)
            return False  # the shortcut still chooses the eraser
        if not name or not self._is_free(key):
            return False
        self._down[key] = name
        self._hold(_HELD[name])
        event.accept()  # "a part takes this key": no shortcut fires
        return True

    def _meant(self, event: QKeyEvent) -> str:
        """The held action, or the eraser, whose key this is here; empty for none."""
        for name in self._by_press.get(same_press(pressed(event)), ()):
            live = self._actions.is_live(self._actions.get(name))
            # Inspect's canvas has no tools: there the hand is the left button.
            if live and (name != "tool.pan" or self._session.place == "correct"):
                return name
        return ""

    def _repeat(self, event: QKeyEvent) -> bool:
        """The key is still down: the eraser's was not tapped; no other shortcut fires for it."""
        if self._down[event.key()] == _ERASER:
            self._erased = True
        event.accept()
        return True

    def _is_free(self, key: int) -> bool:
        """Whether the key acts on the picture, and not on the part that has the focus."""
        if key != Qt.Key.Key_Space:
            return True
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
        if name != "photo":
            self._window.status_bar.set_held(name)

    # -- letting go --------------------------------------------------------------------------

    def _up(self, event: QKeyEvent) -> None:
        if event.key() in self._down and not event.isAutoRepeat():
            self._release(event.key())

    def _release(self, key: int) -> None:
        name = self._down.pop(key)
        held = _HELD.get(name)
        if name == _ERASER and not self._tool_before:
            self._canvas.release("erase")
            self._window.status_bar.set_held("")
            if not (self._erased or self._canvas.is_stroking):
                self._actions.trigger(_ERASER)
            return
        if held is not None:
            self._canvas.release(held)
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
