"""Champion against challenger: one row per class, with the change as a bar and a word."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QListView,
    QSizePolicy,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.places.comparison import ClassRow, Comparison, summary
from app.places.figures import change, counted, large, share, short_names
from app.places.rows import ROW, GroundDelegate, Index, RowsModel
from app.theme.icons import paint_icon
from app.theme.paint import CENTER, LEFT, RIGHT, draw_text, rounded
from app.theme.swatch import draw_swatch
from app.theme.theme import theme
from app.theme.widgets import Card, Hairline, SectionHeader
from engine.document.taxonomy import Taxonomy

_TRENDS = {
    "better": ("trend-up", "state.ok"),
    "same": ("minus", "text.secondary"),
    "worse": ("trend-down", "state.error"),
    "unknown": ("minus", "text.secondary"),
}
_SHORT = 11  # letters of a model's name that fit above its column
_LEAST_SCALE = 0.10  # IoU; smaller changes than this never fill the bar


def columns(width: float) -> dict[str, tuple[float, float]]:
    """Left and width of each column of the table, for a row that wide; narrow rows drop the bar."""
    px = theme().px
    wide = width >= px(620)
    right, found = width - px(14), {}
    for name, size in (
        ("word", px(78)),
        ("change", px(56)),
        ("bar", px(130) if wide else 0),
        ("after", px(96 if wide else 74)),
        ("before", px(96 if wide else 74)),
        ("pixels", px(70) if wide else 0),
    ):
        found[name] = (right - size, float(size))
        right -= size
    left = px(36)
    found["name"] = (left, max(px(40), right - left - px(10)))
    return found


class _Classes(RowsModel):
    def tip(self, row: ClassRow) -> str:
        return f"{row.name}: {counted(row.pixels, 'pixel')} in the held-back masks"

    def spoken(self, row: ClassRow, place: str) -> str:
        return (
            f"{row.name}, {share(row.before)} before, {share(row.after)} after, "
            f"change {change(row.change)}, {row.trend}"
        )


class _Delegate(GroundDelegate):
    by_focus = True

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.scale = _LEAST_SCALE
        self.taxonomy = Taxonomy()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme().px(33))

    def paint_row(self, painter: QPainter, area: QRectF, index: Index, chosen: bool) -> None:
        look, places = theme(), columns(area.width())
        row: ClassRow = index.data(ROW)

        def cell(name: str) -> QRectF:
            left, width = places[name]
            return QRectF(area.left() + left, area.top(), width, area.height())

        side = look.px(14)
        swatch = QRectF(area.left() + look.px(14), area.center().y() - side / 2, side, side)
        found = self.taxonomy.by_name(row.name)
        if row.class_id is not None and row.class_id in self.taxonomy:
            found = self.taxonomy.get(row.class_id)
        if found is not None:
            style = look.class_style(found)
            draw_swatch(painter, swatch, style.color, style.hatch)
        first, second = look.color("text.primary"), look.color("text.secondary")
        normal = look.font()
        draw_text(painter, cell("name"), row.name, normal, first)
        if places["pixels"][1]:
            draw_text(painter, cell("pixels"), large(row.pixels), normal, second, RIGHT)
        draw_text(painter, cell("before"), share(row.before), normal, second, RIGHT)
        strong = look.font("body", "semibold")
        draw_text(painter, cell("after"), share(row.after), strong, first, RIGHT)
        icon, role = _TRENDS[row.trend]
        color = look.color(role)
        draw_text(painter, cell("change"), change(row.change), look.font("body"), color, RIGHT)
        word, mark = cell("word"), look.px(15)
        place = QRectF(word.left() + look.px(14), word.center().y() - mark / 2, mark, mark)
        paint_icon(painter, place, icon, color)
        word.setLeft(place.right() + 6)
        text = "" if row.trend == "unknown" else row.trend
        draw_text(painter, word, text, look.font("small"), color, LEFT)
        if places["bar"][1]:
            self._bar(painter, cell("bar"), row)

    def _bar(self, painter: QPainter, area: QRectF, row: ClassRow) -> None:
        look = theme()
        middle, half = area.center().x(), area.width() / 2 - 14
        painter.fillRect(
            QRectF(round(middle), area.center().y() - 8, 1, 16), look.color("border.control")
        )
        value = row.change
        if not value:
            return
        length = max(3.0, min(1.0, abs(value) / self.scale) * half)
        left = middle + 1 if value > 0 else middle - length
        role = "border.control" if row.trend == "same" else _TRENDS[row.trend][1]
        rounded(painter, QRectF(left, area.center().y() - 4, length, 8), 2, look.color(role))


class _Rows(QListView):
    """As high as its rows; the place around it scrolls, not the table."""

    def sizeHint(self) -> QSize:
        return QSize(300, self.model().rowCount() * theme().px(33) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().strip() and not event.modifiers():
            event.ignore()  # letters are the window's keys, not type-ahead
            return
        super().keyPressEvent(event)


class _Header(QWidget):
    """The names of the columns, laid out as the rows are."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.names = {"name": "Class", "pixels": "Pixels", "bar": "Change in IoU"}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(300, theme().px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        places = columns(self.width())
        font, color = look.font("small"), look.color("text.secondary")
        for key, words in self.names.items():
            left, width = places[key]
            if not width:
                continue
            area = QRectF(left, 0, width, self.height())
            align = RIGHT if key in ("before", "after", "pixels") else LEFT
            align = CENTER if key == "bar" else align
            elide = Qt.TextElideMode.ElideMiddle
            if key in ("before", "after"):
                area.setLeft(area.left() + 8)
            draw_text(painter, area, words, font, color, align, elide)


class ChampionTable(Card):
    """Per class: how much the held-back masks hold, IoU before and after, and the change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._heading = SectionHeader("")
        self._header = _Header(self)
        self._model = _Classes(self)
        self._delegate = _Delegate(self)
        self._list = _Rows()
        self._list.setModel(self._model)
        self._list.setItemDelegate(self._delegate)
        self._list.setSelectionMode(QListView.SelectionMode.NoSelection)
        self._list.setMouseTracking(True)
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 6)
        column.setSpacing(0)
        column.addWidget(self._heading)
        column.addWidget(Hairline())
        column.addWidget(self._header)
        column.addWidget(self._list)
        theme().changed.connect(self._list.updateGeometry)

    def show_comparison(
        self, comparison: Comparison, taxonomy: Taxonomy, new: str, old: str
    ) -> None:
        """Show a comparison; classes that changed most come first."""
        rows = sorted(comparison.classes, key=lambda row: row.change or 0.0, reverse=True)
        changes = [abs(row.change) for row in rows if row.change is not None]
        self._delegate.scale = max([_LEAST_SCALE, *changes])
        self._delegate.taxonomy = taxonomy
        held = counted(len(comparison.images), "held-back image")
        self._heading.set_title(f"{old} against {new}, {held}" if old else f"{new}, {held}")
        before, after = share(comparison.before), share(comparison.after)
        self._heading.set_count(f"mean IoU {before} → {after}" if old else f"mean IoU {after}")
        first, second = short_names(old, new)
        self._header.names["before"] = first if 0 < len(first) <= _SHORT else "before"
        self._header.names["after"] = second if len(second) <= _SHORT else "after"
        self._header.update()
        self._list.setAccessibleName(summary(comparison, new))
        self._model.put(rows)
        self._list.updateGeometry()
