"""The window: puts the parts in their places, and nothing more."""

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.canvas.widget import Canvas
from app.canvas_holder import CanvasHolder
from app.menus import main_menu
from app.panels.banners import Banners
from app.panels.filmstrip import Filmstrip
from app.panels.limits_bar import LimitsBar
from app.panels.option_strip import OptionStrip
from app.panels.side_panel import SidePanel
from app.panels.status_bar import StatusBar
from app.panels.tool_rail import ToolRail
from app.panels.top_bar import TopBar
from app.places.first_page import FirstPage
from app.services import Services
from app.side_dock import SideDock
from app.theme.paint import one_line
from app.theme.theme import theme

WIDE, MEDIUM, LOW = 1400, 1100, 620  # SCREEN.md §3, logical pixels
PANEL, PANEL_MEDIUM = 340, 272


class Window(QWidget):
    """Top bar, one of four places, status bar; a sheet in place of the side panel."""

    dropped = Signal(list)  # paths
    closing = Signal()

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.setObjectName("window")
        self.setWindowTitle("Maskwright")
        self.setMinimumSize(800, 500)
        self.setAcceptDrops(True)
        services.actions.bind_keys(self)
        self.canvas = Canvas(services)
        self.top_bar = TopBar(services)
        self.tool_rail = ToolRail(services)
        self.option_strip = OptionStrip(services)
        self.limits_bar = LimitsBar(services)
        self.banners = Banners(services)
        self.side_panel = SidePanel(services)
        self.filmstrip = Filmstrip(services)
        self.status_bar = StatusBar(services)
        self.holder = CanvasHolder(self.canvas, services)
        self.first_page = FirstPage(services)
        self.menu = main_menu(services.actions, services.settings, self)
        self.intents: list[object] = []  # what the actions call; see app.intents
        self.may_close: Callable[[], bool] = lambda: True  # asked before the window closes
        self._places: dict[str, QWidget] = {}
        self._strip_folded = False
        self._alone = False  # only the canvas is wanted
        self._width_class = ""
        self._build()
        session = services.session
        session.place_changed.connect(self._show_place)
        session.project_changed.connect(self._title)
        session.image_changed.connect(self._title)
        self.canvas.pointer_changed.connect(self.status_bar.set_pointer)
        self.canvas.scale_changed.connect(self.status_bar.set_scale)
        self.canvas.drawing_changed.connect(services.actions.set_drawing)
        theme().changed.connect(self._fold)
        services.actions.keys_changed.connect(self._show_keys)
        self._show_keys()
        self._show_place()

    # -- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        centre = QWidget()
        column = _column(centre)
        column.addWidget(self.option_strip)
        column.addWidget(self.limits_bar)
        column.addWidget(self.banners)
        column.addWidget(self.holder, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(centre)
        above = QWidget()
        self.side = SideDock(self.side_panel, above)
        self.side.laid.connect(self._fit_side)
        self.side.covered.connect(self._on_covered)
        self.splitter.splitterMoved.connect(self._on_dragged)
        self.splitter.addWidget(self.side)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setCollapsible(0, False)
        self.splitter.setCollapsible(1, False)
        self.splitter.setHandleWidth(1)
        row = self._row = QHBoxLayout(above)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.tool_rail)
        row.addWidget(self.splitter, 1)
        self.correct = QWidget()
        column = _column(self.correct)
        column.addWidget(above, 1)
        column.addWidget(self.filmstrip)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.first_page)
        self.pages.addWidget(self.correct)
        self._places = {"start": self.first_page, "correct": self.correct}
        column = _column(self)
        column.addWidget(self.top_bar)
        column.addWidget(self.pages, 1)
        column.addWidget(self.status_bar)

    def _place(self, name: str) -> QWidget:
        """The page of a place; Inspect and Models are made when first visited."""
        page = self._places.get(name)
        if page is None:
            if name == "inspect":
                from app.places.inspect import InspectPlace

                page = InspectPlace(self.services)
            else:
                from app.places.models import ModelsPlace

                page = ModelsPlace(self.services)
            self._places[name] = page
            self.pages.addWidget(page)
        return page

    def step_queue(self, by: int) -> bool:
        """Let Inspect walk its own queue; answers whether it did."""
        page = self._places.get("inspect")
        if self.services.session.place != "inspect" or page is None:
            return False
        page.step(by)  # type: ignore[attr-defined]
        return True

    def set_pen_hand(self, hand: str) -> None:
        """Put the panel away from the hand that paints: a "left" one has it at the left."""
        mirrored = hand == "left"
        direction = QHBoxLayout.Direction
        self._row.setDirection(direction.RightToLeft if mirrored else direction.LeftToRight)
        self.splitter.insertWidget(0 if mirrored else 1, self.side)
        self._fit_side()

    def leave(self) -> None:
        """Let the places end what they run; call once, before the program ends."""
        page = self._places.get("inspect")
        if page is not None:
            page.close_place()  # type: ignore[attr-defined]

    def rehearse(self) -> None:
        """Lay out and draw Correct unseen: its fonts, icons and sizes are then known."""
        self.correct.resize(self.pages.size())
        self.correct.grab()

    def _show_place(self) -> None:
        place = self.services.session.place
        if place != "correct":
            self.close_sheet()
        self.pages.setCurrentWidget(self._place(place))
        if place == "correct":
            self.canvas.setFocus()
        else:  # else Qt gives it to the first button of the window
            self._place(place).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_keys(self) -> None:
        self.side.rail.set_key(self.services.actions.key_text("view.side_panel"))

    def _title(self) -> None:
        session = self.services.session
        if session.project is None:
            self.setWindowTitle("Maskwright")
            return
        words = [session.project.name]
        if session.image is not None:
            words.insert(0, session.image.file_name)
        if session.project.read_only:
            words.append("read-only")
        self.setWindowTitle(one_line(" — ".join([*words, "Maskwright"])))

    # -- sheets and panels -------------------------------------------------------------------

    @property
    def sheet(self) -> QWidget | None:
        """The sheet that stands in the side panel's place, if any."""
        return self.side.sheet

    def show_sheet(self, sheet: QWidget) -> None:
        """Put a sheet (with a signal ``closed``) in the place of the side panel."""
        self.close_sheet()
        self.services.session.set_place("correct")
        self.side.show_sheet(sheet)
        sheet.closed.connect(self.close_sheet)  # type: ignore[attr-defined]
        sheet.setFocus()

    def close_sheet(self) -> None:
        """Take the sheet away; back to the canvas, or where no project is open the first page."""
        sheet, session = self.side.take_sheet(), self.services.session
        if sheet is not None:
            sheet.deleteLater()
            self.canvas.setFocus()
            if session.project is None and session.place == "correct":
                session.set_place("start")

    def toggle_side(self) -> None:
        """Fold or unfold the side panel; where it lies over the canvas it takes the focus."""
        self.side.toggle()
        if not self.side.is_open:
            self.canvas.setFocus()
        elif self._width_class == "narrow":
            self.side_panel.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_panel(self) -> None:
        """Let the side panel be seen, whatever is folded or stands in its place.

        What is asked of it takes the focus, and keys must never go to what nobody sees.
        """
        self.services.session.set_place("correct")
        self.leave_canvas_only()
        self.close_sheet()
        if not self.side.is_open:
            self.side.toggle()

    def toggle_filmstrip(self) -> None:
        """Fold or unfold the filmstrip; kept for the next start."""
        self._strip_folded = not self.filmstrip.is_folded
        self.services.settings.set(f"strip_folded_{self._width_class}", self._strip_folded)
        self._fold()

    def toggle_canvas_only(self) -> None:
        """Fold everything but the canvas, or bring it back."""
        self._alone = not self._alone
        for part in (self.tool_rail, self.option_strip):
            part.setVisible(not self._alone)
        self._fold()
        self.side.set_away(self._alone)
        self.canvas.setFocus()

    def leave_canvas_only(self) -> None:
        """Bring back what stands around the canvas, if it was folded."""
        if self._alone:
            self.toggle_canvas_only()

    def _fold(self) -> None:
        """Panel width and folds by the window's size in units of the text (SCREEN.md §3)."""
        width, height = self.width() / theme().scale, self.height() / theme().scale
        narrow, medium = width < MEDIUM, width < WIDE
        width_class = "narrow" if narrow else "medium" if medium else "wide"
        if width_class != self._width_class:
            self._width_class = width_class
            self._strip_folded = self.services.settings.value(f"strip_folded_{width_class}", medium)
            self.side.set_narrow(narrow)
            self._fit_side()
        self.filmstrip.setVisible(height >= LOW and not self._alone)
        self.filmstrip.set_folded(self._strip_folded)

    def _fit_side(self) -> None:
        usual = PANEL if self._width_class == "wide" else PANEL_MEDIUM
        wanted = theme().px(self.services.settings.value(f"panel_{self._width_class}", usual))
        if self._width_class == "narrow":  # only the rail stands beside the canvas
            side = self.side.minimumWidth()
        else:
            side = self.side.sheet_width() if self.side.sheet is not None else wanted
        rest = max(1, self.splitter.width() - side)
        first = self.splitter.indexOf(self.side) == 0
        self.splitter.setSizes([side, rest] if first else [rest, side])
        self.side.place_overlay()

    def _on_covered(self, area: QRect) -> None:
        """A sheet lies over the canvas, or no more: what is brought into view is beside it."""
        corner = self.holder.mapTo(self.side.over, QPoint(0, 0))
        self.holder.set_covered(area.translated(-corner) & self.holder.rect())

    def _on_dragged(self) -> None:
        """The edge of the panel was dragged: its width is kept, for each class of widths."""
        if self._width_class != "narrow" and self.side.sheet is None and self.side.is_open:
            width = round(self.side.width() / theme().scale)
            self.services.settings.set(f"panel_{self._width_class}", width)

    def panes(self) -> list[QWidget]:
        """The parts F6 goes through, those that are shown."""
        if self.services.session.place != "correct":
            return [self.top_bar, self._place(self.services.session.place), self.status_bar]
        parts: list[QWidget] = [
            self.top_bar,
            self.tool_rail,
            self.option_strip,
            self.limits_bar,
            self.banners,
            self.canvas,
            self.side.sheet or self.side_panel,
            self.filmstrip,
            self.status_bar,
        ]
        return [part for part in parts if part.isVisible()]

    # -- events ------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        self._fold()
        self.side.place_overlay()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files can be dropped anywhere on the window."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """See dragEnterEvent."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The composition root does the leaving; it may ask the user once."""
        if self.may_close():
            self.closing.emit()
            event.accept()
        else:
            event.ignore()

    def save_layout(self) -> QByteArray:
        """Size and place, for the next start."""
        return self.saveGeometry()


def _column(parent: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column
