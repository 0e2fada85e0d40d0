"""The keys, from the table of actions: what can be pressed in this place, and everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.dialogs.layer import Layer
from app.key_text import pressed, same_press, shown
from app.theme import paint
from app.theme.theme import theme
from app.theme.widgets import Button, ElidedLabel, Hairline, IconButton

if TYPE_CHECKING:
    from app.actions import Actions
    from app.services import Services

ROW, HEAD, COLUMN = 25, 34, 330
MOUSE: tuple[tuple[str, str], ...] = (
    ("Left button", "paint, or pick"),
    ("Right button", "remove, or choose a class"),
    ("Shift+click", "straight line, or add"),
    ("Ctrl+click", "pick up the class, or one deeper"),
    ("Wheel", "zoom at the pointer"),
    ("Shift+wheel", "brush size"),
    ("Ctrl+wheel", "fill opacity"),
    ("Middle drag", "move the picture"),
)
Line = tuple[str, str]


def key_lines(actions: Actions) -> list[tuple[str, list[Line]]]:
    """Groups of (key, what it does), in menu order; actions without a key are left out.

    The nine number keys are one line, while they are what they are.
    """
    groups: dict[str, list[Line]] = {}
    digits = [str(n) for n in range(1, 10)]
    plain = all(actions.keymap.live(f"class.{n}") == (n,) for n in digits)
    for action in actions.all():
        key = actions.key_text(action.id)
        if not key:
            continue
        number = action.id.removeprefix("class.")
        if plain and number in digits:
            if number == "1":
                groups.setdefault(action.group, []).append(
                    ("1…9", "Class of selection or next stroke")
                )
            continue
        more = " · ".join(map(paint.short_key, _others(actions.keymap.live(action.id))))
        text = action.text.rstrip("…")
        groups.setdefault(action.group, []).append((key, f"{text} ({more})" if more else text))
    return [*groups.items(), ("Mouse and pen", list(MOUSE))]


def _others(keys: tuple[str, ...]) -> list[str]:
    """The keys after the first that are another press."""
    first = {same_press(key) for key in keys[:1]}
    return [shown(key) for key in keys[1:] if same_press(key) not in first and key != "="]


class _Table(QWidget):
    """The groups in as many columns as there is room for."""

    def __init__(self, groups: list[tuple[str, list[Line]]]) -> None:
        super().__init__()
        self._wanted = ""
        self.setAccessibleName("Keys")
        self.set_groups(groups)

    def set_groups(self, groups: list[tuple[str, list[Line]]]) -> None:
        """Show other keys."""
        self._groups = groups
        words = [f"{key}: {text}" for _, lines in groups for key, text in lines]
        self.setAccessibleDescription("; ".join(words))
        self.set_search(self._wanted)

    def set_search(self, text: str) -> None:
        """Keep the lines with this text."""
        self._wanted = text
        wanted = text.strip().casefold()
        kept = [
            (name, [line for line in lines if wanted in " ".join(line).casefold()])
            for name, lines in self._groups
        ]
        self._shown = [(name, lines) for name, lines in kept if lines]
        self.updateGeometry()
        self.update()

    def _columns(self, width: int) -> int:
        return max(1, width // theme().px(COLUMN))

    def _layout(self, width: int) -> tuple[list[tuple[int, int, str, list[Line]]], int]:
        """(column, top, name, lines) of each group, and the height: each to the lowest column."""
        placed = []
        count = self._columns(width)
        heights, column_of = [0] * count, {}
        # The longest first, so that the columns end at about the same height.
        for name, lines in sorted(self._shown, key=lambda group: -len(group[1])):
            column = heights.index(min(heights))
            column_of[name] = column
            heights[column] += self._height(lines)
        tops = [0] * count
        for name, lines in self._shown:
            column = column_of[name]
            placed.append((column, tops[column], name, lines))
            tops[column] += self._height(lines)
        return placed, max(heights, default=0)

    @staticmethod
    def _height(lines: list[Line]) -> int:
        look = theme()
        return look.px(HEAD) + len(lines) * look.px(ROW) + look.px(10)

    def hasHeightForWidth(self) -> bool:
        """See QWidget."""
        return True

    def heightForWidth(self, width: int) -> int:
        """See QWidget."""
        return self._layout(width)[1]

    def sizeHint(self) -> QSize:
        """See QWidget."""
        width = max(self.width(), theme().px(COLUMN))
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(260), self.heightForWidth(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter, look = QPainter(self), theme()
        count = self._columns(self.width())
        wide = self.width() // count
        for column, top, name, lines in self._layout(self.width())[0]:
            left = column * wide
            head = QRect(left, top, wide - look.px(24), look.px(HEAD))
            font = look.font("small", "semibold")
            paint.draw_text(painter, head, name.upper(), font, look.color("text.secondary"))
            for place, (key, text) in enumerate(lines):
                y = top + look.px(HEAD) + place * look.px(ROW)
                line = QRect(left, y, wide - look.px(24), look.px(ROW))
                self._paint_line(painter, line, key, text)

    def _paint_line(self, painter: QPainter, rect: QRect, key: str, text: str) -> None:
        look = theme()
        cap = paint.short_key(key)
        width = paint.draw_cap(painter, rect.left(), rect.center().y() + 0.5, cap)
        shift = max(look.px(88), width + look.px(12))
        area = rect.adjusted(shift, 0, 0, 0)
        paint.draw_text(painter, area, text, look.font("body"), look.color("text.primary"))


class KeysSheet(Layer):
    """See the module. F1 or Esc takes it away."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = services.actions
        self.setAccessibleName("Keys")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a key")
        self.search.setAccessibleName("Find a key")
        self.search.setFixedWidth(theme().px(220))
        self.search.setProperty("ring", False)
        change = Button("Change keys", "keyboard")
        change.clicked.connect(self._change)
        close = IconButton("x", "Close, Esc")
        close.clicked.connect(self.leave)
        head = QHBoxLayout()
        head.setContentsMargins(24, 14, 16, 12)
        head.setSpacing(12)
        head.addWidget(ElidedLabel("Keys", "title", "semibold"), 1)
        head.addWidget(self.search)
        head.addWidget(change)
        head.addWidget(close)
        self.table = _Table(key_lines(services.actions))
        services.actions.keys_changed.connect(self._on_keys)
        self.search.textChanged.connect(self.table.set_search)
        scroll = QScrollArea()
        scroll.setWidget(self.table)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.viewport().setAutoFillBackground(False)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setAutoFillBackground(False)
        inside = QVBoxLayout()
        inside.setContentsMargins(24, 6, 8, 14)
        inside.addWidget(scroll)
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(Hairline())
        column.addLayout(inside, 1)

    def _on_keys(self) -> None:
        self.table.set_groups(key_lines(self._actions))

    def _change(self) -> None:
        self.leave()
        self._actions.trigger("app.rebind")

    def place(self) -> None:
        """In the middle, with room around it."""
        look = theme()
        width = min(self.width() - 48, look.px(3 * COLUMN + 60))
        wanted = look.px(80) + self.table.heightForWidth(width - 40)
        height = min(self.height() - 48, wanted)
        left, top = (self.width() - width) // 2, (self.height() - height) // 2
        self.panel.setGeometry(left, top, width, height)

    def take_focus(self) -> None:
        """See Layer."""
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F1 again leaves, as Esc does."""
        keys = self._actions.keymap.live("app.keys")
        if event.key() == Qt.Key.Key_F1 or pressed(event) in keys:
            self.leave()
            return
        super().keyPressEvent(event)
