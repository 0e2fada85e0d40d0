"""Looking: zoom, opacity, places, panes, full screen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from app import brush_size
from app.intents.reasons import no_image, no_project
from app.services import Services
from app.session import Place
from app.tools.registry import TOOLS

if TYPE_CHECKING:
    from app.window import Window

STEP = 1.25
LINE_WIDTHS = (1.0, 1.5, 2.0, 0.6)


class ViewIntents:
    """Nothing here changes data."""

    def __init__(self, services: Services, window: Window) -> None:
        self._services, self._session, self._window = services, services.session, window
        canvas, handle = window.canvas, services.actions.handle
        self._zoomed_object = False
        needs_image = partial(no_image, services.session)
        handle("view.zoom_in", lambda: canvas.zoom(STEP), needs_image)
        handle("view.zoom_out", lambda: canvas.zoom(1 / STEP), needs_image)
        handle("view.fit", canvas.fit, needs_image)
        handle("view.one_to_one", canvas.one_to_one, needs_image)
        handle("view.zoom_object", self.zoom_object, needs_image)
        for name in ("view.photo_alone", "view.masks_alone", "view.changes"):
            handle(name, lambda: None, needs_image)  # the key filter holds them
        handle("tool.pan", lambda: self._session.set_tool("pan"))
        handle("view.fills", lambda: self._session.set_view(fills=not self._session.view.fills))
        handle("view.opacity_down", lambda: self.opacity(-0.15))
        handle("view.opacity_up", lambda: self.opacity(0.15))
        handle("view.line_width", self.line_width)
        handle("view.canvas_only", window.toggle_canvas_only)
        handle("view.side_panel", window.toggle_side)
        handle("view.filmstrip", window.toggle_filmstrip)
        handle("app.full_screen", self.full_screen)
        handle("app.quit", window.close)
        handle("app.menu", self.menu)
        handle("pane.next", lambda: self.pane(1))
        handle("pane.previous", lambda: self.pane(-1))
        handle("canvas.press", canvas.press_at_cross, needs_image)
        handle("edit.escape", self.escape)
        handle("edit.enter", canvas.close_shape)
        handle("edit.backspace", canvas.take_back_point)
        places: tuple[Place, ...] = ("correct", "inspect", "models")
        for place in places:
            handle(f"place.{place}", partial(self.go, place), partial(no_project, services.session))
        for tool in TOOLS.keys() - {"pan"}:
            handle(f"tool.{tool}", partial(self._session.set_tool, tool))
        handle("brush.smaller", lambda: self.radius(1 / 1.2))
        handle("brush.larger", lambda: self.radius(1.2))

    def go(self, place: Place) -> None:
        """Change the place; image, zoom and selection stay."""
        self._session.set_place(place)

    def radius(self, factor: float) -> None:
        """A step of at least half a pixel, so that small brushes do not stick."""
        radius = brush_size.shown_radius(self._session)
        wanted = radius * factor
        step = 0.5 if factor > 1 else -0.5
        wanted = wanted if abs(wanted - radius) >= 0.5 else radius + step
        brush_size.set_shown_radius(self._session, wanted)

    def opacity(self, by: float) -> None:
        """Make fills stronger or fainter."""
        self._session.set_view(opacity=min(2.0, max(0.0, self._session.view.opacity + by)))

    def line_width(self) -> None:
        """The next of four outline widths."""
        at = self._session.view.line_width
        index = LINE_WIDTHS.index(at) if at in LINE_WIDTHS else -1
        self._session.set_view(line_width=LINE_WIDTHS[(index + 1) % len(LINE_WIDTHS)])

    def zoom_object(self) -> None:
        """Zoom to the selection; again, or without one, fit."""
        boxes = [each.mask.box for each in self._session.selected()]
        if not boxes or self._zoomed_object:
            self._zoomed_object = False
            self._window.canvas.fit()
            return
        self._zoomed_object = True
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        self._window.canvas.zoom_to((min(lefts), min(tops), max(rights), max(bottoms)))

    def escape(self) -> None:
        """One step back: stroke, points, sheet, selection, tool; at last the canvas."""
        window, session = self._window, self._session
        if window.canvas.cancel_gesture():
            return
        if window.sheet is not None:
            window.close_sheet()
        elif window.side.fold_overlay() or self._focus_is_elsewhere():
            window.canvas.setFocus()
        elif session.force_new:
            session.set_force_new(False)
        elif session.selection:
            session.set_selection(())

    def _focus_is_elsewhere(self) -> bool:
        elsewhere = QApplication.focusWidget() not in (self._window.canvas, None)
        return elsewhere and self._session.place == "correct"

    def pane(self, by: int) -> None:
        """Give the focus to the next part of the window."""
        panes = self._window.panes()
        focus = QApplication.focusWidget()
        at = next(
            (
                i
                for i, pane in enumerate(panes)
                if focus and (pane is focus or pane.isAncestorOf(focus))
            ),
            -1 if by > 0 else 0,
        )
        for step in range(1, len(panes) + 1):
            pane = panes[(at + by * step) % len(panes)]
            reason = Qt.FocusReason.TabFocusReason if by > 0 else Qt.FocusReason.BacktabFocusReason
            pane.setFocus(reason)
            now = QApplication.focusWidget()
            if now is not None and (now is pane or pane.isAncestorOf(now)):
                return

    def menu(self) -> None:
        """Open the menu under the top bar's first button."""
        bar = self._window.top_bar
        self._window.menu.popup(bar.mapToGlobal(QPoint(0, bar.height())))

    def full_screen(self) -> None:
        """Fill the screen, or give it back."""
        state = self._window.windowState()
        self._window.setWindowState(state ^ Qt.WindowState.WindowFullScreen)
