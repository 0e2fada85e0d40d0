"""The finding that is looked at: what mending does, and the buttons for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.lint_words import mending
from app.theme.widgets import Button, ElidedLabel, TextBlock
from engine.document.lint import UNDECIDED, Finding

if TYPE_CHECKING:
    from app.services import Services


class FindingCard(QWidget):
    """See the module.

    Signals:
        mended: "Mend it" was pressed.
        left: "Leave it", or "Count it again".
        kept: id of the object that stays, of two that are one.
        selected: ids of the objects it is about.
    """

    mended = Signal()
    left = Signal()
    kept = Signal(int)
    selected = Signal(object)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._session = services.session
        self._finding: Finding | None = None
        self.words = TextBlock("", "body", "regular", "text.primary")
        self.mend = Button("Mend it", "check", "Enter")
        self.leave = Button("Leave it", "prohibit", "Delete")
        self.select = Button("Select", "cursor")
        self.keep = Button(""), Button("")
        self._names = ElidedLabel(""), ElidedLabel("")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(8)
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.words, 1, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self.select)
        column.addLayout(top)
        self._choices = QWidget()
        choices = QVBoxLayout(self._choices)
        choices.setContentsMargins(0, 0, 0, 0)
        choices.setSpacing(4)
        for at in (0, 1):
            line = QHBoxLayout()
            line.setSpacing(10)
            line.addWidget(self._names[at], 1)
            line.addWidget(self.keep[at])
            choices.addLayout(line)
            self.keep[at].clicked.connect(lambda _on=False, at=at: self._keep(at))
        column.addWidget(self._choices)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.mend, self.leave):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self.mend.clicked.connect(self.mended)
        self.leave.clicked.connect(self.left)
        self.select.clicked.connect(self._select)

    def show_finding(self, finding: Finding | None, is_left: bool) -> None:
        """Show one, or that there is none; ``is_left`` when it stays as it is."""
        self._finding = finding
        self.setVisible(finding is not None)
        if finding is None:
            return
        writes = not self._session.read_only
        decide = finding.rule in UNDECIDED
        self.words.set_text("You left this as it is." if is_left else mending(finding))
        self.mend.setVisible(not decide)
        self.mend.setEnabled(writes)
        self.leave.set_text("Count it again" if is_left else "Leave it")
        self.leave.setEnabled(writes)
        self.select.setVisible(bool(finding.objects))
        self._choices.setVisible(decide)
        if decide:
            for at, number in enumerate(reversed(finding.objects)):
                name = self._name(number)
                self._names[at].set_text(name)
                self.keep[at].set_text(f"Keep #{number}")
                self.keep[at].setAccessibleName(f"Keep {name}, delete the other")
                self.keep[at].setEnabled(writes)

    def _name(self, number: int) -> str:
        document, taxonomy = self._session.document, self._session.taxonomy
        each = document.find(number) if document is not None else None
        return f"{taxonomy.name(each.class_id)} #{number}" if each is not None else f"#{number}"

    def _keep(self, at: int) -> None:
        if self._finding is not None and len(self._finding.objects) > at:
            self.kept.emit(self._finding.objects[-1 - at])

    def _select(self) -> None:
        if self._finding is not None:
            self.selected.emit(self._finding.objects)
