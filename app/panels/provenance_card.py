"""The card over the canvas while what people changed is shown: figures, names and the legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.panels.common import bind
from app.panels.provenance_words import counts_words, share_words
from app.theme.theme import theme
from app.theme.widgets import Card, ElidedLabel, IconButton
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.canvas.people import PeopleLayer
    from app.services import Services

EDGE = 14  # from the canvas edge, logical pixels
WIDTH = 360
MOST = 6
"""Lines about one object."""

LEGEND = "Rising lines: added · dots: erased · grid: another class"


class ProvenanceCard(Card):
    """Stands at the canvas's upper right corner."""

    def __init__(self, services: Services, layer: PeopleLayer, parent: QWidget) -> None:
        super().__init__(floating=True, parent=parent)
        self._services, self._layer = services, layer
        self.setAccessibleName("What people changed")
        title = ElidedLabel("What people changed", "body", "semibold")
        close = IconButton("x", "Show the masks again")
        bind(close, services, "view.people")
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(close)
        self.counts = ElidedLabel("")
        self.object = ElidedLabel("", "body", "medium")
        self.lines = [ElidedLabel("", "small") for _ in range(MOST)]
        self.legend = ElidedLabel(LEGEND, "small", role="text.secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 7, 8, 10)
        column.setSpacing(3)
        column.addLayout(head)
        for part in (self.counts, self.object, *self.lines, self.legend):
            column.addWidget(part)
        layer.changed.connect(self.refresh)
        theme().changed.connect(self.refresh)
        parent.installEventFilter(self)
        self.refresh()

    def refresh(self) -> None:
        """Show the figures of now."""
        found = self._layer.found
        self.counts.set_text("Looking" if found is None else counts_words(found.counts))
        shares = found.shares if found is not None else ()
        self.object.set_text(self._about() if shares else "")
        self.object.setVisible(bool(self.object.text()))
        words = [share_words(each, self._model_name) for each in shares]
        if len(words) > MOST:
            rest = sum(each.pixels for each in shares[MOST - 1 :])
            words = [*words[: MOST - 1], f"{rest:,} px more by others"]
        for at, line in enumerate(self.lines):
            line.setVisible(at < len(words))
            line.set_text(words[at] if at < len(words) else "")
        self._lay()

    def _about(self) -> str:
        """Whose pixels are shared out: the selected object, or the current class's."""
        session, found = self._services.session, self._layer.found
        chosen = session.selected()
        if found is not None and found.area and session.current_class is not None:
            return f"Area · {session.taxonomy.name(session.current_class)}"
        return (
            f"{session.taxonomy.name(chosen[0].class_id)} #{chosen[0].id}"
            if len(chosen) == 1
            else ""
        )

    def _model_name(self, model_id: str) -> str:
        try:
            return self._services.catalog.get(model_id).card.name
        except EngineError:  # it was removed since
            return model_id

    def _lay(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        width = min(theme().px(WIDTH), parent.width() - 2 * EDGE)
        layout = self.layout()
        height = layout.sizeHint().height() if layout is not None else self.sizeHint().height()
        self.setGeometry(parent.width() - width - EDGE, EDGE, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the place when the canvas changes its size."""
        if event.type() == QEvent.Type.Resize:
            self._lay()
        return False
