"""The states of the pictures, in three themes and at 100 and 200 %: nothing is cut by accident."""

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QApplication, QHBoxLayout, QVBoxLayout, QWidget

from app.panels.banners import Banners
from app.panels.filmstrip import Filmstrip
from app.panels.option_strip import OptionStrip
from app.panels.proposals_card import ProposalsCard
from app.panels.side_panel import SidePanel
from app.panels.status_bar import StatusBar
from app.panels.tool_rail import ToolRail
from app.panels.top_bar import TopBar
from app.session import Banner
from app.theme.buttons import Button
from app.theme.chips import CapButton, Chip, MenuLabel
from app.theme.choices import CheckBox, SegmentedControl
from app.theme.labels import ElidedLabel
from app.theme.theme import theme

LONG = "a class whose name is exactly sixty letters long, no fewer "
# Words that are allowed to give way; everything else must be shown whole.
_GIVES_WAY = (MenuLabel,)


class Screen(QWidget):
    """The panels around an empty canvas, as the window lays them."""

    def __init__(self, services, width, height):
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.top_bar = TopBar(services)
        self.rail = ToolRail(services)
        self.strip = OptionStrip(services)
        self.canvas = QWidget()
        self.card = ProposalsCard(services, self.canvas)
        self.side = SidePanel(services)
        self.side.setFixedWidth(theme().px(340 if width >= 1400 else 272))
        self.side.setVisible(width >= 1100 * theme().scale)
        self.film = Filmstrip(services)
        self.film.set_folded(width < 1400 * theme().scale)
        self.film.setVisible(height >= 620 * theme().scale)
        self.status = StatusBar(services)
        middle = QVBoxLayout()
        middle.addWidget(self.strip)
        middle.addWidget(self.canvas, 1)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(middle, 1)
        row.addWidget(self.side)
        column.addWidget(self.top_bar)
        column.addLayout(row, 1)
        column.addWidget(self.film)
        column.addWidget(self.status)

    def lay_card(self):
        wanted = self.card.sizeHint()
        self.card.resize(min(wanted.width(), self.canvas.width() - 28), wanted.height())


@pytest.fixture
def scaled(qapp):
    yield lambda scale: theme().set_scale(qapp, scale)
    theme().set_scale(qapp, 1.0)


def cut(screen):
    """Controls whose words do not fit the room they have, and parts that stick out."""
    found = []
    for widget in screen.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not screen:
            continue
        inside = widget.mapTo(screen, widget.rect().topLeft())
        corner = widget.mapTo(screen, widget.rect().bottomRight())
        if isinstance(widget, QAbstractButton | SegmentedControl | ElidedLabel):
            within = screen.rect().contains(inside) and screen.rect().contains(corner)
            if not within:
                found.append((type(widget).__name__, "outside", widget.accessibleName()))
        if isinstance(widget, Button | Chip | CheckBox | SegmentedControl | CapButton):
            if isinstance(widget, _GIVES_WAY):
                continue
            if widget.width() < widget.sizeHint().width() - 1:
                found.append((type(widget).__name__, "narrow", widget.accessibleName()))
        if isinstance(widget, ElidedLabel) and widget.text():
            font = theme().font(widget._size, widget._weight)
            if widget.height() < QFontMetrics(font).height():
                found.append(("ElidedLabel", "low", widget.text()))
    return found


@pytest.mark.parametrize("name", ["dark", "light", "highContrast"])
@pytest.mark.parametrize(
    ("width", "height", "scale"), [(1600, 1000, 1.0), (1200, 800, 1.0), (1000, 700, 1.0),
                                   (800, 500, 1.0), (1600, 1000, 2.0)]
)  # fmt: skip
@pytest.mark.parametrize("state", ["brush", "proposals", "empty"])
def test_no_cut_words(bench, show, qapp, scaled, settle, name, width, height, scale, state):
    theme().apply(qapp, name)
    scaled(scale)
    bench.open(images=30, classes=[f"{LONG}{k}" for k in range(12)])
    bench.model(provider="CPU · 2 threads")
    if state != "empty":
        ids = bench.propose(*((k % 12, 60 + 30 * k, 100, 20, 0.3 + 0.05 * k) for k in range(12)))
        bench.accept(ids[:1])
        bench.session.set_selection([ids[1]])
    if state == "brush":
        bench.session.set_tool("brush")
    screen = show(Screen(bench.services, width, height), width, height)
    screen.lay_card()
    settle(lambda: state == "empty" or screen.side.objects.model.rowCount() >= 12)
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert (screen.width(), screen.height()) == (width, height), "the parts need more room"
    assert cut(screen) == []


def test_banner_texts_give_way_before_their_button(bench, show, settle):
    bench.open()
    banners = show(Banners(bench.services), 480, 10)
    bench.session.raise_banner(
        Banner("a", LONG * 4 + ". " + LONG * 4, "error", "Choose a folder", lambda: None)
    )
    [strip] = banners.strips
    banners.resize(480, 60)
    settle(lambda: strip.width() == banners.width() and strip.layout().geometry().width() > 0)
    for button in strip.findChildren(Button):
        assert button.width() >= button.sizeHint().width()
        assert strip.rect().contains(button.geometry())
