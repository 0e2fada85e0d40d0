"""The first page: open a folder, try the sample, add a model; and what the program does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.panels.common import bind
from app.places.first_cards import ActionCard, DropZone, RecentRow, Steps
from app.places.first_picture import FirstPicture
from app.theme.buttons import Button
from app.theme.theme import theme
from app.theme.widgets import ElidedLabel, SectionHeader, SegmentedControl, Surface

if TYPE_CHECKING:
    from app.services import Services

WIDE, COLUMN = 1100, 620  # the picture shows from here on; the column's width at most
LOOKS = (
    ("system", "System"),
    ("dark", "Dark"),
    ("light", "Light"),
    ("highContrast", "High contrast"),
)
RECENT_SHOWN = 4


class FirstPage(Surface):
    """See the module."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "", parent)
        self._services = services
        self.setAccessibleName("Start")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.picture = FirstPicture(services)
        self._column = QWidget()
        self._build_column()
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(40, 24, 40, 24)
        row.addStretch(1)
        row.addWidget(self._column, 100)
        row.addStretch(1)
        holder.setAutoFillBackground(False)
        scroll.setWidget(holder)
        self._scroll = scroll
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(scroll, 49)
        row.addWidget(self.picture, 51)
        services.settings.changed.connect(self._on_setting)
        services.session.place_changed.connect(self._on_place)
        theme().changed.connect(self._on_look)
        self.refresh()
        self._on_look()

    def _build_column(self) -> None:
        services, actions = self._services, self._services.actions
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(ElidedLabel("Maskwright", "lead", "semibold", "accent.base"))
        column.addSpacing(2)
        column.addWidget(ElidedLabel("Start with your images.", "hero", "semibold"))
        words = "Nothing leaves this computer, and your image files are never changed."
        column.addWidget(ElidedLabel(words, "strong", role="text.secondary"))
        column.addSpacing(12)
        self.drop = DropZone()
        self.drop.dropped.connect(actions.paths_dropped)
        column.addWidget(self.drop)
        column.addSpacing(4)
        words = "Make a project from images you have"
        self.open = ActionCard("folder-open", "Open a folder", words, first=True)
        words = "Photos to try the brush and the model on"
        self.sample = ActionCard("flask", "Try the sample project", words, "2")
        words = "ONNX; you see its masks before you trust it"
        self.model = ActionCard("cube", "Add your own model", words, "3")
        for card, name in (
            (self.open, "file.open_folder"),
            (self.sample, "file.open_sample"),
            (self.model, "model.add"),
        ):
            bind(card, services, name, cap=card is self.open)
            column.addWidget(card)
        column.addSpacing(8)
        self.steps = Steps()
        column.addWidget(self.steps)
        self.recent_head = SectionHeader("Recent")
        self.recent_head.set_margins(0, 0)
        column.addWidget(self.recent_head)
        self.recent = QVBoxLayout()
        self.recent.setSpacing(0)
        column.addLayout(self.recent)
        column.addSpacing(8)
        column.addLayout(self._look_row())
        column.addStretch(1)

    def _look_row(self) -> QHBoxLayout:
        self.looks = SegmentedControl("Look", LOOKS)
        self.looks.chosen.connect(lambda choice: self._services.settings.set("theme", choice))
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(ElidedLabel("Look", role="text.secondary"))
        row.addWidget(self.looks)
        row.addStretch(1)
        return row

    # -- contents ----------------------------------------------------------------------------

    def _on_setting(self, key: str) -> None:
        if key == "theme":
            self._on_choice()
        elif key == "recent":
            self._on_place()

    def _on_place(self) -> None:
        """While another place shows, as when a project is opened, nobody sees the list."""
        if self._services.session.place == "start":
            self.refresh()

    def _on_choice(self) -> None:
        self.looks.set_current(self._services.settings.value("theme", "system"))

    def _on_look(self) -> None:
        self._column.setMaximumWidth(theme().px(COLUMN))
        self._on_choice()

    def refresh(self) -> None:
        """Show the projects that were open before, in place of the three steps."""
        paths = self._services.settings.recent()[:RECENT_SHOWN]
        while self.recent.count():
            item = self.recent.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        for path in paths:
            row = RecentRow(path)
            row.clicked.connect(lambda _on=False, one=path: self._services.actions.open_recent(one))
            self.recent.addWidget(row)
        self.recent_head.setVisible(bool(paths))
        self.steps.setVisible(not paths)

    # -- keys and layout ---------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """2 and 3 stand for the cards; Enter opens a folder; arrows go from card to card."""
        key = Qt.Key(event.key())
        by_key = {Qt.Key.Key_2: self.sample, Qt.Key.Key_3: self.model}
        if key in by_key:
            by_key[key].click()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not isinstance(
            self.focusWidget(), Button
        ):
            self.open.click()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(key == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        self.picture.setVisible(self.width() >= WIDE * theme().scale)
        self.drop.set_low(self.height() < 720 * theme().scale)

    def showEvent(self, event: QEvent) -> None:
        """The first card has the focus, so that Enter is enough."""
        self.open.setFocus(Qt.FocusReason.OtherFocusReason)

    def setFocus(self, *reason: object) -> None:
        """Give the focus to the first card."""
        self.open.setFocus(*reason)
