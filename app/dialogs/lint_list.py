"""The findings of an image: arrows step, Enter mends, Delete leaves."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.dialogs.short_list import ENTER, ActingList

MOST = 7
"""Findings that show at once where there is room."""

_LEAVE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class FindingList(ActingList):
    """See the module.

    Signals:
        mend: the current one is to be mended.
        leave: it is to be left as it is.
    """

    mend = Signal()
    leave = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("What was found in this image", MOST, parent)
        self.on(ENTER, self.mend.emit)
        self.on(_LEAVE, self.leave.emit)
