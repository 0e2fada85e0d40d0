"""The first page: open a folder, try the sample, add a model; and what the program does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.panels.common import bind
from app.places.first_picture import FirstPicture
from app.theme import paint
from app.theme.buttons import Button
from app.theme.icons import paint_icon
from app.theme.theme import theme
from app.theme.widgets import ElidedLabel, SectionHeader, SegmentedControl, Surface

if TYPE_CHECKING:
    from app.services import Services

WIDE, COLUMN = 1100, 620  # the picture shows from here on; the column's width at most
LOOKS = (
    ("system", "System"),
    ("dark", "Dark"),
    ("light", "Light"),
    ("highContrast", "High contrast"),
)
STEPS = (
    ("The model proposes", "one key accepts"),
    ("You correct", "with brush or polygon"),
    ("It learns", "from your fixes"),
)
RECENT_SHOWN = 4


class DropZone(QWidget):
    """Where images may be dropped; a press opens a folder, as Ctrl O does."""

    dropped = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._over = False
        self.setAcceptDrops(True)
        self.setAccessibleName("Drop a folder of images here")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(400), theme().px(132))

    def _hover(self, over: bool) -> None:
        self._over = over
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """See QWidget."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._hover(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """See QWidget."""
        self._hover(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """See QWidget."""
        self._hover(False)
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(look.color("accent.base" if self._over else "border.control"), 1.5)
        pen.setDashPattern([6, 4])
        painter.setPen(pen)
        painter.setBrush(look.color("surface.selected" if self._over else "surface.raised"))
        radius = look.radius("float")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        middle, top = self.width() / 2, self.height() / 2 - look.px(40)
        side = look.px(24)
        mark = QRectF(middle - side / 2, top, side, side)
        paint_icon(painter, mark, "image-square", look.color("accent.base"))
        line = QRect(8, round(top + look.px(34)), self.width() - 16, look.px(22))
        font = look.font("lead", "semibold")
        words = "Drop a folder of images here"
        paint.draw_text(painter, line, words, font, look.color("text.primary"), paint.CENTER)
        line.translate(0, look.px(25))
        words = "PNG, JPEG, TIFF, WebP, BMP · one file works too"
        color = look.color("text.secondary")
        paint.draw_text(painter, line, words, look.font("body"), color, paint.CENTER)


class ActionCard(Button):
    """A large button: icon, words, one line beneath, a key."""

    def __init__(
        self, icon: str, text: str, detail: str, key: str = "", first: bool = False
    ) -> None:
        super().__init__(text, icon, key)
        self._detail, self._first = detail, first
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleDescription(detail)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(360), theme().px(62))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(240), theme().px(62))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        edge = look.color("accent.base" if self._first else "border.hairline")
        paint.rounded(painter, self.rect(), look.radius("float"), self._fill(), edge)
        side = look.px(38)
        box = QRectF(look.px(13), (self.height() - side) / 2, side, side)
        paint.rounded(painter, box, look.radius("card"), look.color("surface.selected"))
        inset = look.px(10)
        mark = box.adjusted(inset, inset, -inset, -inset)
        paint_icon(painter, mark, self.icon_name, look.color("accent.base"))
        right = self.width() - look.px(14)
        if self._key:
            key = paint.short_key(self._key)
            right -= paint.cap_size(key)[0]
            paint.draw_cap(painter, right, self.height() / 2, key)
        left = round(box.right() + look.px(14))
        half = self.height() // 2
        line = QRect(left, half - look.px(21), right - left - 12, look.px(20))
        front = look.color("text.primary" if self.isEnabled() else "text.disabled")
        paint.draw_text(painter, line, self.text(), look.font("strong", "semibold"), front)
        line.translate(0, look.px(21))
        color = look.color("text.secondary")
        paint.draw_text(painter, line, self._detail, look.font("body"), color)


class RecentRow(Button):
    """A project that was open before: its name, and the folder it is in."""

    def __init__(self, path: str) -> None:
        super().__init__(Path(path).stem, "clock-counter-clockwise", kind="quiet")
        self._folder = str(Path(path).parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(path)
        self.setAccessibleName(f"Open {Path(path).stem}")
        self.setAccessibleDescription(path)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(300), theme().size("row"))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(160), theme().size("row"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        paint.rounded(painter, self.rect(), look.radius("row"), self._fill())
        side, left = look.px(16), look.px(10)
        mark = QRectF(left, (self.height() - side) / 2, side, side)
        paint_icon(painter, mark, self.icon_name, look.color("text.secondary"))
        left += side + look.px(12)
        area = self.rect().adjusted(left, 0, -self.width() // 2, 0)
        width = paint.draw_text(
            painter, area, self.text(), look.font("body", "medium"), look.color("text.primary")
        )
        area = self.rect().adjusted(left + width + look.px(12), 0, -look.px(10), 0)
        middle = Qt.TextElideMode.ElideMiddle
        color = look.color("text.secondary")
        paint.draw_text(painter, area, self._folder, look.font("small"), color, elide=middle)


class _Steps(QWidget):
    """Three numbered steps side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("; ".join(f"{head}, {rest}" for head, rest in STEPS))

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(400), theme().px(44))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        wide = self.width() / len(STEPS)
        for place, (head, rest) in enumerate(STEPS):
            left = place * wide
            side = look.px(24)
            ring = QRectF(left + 1, (self.height() - side) / 2, side, side)
            paint.rounded(painter, ring, side / 2, None, look.color("border.control"))
            figure = look.font("small", "semibold")
            primary = look.color("text.primary")
            paint.draw_text(painter, ring, str(place + 1), figure, primary, paint.CENTER)
            area = QRectF(left + look.px(36), 2, wide - look.px(40), self.height() / 2 - 1)
            paint.draw_text(painter, area, head, look.font("body", "semibold"), primary)
            area.translate(0, self.height() / 2 - 2)
            paint.draw_text(painter, area, rest, look.font("body"), look.color("text.secondary"))


class FirstPage(Surface):
    """See the module."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "", parent)
        self._services = services
        self.setAccessibleName("Start")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.picture = FirstPicture(services)
        self._column = QWidget()
        self._build_column()
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(40, 24, 40, 24)
        row.addStretch(1)
        row.addWidget(self._column, 100)
        row.addStretch(1)
        holder.setAutoFillBackground(False)
        scroll.setWidget(holder)
        self._scroll = scroll
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(scroll, 49)
        row.addWidget(self.picture, 51)
        services.settings.changed.connect(self._on_setting)
        services.session.place_changed.connect(self.refresh)
        theme().changed.connect(self._on_look)
        self.refresh()
        self._on_look()

    def _build_column(self) -> None:
        services, actions = self._services, self._services.actions
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(ElidedLabel("Maskwright", "lead", "semibold", "accent.base"))
        column.addSpacing(2)
        column.addWidget(ElidedLabel("Start with your images.", "hero", "semibold"))
        words = "Nothing leaves this computer, and your image files are never changed."
        column.addWidget(ElidedLabel(words, "strong", role="text.secondary"))
        column.addSpacing(12)
        self.drop = DropZone()
        self.drop.dropped.connect(lambda paths: actions.open_recent(paths[0]))
        column.addWidget(self.drop)
        column.addSpacing(4)
        open_key = actions.key_text("file.open_folder")
        words = "Make a project from images you have"
        self.open = ActionCard("folder-open", "Open a folder", words, open_key, first=True)
        words = "Photos to try the brush and the model on"
        self.sample = ActionCard("flask", "Try the sample project", words, "2")
        words = "ONNX; you see its masks before you trust it"
        self.model = ActionCard("cube", "Add your own model", words, "3")
        for card, name in (
            (self.open, "file.open_folder"),
            (self.sample, "file.open_sample"),
            (self.model, "model.add"),
        ):
            bind(card, services, name)
            column.addWidget(card)
        column.addSpacing(8)
        self.steps = _Steps()
        column.addWidget(self.steps)
        self.recent_head = SectionHeader("Recent")
        self.recent_head.set_margins(0, 0)
        column.addWidget(self.recent_head)
        self.recent = QVBoxLayout()
        self.recent.setSpacing(0)
        column.addLayout(self.recent)
        column.addSpacing(8)
        column.addLayout(self._look_row())
        column.addStretch(1)

    def _look_row(self) -> QHBoxLayout:
        self.looks = SegmentedControl("Look", LOOKS)
        self.looks.chosen.connect(lambda choice: self._services.settings.set("theme", choice))
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(ElidedLabel("Look", role="text.secondary"))
        row.addWidget(self.looks)
        row.addStretch(1)
        return row

    # -- contents ----------------------------------------------------------------------------

    def _on_setting(self, key: str) -> None:
        if key == "theme":
            self._on_choice()
        elif key == "recent":
            self.refresh()

    def _on_choice(self) -> None:
        self.looks.set_current(self._services.settings.value("theme", "system"))

    def _on_look(self) -> None:
        self._column.setMaximumWidth(theme().px(COLUMN))
        self._on_choice()

    def refresh(self) -> None:
        """Show the projects that were open before, in place of the three steps."""
        paths = self._services.settings.recent()[:RECENT_SHOWN]
        while self.recent.count():
            item = self.recent.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        for path in paths:
            row = RecentRow(path)
            row.clicked.connect(lambda _on=False, one=path: self._services.actions.open_recent(one))
            self.recent.addWidget(row)
        self.recent_head.setVisible(bool(paths))
        self.steps.setVisible(not paths)

    # -- keys and layout ---------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """2 and 3 stand for the cards; Enter opens a folder; arrows go from card to card."""
        key = Qt.Key(event.key())
        by_key = {Qt.Key.Key_2: self.sample, Qt.Key.Key_3: self.model}
        if key in by_key:
            by_key[key].click()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not isinstance(
            self.focusWidget(), Button
        ):
            self.open.click()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(key == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        self.picture.setVisible(self.width() >= WIDE)

    def showEvent(self, event: QEvent) -> None:
        """The first card has the focus, so that Enter is enough."""
        self.open.setFocus(Qt.FocusReason.OtherFocusReason)

    def setFocus(self, *reason: object) -> None:
        """Give the focus to the first card."""
        self.open.setFocus(*reason)
