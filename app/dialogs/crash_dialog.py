"""A bug reached the top: say so, offer the report, and let the user go on."""

from __future__ import annotations

from types import TracebackType
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.dialogs.crash_report import report_text
from app.dialogs.model_fields import Glyph
from app.theme.theme import theme
from app.theme.widgets import Button, ElidedLabel, PrimaryButton, TextBlock

SAVED = "Every finished stroke is saved."
"""What a fault means for the work, unless it is a fault of saving."""


class CrashDialog(QDialog):
    """One at a time; faults that follow while it is open are added to its report."""

    _open: ClassVar[CrashDialog | None] = None

    def __init__(self, text: str, parent: QWidget | None = None, means: str = SAVED) -> None:
        super().__init__(parent)
        self.setWindowTitle("Maskwright")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme().px(520))
        self._count = 1
        self.details = QPlainTextEdit(text)
        self.details.setReadOnly(True)
        self.details.setMinimumHeight(theme().px(220))
        self.details.setAccessibleName("Report")
        self.details.hide()
        self.show_details = Button("Show details", "caret-down", kind="quiet")
        self.show_details.setCheckable(True)
        self.show_details.toggled.connect(self._unfold)
        self.copy = Button("Copy report", "copy")
        self.copy.clicked.connect(self._copy)
        self.go_on = PrimaryButton("Go on", key="Enter")
        self.go_on.clicked.connect(self.accept)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(Glyph("warning", "state.warning"))
        head.addWidget(ElidedLabel("Something in Maskwright went wrong", "lead", "semibold"), 1)
        foot = QHBoxLayout()
        foot.addWidget(self.show_details)
        foot.addStretch(1)
        foot.addWidget(self.copy)
        foot.addWidget(self.go_on)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(
            TextBlock(
                f"This is a fault of the program, not yours. {means} You "
                "can go on; if it happens again, restart the program. The report names parts of "
                "the program and your system, and no image or file of yours. It stays on this "
                "computer until you send it.",
                "body",
                role="text.primary",
            )
        )
        column.addWidget(self.details, 1)
        column.addLayout(foot)
        self.go_on.setFocus()

    @classmethod
    def report(
        cls,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
        parent: QWidget | None = None,
        means: str = SAVED,
    ) -> CrashDialog:
        """Show a fault and what it means; while a dialog is open, add it there."""
        text = report_text(kind, error, trace)
        if cls._open is not None:
            cls._open.add(text)
            return cls._open
        dialog = cls(text, parent, means)
        cls._open = dialog
        dialog.finished.connect(cls._closed)
        dialog.open()
        return dialog

    @classmethod
    def _closed(cls) -> None:
        cls._open = None

    def add(self, text: str) -> None:
        """One more fault; the same again only counts."""
        self._count += 1
        known = self.details.toPlainText()
        if text not in known:
            self.details.setPlainText(f"{known}\n\n{text}")
        self.setWindowTitle(f"Maskwright: {self._count} faults")

    @property
    def text(self) -> str:
        """The report."""
        return self.details.toPlainText()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.copy.set_text("Copied")

    def _unfold(self, on: bool) -> None:
        self.details.setVisible(on)
        self.show_details.set_text("Hide details" if on else "Show details")
        self.show_details.set_icon("caret-up" if on else "caret-down")
        self.adjustSize()
