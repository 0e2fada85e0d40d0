"""The status bar: saved or not, what the hand can do, what runs where, zoom, pointer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from app.panels.pointer_words import model_words, value_tip, value_words
from app.theme import paint
from app.theme.buttons import Button
from app.theme.icons import paint_icon
from app.theme.theme import theme
from app.theme.widgets import ElidedLabel, Hairline, Surface
from app.tools.registry import hint

if TYPE_CHECKING:
    from app.services import Services

WAIT_MS = 300  # a wait that is shorter is not shown
SHORT_MS, LONG_MS = 5_000, 15_000  # how long a sentence stays; an error stays longer
_ICONS = {"info": "info", "ok": "check-circle", "warning": "warning", "error": "x-circle"}
_ROLES = {
    "info": "text.secondary",
    "ok": "state.ok",
    "warning": "state.warning",
    "error": "state.error",
}
NARROW = 1400
LONG_WORD = 120  # characters of a name from which its middle is left out
VALUE_WIDTH = 260  # values of many channels are cut; the tooltip names them all


class _Mark(QWidget):
    """A small icon whose name and colour can change."""

    def __init__(self) -> None:
        super().__init__()
        self._icon, self._role = "", "text.secondary"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_icon(self, icon: str, role: str) -> None:
        """Show another icon; none takes no room."""
        self._icon, self._role = icon, role
        self.setVisible(bool(icon))
        self.update()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        side = theme().size("icon.status")
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        if self._icon:
            color = theme().color(self._role)
            paint_icon(QPainter(self), QRectF(self.rect()), self._icon, color)


class _ZoomButton(Button):
    """The zoom in the middle weight of the bar."""

    def _height(self) -> int:
        return theme().target(24)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        font = theme().font("small", "semibold")
        width = max(paint.text_width(font, text) for text in ("1,600 %", self.text()))
        return QSize(width + theme().px(12), self._height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        if self.underMouse() and self.isEnabled():
            paint.rounded(painter, self.rect(), look.radius("chip"), look.color("surface.hover"))
        color = look.color("text.primary" if self.isEnabled() else "text.disabled")
        font = look.font("small", "semibold")
        paint.draw_text(painter, self.rect(), self.text(), font, color, paint.CENTER)


def _short_words(sentence: str) -> str:
    """A sentence in which the middle of a very long name is left out: what follows it counts."""
    return re.sub(rf"\S{{{LONG_WORD},}}", lambda word: f"{word[0][:40]}…{word[0][-30:]}", sentence)


class StatusBar(Surface):
    """See the module."""

    page_wanted = Signal(int)  # a page of the open file, from 0

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "t", parent)
        self._services, self._session = services, services.session
        self._scale = 1.0
        self.setAccessibleName("Status")
        self._build()
        self._leave = QTimer(self)
        self._leave.setSingleShot(True)
        self._leave.timeout.connect(self._on_hint)
        self._soon = QTimer(self)  # a stroke is saved before anyone could read "Saving"
        self._soon.setSingleShot(True)
        self._soon.setInterval(WAIT_MS)
        self._soon.timeout.connect(self._on_saving)
        session = self._session
        session.saved_changed.connect(self._on_saved)
        session.project_changed.connect(self._on_saved)
        session.said.connect(self.say)
        session.tool_changed.connect(self._on_hint_soon)
        session.place_changed.connect(self._on_place)
        session.image_changed.connect(self._on_image)
        session.paging.changed.connect(self._on_page)
        session.model_changed.connect(self._on_model)
        theme().changed.connect(self._on_look)
        self._on_look()
        self._on_place()
        self._on_saved()
        self._on_hint()
        self._on_model()
        self._on_image()

    def _build(self) -> None:
        def label(least: int = 0) -> ElidedLabel:
            text = ElidedLabel("", "small", role="text.secondary")
            text.set_least(least)
            return text

        self.save_mark, self.save_words = _Mark(), label(8)
        self.hint_mark, self.hint_words = _Mark(), label()
        self.hint_words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.model_mark, self.model_words = _Mark(), label()
        self.zoom = _ZoomButton("", kind="quiet")
        self.zoom.setAccessibleName("Zoom")
        self.zoom.setToolTip("Zoom")
        self.zoom.clicked.connect(self._zoom_menu)
        self.pages = _ZoomButton("", kind="quiet")
        self.pages.setAccessibleName("Page")
        self.pages.setToolTip("Pages of the file")
        self.pages.clicked.connect(self.open_pages)
        self.place_words, self.value_words, self.class_words = label(), label(), label()
        self.value_words.setMaximumWidth(theme().px(VALUE_WIDTH))
        self._lines: list[QWidget] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 1, 12, 0)
        row.setSpacing(7)

        def line() -> None:
            mark = Hairline(vertical=True)
            mark.setFixedHeight(theme().px(14))
            self._lines.append(mark)
            row.addSpacing(2)
            row.addWidget(mark)
            row.addSpacing(2)

        row.addWidget(self.save_mark)
        row.addWidget(self.save_words)
        line()
        row.addWidget(self.hint_mark)
        row.addWidget(self.hint_words, 1)
        row.addWidget(self.class_words)
        line()
        row.addWidget(self.model_mark)
        row.addWidget(self.model_words)
        line()
        row.addWidget(self.pages)
        row.addWidget(self.zoom)
        row.addWidget(self.place_words)
        row.addWidget(self.value_words)

    # -- at the left -------------------------------------------------------------------------

    def _on_look(self) -> None:
        self.setFixedHeight(theme().size("statusBar"))

    def _on_saved(self) -> None:
        session = self._session
        project = session.project
        if session.save_problem:
            self._save("x-circle", "state.error", "Not saved")
            self.save_words.setToolTip(session.save_problem)
            return
        self.save_words.setToolTip("Every change is written as it is made.")
        if project is None:
            self._save("check-circle", "text.secondary", "Nothing to save yet")
        elif project.read_only:
            self._save("lock-simple", "state.warning", "Read only")
            self.save_words.setToolTip(project.owner)
        elif project.saved:
            self._save("check-circle", "state.ok", "All changes saved")
        elif not self._soon.isActive():
            self._soon.start()

    def _on_saving(self) -> None:
        project = self._session.project
        if project is not None and not project.saved and not self._session.save_problem:
            self._save("circle-dashed", "text.secondary", "Saving")

    def _save(self, icon: str, role: str, words: str) -> None:
        self.save_mark.show_icon(icon, role)
        self.save_words.set_text(words)
        self.save_words.set_role("text.secondary" if role == "state.ok" else role)

    def say(self, sentence: str, level: str = "info") -> None:
        """Show a sentence for a while, and read it to those who listen to the screen."""
        self.hint_mark.show_icon(_ICONS[level], _ROLES[level])
        self.hint_words.set_text(_short_words(sentence))
        self.hint_words.setToolTip(sentence if _short_words(sentence) != sentence else "")
        self.hint_words.set_role("text.primary")
        self._leave.start(LONG_MS if level in ("warning", "error") else SHORT_MS)
        event = QAccessibleAnnouncementEvent(self, sentence)
        urgent = QAccessible.AnnouncementPoliteness.Assertive
        polite = QAccessible.AnnouncementPoliteness.Polite
        event.setPoliteness(urgent if level == "error" else polite)
        QAccessible.updateAccessibility(event)

    def set_held(self, held: str) -> None:
        """Say what the hand does while a key is held ("pan", "erase"), or none."""
        self._leave.stop()
        self._on_hint(held)

    def _on_place(self) -> None:
        picture = self._session.place in ("correct", "inspect")
        for part in (self.zoom, self._lines[-1]):
            part.setVisible(picture)
        self._on_page()
        started = self._session.place != "start"
        for part in (self.model_mark, self.model_words, *self._lines[1:-1]):
            part.setVisible(started)
        self._on_hint()

    def _on_hint_soon(self) -> None:
        if not self._leave.isActive():
            self._on_hint()

    def _on_hint(self, held: str = "") -> None:
        self._leave.stop()
        words = _PLACE_HINTS.get(self._session.place)
        if words is None:
            words = hint(self._session.tool, held) if self._session.image else ""
        self.hint_mark.show_icon("", "text.secondary")
        self.hint_words.set_text(self._services.actions.fill(words))
        self.hint_words.set_role("text.secondary")

    # -- at the right ------------------------------------------------------------------------

    def _on_model(self) -> None:
        model = self._session.model
        failed = model.state == "failed" or bool(model.reason)
        words = model.provider or {"starting": "Model starts", "none": "No model"}.get(
            model.state, ""
        )
        self.model_mark.show_icon(
            "warning" if failed else "cpu", "state.warning" if failed else "text.secondary"
        )
        self.model_words.set_text(words)
        self.model_words.set_role("state.warning" if failed else "text.secondary")
        self.model_words.setToolTip(model.reason)
        self.model_mark.setVisible(self._session.place != "start")

    def _on_image(self) -> None:
        if self._session.image is None:
            self.place_words.set_text("")
            self.value_words.set_text("")
            self.class_words.set_text("")
        self.zoom.setEnabled(self._session.image is not None)
        self._on_hint_soon()
        self.set_scale(self._scale)

    def _on_page(self) -> None:
        paging, picture = self._session.paging, self._session.place in ("correct", "inspect")
        self.pages.setVisible(picture and paging.count > 1)
        words = f"Page {paging.page + 1:,} of {paging.count:,}"
        self.pages.set_text(words)
        self.pages.setAccessibleName(words)

    def open_pages(self) -> None:
        """The menu of the file's pages, with a field for their number."""
        from app.panels.page_menu import page_menu

        menu = page_menu(self._services, self.page_wanted.emit, self)
        above = QPoint(0, -menu.sizeHint().height() - 4)
        menu.popup(self.pages.mapToGlobal(above))

    def set_scale(self, scale: float) -> None:
        """Screen pixels per image pixel."""
        self._scale = scale
        known = self._session.image is not None
        percent = 100 * scale
        figure = f"{percent:,.0f} %" if percent >= 10 else f"{percent:.1f} %"
        self.zoom.set_text(figure if known else "–")
        self.zoom.setAccessibleName(f"Zoom, {figure}")

    def set_pointer(self, info: Any) -> None:
        """What is under the pointer: a ``PointerInfo`` of the canvas, or None."""
        if info is None:
            for part in (self.place_words, self.value_words, self.class_words):
                part.set_text("")
            return
        self.place_words.set_text(f"x {info.x:.0f}  y {info.y:.0f}")
        self.value_words.set_text(value_words(info))
        if info.raw or self.value_words.toolTip():
            self.value_words.setToolTip(value_tip(info))
        self.value_words.setVisible(self.width() >= NARROW * theme().scale)
        words = [info.object_text or info.class_name, model_words(info)]
        self.class_words.set_text(" · ".join(word for word in words if word))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        wide = self.width() >= NARROW * theme().scale
        self.value_words.setVisible(wide)
        self.class_words.setVisible(self.width() >= 900 * theme().scale)

    def _zoom_menu(self) -> None:
        menu, actions = QMenu(self), self._services.actions
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in (
            "view.fit",
            "view.one_to_one",
            "view.zoom_in",
            "view.zoom_out",
            "view.zoom_object",
        ):
            entry = menu.addAction(f"{actions.get(name).text}\t{actions.key_text(name)}")
            entry.setEnabled(not actions.missing(name))
            entry.triggered.connect(lambda _on=False, one=name: actions.trigger(one))
        above = QPoint(0, -menu.sizeHint().height() - 4)
        menu.popup(self.zoom.mapToGlobal(above))

    def setFocus(self, *reason: object) -> None:
        """Give the focus to the zoom."""
        self.zoom.setFocus(*reason)


_PLACE_HINTS = {
    "start": "",
    "inspect": "Choose an image at the left, or a cell of the table · "
    "{inspect.fix} opens it in Correct",
    "models": "Learning goes on when you return to Correct · {place.correct}",
}
