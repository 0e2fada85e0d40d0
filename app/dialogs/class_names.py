"""Class names of a model as text that can be pasted: one a line."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.theme.theme import theme
from app.theme.widgets import Button, TextBlock
from engine.models.card import CardClass
from engine.models.mapping import is_background


def names_text(classes: tuple[CardClass, ...]) -> str:
    """The names, one a line, in order of index."""
    return "\n".join(each.name for each in sorted(classes, key=lambda each: each.index))


def renamed(classes: tuple[CardClass, ...], text: str) -> tuple[tuple[CardClass, ...], str]:
    """Classes with the names of a text, and what is wrong with it ("" for nothing).

    A name may stand after its number, as in ``3: cat`` or ``3 cat``; commas part names as well
    as line ends do when there is only one line.
    """
    text = text.strip()
    lines = text.split(",") if "\n" not in text and "," in text else text.splitlines()
    names = [_name(line) for line in lines if line.strip()]
    listed = sorted(classes, key=lambda each: each.index)
    if len(names) != len(listed):
        return classes, f"{len(names)} names for {len(listed)} classes. Give one a line."
    if len({name.casefold() for name in names}) != len(names):
        return classes, "A name stands twice. Give each class its own."
    background = [is_background(name) for name in names]
    known = any(background)
    found = tuple(
        msgspec.structs.replace(
            each,
            name=name,
            background=bare if known else each.background,
            thing=each.thing and not bare,
        )
        for each, name, bare in zip(listed, names, background, strict=True)
    )
    return found, ""


def _name(line: str) -> str:
    number, _, rest = line.strip().partition(" ")
    if rest and number.rstrip(":.;").isdigit():
        return rest.strip()
    return line.strip().strip("\"'").strip()


class ClassNames(QWidget):
    """A field that opens under its button; the names count when they fit the model."""

    changed = Signal(object)  # tuple[CardClass, ...]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: tuple[CardClass, ...] = ()
        self.open = Button("Edit names", "pencil-simple", kind="quiet")
        self.open.setCheckable(True)
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("One name a line, in the model's order")
        self.text.setFixedHeight(theme().px(150))
        self.text.setAccessibleName("Class names, one a line")
        self.text.setTabChangesFocus(True)
        self.problem = TextBlock("", role="state.error")
        row = QHBoxLayout()
        row.addWidget(self.open)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 0, 20, 2)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.text)
        column.addWidget(self.problem)
        self.text.hide()
        self.problem.hide()
        self.open.toggled.connect(self.text.setVisible)
        self.text.textChanged.connect(self._on_text)

    def show_classes(self, classes: tuple[CardClass, ...]) -> None:
        """Show the names of other classes."""
        self._classes = classes
        if self.text.hasFocus():
            return  # what is being typed made these
        blocked = self.text.blockSignals(True)
        self.text.setPlainText(names_text(classes))
        self.text.blockSignals(blocked)
        self.problem.hide()

    def _on_text(self) -> None:
        found, problem = renamed(self._classes, self.text.toPlainText())
        self.problem.set_text(problem)
        self.problem.setVisible(bool(problem))
        if not problem:
            self.changed.emit(found)
