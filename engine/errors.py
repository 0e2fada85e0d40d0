"""The one kind of error that is meant for the user's eyes, and texts of others in its sentence."""

import shutil
import unicodedata
from typing import Final

_OBEYED: Final = frozenset(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x2028, 0x2029, 0xFEFF))
)
"""What turns the direction of writing for all that follows (Unicode, UAX 9), ends the line, or
takes no room, so that two names look like one."""


def harmless(text: str) -> str:
    r"""A text with names of others in it, as it may be shown anywhere.

    Line ends and tabs stay. Other control characters, among them those of ISO 6429 that begin with
    ESC, halves of characters, and those that turn the direction of writing or cannot be seen are
    written as what they are: "\x1b", "\u202e".
    """
    if text.isprintable():
        return text
    return "".join(each if _is_shown(each) else ascii(each)[1:-1] for each in text)


def _is_shown(character: str) -> bool:
    if character in "\n\t":
        return True
    return character not in _OBEYED and unicodedata.category(character) not in ("Cc", "Cs")


def why(problem: Exception) -> str:
    """What the system says of a failure; of a folder that was copied, of the first file."""
    several = problem.args[0] if isinstance(problem, shutil.Error) and problem.args else None
    if isinstance(several, list) and several:
        return str(several[0][-1])
    return getattr(problem, "strerror", None) or str(problem)


class EngineError(Exception):
    """Something the user can act on: the text says what failed, where, and what to do.

    Anything else that escapes the engine is a bug and belongs in a crash report.
    """

    def __init__(self, *said: object) -> None:
        super().__init__(*(harmless(each) if isinstance(each, str) else each for each in said))
