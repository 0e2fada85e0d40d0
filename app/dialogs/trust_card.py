"""The question of decision 14: a file that is a program is opened only if the user says so."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.theme.widgets import Button, Card, ElidedLabel, TextBlock


class TrustCard(Card):
    """The warning, the file's own sha256, and two buttons; none of them is the default."""

    def __init__(self) -> None:
        super().__init__()
        self.sha256 = ""
        self._words = TextBlock("", "body", role="text.primary")
        self._hash = ElidedLabel("", "small", role="text.secondary", cut="middle")
        self.trusted = Button("Open it, I trust it", "shield-check")
        self.other = Button("Choose another file")
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.other)
        row.addWidget(self.trusted)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(self._words)
        column.addWidget(self._hash)
        column.addLayout(row)

    def ask(self, warning: str, sha256: str) -> None:
        """Show the question for a file."""
        self.sha256 = sha256
        self._words.set_text(warning.replace(f" sha256 {sha256}", ""))
        self._hash.set_text(f"sha256 {sha256}")
        self._hash.setToolTip(sha256)
        self.show()
        self.other.setFocus()
