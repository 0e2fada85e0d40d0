"""The rows of the add-model sheet: what is known of a file, how, and what may be changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.dialogs.fields import Choice
from app.theme.icons import paint_icon
from app.theme.theme import theme
from app.theme.widgets import ElidedLabel
from engine.models.draft import Known, Question

GLYPHS: dict[Known, tuple[str, str]] = {
    "read": ("check-circle", "state.ok"),
    "measured": ("chart-bar", "state.ok"),
    "guessed": ("question", "state.warning"),
}
WORDS: dict[Known, str] = {
    "read": "read from the file",
    "measured": "measured",
    "guessed": "guessed, check it",
}


class Glyph(QWidget):
    """One icon in the colour of a token, with its meaning as accessible name."""

    def __init__(self, icon: str, role: str, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._role = icon, role
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_icon(self, icon: str, role: str, name: str) -> None:
        """Show another icon."""
        self._icon, self._role = icon, role
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        side = theme().size("icon.control")
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        color = theme().color(self._role)
        paint_icon(QPainter(self), QRectF(self.rect()), self._icon, color)


class QuestionRows(QWidget):
    """The questions of one section, one row each; what the user chose counts as known."""

    answered = Signal(str, int)  # question field, index of the choice

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(20, 2, 20, 2)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(2, 3)
        self._grid.setColumnStretch(3, 2)
        self._grid.setColumnMinimumWidth(1, theme().px(96))
        self.fields: dict[str, Choice] = {}

    def show_questions(self, questions: Sequence[Question]) -> None:
        """Show other questions."""
        self.fields = {}
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for line, each in enumerate(questions):
            self._add(line, each)
        self.setVisible(bool(questions))

    def _add(self, line: int, question: Question) -> None:
        icon, role = GLYPHS[question.known]
        glyph = Glyph(icon, role, WORDS[question.known])
        field = Choice([(k, choice.label) for k, choice in enumerate(question.choices)])
        field.set_value(question.guess)
        words = question.note or WORDS[question.known]
        if question.known == "guessed" and "guess" not in words.casefold():
            words = f"guessed: {words}"
        color = "state.warning" if question.known == "guessed" else "text.secondary"
        note = ElidedLabel(words, "small", role=color)
        field.setAccessibleName(question.text)
        field.setAccessibleDescription(words)

        def picked(value: object) -> None:
            glyph.show_icon("user", "text.secondary", "chosen by you")
            note.set_text("chosen by you")
            note.set_role("text.secondary")
            if isinstance(value, int):
                self.answered.emit(question.field, value)

        field.picked.connect(picked)
        self.fields[question.field] = field
        self._grid.addWidget(glyph, line, 0)
        self._grid.addWidget(ElidedLabel(question.text), line, 1)
        self._grid.addWidget(field, line, 2)
        self._grid.addWidget(note, line, 3)
