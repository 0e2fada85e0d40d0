"""The limits in force, one chip each, below the option strip; nothing where there is none."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.limit_words import LimitText, in_words
from app.panels import class_edits
from app.theme import paint
from app.theme.buttons import Button
from app.theme.icons import paint_icon
from app.theme.theme import theme
from app.theme.widgets import ElidedLabel, IconButton, Surface

if TYPE_CHECKING:
    from app.services import Services

_ICONS = {
    "over": "stack",
    "values": "sun",
    "sure": "sparkle",
    "within": "selection",
    "locked": "lock-simple",
}
_LEAST, _MOST = 100, 240  # of the words of a chip, logical pixels


class _Words(Button):
    """What a chip says; a press opens the chooser. Too long words are cut."""

    def __init__(self, text: LimitText) -> None:
        super().__init__(text.words, _ICONS[text.name], "", "quiet")
        self._struck = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_struck(self, on: bool) -> None:
        """Whether the limit is lifted now."""
        self._struck = on
        self.update()

    def _height(self) -> int:
        return theme().target(26)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        look = theme()
        width = paint.text_width(look.font("small", "medium"), self.text()) + look.px(30)
        return QSize(min(width, look.px(_MOST)), self._height())

    def minimumSizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(min(self.sizeHint().width(), theme().px(_LEAST)), self._height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look, painter = theme(), QPainter(self)
        if self.underMouse() and not self._struck:
            inside = self.rect().adjusted(1, 1, 0, -1)
            paint.rounded(painter, inside, look.radius("control") - 1, look.color("surface.hover"))
        role = "text.disabled" if self._struck else "text.primary"
        side = look.px(13)
        mark = QRectF(look.px(8), (self.height() - side) / 2, side, side)
        paint_icon(painter, mark, self.icon_name, look.color(role))
        font = QFont(look.font("small", "medium"))
        font.setStrikeOut(self._struck)
        area = self.rect().adjusted(look.px(8) + side + look.px(5), 0, -look.px(2), 0)
        paint.draw_text(painter, area, self.text(), font, look.color(role))


class LimitChip(QWidget):
    """One limit: its words, and a cross that takes it away."""

    def __init__(self, text: LimitText) -> None:
        super().__init__()
        self.text = text
        self.words = _Words(text)
        self.cross = IconButton("x", f"Remove: {text.words}", side=24)
        self.cross.set_icon_side(12)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 1, 0)
        row.setSpacing(0)
        row.addWidget(self.words, 1)
        row.addWidget(self.cross)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        verb = "Unlock" if text.name == "locked" else "Remove the limit"
        self.cross.setAccessibleName(f"{verb}: {text.whole}")
        self.cross.setToolTip(verb)
        self.set_lifted(False)

    def set_lifted(self, on: bool) -> None:
        """Show whether the limit holds now; locks hold in any case."""
        struck = on and self.text.name != "locked"
        self.words.set_struck(struck)
        whole = self.text.whole[:1].upper() + self.text.whole[1:]
        self.words.setAccessibleName(f"Limit: {self.text.whole}{', lifted' if struck else ''}")
        self.words.setToolTip(f"{whole}\nPress to change the limits")

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look, painter = theme(), QPainter(self)
        edge = look.color("border.control" if look.high_contrast else "border.hairline")
        fill = None if look.high_contrast else look.color("surface.raised")
        paint.rounded(painter, self.rect(), look.radius("control"), fill, edge)


class _Hint(ElidedLabel):
    """Shows whole or not at all: the chips need the room more."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        if self.sizeHint().width() <= self.width() + 1:
            super().paintEvent(event)


class LimitsBar(Surface):
    """See the module. It comes and goes only between strokes: limits are not set during one."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "b", parent)
        self._services, self._session = services, services.session
        self.setAccessibleName("Limits of tools")
        self.chips: list[LimitChip] = []
        self._title = ElidedLabel("Limits", "small", "semibold", "text.secondary")
        self._title.setMinimumWidth(self._title.sizeHint().width())
        self._hint = _Hint("", "small", role="text.secondary", align=paint.RIGHT)
        self._hint.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 0, 12, 1)
        self._row.setSpacing(8)
        self._row.addWidget(self._title)
        self._row.addWidget(self._hint, 1)
        session = self._session
        session.limits.changed.connect(self._show)
        session.taxonomy_changed.connect(self._show)
        session.image_changed.connect(self._show)
        services.actions.keys_changed.connect(self._on_keys)
        theme().changed.connect(self._on_look)
        self._on_look()
        self._show()

    def _on_look(self) -> None:
        self.setFixedHeight(theme().target(26) + theme().px(10))
        self._title.setMinimumWidth(self._title.sizeHint().width())

    def _show(self) -> None:
        session = self._session
        texts = in_words(session.limits.now, session.taxonomy, session.document)
        if texts != [chip.text for chip in self.chips]:
            self._rebuild(texts)
        lifted = session.limits.lifted
        for chip in self.chips:
            chip.set_lifted(lifted)
        self._on_keys()
        self.setVisible(bool(self.chips) and session.image is not None)

    def _rebuild(self, texts: list[LimitText]) -> None:
        focused = next((chip.text.name for chip in self.chips if _has_focus(chip)), "")
        for chip in self.chips:
            self._row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = [LimitChip(text) for text in texts]
        for at, chip in enumerate(self.chips):
            self._row.insertWidget(1 + at, chip)
            chip.cross.clicked.connect(partial(self._remove, chip.text.name))
            chip.words.clicked.connect(lambda: self._services.actions.trigger("limits.choose"))
            if chip.text.name == focused:
                chip.cross.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_keys(self) -> None:
        key = self._services.actions.key_text("limits.lift")
        lifted = self._session.limits.lifted
        only_locks = all(chip.text.name == "locked" for chip in self.chips)
        words = "Lifted while the key is down" if lifted else f"Hold {key} to paint anyway"
        self._hint.set_text("" if only_locks or not key else words)

    def _remove(self, name: str) -> None:
        session = self._session
        if name == "locked":
            for each in session.taxonomy.classes:
                if each.locked:
                    class_edits.change(session, each, locked=False)
            return
        session.limits.set(**{name: frozenset() if name == "over" else None})

    def setFocus(self, *reason: object) -> None:
        """Give the focus to the first chip."""
        if self.chips:
            self.chips[0].words.setFocus(*reason)


def _has_focus(chip: LimitChip) -> bool:
    return chip.cross.hasFocus() or chip.words.hasFocus()
