"""The keys of one command, and the field that listens for the next one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.dialogs.fields import StateLine
from app.dialogs.rebind_list import PLACES
from app.key_text import pressed, refusal, same_press, shown
from app.theme import paint
from app.theme.theme import theme
from app.theme.widgets import Button, Card, ElidedLabel

if TYPE_CHECKING:
    from app.action_table import Action
    from app.keymap import Keymap


class Listener(QWidget):
    """Takes every key while it has the focus, but Esc, which gives up."""

    pressed = Signal(str)  # a key, as ``app.key_text.normal`` writes it
    left = Signal()  # the hand went elsewhere
    given_up = Signal()  # Esc

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self._down = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def begin(self, words: str) -> None:
        """Listen; ``words`` say for what."""
        self._words, self._down = words, ""
        self.setAccessibleName(words)
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Every key is for the field: no shortcut of the window fires, Tab does not move on."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            self.keyPressEvent(event)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See QWidget."""
        event.accept()
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.given_up.emit()
            return
        key = pressed(event)
        self._down = shown(key) if key else _modifiers(event)
        self.update()
        if key and not event.isAutoRepeat():
            self.pressed.emit(key)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """See QWidget."""
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The hand went elsewhere: nothing is listened for any more."""
        super().focusOutEvent(event)
        self.left.emit()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(220), theme().size("control"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        edge = look.color("accent.base")
        ground = look.color("surface.raised")
        paint.rounded(painter, self.rect(), look.radius("control"), ground, edge, 2)
        left = look.px(10)
        if self._down:
            cap = paint.short_key(self._down)
            left += paint.draw_cap(painter, left, self.height() / 2, cap) + look.px(8)
        area = self.rect().adjusted(left, 0, -look.px(8), 0)
        paint.draw_text(painter, area, self._words, look.font(), look.color("text.secondary"))


def _modifiers(event: QKeyEvent) -> str:
    keys, names = event.modifiers(), []
    if keys & Qt.KeyboardModifier.ControlModifier or event.key() == Qt.Key.Key_Control:
        names.append("Ctrl")
    if keys & Qt.KeyboardModifier.ShiftModifier or event.key() == Qt.Key.Key_Shift:
        names.append("Shift")
    return "+".join(names)


class KeyRecorder(Card):
    """A card for the command chosen in the list; a conflict is said where the key is pressed.

    Attributes:
        listener: the field that listens.
        line: what was pressed means, or what is in its way.
        take, swap: the two ways out of a conflict.
    """

    done = Signal(str)  # a sentence on what was changed
    asked = Signal()  # it listens, or a conflict waits for a decision

    def __init__(self, keymap: Keymap, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._keymap = keymap
        self._action: Action | None = None
        self._old = ""  # the key to be replaced; empty while one is added
        self._new = ""  # a key another command has
        self.name = ElidedLabel("", "body", "semibold")
        self.place = ElidedLabel("", "small", role="text.secondary")
        self.caps = QHBoxLayout()
        self.caps.setSpacing(6)
        self.add = Button("Add a key", "plus")
        self.add.clicked.connect(lambda _on=False: self.record())
        self.reset = Button("Reset", "arrow-counter-clockwise")
        self.reset.clicked.connect(self._reset)
        self.listener = Listener()
        self.listener.pressed.connect(self._on_pressed)
        for signal in (self.listener.left, self.listener.given_up):
            signal.connect(self._give_up)
        self.line = StateLine("warning", "state.warning")
        self.take, self.swap = Button("Take it"), Button("Swap", "swap")
        self.take.clicked.connect(self._take)
        self.swap.clicked.connect(self._swap)
        self.line.add(self.swap)
        self.line.add(self.take)
        self._buttons: list[Button] = []
        self._lay_out()
        keymap.changed.connect(self._refresh)
        self.show_action(None)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.name)
        head.addWidget(self.place, 1)
        head.addWidget(self.reset)
        self.caps.addStretch(1)
        keys = QHBoxLayout()
        keys.setSpacing(8)
        keys.addWidget(self.add)
        keys.addWidget(self.listener, 1)
        keys.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 12, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(self.caps)
        column.addLayout(keys)
        column.addWidget(self.line)

    def show_action(self, action: Action | None) -> None:
        """Another command is chosen."""
        self._action = action
        self._old = self._new = ""
        self.listener.hide()
        self.line.show_state("warning", "state.warning", "")
        self._refresh()

    def record(self, old: str = "") -> None:
        """Listen for a key, to be added or put in the place of ``old``."""
        if self._action is None:
            return
        self._old, self._new = old, ""
        self._hide_ways()
        self.line.show_state("warning", "state.warning", "")
        instead = f" instead of {shown(old)}" if old else ""
        self.listener.begin(f"Press the key{instead} · Esc leaves it")
        self.asked.emit()

    # -- what is there -----------------------------------------------------------------------

    def _refresh(self) -> None:
        action = self._action
        self.setEnabled(action is not None)
        for button in self._buttons:
            self.caps.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        self.name.set_text(action.text.rstrip("…") if action else "Choose a command")
        self.place.set_text(_place_words(action) if action else "")
        changed = action is not None and self._keymap.is_changed(action.id)
        self.reset.setVisible(changed)
        if action is None:
            return
        for key in self._keymap.keys(action.id):
            self._cap(key)
        way = (self.reset, *self._buttons, self.add, self.listener, self.take, self.swap)
        for before, after in pairwise(way):  # Tab goes as the eye does
            QWidget.setTabOrder(before, after)
        if not self._new:
            self._say_lost(action)

    def _cap(self, key: str) -> None:
        change = Button(paint.short_key(shown(key)))
        change.setToolTip(f"Press another key instead of {shown(key)}")
        change.setAccessibleName(f"{shown(key)}, change")
        change.clicked.connect(lambda _on=False, one=key: self.record(one))
        drop = Button("", "x", kind="quiet")
        drop.setToolTip(f"Take {shown(key)} away")
        drop.setAccessibleName(f"Take {shown(key)} away")
        drop.clicked.connect(lambda _on=False, one=key: self._drop(one))
        for button in (change, drop):
            self.caps.insertWidget(self.caps.count() - 1, button)
            self._buttons.append(button)

    def _say_lost(self, action: Action) -> None:
        lost = self._keymap.lost(action.id)
        words = ""
        for key, other in list(lost.items())[:1]:
            name = self._keymap_text(other)
            words = f"{shown(key)} runs “{name}” instead. Take it away here, or press another key."
        self._hide_ways()
        self.line.show_state("warning", "state.warning", words)

    def _keymap_text(self, action_id: str) -> str:
        return next(a.text.rstrip("…") for a in self._keymap.actions() if a.id == action_id)

    def _hide_ways(self) -> None:
        self.take.hide()
        self.swap.hide()

    # -- pressing ----------------------------------------------------------------------------

    def _on_pressed(self, key: str) -> None:
        action = self._action
        if action is None:
            return
        no = refusal(key)
        mine = [each for each in self._keymap.keys(action.id) if each != self._old]
        if no or same_press(key) in map(same_press, mine):
            self._new = ""
            self._hide_ways()
            words = no or f"{shown(key)} is one of its keys already."
            self.line.show_state("warning", "state.warning", words)
            return
        holders = self._keymap.holders(key, action.id)
        if not holders:
            self._put(key)
            return
        self._new = key
        other = holders[0]
        name, place = other.text.rstrip("…"), PLACES[other.context]
        more = f" and {len(holders) - 1} more" if len(holders) > 1 else ""
        words = f"{shown(key)} runs “{name}”, {place}{more}."
        self.line.show_state("warning", "state.warning", words)
        self.take.setVisible(True)
        self.swap.setVisible(bool(self._old) and len(holders) == 1)
        self.take.setToolTip(f"“{name}” loses {shown(key)}")
        self.swap.setToolTip(f"“{name}” gets {shown(self._old)}" if self._old else "")
        self.asked.emit()

    def _put(self, key: str) -> None:
        assert self._action is not None
        name, old = self._action.id, self._old
        keys = [key if each == old else each for each in self._keymap.keys(name)]
        self._finish()
        self._keymap.set_keys(name, keys if old else [*keys, key])
        self.done.emit(f"{shown(key)} now runs “{self._keymap_text(name)}”.")

    def _take(self) -> None:
        if self._action is None or not self._new:
            return
        name, key, old = self._action.id, self._new, self._old
        others = ", ".join(f"“{a.text.rstrip('…')}”" for a in self._keymap.holders(key, name))
        self._finish()
        if old:
            self._keymap.set_keys(name, [k for k in self._keymap.keys(name) if k != old])
        self._keymap.take_key(name, key)
        self.done.emit(f"{shown(key)} now runs “{self._keymap_text(name)}”; {others} lost it.")

    def _swap(self) -> None:
        if self._action is None or not self._new or not self._old:
            return
        name, key, old = self._action.id, self._new, self._old
        other = self._keymap.holders(key, name)[0]
        self._finish()
        self._keymap.swap(name, old, key)
        self.done.emit(
            f"{shown(key)} now runs “{self._keymap_text(name)}”, {shown(old)} "
            f"“{other.text.rstrip('…')}”."
        )

    def _drop(self, key: str) -> None:
        if self._action is not None:
            name = self._action.id
            self._keymap.set_keys(name, [k for k in self._keymap.keys(name) if k != key])
            self.done.emit(f"{shown(key)} no longer runs “{self._keymap_text(name)}”.")

    def _reset(self) -> None:
        if self._action is not None:
            self._finish()
            self._keymap.reset(self._action.id)
            self.done.emit(f"“{self._keymap_text(self._action.id)}” has the keys of the set again.")

    def _finish(self) -> None:
        self._old = self._new = ""
        self.listener.hide()
        self._hide_ways()

    def _give_up(self) -> None:
        """Listening ended; a conflict that was found stays to be decided."""
        self.listener.hide()


def _place_words(action: Action) -> str:
    held = ", acts while held" if action.held else ""
    return PLACES[action.context] + held
