"""The actions alive: what each does, whether it can run now, and its keys bound to the window."""

import re
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.action_table import ACTIONS, Action
from app.key_text import shown
from app.keymap import Keymap
from app.session import Session
from engine.errors import EngineError

Run = Callable[[], object]
Missing = Callable[[], str]


SOON_MS = 20
_NAMED = re.compile(r"\{([a-z_]+\.[a-z_0-9]+)\}")


class Actions(QObject):
    """The only entry to behaviour: buttons, keys, menus, the palette and tests call ``trigger``.

    A key is live only in its action's context, so that two actions may share one where they can
    never meet. An action that cannot run now still answers its key, with the reason.
    """

    changed = Signal()  # what can run now may have changed
    keys_changed = Signal()  # an action has another key
    recent_chosen = Signal(str)  # path of a recent project
    paths_dropped = Signal(list)  # of files and folders to open

    def __init__(
        self, session: Session, parent: QObject | None = None, keymap: Keymap | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.keymap = keymap or Keymap(parent=self)
        self._table = {action.id: action for action in ACTIONS}
        self._run: dict[str, Run] = {}
        self._missing: dict[str, Missing] = {}
        self._live: dict[str, QAction] = {}
        self._drawing = False  # a polygon is open: the "candidates" keys are live
        self._words: dict[str, Callable[[], str]] = {}
        # One stroke changes several things; the buttons look once, after it was painted.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.changed)
        session.place_changed.connect(self._on_state)
        for signal in (
            session.project_changed,
            session.image_changed,
            session.selection_changed,
            session.history_changed,
            session.model_changed,
            session.class_changed,
            session.filter_changed,
        ):
            signal.connect(self._soon.start)
        session.document_changed.connect(lambda _change: self._soon.start())
        self.keymap.changed.connect(self._on_keys)
        session.spell = self.fill

    def handle(self, action_id: str, run: Run, missing: Missing | None = None) -> None:
        """Say what an action does; ``missing`` answers why it cannot run now, or "".

        Raises:
            KeyError: no such action.
            ValueError: it is bound already.
        """
        self._table[action_id]
        if action_id in self._run:
            raise ValueError(f"{action_id} is bound twice")
        self._run[action_id] = run
        if missing is not None:
            self._missing[action_id] = missing

    def all(self) -> list[Action]:
        """Every action, in menu order."""
        return list(self._table.values())

    def get(self, action_id: str) -> Action:
        """One action by its name."""
        return self._table[action_id]

    def unbound(self) -> list[str]:
        """Actions nobody has taken up; a test holds this empty."""
        return [name for name in self._table if name not in self._run]

    def key_text(self, action_id: str) -> str:
        """The key as people read it ("Ctrl+K"); empty when there is none."""
        keys = self.keymap.live(action_id)
        return shown(keys[0]) if keys else ""

    def fill(self, sentence: str) -> str:
        """A sentence with ``{edit.undo}`` replaced by that action's key, or its name without one.

        So that no sentence names a key that was given to something else.
        """
        return _NAMED.sub(self._key_or_name, sentence) if "{" in sentence else sentence

    def _key_or_name(self, found: re.Match[str]) -> str:
        action = self._table.get(found[1])
        if action is None:
            return found[0]
        return self.key_text(action.id) or f"“{action.text.rstrip('…')}”"

    def pressed(self, key: str) -> bool:
        """Run the action that has this key here; False where none has.

        For presses that Qt's shortcuts cannot know, such as letters of another script by place.
        """
        for action in self.keymap.find(key):
            if not action.held and self.is_live(action):
                self.trigger(action.id)
                return True
        return False

    def open_recent(self, path: str) -> None:
        """Open a project that was open before."""
        self.recent_chosen.emit(path)

    def name(self, action_id: str, words: Callable[[], str]) -> None:
        """Let an action's text follow the state ("Undo brush stroke")."""
        self._words[action_id] = words

    def text(self, action_id: str) -> str:
        """What the action would do now, in words."""
        words = self._words.get(action_id)
        return words() if words else self._table[action_id].text

    def missing(self, action_id: str) -> str:
        """Why the action cannot run now, as a sentence; empty when it can."""
        ask = self._missing.get(action_id)
        return self.fill(ask()) if ask else ""

    def trigger(self, action_id: str) -> None:
        """Run an action, or say why it cannot run."""
        reason = self.missing(action_id)
        if reason:
            self._session.say(reason, "info")
            return
        try:
            self._run[action_id]()
        except EngineError as problem:
            self._session.say(str(problem), "error")
        self._soon.start()

    def bind_keys(self, window: QWidget) -> None:
        """Give the window a QAction with its keys for every action that is not held."""
        for action in self._table.values():
            live = QAction(action.text, window)
            live.setObjectName(action.id)
            live.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            live.setAutoRepeat(action.id not in _ONCE)
            live.triggered.connect(lambda _checked=False, name=action.id: self.trigger(name))
            window.addAction(live)
            self._live[action.id] = live
        self._put_keys()
        self._on_state()

    def _put_keys(self) -> None:
        for name, live in self._live.items():
            if not self._table[name].held:
                live.setShortcuts([QKeySequence(key) for key in self.keymap.live(name)])

    def _on_keys(self) -> None:
        self._put_keys()
        self.keys_changed.emit()
        self.changed.emit()

    def qaction(self, action_id: str) -> QAction:
        """The live QAction, for menus."""
        return self._live[action_id]

    def set_drawing(self, on: bool) -> None:
        """Whether a polygon is open; then Enter and Tab belong to the canvas."""
        self._drawing = on
        self._on_state()

    def is_live(self, action: Action) -> bool:
        """Whether the action's keys act in the present place."""
        place = self._session.place
        match action.context:
            case "global":
                return True
            case "canvas":
                return place in ("correct", "inspect")
            case "candidates":
                return place == "correct" and self._drawing
            case _:
                return place == action.context

    def _on_state(self) -> None:
        for name, live in self._live.items():
            live.setEnabled(self.is_live(self._table[name]))
        self.changed.emit()


# Repeating these by holding the key would do more than anyone means.
_ONCE = frozenset(
    {
        "image.done_next",
        "proposal.accept",
        "proposal.accept_class",
        "proposal.accept_all",
        "proposal.reject",
        "object.delete",
        "tool.eraser",
        "model.propose",
        "file.export",
        "learn.toggle",
    }
)
