"""IoU per class: a bar, a mark where the model before was, the figure and its change."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListView,
    QSizePolicy,
    QStyleOptionViewItem,
    QWidget,
)

from app.places.comparison import trend_of
from app.places.evaluation import ClassScore, Evaluation
from app.places.figures import change, large, share
from app.places.inspect_queue import LOW
from app.places.rows import ROW, GroundDelegate, Index, RowsModel
from app.theme.paint import RIGHT, draw_bar, draw_text
from app.theme.swatch import draw_swatch
from app.theme.theme import theme
from engine.document.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class IouRow:
    """A class with its figure before, where there is one to compare with."""

    score: ClassScore
    before: float | None

    @property
    def change(self) -> float | None:
        """IoU now minus IoU before."""
        if self.before is None or self.score.iou is None:
            return None
        return self.score.iou - self.before


def iou_rows(this: Evaluation, before: Evaluation | None) -> list[IouRow]:
    """Rows for all classes but the background, the worst first; classes not seen last."""
    known = {each.name: each.iou for each in before.classes} if before else {}
    rows = [IouRow(each, known.get(each.name)) for each in this.classes if each.id != 1]
    return sorted(rows, key=lambda row: (row.score.iou is None, row.score.iou or 0.0))


class _Rows(RowsModel):
    def name(self, row: IouRow) -> str:
        return row.score.name

    def tip(self, row: IouRow) -> str:
        return f"{row.score.name}\nIoU {share(row.score.iou)}, Dice {share(row.score.dice)}"

    def spoken(self, row: IouRow, place: str) -> str:
        words = f"{row.score.name}, IoU {share(row.score.iou)}, {row.score.pixels:,} pixels"
        return words if row.change is None else f"{words}, change {change(row.change)}"


class _Delegate(GroundDelegate):
    by_focus = True

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.taxonomy = Taxonomy()
        self.compared = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme().target(29))

    def paint_row(self, painter: QPainter, area: QRectF, index: Index, chosen: bool) -> None:
        look = theme()
        row: IouRow = index.data(ROW)
        places = columns(area.width(), self.compared)
        side = look.px(14)
        found = self.taxonomy.get(row.score.id)
        if found is not None:
            swatch = QRectF(area.left() + 16, area.center().y() - side / 2, side, side)
            style = look.class_style(found)
            draw_swatch(painter, swatch, style.color, style.hatch)

        def cell(name: str) -> QRectF:
            left, width = places[name]
            return QRectF(area.left() + left, area.top(), width, area.height())

        name = look.font("body", "semibold" if chosen else "regular")
        draw_text(painter, cell("name"), row.score.name, name, look.color("text.primary"))
        self._bar(painter, cell("bar"), row)
        strong = look.font("body", "semibold")
        draw_text(
            painter, cell("iou"), share(row.score.iou), strong, look.color("text.primary"), RIGHT
        )
        second = look.color("text.secondary")
        if self.compared:
            roles = {"better": "state.ok", "worse": "state.error"}
            role = roles.get(trend_of(row.change), "text.secondary")
            words = change(row.change)
            draw_text(painter, cell("change"), words, look.font("small"), look.color(role), RIGHT)
        draw_text(
            painter, cell("pixels"), large(row.score.pixels), look.font("small"), second, RIGHT
        )

    @staticmethod
    def _bar(painter: QPainter, area: QRectF, row: IouRow) -> None:
        look = theme()
        value = row.score.iou or 0.0
        track = QRectF(area.left(), area.center().y() - 3, area.width(), 6)
        role = "state.warning" if value < LOW else "accent.base"
        draw_bar(painter, track, value, look.color(role), look.color("surface.pressed"))
        if row.before is not None:
            x = track.left() + track.width() * row.before
            mark = QRectF(x - 1, track.top() - 3, 2, track.height() + 6)
            painter.fillRect(mark, look.color("text.primary"))


def columns(width: float, compared: bool) -> dict[str, tuple[float, float]]:
    """Left and width of each column of a row that wide."""
    px = theme().px
    right, found = width - px(14), {}
    for name, size in (
        ("pixels", px(52)),
        ("change", px(52) if compared else 0),
        ("iou", px(44)),
    ):
        found[name] = (right - size, float(size))
        right -= size
    left = px(40)
    bar = max(px(60), (right - left) * 0.46)
    found["bar"] = (right - bar + px(4), bar - px(10))
    found["name"] = (left, right - bar - left - px(6))
    return found


class IouList(QListView):
    """As high as its rows, up to what its panel lets it have."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._delegate = _Rows(self), _Delegate(self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setAccessibleName("IoU per class")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_evaluation(
        self, this: Evaluation, before: Evaluation | None, taxonomy: Taxonomy
    ) -> None:
        """Show the classes of an evaluation."""
        self._delegate.taxonomy, self._delegate.compared = taxonomy, before is not None
        self._model.put(iou_rows(this, before))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(300, self._model.rowCount() * theme().target(29) + 2)

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(200, theme().target(29) * min(4, max(1, self._model.rowCount())))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters are the window's keys."""
        if event.text().strip() and not event.modifiers():
            event.ignore()
            return
        super().keyPressEvent(event)
