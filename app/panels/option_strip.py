"""The strip above the canvas: what the tool in use can be told, and the proposals' limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app import brush_size
from app.panels.common import bind
from app.panels.tool_options import OptionControl
from app.theme.theme import theme
from app.theme.widgets import (
    Button,
    CapButton,
    CheckBox,
    ElidedLabel,
    Hairline,
    IconButton,
    NumberField,
    SmallSlider,
    Surface,
)
from app.tools.registry import tool_info

if TYPE_CHECKING:
    from app.services import Services

_SMALLEST, _LARGEST = 1.0, 400.0  # brush diameters on the slider, image pixels
_STEPS = 200
_SIZED = ("brush", "eraser")
_AFTER = 2
"""Parts of the strip behind the groups: the space that is left, and the three dots."""


def size_at(step: int) -> float:
    """Brush diameter of a slider position; equal steps are equal factors."""
    return float(_SMALLEST * (_LARGEST / _SMALLEST) ** (step / _STEPS))


def step_of(diameter: float) -> int:
    """Slider position nearest to a brush diameter."""
    held = min(_LARGEST, max(_SMALLEST, diameter))
    return round(_STEPS * math.log(held / _SMALLEST) / math.log(_LARGEST / _SMALLEST))


def diameter_text(diameter: float) -> str:
    """A brush diameter with its unit."""
    return f"{diameter:.1f} px" if diameter < 10 and diameter % 1 else f"{diameter:.0f} px"


def _group(*parts: QWidget, gap: int = 8) -> QWidget:
    """Controls that belong together, with the hairline that parts them from the ones before."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(gap)
    line = Hairline(vertical=True)
    line.setFixedHeight(theme().px(18))
    row.addWidget(line)
    row.addSpacing(4)
    for part in parts:
        row.addWidget(part)
    holder.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return holder


class OptionStrip(Surface):
    """See the module. Groups that do not fit move behind the three dots at the right."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "b", parent)
        self._services, self._session = services, services.session
        self._mode = ""
        self._groups: dict[str, list[QWidget]] = {}
        self._options: list[OptionControl] = []
        self._built: set[str] = set()  # tools whose options there are
        self.setAccessibleName("Tool options")
        self._build()
        session = self._session
        session.tool_changed.connect(self._on_tool)
        session.view_changed.connect(self._on_view)
        session.filter_changed.connect(self._on_filter)
        session.image_changed.connect(self._on_tool)
        session.document_changed.connect(self._on_document)
        theme().changed.connect(self._on_look)
        self._on_look()
        self._on_view()
        self._on_filter()
        self._on_tool()

    # -- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        self._title = ElidedLabel("", "body", "semibold")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 0, 8, 1)
        self._row.setSpacing(12)
        self._row.addWidget(self._title)
        self._build_size()
        self._build_view()
        self._build_proposals()
        for groups in self._groups.values():
            for group in groups:
                if group.parent() is None:
                    self._row.addWidget(group)
                    group.hide()
        self._row.addStretch(1)
        self._dots = IconButton("dots-three", "More options")
        self._dots.clicked.connect(self._show_rest)
        self._row.addWidget(self._dots)
        self._rest = _Rest(self)

    def _build_options(self, tool: str) -> None:
        """The options of a tool, when it is first taken: most are never, and all take 15 ms."""
        if tool in self._built:
            return
        self._built.add(tool)
        for option in tool_info(tool).options:
            control = OptionControl(self._session, option)
            group = _group(control)
            group.hide()
            self._options.append(control)
            self._groups.setdefault(tool, []).append(group)
            self._row.insertWidget(self._row.count() - _AFTER, group)

    def _build_size(self) -> None:
        self._size = SmallSlider("Brush size", 0, _STEPS, lambda at: diameter_text(size_at(at)))
        session = self._session
        self._size.set_text_of(lambda _: diameter_text(2 * brush_size.shown_radius(session)))
        self._size.valueChanged.connect(
            lambda at: brush_size.set_shown_radius(session, size_at(at) / 2)
        )
        smaller, larger = CapButton(), CapButton()
        for button, name in ((smaller, "brush.smaller"), (larger, "brush.larger")):
            bind(button, self._services, name, cap=True)
        label = ElidedLabel("Size", role="text.secondary")
        group = _group(label, self._size, smaller, larger)
        for tool in _SIZED:
            self._groups[tool] = [group]

    def _build_view(self) -> None:
        session = self._session
        self._fill = SmallSlider("Fill opacity", 0, 200, lambda at: f"{at} %", 90)
        self._fill.valueChanged.connect(lambda at: session.set_view(opacity=at / 100))
        self._fills = CheckBox("Fills")
        self._fills.toggled.connect(lambda on: session.set_view(fills=on))
        self._services.actions.keys_changed.connect(self._show_keys)
        self._show_keys()
        self._line = SmallSlider("Line width", 5, 30, lambda at: f"{at / 10:.1f} ×", 70)
        self._line.valueChanged.connect(lambda at: session.set_view(line_width=at / 10))
        fill = _group(self._fills, self._fill)
        line = _group(ElidedLabel("Line", role="text.secondary"), self._line)
        light = Button("Light", "sun")
        bind(light, self._services, "view.light")
        light.set_kind("quiet")
        groups = [fill, line, _group(light)]
        for tool in ("select", "pan"):
            self._groups[tool] = groups

    def _show_keys(self) -> None:
        words = "Draw the fills, not only the lines ({view.fills})"
        self._fills.setToolTip(self._services.actions.fill(words))

    def _build_proposals(self) -> None:
        session = self._session

        def two_places(at: int) -> str:
            return f"{at / 100:.2f}"

        self._show = SmallSlider("Show proposals above", 0, 100, two_places, 90)
        self._show.valueChanged.connect(lambda at: session.set_filter(show_above=at / 100))
        self._accept = SmallSlider("Accept proposals above", 0, 100, two_places, 90)
        self._accept.valueChanged.connect(lambda at: session.set_filter(accept_above=at / 100))
        words = "Smallest proposal shown, in pixels"
        self._area = NumberField(words, 0, 1_000_000, "px")
        self._area.valueChanged.connect(lambda area: session.set_filter(min_area=area))
        again = Button("Propose again", "sparkle")
        bind(again, self._services, "model.propose", cap=True)
        self._groups["proposals"] = [
            _group(ElidedLabel("Show above", role="text.secondary"), self._show),
            _group(ElidedLabel("Accept above", role="text.secondary"), self._accept),
            _group(ElidedLabel("Smallest", role="text.secondary"), self._area),
            _group(again),
        ]

    # -- contents ----------------------------------------------------------------------------

    def mode(self) -> str:
        """Which strip shows: a tool's, or "proposals"."""
        document = self._session.document
        if self._session.tool == "select" and document is not None and document.proposals:
            return "proposals"
        return self._session.tool

    def _on_look(self) -> None:
        self.setFixedHeight(theme().size("optionStrip"))
        self._lay()

    def _on_document(self, change: object) -> None:
        if self.mode() != self._mode:
            self._on_tool()

    def _on_tool(self) -> None:
        with QSignalBlocker(self._size):
            self._size.setValue(step_of(2 * brush_size.shown_radius(self._session)))
        self._size.update()
        self._build_options(self._session.tool)
        for control in self._options:
            control.refresh()
        mode = self.mode()
        if mode != self._mode:
            self._mode = mode
            self._title.set_text("Proposals" if mode == "proposals" else tool_info(mode).name)
            self._lay()

    def _on_view(self) -> None:
        view = self._session.view
        for control, value in (
            (self._fill, view.opacity * 100),
            (self._line, view.line_width * 10),
        ):
            with QSignalBlocker(control):
                control.setValue(round(value))
            control.update()
        with QSignalBlocker(self._fills):
            self._fills.setChecked(view.fills)
        self._fills.update()

    def _on_filter(self) -> None:
        limits = self._session.filter
        for control, value in (
            (self._show, limits.show_above),
            (self._accept, limits.accept_above),
        ):
            with QSignalBlocker(control):
                control.setValue(round(value * 100))
            control.update()
        with QSignalBlocker(self._area):
            self._area.setValue(limits.min_area)

    # -- laying out --------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        self._lay()

    def _lay(self) -> None:
        """Show the mode's groups from the left as long as they fit; the others move to the dots."""
        self._rest.give_back(self._row)
        mine = self._groups.get(self._mode, [])
        for group in {id(g): g for groups in self._groups.values() for g in groups}.values():
            if group not in mine:
                group.hide()
        gap = self._row.spacing()
        room = self.width() - 14 - 8 - self._title.sizeHint().width()
        widths = [group.sizeHint().width() + gap for group in mine]
        dots = self._dots.sizeHint().width() + gap
        used, fitting = 0, len(mine)
        if sum(widths) > room:
            fitting = 0
            while fitting < len(mine) and used + widths[fitting] <= room - dots:
                used += widths[fitting]
                fitting += 1
        for position, group in enumerate(mine):
            group.setVisible(position < fitting)
        self._left_over = mine[fitting:]
        self._dots.setVisible(bool(self._left_over))

    def _show_rest(self) -> None:
        self._rest.take(self._left_over)
        corner = self._dots.mapToGlobal(QPoint(self._dots.width(), self._dots.height() + 6))
        self._rest.open_at(corner)

    def setFocus(self, *reason: object) -> None:
        """Give the focus to the first control that shows."""
        for child in self.findChildren(QWidget):
            if child.isVisible() and child.focusPolicy() & Qt.FocusPolicy.TabFocus:
                child.setFocus(*reason)
                return


class _Rest(QFrame):
    """The layer behind the three dots; it borrows the groups while it shows."""

    def __init__(self, strip: OptionStrip) -> None:
        super().__init__(strip, Qt.WindowType.Popup)
        self._strip = strip
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 10, 12, 10)
        self._column.setSpacing(8)
        self._taken: list[QWidget] = []
        self.setProperty("floating", True)

    def take(self, groups: list[QWidget]) -> None:
        """Show these groups, one under the other."""
        for group in groups:
            self._column.addWidget(group)
            group.show()
            self._taken.append(group)

    def open_at(self, corner: QPoint) -> None:
        """Show the layer with its upper right corner there."""
        self.adjustSize()
        self.move(corner - QPoint(self.width(), 0))
        self.show()

    def give_back(self, row: QHBoxLayout) -> None:
        """Put the borrowed groups back where they came from."""
        for group in self._taken:
            row.insertWidget(row.count() - _AFTER, group)
            group.hide()
        self._taken.clear()

    def hideEvent(self, event: QEvent) -> None:
        """See QWidget."""
        self.give_back(self._strip._row)
