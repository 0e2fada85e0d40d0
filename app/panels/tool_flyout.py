"""The tools behind a shared button of the rail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from app.theme.theme import theme

if TYPE_CHECKING:
    from app.services import Services


class ToolFlyout(QMenu):
    """A small menu beside the rail; arrows and Enter choose, Escape leaves it."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self.setAccessibleName("More tools")

    def open(self, names: list[str], corner: QPoint) -> None:
        """Show these actions with the upper left corner there; the tool in use is chosen."""
        self.clear()
        actions, used = self._services.actions, f"tool.{self._services.session.tool}"
        for name in names:
            text = f"{actions.get(name).text}\t{actions.key_text(name)}"
            entry = self.addAction(theme().icon(actions.get(name).icon), text)
            entry.triggered.connect(lambda _on=False, one=name: actions.trigger(one))
            if name == used:
                self.setActiveAction(entry)
        self.popup(corner)
