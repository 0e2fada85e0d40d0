"""The side panel: classes, objects, selection, one above the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.panels.classes import ClassesPanel
from app.panels.objects import ObjectsPanel
from app.panels.selection import SelectionPanel
from app.theme.theme import theme
from app.theme.widgets import Hairline, Surface

if TYPE_CHECKING:
    from app.services import Services

CLASSES_SHARE = 0.42  # of the height, at most, before the class list scrolls


class SidePanel(Surface):
    """See the module. The class list is as high as its rows; the objects take the rest.

    Where even the least heights do not fit, the panel scrolls as a whole: nothing is cut.
    """

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "l", parent)
        self.setAccessibleName("Side panel")
        self.classes = ClassesPanel(services)
        self.objects = ObjectsPanel(services)
        self.selection = SelectionPanel(services)
        inside = QWidget()
        inside.setAutoFillBackground(False)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.classes)
        column.addWidget(Hairline())
        column.addWidget(self.objects, 1)
        column.addWidget(Hairline())
        column.addWidget(self.selection)
        scroller = QScrollArea()
        scroller.setWidget(inside)
        scroller.setWidgetResizable(True)
        scroller.setFrameShape(QScrollArea.Shape.NoFrame)
        scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroller.viewport().setAutoFillBackground(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 0, 0, 0)
        whole.addWidget(scroller)
        self.classes.model.modelReset.connect(self._share)
        theme().changed.connect(self._share)
        sizes = theme()
        self.setMinimumWidth(min(sizes.size("sidePanelMin"), 340))
        self.setMaximumWidth(max(sizes.size("sidePanelMax"), 460))

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(theme().size("sidePanel"), theme().px(600))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        self.classes.setMaximumHeight(max(theme().px(120), round(self.height() * CLASSES_SHARE)))

    # -- what actions ask for ----------------------------------------------------------------

    def add_class(self) -> None:
        """Add a class and let its name be typed."""
        self.classes.add_class()

    def rename_class(self) -> None:
        """Type another name for the current class."""
        self.classes.rename_class()

    def merge_class(self) -> None:
        """Offer what the current class can be merged into."""
        self.classes.merge_class()

    def delete_class(self) -> None:
        """Delete the current class, after saying what happens to its masks."""
        self.classes.delete_class()

    def edit_note(self) -> None:
        """Write a note on the selection."""
        self.selection.edit_note()

    def focus_search(self) -> None:
        """Find an object."""
        self.objects.focus_search()

    def setFocus(self, *reason: object) -> None:
        """Give the focus to the class list."""
        self.classes.view.setFocus(*reason)
