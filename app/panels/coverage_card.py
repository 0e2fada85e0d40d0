"""The card over the canvas while the veil is on: how much was seen, and the way to the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.panels.common import bind
from app.theme.theme import theme
from app.theme.widgets import Button, Card, ElidedLabel, IconButton, ThinProgress

if TYPE_CHECKING:
    from app.canvas.coverage import Coverage
    from app.services import Services

EDGE = 14  # from the canvas edge, logical pixels


class CoverageCard(Card):
    """Stands at the canvas's upper left corner."""

    def __init__(self, services: Services, coverage: Coverage, parent: QWidget) -> None:
        super().__init__(floating=True, parent=parent)
        self._coverage = coverage
        self.setAccessibleName("Coverage")
        self.words = ElidedLabel("", "body", "semibold")
        self.bar = ThinProgress("Seen at working zoom")
        self.bar.setFixedWidth(theme().px(72))
        self.next = Button("Next unseen")
        bind(self.next, services, "view.next_unseen", cap=True)
        close = IconButton("x", "Take the veil away")
        bind(close, services, "view.coverage")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 7, 8, 7)
        row.setSpacing(10)
        for part in (self.words, self.bar, self.next, close):
            row.addWidget(part)
        coverage.changed.connect(self.refresh)
        theme().changed.connect(self.refresh)
        parent.installEventFilter(self)
        self.refresh()

    def refresh(self) -> None:
        """Show the figure of now."""
        seen = self._coverage.seen
        share = seen.share if seen is not None else 0.0
        self.words.set_text(percent(share))
        self.bar.set_fraction(share)
        self.bar.setFixedWidth(theme().px(72))
        self.next.setVisible(seen is not None and not seen.is_whole)
        self._lay()

    def _lay(self) -> None:
        parent = self.parentWidget()
        wanted = self.sizeHint()
        width = min(wanted.width(), parent.width() - 2 * EDGE) if parent else wanted.width()
        self.setGeometry(EDGE, EDGE, width, wanted.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the place when the canvas changes its size."""
        if event.type() == QEvent.Type.Resize:
            self._lay()
        return False


def percent(share: float) -> str:
    """A share as it is said: never 100 % before all is seen, never 0 % once something is."""
    if share >= 1.0:
        return "All of it seen"
    figure = min(99, max(1, round(100 * share))) if share > 0 else 0
    return f"{figure} % seen"
