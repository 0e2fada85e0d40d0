"""Choosing parts and copies of a project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from app.session import Session

FILES = "Parts and copies (*.maskwright)"


def choose_copies(
    parent: QWidget, session: Session, title: str, chosen: Callable[[list[Path]], object]
) -> None:
    """Let files be chosen beside the window; ``chosen`` is called with them, if any are."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilter(FILES)
    if session.project is not None:
        dialog.setDirectory(str(session.project.path.parent))
    dialog.filesSelected.connect(lambda names: chosen([Path(each) for each in names]))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
