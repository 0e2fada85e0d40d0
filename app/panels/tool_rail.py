"""The tools, one under the other; one tab stop, arrows move between them.

In a high window every tool has its button. In a lower one tools of a kind share a button: it shows
the one used last, and a corner mark says that there are more behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from app.panels.tool_button import ToolButton
from app.panels.tool_flyout import ToolFlyout
from app.theme.theme import theme
from app.theme.widgets import Hairline, Surface
from app.tools.registry import TOOLS

if TYPE_CHECKING:
    from app.services import Services

KINDS = (
    ("select",),
    ("brush",),
    ("eraser",),
    ("polygon", "lasso"),
    ("fill", "wand", "superpixel", "snap_box"),
    ("points", "cut", "join"),
)
"""Tools of a kind, in the order of the rail; one that is in none comes after them, alone."""

ACTS = ("object.fill_gaps",)
VIEW = ("tool.pan", "view.zoom_object")

ROOMY = 34
"""Height of a button, logical pixels, down to which every tool has its own."""

LEAST = 28
"""Height below which a button is none any more; in touch mode it is 44."""

SPARE = ("app.keys", "view.zoom_object", "object.fill_gaps")
"""What goes, in this order, where there is not even room for that; the menu has it too."""


class ToolRail(Surface):
    """See the module.

    Attributes:
        buttons: all of them, hidden ones among them, from top to bottom.
        flyout: the tools behind a shared button while they show.
    """

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "r", parent)
        self._services, self._session = services, services.session
        self.setAccessibleName("Tools")
        self.buttons: list[ToolButton] = []
        self.flyout = ToolFlyout(services, self)
        self._shown = {kind: kind[0] for kind in kinds()}  # which of a kind shows when they share
        self._shares = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 8, 6, 8)
        self._column.setSpacing(4)
        self._column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._add(*(f"tool.{name}" for kind in kinds() for name in kind))
        self._column.addWidget(self._line())
        self._add(*ACTS)
        self._below_acts = self._line()
        self._column.addWidget(self._below_acts)
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
            button.more_wanted.connect(lambda one=button: self._open(one))
            self.buttons.append(button)
            self._column.addWidget(button)

    def button(self, tool: str) -> ToolButton:
        """The button of a tool."""
        return next(each for each in self.buttons if each.action_id == f"tool.{tool}")

    def _on_look(self) -> None:
        self.setFixedWidth(theme().size("toolRail"))
        self._lay()

    def _on_tool(self) -> None:
        tool = self._session.tool
        kind = kind_of(tool)
        if kind and self._shown[kind] != tool:
            self._shown[kind] = tool
            self._share()
        used = f"tool.{tool}"
        tools = {f"tool.{name}" for name in TOOLS}
        for button in self.buttons:
            on = button.action_id == used
            button.setChecked(on)
            button.binding.refresh()
            stop = on or (button is self.buttons[0] and used not in tools)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus if stop else Qt.FocusPolicy.NoFocus)

    def setFocus(self, *reason: object) -> None:
        """Give the focus to the tool in use."""
        used = next((b for b in self.buttons if b.isChecked()), self.buttons[0])
        used.setFocus(*reason)

    # -- room --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window tools of a kind share, and buttons get lower, so that none is cut."""
        super().resizeEvent(event)
        self._lay()

    def _lay(self) -> None:
        shares = self._room(len(self.buttons)) < theme().target(ROOMY)
        if shares != self._shares:
            self._shares = shares
            self._share()
        least = theme().target(LEAST)
        spare = [each for each in self.buttons if each.action_id in SPARE]
        count = sum(not button.isHidden() for button in self.buttons if button not in spare)
        for button in sorted(spare, key=lambda each: -SPARE.index(each.action_id)):
            fits = self._room(count + 1) >= least
            button.setVisible(fits)
            count += fits
        acts = [each for each in self.buttons if each.action_id in ACTS]
        self._below_acts.setVisible(any(not each.isHidden() for each in acts))
        height = max(least, self._room(count))
        for button in self.buttons:
            button.set_height(height)

    def _room(self, count: int) -> int:
        """Height that each of ``count`` buttons may have."""
        gaps = count + 2  # two lines and the stretch, less the one after the last
        others = 16 + self._column.spacing() * gaps + 2 * theme().px(9)
        return (self.height() - others) // count

    def _share(self) -> None:
        for kind in kinds():
            for name in kind:
                alone = self._shown[kind] == name
                button = self.button(name)
                button.setVisible(alone or not self._shares)
                button.set_more(self._shares and len(kind) > 1)

    def _open(self, button: ToolButton) -> None:
        kind = kind_of(button.action_id.removeprefix("tool."))
        if self._shares and len(kind) > 1:
            corner = button.mapToGlobal(QPoint(button.width() + 6, 0))
            self.flyout.open([f"tool.{name}" for name in kind], corner)

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
        seen = [each for each in self.buttons if not each.isHidden()]
        at = (seen.index(focus) + step) % len(seen)
        seen[at].setFocus(Qt.FocusReason.TabFocusReason)


def kinds() -> Sequence[tuple[str, ...]]:
    """The tools there are, by kind."""
    known = [tuple(name for name in kind if name in TOOLS) for kind in KINDS]
    named = {name for kind in KINDS for name in kind}
    alone = [(name,) for name in TOOLS if name not in named and name != "pan"]
    return [kind for kind in (*known, *alone) if kind]


def kind_of(tool: str) -> tuple[str, ...]:
    """The kind a tool is of; empty for the hand."""
    return next((kind for kind in kinds() if tool in kind), ())
