"""What the panels share: buttons bound to actions, and figures as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QAbstractButton

from app.theme.buttons import Button

if TYPE_CHECKING:
    from app.services import Services


def describe(services: Services, action_id: str) -> str:
    """What an action does, its key, and why it cannot run now: a tooltip."""
    actions = services.actions
    words = actions.get(action_id).text
    key = actions.key_text(action_id)
    reason = actions.missing(action_id)
    line = f"{words} ({key})" if key else words
    return f"{line}\n{reason}" if reason else line


class Binding(QObject):
    """Keeps one button in step with one action, and its cap with the action's key."""

    def __init__(
        self, button: QAbstractButton, services: Services, action_id: str, cap: bool = False
    ) -> None:
        super().__init__(button)
        self._button, self._services, self._id = button, services, action_id
        self._cap = cap
        button.clicked.connect(self._run)
        services.actions.changed.connect(self.refresh)
        self.refresh()

    def _run(self) -> None:
        self._services.actions.trigger(self._id)

    def refresh(self) -> None:
        """Take over whether it can run, and say so."""
        actions = self._services.actions
        self._button.setEnabled(not actions.missing(self._id))
        self._button.setToolTip(describe(self._services, self._id))
        key = actions.key_text(self._id)
        if self._cap and isinstance(self._button, Button):
            self._button.set_key(key)
        name = actions.get(self._id).text
        used = ["in use"] if self._button.isCheckable() and self._button.isChecked() else []
        self._button.setAccessibleName(", ".join([name, *([key] if key else []), *used]))


def bind(button: QAbstractButton, services: Services, action_id: str, cap: bool = False) -> Binding:
    """Let a button run an action: words, key, reason and accessible name come with it.

    Args:
        button: keeps its own words and icon.
        services: where the actions are.
        action_id: as in the action table.
        cap: show the key on the button.
    """
    return Binding(button, services, action_id, cap)


def short_count(value: float) -> str:
    """A figure in at most five characters: 402, 11.5k, 107.6k, 1.24M."""
    if value < 1_000:
        return f"{value:.0f}"
    if value < 1_000_000:
        return f"{value / 1_000:.1f}k"
    return f"{value / 1_000_000:.2f}M"


def plural(count: int, word: str, many: str = "") -> str:
    """A count with its unit: 1 object, 2 objects."""
    return f"{count:,} {word if count == 1 else many or word + 's'}"


def score_text(score: float | None) -> str:
    """A score as it stands in lists; a dash where there is none."""
    return "–" if score is None else f"{score:.2f}"
