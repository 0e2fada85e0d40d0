"""Images whose masks got worse in a round: both models' masks drawn on them, side by side.

The pictures are real predictions: the two models are asked about each image, one after the other,
and only while this column is on screen.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.places import error_map, overlay, painting
from app.places.ask_model import ask, mapping_of
from app.places.comparison import Comparison, ImageRow
from app.places.figures import change, counted, share, short_names
from app.services import Services
from app.theme.paint import LEFT, RIGHT, draw_text, rounded
from app.theme.theme import theme
from app.theme.widgets import EmptyState, SectionHeader, TextBlock
from engine.errors import EngineError
from engine.models.answer import Answer
from engine.models.catalog import Entry

SHOWN = 6
SIDE = 320  # pixels of the longest side of an overlay: twice what is shown


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two models: how it is called and where it is."""

    name: str
    entry: Entry | None


class WorseMasks(QWidget):
    """The column. A click on an image asks to open it."""

    open_asked = Signal(int)  # image id

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._pairs: list[_Pair] = []
        self._asking: deque[tuple[_Pair, int, Side]] = deque()
        self._busy = False
        self._round = 0
        self._heading = SectionHeader("Masks that got worse")
        self._empty = EmptyState("trend-up", "", "")
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        self._legend = TextBlock("White line: your mask. Colour: the model.")
        inside = QWidget()
        whole = QVBoxLayout(inside)
        whole.setContentsMargins(12, 4, 12, 12)
        whole.setSpacing(10)
        whole.addLayout(self._column)
        whole.addWidget(self._legend)
        whole.addWidget(self._empty)
        whole.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._heading)
        outer.addWidget(self._scroll, 1)
        self.show_nothing("No round to compare yet")
        services.thumbnails.ready.connect(self._on_thumbnail)

    # -- contents ----------------------------------------------------------------------------

    def show_nothing(self, title: str, text: str = "") -> None:
        """Say why there is nothing to see."""
        self._clear()
        self._heading.set_count("")
        self._legend.hide()
        self._empty.set_words(title, text)
        self._empty.show()

    def show_comparison(self, comparison: Comparison, old: Side, new: Side) -> None:
        """Show the images that lost most, worst first."""
        worst = comparison.worst(SHOWN)
        if not worst:
            held = counted(len(comparison.images), "held-back image")
            self.show_nothing("Nothing got worse", f"on {held}.")
            return
        self._clear()
        self._empty.hide()
        self._legend.show()
        self._heading.set_count(f"{comparison.got_worse} of {len(comparison.images):,}")
        for row in worst:
            pair = _Pair(self._services, row, old.name, new.name)
            pair.clicked.connect(self.open_asked)
            self._column.addWidget(pair)
            self._pairs.append(pair)
            for place, side in ((0, old), (1, new)):
                if side.entry is not None:
                    self._asking.append((pair, place, side))
        self._next()

    def _clear(self) -> None:
        self._round += 1
        self._asking.clear()
        self._busy = False
        for pair in self._pairs:
            self._column.removeWidget(pair)
            pair.hide()
            pair.deleteLater()
        self._pairs.clear()

    def _on_thumbnail(self, image_id: int) -> None:
        for pair in self._pairs:
            if pair.row.image_id == image_id:
                pair.update()

    def showEvent(self, event: object) -> None:
        """Go on asking when the column comes back into view."""
        self._next()

    # -- predictions -------------------------------------------------------------------------

    def _next(self) -> None:
        if self._busy or not self._asking or not self.isVisible():
            return
        pair, place, side = self._asking.popleft()
        image = self._services.session.row(pair.row.image_id)
        if image is None or side.entry is None:
            self._next()
            return
        self._busy = True
        entry, this = side.entry, self._round

        def done(answer: Answer | None, problem: str) -> None:
            if this != self._round:
                return  # another round is shown by now
            self._busy = False
            if answer is not None:
                self._draw(pair, place, answer, entry)
            else:
                pair.say(place, problem)
            self._next()

        ask(self._services, entry, image, done)

    def _draw(self, pair: _Pair, place: int, answer: Answer, entry: Entry) -> None:
        session = self._services.session
        if session.project is None:
            return
        try:
            document = session.project.load(pair.row.image_id)
        except EngineError as problem:
            pair.say(place, str(problem))
            return
        mapping = mapping_of(session, entry)
        masks = error_map.masks_by_class(answer, mapping)
        yours = error_map.truth_by_class(document)
        colors = {each.id: QColor(each.color) for each in session.taxonomy.classes}
        pair.show_picture(place, overlay.picture(masks, yours, document.size, colors, SIDE))


class _Pair(QWidget):
    """One image under both models, with the two figures."""

    clicked = Signal(int)

    def __init__(
        self, services: Services, row: ImageRow, old: str, new: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.row = row
        self._services, self._names = services, short_names(old, new)
        self._pictures: list[QImage | None] = [None, None]
        self._problems = ["", ""]
        image = services.session.row(row.image_id)
        self._file = image.file_name if image else f"image {row.image_id}"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("ring", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(f"{self._file}\nOpen in Inspect")
        self.setAccessibleName(
            f"{self._file}, mean IoU {share(row.before)} with {old}, {share(row.after)} with {new}"
        )

    def show_picture(self, place: int, picture: QImage) -> None:
        """Lay a model's masks over the image."""
        self._pictures[place] = picture
        self.update()

    def say(self, place: int, problem: str) -> None:
        """Why there are no masks."""
        self._problems[place] = problem
        self.setToolTip(f"{self._file}\n{problem}")
        self.update()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(240, theme().px(24 + 118 + 22))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See QWidget."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.row.image_id)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self.width()
        head = QRectF(0, 0, width, look.px(22))
        figure = look.px(60)
        draw_text(
            painter,
            head.adjusted(0, 0, -figure, 0),
            self._file,
            look.font("body", "medium"),
            look.color("text.primary"),
            LEFT,
            Qt.TextElideMode.ElideMiddle,
        )
        loss = change(self.row.change)
        strong = look.font("body", "semibold")
        draw_text(painter, head, loss, strong, look.color("state.error"), RIGHT)
        half = (width - 10) / 2
        values = (self.row.before, self.row.after)
        for place in (0, 1):
            area = QRectF(place * (half + 10), look.px(24), half, look.px(118))
            self._paint_one(painter, area, place)
            foot = QRectF(area.left(), area.bottom(), half, look.px(22))
            secondary = look.color("text.secondary")
            name = foot.adjusted(0, 0, -look.px(40), 0)
            draw_text(painter, name, self._names[place], look.font("small"), secondary)
            role = "text.primary" if place == 0 else "state.error"
            draw_text(painter, foot, share(values[place]), strong, look.color(role), RIGHT)

    def _paint_one(self, painter: QPainter, area: QRectF, place: int) -> None:
        look = theme()
        picture = self._services.thumbnails.get(self.row.image_id)
        painting.thumbnail(painter, area, picture, look.color("surface.hover"))
        over = self._pictures[place]
        if over is not None:
            painting.cover(painter, area, over)
        elif self._problems[place]:
            words = "could not be drawn"
            tag = QRectF(
                area.left() + 6, area.bottom() - look.px(24), area.width() - 12, look.px(20)
            )
            rounded(painter, tag, 4, look.color("surface.base"))
            color = look.color("text.primary")
            draw_text(painter, tag.adjusted(6, 0, -6, 0), words, look.font("small"), color)
