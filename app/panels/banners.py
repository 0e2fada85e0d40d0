"""Banners above the canvas: each a sentence with one action, until it is dealt with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.theme.icons import paint_icon
from app.theme.theme import theme
from app.theme.widgets import Button, ElidedLabel, IconButton

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services import Services
    from app.session import Banner

MOST = 2  # at most so many at once
ICONS = {"info": "info", "ok": "check-circle", "warning": "warning", "error": "x-circle"}
GROUNDS = {
    "info": "surface.selected",
    "ok": "state.okSurface",
    "warning": "state.warningSurface",
    "error": "state.errorSurface",
}
MARKS = {
    "info": "accent.base",
    "ok": "state.ok",
    "warning": "state.warning",
    "error": "state.error",
}


def split(sentence: str) -> tuple[str, str]:
    """What happened, and what to do: the first sentence stands above the others."""
    head, dot, rest = sentence.partition(". ")
    return (head + dot.strip(), rest) if rest else (sentence, "")


class BannerStrip(QWidget):
    """One banner, 52 high."""

    def __init__(self, services: Services, banner: Banner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = banner
        session = services.session
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme().px(52))
        self.setAccessibleName(banner.text)
        head, rest = split(banner.text)
        column = QVBoxLayout()
        column.setSpacing(1)
        column.addStretch(1)
        column.addWidget(ElidedLabel(head, "body", "semibold"))
        if rest:
            column.addWidget(ElidedLabel(rest, "small"))
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme().px(46), 0, 12, 0)
        row.setSpacing(8)
        row.addLayout(column, 1)
        for text, action in (
            (banner.action_text, banner.action),
            (banner.second_text, banner.second),
        ):
            if text and action is not None:
                act = Button(text)
                act.clicked.connect(lambda _on=False, one=action: self._act(services, one))
                row.addWidget(act)
        close = IconButton("x", "Dismiss")
        close.clicked.connect(lambda: session.drop_banner(banner.key))
        row.addWidget(close)

    def _act(self, services: Services, action: Callable[[], None]) -> None:
        services.session.drop_banner(self.banner.key)
        action()

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look, level = QPainter(self), theme(), self.banner.level
        painter.fillRect(self.rect(), look.color(GROUNDS[level]))
        edge = look.color(MARKS[level] if look.high_contrast else "border.hairline")
        painter.fillRect(0, self.height() - 1, self.width(), 1, edge)
        side = look.size("icon.panel")
        mark = QRectF(look.px(16), (self.height() - side) / 2, side, side)
        paint_icon(painter, mark, ICONS[level], look.color(MARKS[level]))


class Banners(QWidget):
    """See the module. A banner never arrives while a button or pen is down."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._session = services, services.session
        self.setAccessibleName("Messages")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.strips: list[BannerStrip] = []
        self._all = False
        self._more = Button("", "caret-down", kind="quiet")
        self._more.clicked.connect(self._show_all)
        self._column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignRight)
        self._wait = QTimer(self)
        self._wait.setInterval(120)
        self._wait.timeout.connect(self._on_banners)
        self._session.banners_changed.connect(self._on_banners)
        theme().changed.connect(self._rebuild)
        self._rebuild()

    def _on_banners(self) -> None:
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._wait.start()
            return
        self._wait.stop()
        self._rebuild()

    def _show_all(self) -> None:
        self._all = True
        self._rebuild()

    def _rebuild(self) -> None:
        # The newest first, but no news hides that something is lost or cannot be kept.
        banners = sorted(reversed(self._session.banners), key=lambda each: each.level != "error")
        if len(banners) <= MOST:
            self._all = False
        shown = banners if self._all else banners[:MOST]
        if [strip.banner for strip in self.strips] != shown:
            for strip in self.strips:
                self._column.removeWidget(strip)
                strip.hide()
                strip.deleteLater()
            self.strips = [BannerStrip(self._services, banner) for banner in shown]
            for at, strip in enumerate(self.strips):
                self._column.insertWidget(at, strip)
        rest = len(banners) - len(shown)
        self._more.set_text(f"{rest} more")
        self._more.setVisible(rest > 0)
        self.setVisible(bool(shown))

    def setFocus(self, *reason: object) -> None:
        """Give the focus to the first action."""
        for strip in self.strips:
            button = strip.findChild(Button)
            if button is not None:
                button.setFocus(*reason)
                return
