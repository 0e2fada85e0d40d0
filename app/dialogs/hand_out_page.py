"""Handing a project out: how many parts, what they share, and where they go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.dialogs.fields import Choice, PathField
from app.dialogs.sheet import EDGE
from app.places.figures import counted
from app.theme.theme import theme
from app.theme.widgets import CheckBox, ElidedLabel, NumberField, TextBlock
from engine.hands.deal import MOST, By
from engine.hands.split import Split, default_folder

if TYPE_CHECKING:
    from app.services import Services

WAYS: dict[By, str] = {
    "order": "Runs of the list",
    "folder": "Whole folders",
    "status": "A share of each status",
}


class HandOutPage(QWidget):
    """A form; what it says is ``split`` and ``folder``."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._session = services.session
        self.parts = NumberField("Parts", 1, MOST)
        self.overlap = NumberField("Images that several people do", 0, 100, "%")
        self.times = NumberField("People who do them", 2, MOST)
        self.by = Choice([(way, words) for way, words in WAYS.items()])
        self.folder = PathField("Folder of the parts", folder=True)
        self.copy = CheckBox("Copy the images too, to hand the parts out on a stick")
        self.words = TextBlock("")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._build()
        self.parts.setValue(2)
        for field in (self.parts, self.overlap, self.times):
            field.valueChanged.connect(self._show)
        self._session.images_changed.connect(self._show)
        self._session.project_changed.connect(self.refresh)
        self.refresh()

    def _build(self) -> None:
        intro = TextBlock(
            "A part is a project of its own: its images with what they have, the classes and the "
            "model mappings. Whoever gets it works as always and sends the file back."
        )
        self._put(intro)
        self._column.addSpacing(6)
        self._row("Parts", self.parts)
        self._row("Dealt by", self.by)
        by, people = (ElidedLabel(word, role="text.secondary") for word in ("by", "people"))
        for each in (by, people):
            each.set_least(10)
        self._row("Done twice", self.overlap, by, self.times, people)
        self._row("Folder", self.folder)
        self._put(self.copy)
        self._column.addSpacing(4)
        self._put(self.words)
        self._column.addStretch(1)

    def _put(self, widget: QWidget) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(EDGE, 0, EDGE, 0)
        row.addWidget(widget)
        self._column.addLayout(row)

    def _row(self, name: str, *fields: QWidget) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(EDGE, 3, EDGE, 3)
        row.setSpacing(10)
        label = ElidedLabel(name, role="text.secondary")
        label.setFixedWidth(theme().px(116))
        row.addWidget(label)
        for field in fields:
            row.addWidget(field, 1 if isinstance(field, Choice | PathField) else 0)
        if not isinstance(fields[-1], Choice | PathField):
            row.addStretch(1)
        self._column.addLayout(row)

    def refresh(self) -> None:
        """Begin with the folder of the open project."""
        project = self._session.project
        if project is not None:
            self.folder.set_path(default_folder(project.path))
        self._show()

    @property
    def split(self) -> Split:
        """What is asked for."""
        return Split(
            parts=self.parts.value(),
            overlap=self.overlap.value() / 100,
            times=min(self.times.value(), max(2, self.parts.value())),
            by=self.by.value(),
            copy_images=self.copy.isChecked(),
        )

    @property
    def place(self) -> Path | None:
        """Where the parts go; None where nothing is said."""
        return self.folder.path()

    def _show(self) -> None:
        images, parts = len(self._session.images), self.parts.value()
        shared = round(images * self.overlap.value() / 100)
        self.times.setEnabled(self.overlap.value() > 0)
        each = (images + shared * (min(self.times.value(), parts) - 1)) / parts
        words = f"{counted(images, 'image')}: about {each:,.0f} in each part."
        if shared:
            go = "goes" if shared == 1 else "go"
            words += f" {shared:,} of them {go} to several, so that agreement can be measured."
        self.words.set_text(words)

    def setFocus(self, *reason: object) -> None:
        """The number of parts first."""
        self.parts.setFocus(*reason)
