"""The tools, one under the other; one tab stop, arrows move between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.panels.common import bind
from app.theme import paint
from app.theme.buttons import Button
from app.theme.icons import glyphs, paint_icon
from app.theme.theme import theme
from app.theme.widgets import Hairline, Surface

if TYPE_CHECKING:
    from app.services import Services

TOOLS = ("tool.select", "tool.brush", "tool.eraser", "tool.polygon", "tool.fill")
ACTS = ("object.fill_gaps",)
VIEW = ("tool.pan", "view.zoom_object")
_CAPS = {"Space": "␣"}


class ToolButton(Button):
    """One tool: its icon, its key at the lower right, a bar at the left while it is in use."""

    def __init__(self, services: Services, action_id: str, parent: QWidget | None = None) -> None:
        action = services.actions.get(action_id)
        super().__init__("", action.icon, services.actions.key_text(action_id), "quiet", parent)
        self.action_id = action_id
        self._tall = 0
        self.setCheckable(action_id.startswith("tool."))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.binding = bind(self, services, action_id, cap=True)

    def set_height(self, height: int) -> None:
        """Be lower than wide, in a low window."""
        self._tall = height
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        side = theme().size("toolButton")
        return QSize(side, min(side, self._tall or side))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows belong to the rail."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
            return
        super().keyPressEvent(event)

    def nextCheckState(self) -> None:
        """A click chooses the tool through its action; the session says what is in use."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look, on = QPainter(self), theme(), self.isChecked()
        paint.rounded(painter, self.rect(), look.radius("control"), self._fill())
        if on:
            inset = self.height() * 0.28
            bar = QRectF(0, inset, 2.5, self.height() - 2 * inset)
            paint.rounded(painter, bar, 1, look.color("accent.base"))
        role = "accent.base" if on else "text.primary"
        color = look.color(role if self.isEnabled() else "text.disabled")
        side = look.size("icon.tool")
        name = self.icon_name
        filled = f"{name}-fill"
        area = QRectF(0, 0, side, side)
        key = _CAPS.get(self._key) or paint.short_key(self._key)
        aside = paint.text_width(look.font("micro", "medium"), key) / 3
        area.moveCenter(QRectF(self.rect()).center() - QPointF(aside, 1))
        paint_icon(painter, area, filled if on and filled in glyphs() else name, color)
        if key:
            role = "accent.base" if on else "text.secondary"
            corner = self.rect().adjusted(0, 0, -look.px(4), -look.px(3))
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
            ink = look.color(role if self.isEnabled() else "text.disabled")
            paint.draw_text(painter, corner, key, look.font("micro", "medium"), ink, align)


class ToolRail(Surface):
    """See the module."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "r", parent)
        self._services, self._session = services, services.session
        self.setAccessibleName("Tools")
        self.buttons: list[ToolButton] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 8, 6, 8)
        self._column.setSpacing(4)
        self._add(*TOOLS)
        self._column.addWidget(self._line())
        self._add(*ACTS)
        self._column.addWidget(self._line())
        self._add(*VIEW)
        self._column.addStretch(1)
        self._add("app.keys")
        self._session.tool_changed.connect(self._on_tool)
        theme().changed.connect(self._on_look)
        self._on_look()
        self._on_tool()

    def _line(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(6, 4, 6, 4)
        column.addWidget(Hairline())
        return holder

    def _add(self, *names: str) -> None:
        for name in names:
            button = ToolButton(self._services, name)
            self.buttons.append(button)
            self._column.addWidget(button)

    def _on_look(self) -> None:
        self.setFixedWidth(theme().size("toolRail"))

    def _on_tool(self) -> None:
        used = f"tool.{self._session.tool}"
        for button in self.buttons:
            on = button.action_id == used
            button.setChecked(on)
            button.binding.refresh()
            stop = on or (button is self.buttons[0] and used not in TOOLS)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus if stop else Qt.FocusPolicy.NoFocus)

    def setFocus(self, *reason: object) -> None:
        """Give the focus to the tool in use."""
        used = next((b for b in self.buttons if b.isChecked()), self.buttons[0])
        used.setFocus(*reason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window the buttons get lower, down to 28, so that none is cut."""
        super().resizeEvent(event)
        self._lower()

    def _lower(self) -> None:
        count = len(self.buttons)
        others = 16 + self._column.spacing() * (self._column.count() - 1) + 2 * theme().px(9)
        room = (self.height() - others) // count
        for button in self.buttons:
            button.set_height(max(theme().px(28), room))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().size("toolRail"), theme().px(240))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the focus along the rail."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        focus = self.focusWidget()
        if step is None or not isinstance(focus, ToolButton):
            event.ignore()
            return
        at = (self.buttons.index(focus) + step) % len(self.buttons)
        self.buttons[at].setFocus(Qt.FocusReason.TabFocusReason)
