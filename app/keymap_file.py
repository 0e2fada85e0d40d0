"""Key bindings as a file, to be kept, carried to another computer, and read by people.

A JSON object::

    {
     "format": "maskwright-keys",
     "version": 1,
     "hand": "right",              // or "left": the set that the rest starts from
     "single_keys": true,          // false: letters, digits and signs alone do nothing
     "keys": {
      "tool.brush": ["B"],         // action: its keys, the first is the one shown; [] for none
      "edit.redo": ["Ctrl+Shift+Z", "Ctrl+Y"]
     }
    }

Actions that are left out have the keys of the set. Keys are written as Qt writes them, with
"Ctrl" for Command on macOS. The names of all actions are in ``packaging/REFERENCE.md``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from app.key_text import normal
from engine.errors import EngineError

FORMAT: Final = "maskwright-keys"
VERSION: Final = 1
Hand = Literal["right", "left"]


@dataclass(frozen=True, slots=True)
class KeySet:
    """What a file of keys says.

    Attributes:
        hand: the set that actions which are not named have their keys from.
        single_keys: whether keys that type a sign run commands.
        keys: by action, in the spelling of ``app.key_text.normal``.
        unknown: of actions this version does not have, as they stood there.
    """

    hand: Hand = "right"
    single_keys: bool = True
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def write(keys: KeySet) -> str:
    """The file's text."""
    bound = {name: list(some) for name, some in {**keys.keys, **keys.unknown}.items()}
    head = {"format": FORMAT, "version": VERSION, "hand": keys.hand}
    value = {**head, "single_keys": keys.single_keys, "keys": bound}
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def read(text: str, actions: Collection[str], name: str = "This file") -> KeySet:
    """What a file says.

    Args:
        text: of the file.
        actions: the names this version knows.
        name: of the file, for sentences.

    Raises:
        EngineError: it is no file of keys, is of a newer version, or names a key that is none.
    """
    value = _parsed(text, name)
    hand, single = value.get("hand", "right"), value.get("single_keys", True)
    entries = value.get("keys", {})
    if hand not in ("right", "left") or not isinstance(single, bool):
        raise EngineError(f"{name} has a hand or single_keys that is not known. Correct it there.")
    if not isinstance(entries, dict):
        raise EngineError(f"{name} has no list of keys by action. Export one to see how it looks.")
    known: dict[str, tuple[str, ...]] = {}
    unknown: dict[str, tuple[str, ...]] = {}
    for action, some in entries.items():
        if not isinstance(some, list) or not all(isinstance(key, str) for key in some):
            raise EngineError(f"{name}: the keys of {action} are not a list of texts. Correct it.")
        if action in actions:
            known[action] = tuple(dict.fromkeys(_key(key, action, name) for key in some))
        else:
            unknown[action] = tuple(some)
    return KeySet("left" if hand == "left" else "right", single, known, unknown)


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise EngineError(f"{name} cannot be read as keys: {problem}.") from problem
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise EngineError(f"{name} is not a file of keys. Choose one that was exported here.")
    version = value.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise EngineError(f"{name} was made by a newer Maskwright; update to use it.")
    return value


def _key(text: str, action: str, name: str) -> str:
    key = normal(text)
    if not key:
        raise EngineError(f"{name}: “{text}” of {action} is not a key. Nothing was taken from it.")
    return key
