"""The images of the queue as a model, and how a frame is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QByteArray,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    QStringListModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from app.theme import paint
from app.theme.icons import paint_icon
from app.theme.theme import theme
from engine.document.document import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.services import Services
    from engine.store.project import ImageRow

GAP = 9  # between frames
_MIME = "application/x-maskwright-image"
Index = QModelIndex | QPersistentModelIndex


FILES = {
    "missing": ("link-break", "state.warning", "file is missing"),
    "changed": ("swap", "state.warning", "file has changed"),
    "resized": ("swap", "state.error", "file is a picture of another size"),
}
"""As ``frame_state``, by the state of an image's file."""


def frame_state(services: Services, row: ImageRow) -> tuple[str, str, str]:
    """Icon, colour token and words of an image's state; none for a plain one."""
    state = services.session.files.state(row.id)
    if state is not None:
        return FILES[state]
    if services.thumbnails.unreadable(row.id):
        return "warning", "state.warning", "unreadable"
    if row.status is Status.DONE:
        return "check", "state.ok", "done"
    limit = services.session.filter.accept_above
    if row.proposals and row.lowest_score is not None and row.lowest_score < limit:
        return "question", "state.warning", "doubtful"
    if row.proposals:
        return "circle-dashed", "accent.base", "proposals waiting"
    if row.status is Status.CORRECTED:
        return "pencil-simple", "text.secondary", "corrected"
    return "", "", "new"


def frame_size() -> tuple[int, int]:
    """Width and height of a frame."""
    width, height = theme().tokens.sizes["thumb"]
    return theme().px(width), theme().px(height)


class FrameModel(QStringListModel):
    """Image ids in the queue's order; rows are looked up when they are painted.

    It stands on Qt's list of strings (all empty) only because that one counts its rows itself: a
    list view asks for the count once for every row, and 100,000 answers from here take a second.
    """

    looks_new = Signal(QModelIndex)  # paint this frame again; its size is the same
    moved = Signal(list)  # ids in the order they were dragged into

    def __init__(self, services: Services, parent: Any = None) -> None:
        super().__init__(parent)
        self._services, self._session = services, services.session
        self.ids: list[int] = []
        self._place: dict[int, int] = {}
        self.by_hand = False
        services.session.files.changed.connect(self._on_files)

    def _on_files(self, changed: set[int]) -> None:
        for number in changed:
            self.repaint(number)

    def set_ids(self, ids: list[int]) -> None:
        """Show these images."""
        if ids == self.ids:
            return
        self.ids = ids
        self._place = {number: place for place, number in enumerate(ids)}
        self.setStringList([""] * len(ids))

    def index_of(self, image_id: int) -> QModelIndex:
        """The place of an image; an invalid index where it is not shown."""
        place = self._place.get(image_id)
        return QModelIndex() if place is None else self.index(place, 0)

    def repaint(self, image_id: int) -> None:
        """An image looks different now."""
        index = self.index_of(image_id)
        if index.isValid():
            self.looks_new.emit(index)

    def row(self, index: Index) -> ImageRow | None:
        """The image of a place."""
        return self._session.row(self.ids[index.row()]) if index.isValid() else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See QAbstractItemModel."""
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        row = self.row(index)
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.file_name
        state = frame_state(self._services, row)[2]
        place = f"image {index.row() + 1:,} of {len(self.ids):,}"
        score = f", lowest score {row.lowest_score:.2f}" if row.lowest_score is not None else ""
        joint = "\n" if role == Qt.ItemDataRole.ToolTipRole else ", "
        return f"{row.file_name}{joint}{place}, {state}{score}"

    def flags(self, index: Index) -> Qt.ItemFlag:
        """See QAbstractItemModel."""
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled if self.by_hand else flag.NoItemFlags
        drag = flag.ItemIsDragEnabled if self.by_hand else flag.NoItemFlags
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren | drag

    def supportedDropActions(self) -> Qt.DropAction:
        """See QAbstractItemModel."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        """See QAbstractItemModel."""
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """See QAbstractItemModel."""
        data = QMimeData()
        data.setData(_MIME, QByteArray(str(indexes[0].row()).encode()))
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Announce the order asked for."""
        if not data.hasFormat(_MIME):
            return False
        start = int(bytes(data.data(_MIME).data()).decode())
        target = row if row >= 0 else parent.row() if parent.isValid() else len(self.ids)
        ids = list(self.ids)
        moved = ids.pop(start)
        ids.insert(target - 1 if target > start else target, moved)
        if ids != self.ids:
            self.moved.emit(ids)
        return False


class FrameDelegate(QStyledItemDelegate):
    """A frame: the picture cut to fit, a state at the upper right, the lowest score below."""

    def __init__(self, services: Services, parent: Any = None) -> None:
        super().__init__(parent)
        self._services, self._session = services, services.session

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """See QStyledItemDelegate."""
        width, height = frame_size()
        return QSize(width + GAP, height + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """See QStyledItemDelegate."""
        model = index.model()
        assert isinstance(model, FrameModel)
        row = model.row(index)
        if row is None:
            return
        width, height = frame_size()
        middle = option.rect.center().y()
        frame = QRect(option.rect.left() + 4, middle - height // 2 + 1, width, height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_picture(painter, frame, row)
        self._paint_marks(painter, frame, row)
        self._paint_edge(painter, frame, row, option)
        painter.restore()

    def _paint_picture(self, painter: QPainter, frame: QRect, row: ImageRow) -> None:
        look = theme()
        path = QPainterPath()
        path.addRoundedRect(QRectF(frame), 4, 4)
        painter.fillPath(path, look.color("surface.raised"))
        pixmap = self._services.thumbnails.get(row.id)
        if pixmap is None or pixmap.isNull():
            return
        painter.save()
        painter.setClipPath(path)
        painter.drawPixmap(QRectF(frame), pixmap, _cover(pixmap, frame.size()))
        painter.restore()

    def _paint_marks(self, painter: QPainter, frame: QRect, row: ImageRow) -> None:
        look = theme()
        overlay = look.tokens.overlay
        ground = QColor(overlay["tagSurface"]["color"])
        ground.setAlphaF(overlay["tagSurface"]["alpha"])
        icon, role, _ = frame_state(self._services, row)
        if icon:
            side = look.px(17)
            spot = QRectF(frame.right() - side - 2, frame.top() + 3, side, side)
            paint.rounded(painter, spot, side / 2, ground)
            colors = load_dark(role)
            paint_icon(painter, spot.adjusted(2.5, 2.5, -2.5, -2.5), icon, colors)
        if row.lowest_score is not None and row.status is not Status.DONE:
            text, font = f"{row.lowest_score:.2f}", look.font("key", "semibold")
            width = paint.text_width(font, text) + look.px(10)
            tag = QRectF(frame.left() + 3, frame.bottom() - look.px(18), width, look.px(16))
            paint.rounded(painter, tag, 4, ground)
            paint.draw_text(painter, tag, text, font, QColor(overlay["tagText"]), paint.CENTER)

    def _paint_edge(
        self, painter: QPainter, frame: QRect, row: ImageRow, option: QStyleOptionViewItem
    ) -> None:
        look, image = theme(), self._session.image
        if image is not None and image.id == row.id:
            around = QRectF(frame).adjusted(-3, -3, 3, 3)
            paint.rounded(painter, around, 6, None, look.color("accent.base"), 2)
        elif look.high_contrast:
            paint.rounded(painter, QRectF(frame), 4, None, look.color("border.control"))


def load_dark(role: str) -> QColor:
    """A colour of the dark theme: marks on pictures stand on a dark ground in every theme."""
    return QColor(theme().tokens.colors["dark"][role])


def _cover(pixmap: QPixmap, room: QSize) -> QRectF:
    """The largest part of the picture, from its middle, that has the room's shape."""
    width, height = float(pixmap.width()), float(pixmap.height())
    scale = min(width / room.width(), height / room.height())
    part_width, part_height = room.width() * scale, room.height() * scale
    return QRectF((width - part_width) / 2, (height - part_height) / 2, part_width, part_height)
