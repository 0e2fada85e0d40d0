"""Search: every command with its key, the classes, the images; by a few letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QCursor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QVBoxLayout, QWidget

from app.dialogs.layer import Layer
from app.dialogs.palette_entries import Entry, Finder
from app.dialogs.palette_list import HEADING, ROW, EntryDelegate, EntryModel
from app.places.figures import counted
from app.theme.icons import paint_icon
from app.theme.theme import theme
from app.theme.widgets import ElidedLabel, Hairline, KeyCap, TextBlock
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.services import Services

TOP = 110
PICKER = 320  # width of the class picker
MOST_HIGH = 400  # of the answers
RECENT = "palette_recent"


class _Glass(QWidget):
    """The magnifying glass before the field."""

    def sizeHint(self) -> QSize:
        """See QWidget."""
        side = theme().px(18)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        color = theme().color("text.secondary")
        paint_icon(QPainter(self), QRectF(self.rect()), "magnifying-glass", color)


class CommandPalette(Layer):
    """See the module. With ``only="classes"`` it is the class picker, at the pointer."""

    class_chosen = Signal(int)

    def __init__(
        self, services: Services, parent: QWidget, only: Literal["", "classes"] = ""
    ) -> None:
        super().__init__(parent, dims=not only)
        self._services, self._only = services, only
        recent = services.settings.value(RECENT, [])
        self._finder = Finder(services, only, recent)
        self.setAccessibleName("Choose a class" if only else "Search")
        self._build()
        self._on_typed("")

    def _build(self) -> None:
        look = theme()
        self.field = QLineEdit()
        self.field.setProperty("bare", True)
        self.field.setFont(look.font("lead"))
        what = "a class" if self._only else "a command, a class, an image"
        self.field.setPlaceholderText(f"Find {what}")
        self.field.setAccessibleName(f"Find {what}")
        self.field.textChanged.connect(self._on_typed)
        self.field.installEventFilter(self)
        self.field.setProperty("ring", False)
        self.count = ElidedLabel("", "small", role="text.secondary")
        head = QHBoxLayout()
        head.setContentsMargins(19, 10, 19, 10)
        head.setSpacing(10)
        head.addWidget(_Glass())
        head.addWidget(self.field, 1)
        head.addWidget(self.count)
        self.model = EntryModel(self)
        self.view = QListView()
        self.view.setAccessibleName("Found")
        self.view.setModel(self.model)
        self.view.setItemDelegate(EntryDelegate(self.view))
        self.view.setFrameShape(QListView.Shape.NoFrame)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.clicked.connect(self._run)
        self.view.entered.connect(self._point)
        self.none = TextBlock("", "body", align=Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(Hairline())
        column.addSpacing(6)
        column.addWidget(self.view, 1)
        column.addWidget(self.none)
        column.addSpacing(6)
        if not self._only:
            column.addWidget(Hairline())
            column.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(16, 8, 16, 9)
        row.setSpacing(7)
        for keys, words in (
            (("Up", "Down"), "move"),
            (("Enter",), "run"),
            (("#",), "images"),
            (("@",), "classes"),
        ):
            for key in keys:
                row.addWidget(KeyCap(key))
            row.addWidget(ElidedLabel(words, "small", role="text.secondary"))
            row.addSpacing(8)
        row.addStretch(1)
        row.addWidget(KeyCap("Esc"))
        row.addWidget(ElidedLabel("close", "small", role="text.secondary"))
        return row

    # -- contents ----------------------------------------------------------------------------

    def _on_typed(self, text: str) -> None:
        entries = self._finder.answer(text)
        self.model.set_entries(entries)
        found = sum(entry.kind != "heading" for entry in entries)
        what = ("class", "classes") if self._only else ("command", "commands")
        if not text.strip():
            self.count.set_text(counted(self._finder.total, *what))
        else:
            self.count.set_text(f"{found} found")
        self.view.setVisible(bool(found))
        self.none.setVisible(not found)
        self.none.set_text(f"Nothing called “{text.strip()}”. Try a class, an image, or a verb.\n")
        self._step(0, 1)
        if self.isVisible():
            self.place()

    def _step(self, start: int, by: int) -> None:
        """Select the next line that can be chosen, from ``start`` on."""
        at, count = start, self.model.rowCount()
        while 0 <= at < count:
            index = self.model.index(at, 0)
            if index.flags() & Qt.ItemFlag.ItemIsSelectable:
                self.view.setCurrentIndex(index)
                self.view.scrollTo(index)
                if at <= 1:
                    self.view.scrollToTop()
                return
            at += by

    def _point(self, index: QModelIndex) -> None:
        if index.flags() & Qt.ItemFlag.ItemIsSelectable:
            self.view.setCurrentIndex(index)

    # -- acting ------------------------------------------------------------------------------

    def _run(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        entry = self.model.entries[index.row()]
        if entry.kind == "heading":
            return
        if entry.kind == "action" and not entry.runs:
            self.count.set_text("")
            self._services.session.say(entry.detail)
            return
        self.leave()
        self._act(entry)

    def _act(self, entry: Entry) -> None:
        session = self._services.session
        if entry.kind == "class":
            if self._only:
                self.class_chosen.emit(int(entry.id))
            else:
                session.set_class(int(entry.id))
        elif entry.kind == "image":
            try:
                session.open_image(int(entry.id))
            except EngineError as problem:
                session.say(str(problem), "error")
                return
            session.set_place("correct")
        else:
            self._remember(str(entry.id))
            self._services.actions.trigger(str(entry.id))

    def _remember(self, name: str) -> None:
        settings = self._services.settings
        before = [each for each in settings.value(RECENT, []) if each != name]
        settings.set(RECENT, [name, *before][:8])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows, Enter and Esc act from the field."""
        if watched is self.field and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and self._on_key(event):
                return True
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        key, at = Qt.Key(event.key()), self.view.currentIndex().row()
        page = 8
        steps = {
            Qt.Key.Key_Down: (at + 1, 1),
            Qt.Key.Key_Up: (at - 1, -1),
            Qt.Key.Key_PageDown: (min(at + page, self.model.rowCount() - 1), -1),
            Qt.Key.Key_PageUp: (max(at - page, 0), 1),
        }
        if key in steps:
            self._step(*steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.view.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.leave()
        else:
            return False
        return True

    # -- laying out --------------------------------------------------------------------------

    def place(self) -> None:
        """Search hangs in the middle; the class picker stands at the pointer."""
        look = theme()
        wanted = sum(
            look.px(HEADING) if entry.kind == "heading" else look.target(ROW)
            for entry in self.model.entries
        )
        frame = look.px(48) + 22 + (0 if self._only else look.px(38))
        empty = 0 if wanted else look.px(60)
        width = min(look.px(PICKER) if self._only else look.size("palette"), self.width() - 24)
        top = min(look.px(TOP), max(12, self.height() // 8))
        room = self.height() - top - 24 - frame
        height = frame + min(wanted, look.px(MOST_HIGH), room) + empty
        left = (self.width() - width) // 2
        if self._only:
            pointer = self.mapFromGlobal(QCursor.pos())
            left = min(max(12, pointer.x() - 20), self.width() - width - 12)
            top = min(max(12, pointer.y() - 20), self.height() - height - 12)
        self.panel.setGeometry(left, top, width, height)

    def take_focus(self) -> None:
        """See Layer."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
