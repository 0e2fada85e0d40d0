"""Share work: hand the project out, take parts back, see how far people agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from app.dialogs.agree_page import AgreePage
from app.dialogs.hand_out_page import HandOutPage
from app.dialogs.sheet import Sheet
from app.dialogs.take_back_page import TakeBackPage
from app.theme.widgets import SegmentedControl

if TYPE_CHECKING:
    from app.conflict_queue import ConflictQueue
    from app.services import Services

MAIN = {"out": "Hand out", "back": "Choose parts", "agree": "Choose copies"}


class HandsSheet(Sheet):
    """Three pages under one heading; what their buttons mean is ``app.intents.hands``.

    Attributes:
        out, back, agree: the pages.
        tabs: which of them shows.
    """

    def __init__(
        self, services: Services, queue: ConflictQueue, parent: QWidget | None = None
    ) -> None:
        key = services.actions.key_text("file.share")
        super().__init__("Share work", key, MAIN["out"], parent)
        self._queue = queue
        self.tabs = SegmentedControl("Share work")
        self.out, self.back = HandOutPage(services), TakeBackPage(services, queue)
        self.agree = AgreePage(services)
        self._pages: dict[str, QWidget] = {"out": self.out, "back": self.back, "agree": self.agree}
        self.stack = QStackedWidget()
        for page in self._pages.values():
            self.stack.addWidget(page)
        row = QHBoxLayout()
        row.addWidget(self.tabs)
        row.addStretch(1)
        self.body.addSpacing(6)
        self.add(row)
        self.body.addSpacing(10)
        self.body.addWidget(self.stack, 1)
        self.tabs.chosen.connect(self.show_page)
        queue.changed.connect(self._count)
        self._count()
        services.session.project_changed.connect(self.leave)

    def show_page(self, name: str) -> None:
        """Show one of the pages."""
        self.tabs.set_current(name)
        self.stack.setCurrentWidget(self._pages[name])
        self.main.set_text(MAIN[name])
        self.foot_words.set_text("")
        self._queue.clear()
        self._pages[name].setFocus(Qt.FocusReason.OtherFocusReason)

    def _count(self) -> None:
        """How many conflicts wait stands on their page's tab."""
        waits = len(self._queue.rows)
        back = f"Take back, {waits:,} to decide" if waits else "Take back"
        self.tabs.set_options([("out", "Hand out"), ("back", back), ("agree", "Agreement")])

    @property
    def page(self) -> str:
        """Which page shows."""
        return self.tabs.current()

    def say(self, words: str) -> None:
        """Say something in the foot."""
        self.foot_words.set_text(words)

    def showEvent(self, event: QShowEvent) -> None:
        """Only now: a sheet that stood here before lets go when it is taken away."""
        super().showEvent(event)
        if not event.spontaneous():
            self._queue.follow()

    def hideEvent(self, event: QHideEvent) -> None:
        """The sheet is taken away, whoever does it: nothing of it stays on the picture."""
        if not event.spontaneous():
            self._queue.leave()
        super().hideEvent(event)
