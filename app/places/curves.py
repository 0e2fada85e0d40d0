"""Live curves of a learning round, drawn with pyqtgraph in the theme's colours.

pyqtgraph is loaded when the first curve is shown, not when the window is (it costs 100 MB and a
tenth of a second). A chart says itself in one sentence to screen readers, and Enter turns it into a
table of its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.places.chart_numbers import Numbers
from app.places.scales import limits, ticks, whole_ticks
from app.places.series import Series, label_of, sentence, thinned
from app.theme.paint import text_width
from app.theme.theme import theme
from app.theme.widgets import Card, ElidedLabel


class Chart(Card):
    """A card with a title, what its horizontal axis counts, and curves with named ends."""

    def __init__(
        self,
        title: str,
        unit: str = "epochs",
        first: str = "step",
        parent: QWidget | None = None,
    ) -> None:
        """Make a chart.

        Args:
            title: of the card.
            unit: of the horizontal axis, in the plural.
            first: what must be over before there is a value.
            parent: see QWidget.
        """
        super().__init__(parent=parent)
        self._title, self._unit = title, unit
        self._series: tuple[Series, ...] = ()
        self._until = 1.0
        self._now: float | None = None
        self._plot: Any = None  # a PlotWidget, from the first curve on
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("ring", True)
        heading = QHBoxLayout()
        heading.addWidget(ElidedLabel(title, "body", "semibold"), 1)
        self._by = ElidedLabel(f"by {unit.removesuffix('s')}", "small", role="text.secondary")
        heading.addWidget(self._by)
        self._waiting = ElidedLabel(
            f"The first values come after the first {first}.",
            "small",
            role="text.secondary",
            align=Qt.AlignmentFlag.AlignCenter,
        )
        self._table = QTableView()
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 10, 6)
        column.setSpacing(4)
        column.addLayout(heading)
        column.addLayout(self._stack, 1)
        # Only now: a stacked layout shows its first widget at once, which without a parent would
        # be a window that takes the focus.
        self._stack.addWidget(self._waiting)
        self._set_up_table()
        theme().changed.connect(self._restyle)
        self.set_series(())

    def set_series(
        self, series: Sequence[Series], until: float = 1.0, now: float | None = None
    ) -> None:
        """Show curves.

        Args:
            series: from back to front.
            until: right end of the horizontal axis.
            now: where the round is, drawn as an upright dashed line; None for none.
        """
        shown = tuple(each for each in series if each.points or each.level is not None)
        self._series, self._until, self._now = shown, max(until, 1e-9), now
        self.setAccessibleName(sentence(self._title, self._series, self._unit))
        self.setAccessibleDescription("Enter shows the numbers as a table.")
        if any(each.points for each in self._series):
            self._draw()
        else:
            self._stack.setCurrentWidget(self._waiting)

    @property
    def summary(self) -> str:
        """The chart in one sentence."""
        return self.accessibleName()

    # -- table -------------------------------------------------------------------------------

    def _set_up_table(self) -> None:
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.setAccessibleName(f"{self._title} as numbers")
        self._stack.addWidget(self._table)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter turns the picture into a table and back."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or self._plot is None:
            super().keyPressEvent(event)
            return
        if self._stack.currentWidget() is self._table:
            self._stack.setCurrentWidget(self._plot)
        else:
            self._table.setModel(Numbers(self._series, self._unit, self._table))
            self._stack.setCurrentWidget(self._table)

    # -- picture -----------------------------------------------------------------------------

    def _draw(self) -> None:
        if self._plot is None:
            self._plot = _make_plot()
            self._stack.addWidget(self._plot)
            self._restyle()
        if self._stack.currentWidget() is not self._table:
            self._stack.setCurrentWidget(self._plot)
        self._fill()

    def _restyle(self) -> None:
        if self._plot is None:
            return
        look = theme()
        self._plot.setBackground(None)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setTextPen(look.color("text.secondary"))
            axis.setPen(look.color("border.hairline"))
            axis.setTickPen(look.color("border.hairline"))
            axis.setStyle(tickFont=look.font("key"), tickLength=0)
            axis.label.hide()
        self._fill()

    def _fill(self) -> None:
        import pyqtgraph

        look, plot = theme(), self._plot
        item = plot.getPlotItem()
        item.clear()
        values = [v for each in self._series for v in _values(each)]
        if not values:
            return  # another round is shown, which has no curve yet
        low, high = limits(values)
        item.setXRange(-self._until * 0.01, self._until + self._room(), padding=0)
        item.setYRange(low, high, padding=0.02)
        item.getAxis("left").setTicks([ticks(low, high)])
        item.getAxis("bottom").setTicks([whole_ticks(self._until)])
        grid = QColor(look.color("border.hairline"))
        if look.high_contrast:  # hairlines are white there; these carry no meaning
            grid.setAlphaF(0.35)
        for value, _ in ticks(low, high):
            item.addItem(pyqtgraph.PlotDataItem([0, self._until], [value, value], pen=grid))
        if self._now is not None:
            pen = pyqtgraph.mkPen(look.color("border.control"), width=1, dash=[3, 4])
            item.addItem(pyqtgraph.InfiniteLine(self._now, angle=90, pen=pen))
        for each in self._series:
            _add_curve(pyqtgraph, item, each, self._until)
        _add_names(pyqtgraph, item, self._series, self._until, self._now, (low, high))

    def _room(self) -> float:
        """How far the axis reaches beyond its end, so that the names there are not cut."""
        font = theme().font("small", "semibold")
        plot = max(120, self.width() - 80)
        room = 0.04
        for each in self._series:
            wide = (text_width(font, label_of(each)) + 24) / plot
            end = _end(each, self._until, self._now) / self._until  # 0..1
            room = max(room, (end + wide - 1) / max(0.2, 1 - wide))
        return self._until * room

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The names keep their size, so their share of the width changes."""
        super().resizeEvent(event)
        if self._plot is not None:
            self._fill()


def _make_plot() -> Any:
    import pyqtgraph

    pyqtgraph.setConfigOptions(antialias=True)
    plot = pyqtgraph.PlotWidget()
    plot.setMouseEnabled(x=False, y=False)
    plot.hideButtons()
    plot.setMenuEnabled(False)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    plot.setFrameShape(plot.Shape.NoFrame)
    return plot


def _add_curve(pyqtgraph: Any, item: Any, series: Series, until: float) -> None:
    color = theme().color(series.role)
    dash = {"solid": None, "dashed": [5, 3.5], "dotted": [1.4, 2]}[series.line]
    width = 1.2 if series.level is not None else 2
    pen = pyqtgraph.mkPen(color, width=width, dash=dash)
    if series.level is not None:
        item.addItem(pyqtgraph.PlotDataItem([0, until], [series.level, series.level], pen=pen))
        return
    points = thinned(series.points)
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    dots: dict[str, Any] = {}
    if (series.dots and len(points) <= 60) or len(points) == 1:
        dots = {"symbol": "o", "symbolSize": 6, "symbolBrush": color, "symbolPen": None}
    item.addItem(pyqtgraph.PlotDataItem(xs, ys, pen=pen, **dots))


def _add_names(
    pyqtgraph: Any,
    item: Any,
    series: Sequence[Series],
    until: float,
    now: float | None,
    span: tuple[float, float],
) -> None:
    """Each curve's name and last value at its end, moved apart where two would touch."""
    look = theme()
    gap = (span[1] - span[0]) * 0.10
    ends: dict[bool, float] = {}  # a level's name stands at the axis' end, a curve's at its own
    for each in sorted((s for s in series if s.last is not None), key=lambda s: s.last or 0.0):
        y, far = each.last or 0.0, _end(each, until, now) > until * 0.9
        y = max(y, ends[far] + gap) if far in ends else y
        ends[far] = y
        label = pyqtgraph.TextItem(label_of(each), color=look.color(each.role), anchor=(0, 0.5))
        strong = each.role == "accent.base"
        label.setFont(look.font("small", "semibold" if strong else "medium"))
        label.setPos(_end(each, until, now) + until * 0.02, y)
        item.addItem(label, ignoreBounds=True)


def _end(series: Series, until: float, now: float | None) -> float:
    """Where a name begins."""
    return until if series.level is not None else max(series.points[-1][0], now or 0.0)


def _values(series: Series) -> list[float]:
    return [series.level] if series.level is not None else [point[1] for point in series.points]
