"""The left column of Inspect: measured images, the worst first."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.places import painting
from app.places.evaluation import Evaluation, ImageScore
from app.places.figures import counted, share
from app.places.rows import ROW, GroundDelegate, Index, RowsModel
from app.services import Services
from app.theme.paint import LEFT, draw_bar, draw_text
from app.theme.theme import theme
from app.theme.widgets import Button, Hairline, KeyCap, PrimaryButton, SectionHeader, Surface

LOW = 0.60
"""Mean IoU below which a bar is drawn as a warning."""


class QueueModel(RowsModel):
    """Images of an evaluation in its order, some of them left out by a filter."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.evaluation: Evaluation | None = None

    def show(self, evaluation: Evaluation | None, pair: tuple[int, int] | None) -> None:
        """Take an evaluation; a pair keeps only images that show that confusion."""
        self.evaluation = evaluation
        images = evaluation.images if evaluation else ()
        self.put(
            each
            for each in images
            if pair is None or any(error[:2] == pair for error in each.errors)
        )

    def words(self, row: ImageScore) -> str:
        """What went wrong in an image."""
        return self.evaluation.words_of(row) if self.evaluation else ""

    def tip(self, row: ImageScore) -> str:
        """See RowsModel."""
        return "\n".join(filter(None, (row.name, self.words(row))))

    def spoken(self, row: ImageScore, place: str) -> str:
        """See RowsModel."""
        said = (row.name, place, f"IoU {share(row.miou)}", self.words(row))
        return ", ".join(filter(None, said))

    def find(self, image_id: int) -> QModelIndex:
        """The place of an image."""
        for position, row in enumerate(self.rows):
            if row.id == image_id:
                return self.index(position)
        return QModelIndex()


class _Delegate(GroundDelegate):
    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme().px(78))

    def paint_row(self, painter: QPainter, area: QRectF, index: Index, chosen: bool) -> None:
        look, model = theme(), index.model()
        assert isinstance(model, QueueModel)
        row: ImageScore = index.data(ROW)
        width, height = look.px(88), look.px(62)
        thumb = QRectF(area.left() + 14, area.center().y() - height / 2, width, height)
        picture = self._services.thumbnails.get(row.id)
        painting.thumbnail(painter, thumb, picture, look.color("surface.hover"))
        line = look.px(20)
        words = QRectF(thumb.right() + 12, thumb.top(), 0, line)
        words.setRight(area.right() - 14)
        font = look.font("body", "semibold" if chosen else "regular")
        middle = Qt.TextElideMode.ElideMiddle
        draw_text(painter, words, row.name, font, look.color("text.primary"), LEFT, middle)
        second = look.color("text.secondary")
        draw_text(painter, words.translated(0, line), model.words(row), look.font("small"), second)
        self._bar(painter, QRectF(words.left(), thumb.bottom() - line, words.width(), line), row)

    @staticmethod
    def _bar(painter: QPainter, area: QRectF, row: ImageScore) -> None:
        look = theme()
        value = row.miou or 0.0
        track = QRectF(area.left(), area.center().y() - 2, look.px(68), 4)
        role = "state.warning" if value < LOW else "accent.base"
        draw_bar(painter, track, value, look.color(role), look.color("surface.pressed"))
        area.setLeft(track.right() + 8)
        draw_text(painter, area, share(row.miou), look.font("small"), look.color("text.primary"))


class QueueList(QListView):
    """The list itself: letters are the window's keys, never type-ahead."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See QListView."""
        if event.text().strip() and not event.modifiers():
            event.ignore()
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """See QAbstractItemView; left out."""


class InspectQueue(Surface):
    """Heading, list, and a foot with the way to Correct."""

    chosen = Signal(int)  # image id
    fix_asked = Signal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "r", parent)
        self._services = services
        self._pair: tuple[int, int] | None = None
        self.setFixedWidth(theme().size("queuePanel"))
        self._heading = SectionHeader("Worst first")
        self._all = Button("Show all", "x", kind="quiet")
        self._all.clicked.connect(lambda: self.show_only(None))
        self._all.hide()
        self.model = QueueModel(self)
        self.list = QueueList()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Delegate(services, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setAccessibleName("Measured images, worst first")
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.selectionModel().currentChanged.connect(self._on_current)
        actions = services.actions
        self._fix = PrimaryButton("Fix it")
        self._fix.clicked.connect(self.fix_asked)
        foot = QHBoxLayout()
        foot.setContentsMargins(14, 10, 12, 12)
        foot.setSpacing(6)
        self._caps = {name: KeyCap("") for name in ("image.previous", "image.next")}
        for cap in self._caps.values():
            foot.addWidget(cap)
        foot.addStretch(1)
        foot.addWidget(self._fix)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 1, 0)
        column.setSpacing(0)
        column.addWidget(self._heading)
        column.addWidget(self._all)
        column.addWidget(self.list, 1)
        column.addWidget(Hairline())
        column.addLayout(foot)
        services.thumbnails.ready.connect(self._on_thumbnail)
        actions.keys_changed.connect(self._show_keys)
        self._show_keys()

    def _show_keys(self) -> None:
        actions = self._services.actions
        self._fix.set_key(actions.key_text("inspect.fix"))
        for name, cap in self._caps.items():
            cap.set_key(actions.key_text(name))

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Show other images."""
        self._pair = None
        self._fill(evaluation)

    def show_only(self, pair: tuple[int, int] | None) -> None:
        """Only images where the first class is called the second; None shows all."""
        self._pair = pair
        self._fill(self.model.evaluation)
        if pair is not None and self.model.rows:
            self.list.setCurrentIndex(self.model.index(0))

    def _fill(self, evaluation: Evaluation | None) -> None:
        current = self.list.currentIndex().data(ROW)
        self.model.show(evaluation, self._pair)
        self._all.setVisible(self._pair is not None)
        kind = "held-back image" if evaluation and evaluation.held_out else "image"
        self._heading.set_count(counted(len(self.model.rows), kind))
        if isinstance(current, ImageScore):
            self.show_image(current.id)

    def show_image(self, image_id: int) -> None:
        """Mark the open image without asking for it again."""
        index = self.model.find(image_id)
        selection = self.list.selectionModel()
        blocked = selection.blockSignals(True)
        self.list.setCurrentIndex(index)
        selection.blockSignals(blocked)
        self.list.viewport().update()
        if index.isValid():
            self.list.scrollTo(index)

    def step(self, by: int) -> bool:
        """Choose the image ``by`` places further; False at the end."""
        current = self.list.currentIndex()
        row = (current.row() if current.isValid() else -1 if by > 0 else 0) + by
        if not 0 <= row < len(self.model.rows):
            return False
        self.list.setCurrentIndex(self.model.index(row))
        return True

    def _on_current(self, index: QModelIndex) -> None:
        row = index.data(ROW)
        if isinstance(row, ImageScore):
            self.chosen.emit(row.id)

    def _on_thumbnail(self, image_id: int) -> None:
        index = self.model.find(image_id)
        if index.isValid():
            self.list.update(index)
