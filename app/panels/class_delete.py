"""What deleting a class does, said before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.panels import class_edits
from app.panels.common import plural
from app.theme import paint
from app.theme.theme import theme
from app.theme.widgets import Button, ElidedLabel, TextBlock

if TYPE_CHECKING:
    from app.session import Session
    from engine.document.taxonomy import LabelClass


def consequence(images: int, objects: int) -> str:
    """What goes with a class that so many images hold."""
    if not images:
        return "No image uses it."
    if not objects:
        return f"Its areas in {plural(images, 'image')} become unlabelled."
    return (
        f"Its {plural(objects, 'object')} in {plural(images, 'image')} go with it, "
        "and areas of it become unlabelled."
    )


class ClassDelete(QFrame):
    """A layer under the class: what goes with it, Delete, or merge instead."""

    merge_asked = Signal()

    def __init__(self, session: Session, label_class: LabelClass, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self._class = session, label_class
        project = session.project
        used = project.class_use(label_class.id) if project is not None else (0, 0)
        title = ElidedLabel(f"Delete “{label_class.name}”?", "strong", "semibold")
        self.words = TextBlock(f"{consequence(*used)} “Undo class change” brings it all back.")
        self.delete = Button("Delete class", "trash", kind="danger")
        self.delete.clicked.connect(self._delete)
        self.merge = Button("Merge instead…")
        self.merge.clicked.connect(self._merge)
        self.merge.setEnabled(len(session.taxonomy.classes) > 1)
        cancel = Button("Keep", kind="quiet")
        cancel.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.delete, self.merge, cancel):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(self.words)
        column.addSpacing(4)
        column.addLayout(row)
        self.setFixedWidth(theme().px(330))

    def open_at(self, corner: QPoint) -> None:
        """Show the layer with its upper left corner there, inside the screen."""
        self.adjustSize()
        screen = self.screen().availableGeometry()
        left = min(corner.x(), screen.right() - self.width() - 8)
        self.move(max(screen.left(), left), min(corner.y(), screen.bottom() - self.height() - 8))
        self.show()
        self.delete.setFocus(Qt.FocusReason.TabFocusReason)

    def _delete(self) -> None:
        self.close()
        class_edits.delete(self._session, self._class)

    def _merge(self) -> None:
        self.close()
        self.merge_asked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        look, painter = theme(), QPainter(self)
        painter.fillRect(self.rect(), look.color("surface.raised"))
        paint.rounded(painter, self.rect(), 0, None, look.color("border.control"))
