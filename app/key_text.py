"""Keys as text: what was pressed, what may be bound, and the place of a letter on the keyboard."""

from __future__ import annotations

import sys
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

_NATIVE: Final = QKeySequence.SequenceFormat.NativeText
_PORTABLE: Final = QKeySequence.SequenceFormat.PortableText
_SHIFTED: Final = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))
_MODIFIERS: Final = frozenset(
    {
        Qt.Key.Key_Shift,
        Qt.Key.Key_Control,
        Qt.Key.Key_Alt,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_Meta,
        Qt.Key.Key_CapsLock,
        Qt.Key.Key_NumLock,
        Qt.Key.Key_ScrollLock,
        Qt.Key.Key_Super_L,
        Qt.Key.Key_Super_R,
        Qt.Key.Key_unknown,
    }
)
_ROWS: Final = {2: "1234567890-=", 16: "QWERTYUIOP[]", 30: "ASDFGHJKL;'`", 44: "ZXCVBNM,./"}
"""First scan code of each row of keys on a PC keyboard (set 1), and its letters on a US layout."""

_MAC: Final = "ASDFHGZXCV?BQWERYT123465=97-80]OU[IP\r" + "LJ'K;\\,/NM.\t `"
"""Letters by macOS's virtual key code (Carbon's kVK_ANSI_…), from 0 on."""

XKB_OFFSET: Final = 8
"""X11 and Wayland count key codes 8 above the kernel's, which are those of set 1 here."""


def normal(key: str) -> str:
    """A key in the one spelling used everywhere ("Ctrl+Shift+A"); empty where it is none."""
    sequence = QKeySequence(key, _PORTABLE)
    return sequence.toString(_PORTABLE) if sequence.count() == 1 else ""


def shown(key: str) -> str:
    """A key as people of this system write it."""
    return QKeySequence(key, _PORTABLE).toString(_NATIVE)


def same_press(key: str) -> str:
    """One spelling for keys that are one press on a US layout: "{" is "Shift+["."""
    head, last = _split(key)
    if last in _SHIFTED:
        return f"{head}Shift+{_SHIFTED[last]}".replace("Shift+Shift+", "Shift+")
    return key


def pressed(event: QKeyEvent) -> str:
    """What a key event presses, in the spelling of ``normal``; empty for a modifier alone.

    A sign that needs Shift is written as the sign ("{"), as layouts differ in where it is. A
    letter of a script other than Latin is the letter of its place on a US keyboard.
    """
    key = event.key()
    if key in _MODIFIERS or key == 0:
        return ""
    keys = event.modifiers() & ~(
        Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier
    )
    if key == Qt.Key.Key_Backtab:
        key = Qt.Key.Key_Tab
    key = by_place(event) or key
    sign = 0x21 <= key < 0x7F and not chr(key).isalnum()
    if sign and chr(key) in _SHIFTED:
        keys &= ~Qt.KeyboardModifier.ShiftModifier
    return normal(QKeySequence(keys.value | int(key)).toString(_PORTABLE))


def by_place(event: QKeyEvent) -> int:
    """The Latin key in the place of one that types another script; 0 for a Latin key."""
    key = event.key()
    latin_or_no_letter = key < 0x250 or key >= 0x01000000
    if latin_or_no_letter:
        return 0
    letter = _at(event)
    return ord(letter) if letter else 0


def _at(event: QKeyEvent, platform: str = sys.platform) -> str:
    if platform == "darwin":
        code = event.nativeVirtualKey()
        letter = _MAC[code] if code < len(_MAC) else ""
        return letter if letter.strip() and letter != "?" else ""
    code = event.nativeScanCode() - (0 if platform == "win32" else XKB_OFFSET)
    for first, letters in _ROWS.items():
        if first <= code < first + len(letters):
            return letters[code - first]
    return ""


def is_single(key: str) -> bool:
    """Whether a key types a sign by itself or with Shift: what can be switched off as a whole."""
    head, last = _split(key)
    return head in ("", "Shift+") and len(last) == 1


def refusal(key: str) -> str:
    """Why a key may not be bound, as a sentence; empty where it may."""
    head, last = _split(key)
    if "Alt+" in head or "Meta+" in head:
        return "Alt and the system key belong to the desktop and to menus. Press another key."
    if last in ("Left", "Right", "Up", "Down") and head in ("", "Shift+"):
        return "The arrow keys move the cross and the rows of lists. Press another key."
    if key in ("Esc", "Tab", "Shift+Tab"):
        return f"{shown(key)} goes one step back or on to the next part. Press another key."
    return ""


def _split(key: str) -> tuple[str, str]:
    """Modifiers with their plus signs, and the key."""
    head, plus, last = key.rpartition("+")
    if plus and not last:  # the key is the plus sign itself
        return head[:-1] + "+" if head[:-1] else "", "+"
    return head + plus, last
