"""The network a file of weights belongs to, where it was not recognised: named by the user."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.theme.widgets import Button, TextBlock

HELP = (
    "If you know its network, name it: one of torchvision, such as deeplabv3_resnet50, or of "
    "segmentation-models-pytorch, such as smp.Unet.resnet34."
)


class NetworkField(QWidget):
    """A name and a button; Enter in the field is the button."""

    asked = Signal(str)  # the name

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = QLineEdit()
        self.edit.setPlaceholderText("smp.Unet.resnet34")
        self.edit.setAccessibleName("Network of these weights")
        self.button = Button("Try it", "check")
        self.button.clicked.connect(self._ask)
        self.edit.returnPressed.connect(self._ask)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.edit, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(26, 4, 0, 6)
        column.setSpacing(6)
        column.addWidget(TextBlock(HELP))
        column.addLayout(row)

    def name(self) -> str:
        """What was typed."""
        return self.edit.text().strip()

    def _ask(self) -> None:
        if self.name():
            self.asked.emit(self.name())
