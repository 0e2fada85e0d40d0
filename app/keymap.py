"""Which key runs which action: the designed set, the left-handed one, and what the user changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal

from app.action_table import ACTIONS, Action, Context
from app.key_text import is_single, normal, same_press
from app.keymap_file import Hand, KeySet, read, write
from app.theme.tokens import resource_text
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.settings import Settings

SETTING: Final = "keys"
Keys = tuple[str, ...]

_APART: Final = frozenset(
    {
        frozenset(("correct", "inspect")),
        frozenset(("candidates", "inspect")),
    }
)


def meet(one: Context, other: Context) -> bool:
    """Whether keys of both contexts can be live at the same moment."""
    return one == other or frozenset((one, other)) not in _APART


@cache
def _mirror() -> Mapping[str, str]:
    pairs = json.loads(resource_text("themes", "keymap-left.json"))["mirror"]
    return {**pairs, **{there: here for here, there in pairs.items()}}


def mirrored(key: str) -> str:
    """A key in the left-handed set: letters and signs alone change sides, all else stays."""
    if not is_single(key):
        return key
    plain = same_press(key)  # "{" lies where "Shift+[" does
    shift = "Shift+" if plain.startswith("Shift+") else ""
    other = _mirror().get(plain.removeprefix("Shift+"))
    return key if other is None else normal(shift + other)


class Keymap(QObject):
    """See the module. Kept in the user's settings; every change acts and is written at once."""

    changed = Signal()

    def __init__(
        self,
        settings: Settings | None = None,
        parent: QObject | None = None,
        actions: Iterable[Action] = ACTIONS,
    ) -> None:
        """Read what was kept; ``settings`` of None keeps nothing."""
        super().__init__(parent)
        self._actions = {action.id: action for action in actions}
        self._settings = settings
        self.problem = ""  # why the kept keys could not be read
        self._set = KeySet()
        text = settings.value(SETTING, "") if settings is not None else ""
        if text:
            try:
                self._set = read(text, self._actions, "The kept list of keys")
            except EngineError as problem:
                self.problem = str(problem)
        self._live: dict[str, Keys] = {}
        self._lost: dict[str, dict[str, str]] = {}
        self._share_out()

    # -- reading -----------------------------------------------------------------------------

    @property
    def hand(self) -> Hand:
        """Which set unchanged actions have their keys from."""
        return self._set.hand

    @property
    def single_keys(self) -> bool:
        """Whether keys that type a sign run commands."""
        return self._set.single_keys

    @property
    def unknown(self) -> Mapping[str, Keys]:
        """Kept bindings of actions this version does not have."""
        return self._set.unknown

    def actions(self) -> list[Action]:
        """All actions, in menu order."""
        return list(self._actions.values())

    def designed(self, action_id: str) -> Keys:
        """The keys an action has when nobody changed them."""
        keys = self._actions[action_id].keys
        if self.hand == "right":
            return tuple(normal(key) for key in keys)
        return tuple(dict.fromkeys(mirrored(normal(key)) for key in keys))

    def keys(self, action_id: str) -> Keys:
        """The keys an action is meant to have; see ``live``."""
        found = self._set.keys.get(action_id)
        return self.designed(action_id) if found is None else found

    def live(self, action_id: str) -> Keys:
        """The keys that run it now: without those another action took, or that are off."""
        return self._live.get(action_id, ())

    def is_changed(self, action_id: str) -> bool:
        """Whether the user gave it other keys than the set."""
        return action_id in self._set.keys

    def lost(self, action_id: str) -> Mapping[str, str]:
        """Keys of an action that another one holds, and that one's name."""
        return self._lost.get(action_id, {})

    def holders(self, key: str, action_id: str) -> list[Action]:
        """Other actions that have this key, where both could be meant by one press."""
        context, press = self._actions[action_id].context, same_press(key)
        return [
            other
            for other in self._actions.values()
            if other.id != action_id
            and meet(context, other.context)
            and press in map(same_press, self.keys(other.id))
        ]

    def find(self, key: str) -> list[Action]:
        """The actions a press may run, by place."""
        press = same_press(key)
        return [
            action
            for action in self._actions.values()
            if press in map(same_press, self.live(action.id))
        ]

    # -- changing ----------------------------------------------------------------------------

    def set_keys(self, action_id: str, keys: Iterable[str]) -> None:
        """Give an action other keys, the first of which is shown; none at all unbinds it."""
        bound = tuple(dict.fromkeys(filter(None, map(normal, keys))))
        rest = {name: some for name, some in self._set.keys.items() if name != action_id}
        if bound != self.designed(action_id):
            rest[action_id] = bound
        self._take(keys=rest)

    def take_key(self, action_id: str, key: str) -> None:
        """Add a key to an action and take it from all that have it."""
        for other in self.holders(key, action_id):
            kept = [each for each in self.keys(other.id) if same_press(each) != same_press(key)]
            self.set_keys(other.id, kept)
        self.set_keys(action_id, (*self.keys(action_id), key))

    def swap(self, action_id: str, old: str, key: str) -> None:
        """Put ``key`` in the place of ``old``, which goes to the action that had ``key``."""
        holders = self.holders(key, action_id)
        mine = [key if each == old else each for each in self.keys(action_id)]
        self.set_keys(action_id, [each for each in mine if each])
        for other in holders[:1]:
            theirs = [
                old if same_press(each) == same_press(key) else each for each in self.keys(other.id)
            ]
            self.set_keys(other.id, theirs)

    def reset(self, action_id: str | None = None) -> None:
        """Give one action, or all, the keys of the set again."""
        if action_id is None:
            self._take(keys={}, unknown={})
        else:
            self.set_keys(action_id, self.designed(action_id))

    def set_hand(self, hand: Hand) -> None:
        """Start from the other set; what was changed by hand stays."""
        if hand != self.hand:
            self._take(hand=hand)

    def set_single_keys(self, on: bool) -> None:
        """Let keys that type a sign run commands, or none of them."""
        if on != self.single_keys:
            self._take(single_keys=on)

    # -- as a file ---------------------------------------------------------------------------

    def export(self) -> str:
        """Every action with its keys, as the text of a file."""
        every = {name: self.keys(name) for name in self._actions}
        return write(KeySet(self.hand, self.single_keys, every, self.unknown))

    def import_(self, text: str, name: str = "This file") -> KeySet:
        """Take what a file says in place of everything; see ``app.keymap_file``.

        Returns:
            What it said.

        Raises:
            EngineError: it cannot be taken; nothing was changed.
        """
        said = read(text, self._actions, name)
        self._set = replace(said, keys={})
        changed = {
            action: keys for action, keys in said.keys.items() if keys != self.designed(action)
        }
        self._take(keys=changed)
        return said

    def _take(self, **changes: Any) -> None:
        self._set = replace(self._set, **changes)
        self._share_out()
        if self._settings is not None:
            self._settings.set(SETTING, write(self._set))
        self.changed.emit()

    def _share_out(self) -> None:
        """Give each key to one of the actions that want it: those the user changed come first."""
        claimed: dict[str, list[Action]] = {}
        self._live, self._lost = {}, {}
        for action in sorted(self._actions.values(), key=lambda each: not self.is_changed(each.id)):
            kept = []
            for key in self.keys(action.id):
                if is_single(key) and not self.single_keys:
                    continue
                there = claimed.setdefault(same_press(key), [])
                taken = next((each for each in there if meet(each.context, action.context)), None)
                if taken is None or taken is action:
                    there.append(action)
                    kept.append(key)
                else:
                    self._lost.setdefault(action.id, {})[key] = taken.id
            self._live[action.id] = tuple(kept)
