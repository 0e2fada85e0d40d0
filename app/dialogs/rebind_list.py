"""The commands and their keys as a list, by menu; painted, not a widget per row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.key_text import shown
from app.panels.row_view import Index, RowDelegate, RowView
from app.theme import paint
from app.theme.icons import paint_icon
from app.theme.theme import theme

if TYPE_CHECKING:
    from app.action_table import Action
    from app.keymap import Keymap

PLACES = {
    "global": "everywhere",
    "canvas": "in Correct and Inspect",
    "correct": "in Correct",
    "inspect": "in Inspect",
    "candidates": "while a shape is drawn",
}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One row: a heading (no action), or a command.

    Attributes:
        keys: as people write them, the first is the one shown elsewhere.
        dead: those of them that do not act: another command has them, or single keys are off.
    """

    text: str
    action: Action | None = None
    keys: tuple[str, ...] = ()
    dead: frozenset[str] = frozenset()
    lost: bool = False
    changed: bool = False


class RebindModel(QAbstractListModel):
    """Follows the key map; ``find`` narrows it."""

    def __init__(self, keymap: Keymap, parent: Any = None) -> None:
        super().__init__(parent)
        self._keymap, self._wanted = keymap, ""
        self.rows: list[KeyRow] = []
        keymap.changed.connect(self.rebuild)
        self.rebuild()

    def find(self, text: str) -> None:
        """Keep the commands whose words, keys or name have this text."""
        self._wanted = text.strip().casefold()
        self.rebuild()

    def rebuild(self) -> None:
        """Read the key map again."""
        rows: list[KeyRow] = []
        group = ""
        for action in self._keymap.actions():
            row = self._row(action)
            if not self._found(row, action):
                continue
            if action.group != group:
                group = action.group
                rows.append(KeyRow(group))
            rows.append(row)
        if [row.text for row in rows] == [row.text for row in self.rows] and rows:
            self.rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def _row(self, action: Action) -> KeyRow:
        keymap = self._keymap
        keys, live = keymap.keys(action.id), keymap.live(action.id)
        return KeyRow(
            action.text.rstrip("…"),
            action,
            tuple(shown(key) for key in keys),
            frozenset(shown(key) for key in keys if key not in live),
            bool(keymap.lost(action.id)),
            keymap.is_changed(action.id),
        )

    def _found(self, row: KeyRow, action: Action) -> bool:
        words = " ".join((row.text, action.group, action.id, *row.keys)).casefold()
        return self._wanted in words

    def row_of(self, action_id: str) -> int:
        """Where a command stands; -1 where it is not listed."""
        for at, row in enumerate(self.rows):
            if row.action is not None and row.action.id == action_id:
                return at
        return -1

    # -- QAbstractListModel ------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """See QAbstractItemModel."""
        flag = Qt.ItemFlag
        if not index.isValid() or self.rows[index.row()].action is None:
            return flag.ItemNeverHasChildren
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See QAbstractItemModel."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return say(row)
        return None


def say(row: KeyRow) -> str:
    """A row as it is read out."""
    if row.action is None:
        return row.text
    words = [row.text, *(row.keys or ["no key"]), PLACES[row.action.context]]
    words += ["changed"] if row.changed else []
    words += ["a key is held by another command"] if row.lost else []
    return ", ".join(words)


class RebindDelegate(RowDelegate):
    """Words, caps, and at the right the way back where the keys were changed."""

    @staticmethod
    def _row(index: Index) -> KeyRow:
        model = index.model()
        assert isinstance(model, RebindModel)
        return model.rows[index.row()]

    def ground(self, index: Index) -> bool:
        """See RowDelegate."""
        return self._row(index).action is not None

    def parts(self, rect: QRect, index: Index) -> dict[str, QRect]:
        """See RowDelegate."""
        if not self._row(index).changed:
            return {}
        side = theme().px(26)
        return {"reset": QRect(rect.right() - side - 2, rect.top() + 1, side, rect.height() - 2)}

    def tip(self, part: str, index: Index) -> str:
        """See RowDelegate."""
        row = self._row(index)
        return "Give it the keys of the set again" if part == "reset" else say(row)

    def paint_row(self, painter: QPainter, rect: QRect, index: Index, hot: str) -> None:
        """See RowDelegate."""
        look, row = theme(), self._row(index)
        area = rect.adjusted(look.px(9), 0, -look.px(6), 0)
        if row.action is None:
            font, ink = look.font("small", "semibold"), look.color("text.secondary")
            paint.draw_text(painter, area.adjusted(0, 4, 0, 0), row.text.upper(), font, ink)
            return
        side = look.px(26)
        if row.changed:
            self._reset_mark(painter, self.parts(rect, index)["reset"], hot == "reset")
        right = self._caps(painter, area.adjusted(0, 0, -side, 0), row)
        if row.lost:
            mark = QRectF(0, 0, look.px(14), look.px(14))
            mark.moveCenter(QRectF(right - look.px(18), area.top(), 14, area.height()).center())
            paint_icon(painter, mark, "warning", look.color("state.warning"))
            right -= look.px(24)
        words = area.adjusted(0, 0, right - area.right() - look.px(8), 0)
        width = paint.draw_text(
            painter, words, row.text, look.font("body", "medium"), look.color("text.primary")
        )
        place = words.adjusted(width + look.px(10), 0, 0, 0)
        if place.width() > look.px(60):
            second = look.color("text.secondary")
            text = PLACES[row.action.context]
            paint.draw_text(painter, place, text, look.font("small"), second)

    @staticmethod
    def _reset_mark(painter: QPainter, area: QRect, hot: bool) -> None:
        look = theme()
        if hot:
            paint.rounded(painter, area, look.radius("control"), look.color("surface.pressed"))
        mark = QRectF(0, 0, look.px(14), look.px(14))
        mark.moveCenter(QRectF(area).center())
        paint_icon(painter, mark, "arrow-counter-clockwise", look.color("text.primary"))

    @staticmethod
    def _caps(painter: QPainter, area: QRect, row: KeyRow) -> int:
        """The keys from the right; answers where they begin. Dead ones are struck through."""
        look, right, middle = theme(), area.right(), area.center().y() + 0.5
        if not row.keys:
            text, font = "none", look.font("small")
            width = paint.text_width(font, text) + 2
            place = QRect(right - width, area.top(), width, area.height())
            paint.draw_text(painter, place, text, font, look.color("text.secondary"))
            return right - width
        for key in reversed(row.keys):
            text = paint.short_key(key)
            width = paint.cap_size(text)[0]
            dead = key in row.dead
            ink = look.color("text.disabled") if dead else None
            paint.draw_cap(painter, right - width, middle, text, ink)
            if dead:
                painter.setPen(look.color("text.secondary"))
                painter.drawLine(right - width + 2, round(middle), right - 2, round(middle))
            right -= width + look.px(5)
        return right


class RebindList(RowView):
    """Enter or a double click begins to record a key."""

    asked = Signal(str)  # action id

    def __init__(self, model: RebindModel, parent: QWidget | None = None) -> None:
        super().__init__("Commands and their keys", parent)
        self.setItemDelegate(RebindDelegate(self))
        self.setModel(model)
        self.rows = model
        self.doubleClicked.connect(self._ask)

    def chosen(self) -> str:
        """The id of the current command; empty without one."""
        index = self.currentIndex()
        row = self.rows.rows[index.row()] if index.isValid() else None
        return row.action.id if row is not None and row.action is not None else ""

    def choose(self, action_id: str) -> None:
        """Make a command the current one and show it."""
        at = self.rows.row_of(action_id)
        if at >= 0:
            index = self.rows.index(at, 0)
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def _ask(self) -> None:
        if self.chosen():
            self.asked.emit(self.chosen())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See QWidget."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._ask()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The chosen row stays in sight when a conflict is said below."""
        super().resizeEvent(event)
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().px(240), 3 * theme().size("row"))
