"""What is held down: keys that act while they are down."""

from typing import Literal

Held = Literal["pan", "erase", "photo", "masks", "changes", "lift"]


class KeysHeld:
    """A set that is told of each press and release, and emptied when the focus is lost."""

    def __init__(self) -> None:
        self._down: list[Held] = []

    def hold(self, name: Held) -> bool:
        """A key went down; False when it was down already (auto-repeat)."""
        if name in self._down:
            return False
        self._down.append(name)
        return True

    def release(self, name: Held) -> bool:
        """A key went up; False when it was not down."""
        if name not in self._down:
            return False
        self._down.remove(name)
        return True

    def release_all(self) -> list[Held]:
        """The focus is gone: what was down."""
        down, self._down = self._down, []
        return down

    @property
    def newest(self) -> str:
        """What was pressed last and is still down; empty without one."""
        return self._down[-1] if self._down else ""

    def __contains__(self, name: object) -> bool:
        return name in self._down
